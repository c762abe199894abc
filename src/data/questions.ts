/**
 * @file Questions and answers on one picture, from its facts. What is not known is never asked; letters and truth values
 * are drawn evenly, so that none can be guessed without the picture.
 */

import { type Task, taskPrompt } from "../tasks/prompts.ts";
import { type Language, regions } from "../tasks/regions.ts";
import { type Random, shuffled } from "../tensor/random.ts";
import { contextOf } from "./context.ts";
import type { Facts, Finding } from "./facts.ts";
import { type About, askings, instructions } from "./question_words.ts";
import { formatDiagnosis, formatReport, reportOf } from "./report_text.ts";
import { type Topic, topicsOf } from "./topics.ts";
import { type Choose, chooser, type TermField, termTables } from "./wording.ts";

/** Forms of a question on one fact. */
export const topicForms = ["open", "choice", "choiceRestated", "trueFalse"] as const;
export type TopicForm = (typeof topicForms)[number];
/** All forms of a question; those of captions are on all findings at once. */
export type QuestionForm = TopicForm | Task | "caption" | "captionTrueFalse" | "captionChoice";

/** One exchange on one picture. */
export interface Question {
  readonly form: QuestionForm;
  /** The fact asked for, of a question on one. */
  readonly about?: About;
  readonly language: Language;
  readonly prompt: string;
  readonly answer: string;
}

const letters = ["A", "B", "C", "D"] as const;

/**
 * Every question that these facts answer: one of each topic in a form drawn by chance, and the three on captions.
 * Facts that hold a scale or a side put them into the prompt where the answer needs them.
 */
export function questionsOf(facts: Facts, language: Language, random: Random): Question[] {
  const choose = chooser(random);
  return [
    ...topicsOf(facts, random).map((topic) => ask(topic, choose(topicForms), facts, language, random)),
    ...captionQuestions(facts, language, random),
  ];
}

const formats = { report: formatReport, diagnose: formatDiagnosis } as const satisfies Record<Task, unknown>;

/**
 * Ask for a whole report, or a diagnosis.
 *
 * @returns undefined when nothing is known that a report could be about
 */
export function taskQuestion(
  task: Task,
  facts: Facts,
  language: Language,
  random: Random,
): Question | undefined {
  const report = reportOf(facts, language, random);
  if (report === undefined) return undefined;
  const choose = chooser(random);
  // Half the prompts leave the region for the model to see. Whoever shows noise may take it for any.
  const named = facts.empty ? shuffled(regions, random)[0] : facts.region;
  const region = named === "other" || choose([true, false]) ? undefined : named;
  return {
    form: task,
    language,
    prompt: join(language, contextOf(facts, language, choose), taskPrompt(task, 1, language, region)),
    answer: formats[task](report, language),
  };
}

/** One question on one topic; a misplaced one is open, whatever form is wanted. */
export function ask(
  topic: Topic,
  wanted: TopicForm,
  facts: Facts,
  language: Language,
  random: Random,
): Question {
  const choose = chooser(random);
  const { about, needsScale, isMisplaced } = topic;
  const form = isMisplaced ? "open" : wanted;
  const asking = askings[language][about];
  const words = instructions[language];
  const subject = topic.subject[language];
  const context = needsScale ? contextOf(facts, language, choose) : "";
  const question = () => choose(asking.questions)(subject);
  const say = (value: string) => (isMisplaced ? askings[language].region : asking).statement(value, subject);
  const [answer, wrong] = [topic.answer[language], topic.wrong.map((name) => name[language])];
  const made = (prompt: string, text: string): Question => ({
    form,
    about,
    language,
    prompt: join(language, context, prompt),
    answer: text,
  });
  switch (form) {
    case "open":
      return made(question(), `${say(topic.working?.[language] ?? answer)}${words.stop}`);
    case "trueFalse": {
      const truth = random() < 0.5;
      const [first = answer] = shuffled(wrong, random);
      return made(choose(words.judge(say(truth ? answer : first))), words.truth[truth ? "true" : "false"]);
    }
    case "choice":
    case "choiceRestated": {
      const value = (text: string) => (about === "presence" ? say(text) : text);
      const { lines, letter } = optionsOf(value(answer), wrong.map(value), random);
      return made(
        `${question()}\n${lines}\n${choose(words[form])}`,
        form === "choice" ? letter : `${letter}. ${value(answer)}`,
      );
    }
  }
}

/** Up to four options in random order, the right one at every letter equally often. */
function optionsOf(answer: string, wrong: readonly string[], random: Random) {
  const options = shuffled([answer, ...shuffled(wrong, random).slice(0, letters.length - 1)], random);
  return {
    lines: options.map((option, index) => `${letters[index]}. ${option}`).join("\n"),
    letter: letters[options.indexOf(answer)] ?? "A",
  };
}

const join = (language: Language, ...parts: string[]): string =>
  parts.filter((part) => part !== "").join(instructions[language].space);

/** Describe the picture; is this its description; which of these is. */
function captionQuestions(facts: Facts, language: Language, random: Random): Question[] {
  const choose = chooser(random);
  const caption = reportOf(facts, language, random)?.findings;
  if (caption === undefined) return [];
  const words = instructions[language];
  const context = contextOf(facts, language, choose);
  const made = (form: QuestionForm, prompt: string, answer: string): Question => ({
    form,
    language,
    prompt: join(language, context, prompt),
    answer,
  });
  const plain = made("caption", choose(words.caption), caption);
  const others = alterations(facts, random).flatMap(
    (altered) => reportOf(altered, language, random)?.findings ?? [],
  );
  const [other] = others;
  if (other === undefined) return [plain];
  const truth = random() < 0.5;
  const { lines, letter } = optionsOf(caption, others, random);
  return [
    plain,
    made(
      "captionTrueFalse",
      choose(words.judgeCaption(truth ? caption : other)),
      words.truth[truth ? "true" : "false"],
    ),
    made("captionChoice", `${choose(words.chooseCaption)}\n${lines}`, `${letter}. ${caption}`),
  ];
}

/** Terms that a description always tells when they are known. */
const alterable = [
  "shape",
  "margin",
  "echogenicity",
  "posterior",
  "orientation",
] as const satisfies readonly TermField[];

/**
 * The same picture with one known term of its first finding, or the place of it or of its first structure, made wrong;
 * up to three of them, each different.
 */
function alterations(facts: Facts, random: Random): Facts[] {
  const choose = chooser(random);
  const [finding, ...rest] = facts.findings ?? [];
  const [structure, ...structures] = facts.structures ?? [];
  const changed: Facts[] = [];
  if (finding) {
    const set = (part: Partial<Finding>) =>
      changed.push({ ...facts, findings: [{ ...finding, ...part }, ...rest] });
    for (const field of alterable) {
      const others = Object.keys(termTables[field]).filter((value) => value !== finding[field]);
      const [other] = shuffled(others, random);
      if (finding[field] !== undefined && other !== undefined) set({ [field]: other });
    }
    if (finding.position) set({ position: elsewhere(finding.position, choose) });
  }
  if (structure?.position)
    changed.push({
      ...facts,
      structures: [{ ...structure, position: elsewhere(structure.position, choose) }, ...structures],
    });
  return shuffled(changed, random).slice(0, 3);
}

/** A place in another third of both axes. */
const elsewhere = (position: NonNullable<Finding["position"]>, choose: Choose) => ({
  x: otherThird(position.x, choose),
  y: otherThird(position.y, choose),
});

const otherThird = (fraction: number, choose: Choose): number => {
  const centres = [1 / 6, 1 / 2, 5 / 6].filter((centre) => Math.abs(centre - fraction) > 1 / 6);
  const [first = 1 / 6, ...more] = centres;
  return choose([first, ...more]);
};
