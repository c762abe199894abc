/** @file How questions are asked and answered, by what they are about. `subject` is the thing asked of, as its language names it. */

import type { Language } from "../tasks/regions.ts";

/** What a question can be about. */
const abouts = [
  "region",
  "mode",
  "view",
  "normality",
  "lesion",
  "diagnosis",
  "presence",
  "pathology",
  "birads",
  "shape",
  "orientation",
  "margin",
  "echogenicity",
  "posterior",
  "calcification",
  "grade",
  "position",
  "widthPercent",
  "longAxis",
  "thickness",
  "stenosis",
  "headCircumference",
] as const;
export type About = (typeof abouts)[number];

/** Open questions in several wordings, and the sentence that answers one or is to be judged; no final stop. */
export interface Asking {
  readonly questions: readonly [
    (subject: string) => string,
    (subject: string) => string,
    ...((subject: string) => string)[],
  ];
  readonly statement: (value: string, subject: string) => string;
}

const zh: Readonly<Record<About, Asking>> = {
  region: {
    questions: [
      () => "这张图像检查的是什么部位？",
      () => "图中所示为哪个部位的超声？",
      () => "请指出本图的检查部位。",
    ],
    statement: (value) => `这是${value}图像`,
  },
  mode: {
    questions: [() => "这张图像采用何种成像模式？", () => "本图属于哪种超声模式？"],
    statement: (value) => `成像模式为${value}`,
  },
  view: {
    questions: [() => "这张图像是什么切面？", () => "请说出图中所示的超声切面。"],
    statement: (value) => `图中所示为${value}`,
  },
  normality: {
    questions: [() => "图像是否正常？", () => "图中有无异常？"],
    statement: (value) => `图像${value}`,
  },
  lesion: {
    questions: [() => "图中有病灶吗？", () => "图中是否可见局灶性病变？", () => "请判断图中有无病灶。"],
    statement: (value) => `图中${value}`,
  },
  diagnosis: {
    questions: [() => "根据图像，最可能的诊断是什么？", () => "图中表现首先考虑什么？"],
    statement: (value) => `首先考虑${value}`,
  },
  presence: {
    questions: [(subject) => `图中有${subject}吗？`, (subject) => `图中是否可见${subject}？`],
    statement: (value, subject) => `图中${value}${subject}`,
  },
  pathology: {
    questions: [() => "图像表现倾向正常、良性还是恶性？", () => "请判断图像所见的良恶性。"],
    statement: (value) => `图像表现倾向${value}`,
  },
  birads: {
    questions: [() => "该病灶的BI-RADS分类是多少？", () => "按BI-RADS应归为哪一类？"],
    statement: (value) => `该病灶为${value}`,
  },
  shape: {
    questions: [(subject) => `${subject}是什么形态？`, (subject) => `请描述${subject}的形态。`],
    statement: (value, subject) => `${subject}呈${value}`,
  },
  orientation: {
    questions: [(subject) => `${subject}的长轴与皮肤平行吗？`, (subject) => `${subject}的生长方位如何？`],
    statement: (value, subject) => `${subject}${value}`,
  },
  margin: {
    questions: [(subject) => `${subject}的边界如何？`, (subject) => `请描述${subject}的边界。`],
    statement: (value, subject) => `${subject}${value}`,
  },
  echogenicity: {
    questions: [
      (subject) => `${subject}的回声如何？`,
      (subject) => `与周围组织相比，${subject}的回声是高还是低？`,
    ],
    statement: (value, subject) => `${subject}呈${value}`,
  },
  posterior: {
    questions: [(subject) => `${subject}后方回声有何变化？`, (subject) => `${subject}的后方有无增强或声影？`],
    statement: (value, subject) => `${subject}${value}`,
  },
  calcification: {
    questions: [(subject) => `${subject}有无钙化？`, (subject) => `${subject}的钙化情况如何？`],
    statement: (value, subject) => `${subject}的钙化情况：${value}`,
  },
  grade: {
    questions: [(subject) => `${subject}的程度如何？`, (subject) => `请判断${subject}的轻重程度。`],
    statement: (value, subject) => `${subject}为${value}`,
  },
  position: {
    questions: [(subject) => `${subject}在图像的什么位置？`, (subject) => `请指出${subject}在图中的位置。`],
    statement: (value, subject) => `${subject}位于${value}`,
  },
  widthPercent: {
    questions: [
      (subject) => `${subject}的宽度约占图像宽度的多少？`,
      (subject) => `请估计${subject}占图像宽度的比例。`,
    ],
    statement: (value, subject) => `${subject}的宽度约占图像宽度的${value}`,
  },
  longAxis: {
    questions: [(subject) => `${subject}的长径约为多少？`, (subject) => `请测量${subject}的长径。`],
    statement: (value, subject) => `${subject}的长径约${value}`,
  },
  thickness: {
    questions: [
      (subject) => `请测量${subject}的厚度、深度或内径。`,
      (subject) => `${subject}的测量值约为多少？`,
    ],
    statement: (value, subject) => `${subject}的测量值约${value}`,
  },
  stenosis: {
    questions: [() => "血管狭窄率约为多少？", () => "请估计管腔的狭窄率。"],
    statement: (value) => `狭窄率约${value}`,
  },
  headCircumference: {
    questions: [() => "胎儿头围约为多少？", () => "请测量图中的头围。", () => "头围是多少毫米？"],
    statement: (value) => `头围约${value}`,
  },
};

const en: Readonly<Record<About, Asking>> = {
  region: {
    questions: [
      () => "Which body region does this picture show?",
      () => "What kind of examination is this?",
      () => "Name the examined region.",
    ],
    statement: (value) => `This is ${value}`,
  },
  mode: {
    questions: [() => "Which imaging mode is used?", () => "What is the ultrasound mode of this picture?"],
    statement: (value) => `The imaging mode is ${value}`,
  },
  view: {
    questions: [() => "Which view is shown?", () => "Name the imaging plane."],
    statement: (value) => `The picture shows the ${value}`,
  },
  normality: {
    questions: [() => "Is the picture normal?", () => "Does the picture show anything abnormal?"],
    statement: (value) => `The picture is ${value}`,
  },
  lesion: {
    questions: [
      () => "Is there a lesion in the picture?",
      () => "Does the picture show a lesion?",
      () => "Is a focal lesion present?",
    ],
    statement: (value) => `The picture shows ${value}`,
  },
  diagnosis: {
    questions: [
      () => "What is the most likely diagnosis?",
      () => "What does the picture suggest first of all?",
    ],
    statement: (value) => `The most likely diagnosis is ${value}`,
  },
  presence: {
    questions: [
      (subject) => `Are there signs of ${subject} in the picture?`,
      (subject) => `Does the picture show signs of ${subject}?`,
    ],
    statement: (value, subject) => `The picture shows ${value}${subject}`,
  },
  pathology: {
    questions: [
      () => "Is the appearance normal, benign or malignant?",
      () => "Do the findings point to a benign or a malignant lesion, or to none?",
    ],
    statement: (value) => `The appearance is most likely ${value}`,
  },
  birads: {
    questions: [() => "Which BI-RADS category fits the lesion?", () => "What is the BI-RADS category?"],
    statement: (value) => `The lesion is ${value}`,
  },
  shape: {
    questions: [
      (subject) => `What shape has the ${subject}?`,
      (subject) => `Describe the shape of the ${subject}.`,
    ],
    statement: (value, subject) => `The ${subject} is ${value}`,
  },
  orientation: {
    questions: [
      (subject) => `How does the ${subject} lie to the skin?`,
      (subject) => `What is the orientation of the ${subject}?`,
    ],
    statement: (value, subject) => `The ${subject} is ${value}`,
  },
  margin: {
    questions: [
      (subject) => `What margin has the ${subject}?`,
      (subject) => `Describe the margin of the ${subject}.`,
    ],
    statement: (value, subject) => `The margin of the ${subject} is ${value}`,
  },
  echogenicity: {
    questions: [
      (subject) => `What is the echogenicity of the ${subject}?`,
      (subject) => `How bright is the ${subject} compared with its surroundings?`,
    ],
    statement: (value, subject) => `The ${subject} is ${value}`,
  },
  posterior: {
    questions: [
      (subject) => `What is seen behind the ${subject}?`,
      (subject) => `Which posterior feature has the ${subject}?`,
    ],
    statement: (value, subject) => `The ${subject} has ${value}`,
  },
  calcification: {
    questions: [
      (subject) => `Does the ${subject} show calcification?`,
      (subject) => `What kind of calcification has the ${subject}, if any?`,
    ],
    statement: (value, subject) => `The ${subject} shows ${value}`,
  },
  grade: {
    questions: [(subject) => `How severe is the ${subject}?`, (subject) => `Grade the ${subject}.`],
    statement: (value, subject) => `The ${subject} is ${value}`,
  },
  position: {
    questions: [
      (subject) => `Where is the ${subject}?`,
      (subject) => `In which part of the picture lies the ${subject}?`,
    ],
    statement: (value, subject) => `The ${subject} lies ${value}`,
  },
  widthPercent: {
    questions: [
      (subject) => `How much of the picture's width does the ${subject} take?`,
      (subject) => `Estimate the width of the ${subject} as a share of the picture.`,
    ],
    statement: (value, subject) => `The ${subject} takes about ${value} of the picture's width`,
  },
  longAxis: {
    questions: [
      (subject) => `How long is the long axis of the ${subject}?`,
      (subject) => `Measure the largest diameter of the ${subject}.`,
    ],
    statement: (value, subject) => `The long axis of the ${subject} is about ${value}`,
  },
  thickness: {
    questions: [
      (subject) => `How large does the ${subject} measure?`,
      (subject) => `Measure the ${subject}.`,
    ],
    statement: (value, subject) => `The ${subject} measures about ${value}`,
  },
  stenosis: {
    questions: [
      () => "How severe is the stenosis in percent?",
      () => "Estimate the reduction of the diameter.",
    ],
    statement: (value) => `The diameter is reduced by about ${value}`,
  },
  headCircumference: {
    questions: [
      () => "How large is the fetal head circumference?",
      () => "Measure the head circumference.",
      () => "What is the head circumference in millimetres?",
    ],
    statement: (value) => `The head circumference is about ${value}`,
  },
};

export const askings: Readonly<Record<Language, Readonly<Record<About, Asking>>>> = { zh, en };

type Words = readonly [string, string, ...string[]];

/** What is asked for beside the question itself. */
export interface Instructions {
  readonly choice: Words;
  readonly choiceRestated: Words;
  readonly judge: (statement: string) => Words;
  readonly caption: Words;
  readonly judgeCaption: (caption: string) => Words;
  readonly chooseCaption: Words;
  readonly truth: Readonly<Record<"true" | "false", string>>;
  /** End of a sentence. */
  readonly stop: string;
  /** Between sentences. */
  readonly space: string;
}

export const instructions: Readonly<Record<Language, Instructions>> = {
  zh: {
    choice: ["只回答选项字母。", "请直接给出选项字母。", "单选题，仅答字母。"],
    choiceRestated: ["请写出选项字母及其内容。", "回答字母并重复该选项。"],
    judge: (statement) => [
      `判断对错，回答“正确”或“错误”：${statement}。`,
      `下面的说法是否符合图像？请答“正确”或“错误”。\n${statement}。`,
    ],
    caption: [
      "客观描述图中所见，不下诊断。",
      "请写出这张图像的超声所见。",
      "图里能看到什么？请用超声术语描述。",
    ],
    judgeCaption: (caption) => [
      `以下描述与图像相符吗？回答“正确”或“错误”。\n${caption}`,
      `判断这段超声所见是否属于本图，答“正确”或“错误”。\n${caption}`,
    ],
    chooseCaption: ["哪一段描述与图像相符？请写出字母并复述。", "选出符合本图的超声所见，给出字母和原文。"],
    truth: { true: "正确", false: "错误" },
    stop: "。",
    space: "",
  },
  en: {
    choice: [
      "Answer with the letter only.",
      "Give just the letter of the right option.",
      "Reply with one letter.",
    ],
    choiceRestated: [
      "Give the letter and repeat the option.",
      "Answer with the letter and the text of the option.",
    ],
    judge: (statement) => [
      `True or False: ${statement}.`,
      `Does this statement fit the picture? Answer True or False.\n${statement}.`,
    ],
    caption: [
      "Describe what the picture shows, without a diagnosis.",
      "Write the ultrasound findings of this picture.",
      "What can be seen here? Use ultrasound terms.",
    ],
    judgeCaption: (caption) => [
      `Does this description match the picture? Answer True or False.\n${caption}`,
      `True or False: these are the findings of this picture.\n${caption}`,
    ],
    chooseCaption: [
      "Which description matches the picture? Give the letter and repeat it.",
      "Pick the findings that belong to this picture; answer with letter and text.",
    ],
    truth: { true: "True", false: "False" },
    stop: ".",
    space: " ",
  },
};
