import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryFacts } from "../../test/arbitrary_facts.ts";
import { tasks } from "../tasks/prompts.ts";
import { type Language, languages } from "../tasks/regions.ts";
import { createRandom } from "../tensor/random.ts";
import { contextOf, visibleFacts } from "./context.ts";
import { Facts } from "./facts.ts";
import { type About, instructions } from "./question_words.ts";
import { ask, type Question, questionsOf, taskQuestion, topicForms } from "./questions.ts";
import { absentKinds } from "./report_text.ts";
import { type Topic, topicsOf } from "./topics.ts";
import { isNormalFinding } from "./vocabulary.ts";
import { termFields } from "./wording.ts";

const properties = { numRuns: 100, seed: 7 };

const nodule = Facts.parse({
  region: "thyroid",
  source: "simulated",
  view: "transverse",
  picture: { width: 400, height: 300 },
  mmPerPixel: 0.2,
  findings: [
    {
      kind: "carcinoma",
      position: { x: 0.5, y: 0.5 },
      size: { width: 0.21, height: 0.2 },
      axesMm: { long: 17, short: 16 },
      shape: "round",
      margin: "notCircumscribed",
      echogenicity: "hypoechoic",
      calcification: "micro",
      pathology: "malignant",
    },
  ],
});

/** Letter, and the text of the option it stands for. */
function chosen({ prompt, answer }: Question): { letter: string; option: string | undefined; count: number } {
  const options = prompt.split("\n").flatMap((line) => line.match(/^([A-D])\. (.+)$/)?.slice(1, 3) ?? []);
  const letter = answer.charAt(0);
  return { letter, option: options[options.indexOf(letter) + 1], count: options.length / 2 };
}

const topicAbout = (facts: Facts, about: About): Topic => {
  const topic = topicsOf(facts, createRandom(1)).find((one) => one.about === about);
  assert.ok(topic, about);
  return topic;
};

test("every letter and each truth value is right equally often", () => {
  const counts = new Map<string, number>();
  const rounds = 8000;
  const topic = topicAbout(nodule, "echogenicity");
  const random = createRandom(3);
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let round = 0; round < rounds; round++) {
    const language = languages[round % 2] ?? "zh";
    add(ask(topic, "choice", nodule, language, random).answer);
    add(`restated ${ask(topic, "choiceRestated", nodule, language, random).answer.charAt(0)}`);
    const truth = ask(topic, "trueFalse", nodule, language, random).answer;
    add(truth === instructions[language].truth.true ? "true" : "false");
  }
  for (const letter of ["A", "B", "C", "D"])
    for (const key of [letter, `restated ${letter}`])
      assert.ok(
        Math.abs((counts.get(key) ?? 0) / rounds - 0.25) < 0.02,
        `${key}: ${counts.get(key)} of ${rounds}`,
      );
  assert.ok(Math.abs((counts.get("true") ?? 0) / rounds - 0.5) < 0.02, `true: ${counts.get("true")}`);
});

test("over many pictures, letters are even among the options there are, and so are true and false", () => {
  const letters = new Map<string, number>();
  const totals = new Map<number, number>();
  const truths = { true: 0, false: 0 };
  const forms = new Map<string, number>();
  const random = createRandom(11);
  const pictures = fc.sample(arbitraryFacts, { numRuns: 500, seed: 5 });
  for (const facts of pictures)
    for (const language of languages)
      for (const question of questionsOf(facts, language, random)) {
        forms.set(question.form, (forms.get(question.form) ?? 0) + 1);
        if (question.form === "trueFalse" || question.form === "captionTrueFalse")
          truths[question.answer === instructions[language].truth.true ? "true" : "false"]++;
        if (!question.form.toLowerCase().includes("choice")) continue;
        const { letter, count } = chosen(question);
        letters.set(`${count}${letter}`, (letters.get(`${count}${letter}`) ?? 0) + 1);
        totals.set(count, (totals.get(count) ?? 0) + 1);
      }
  for (const [count, total] of totals)
    for (const letter of ["A", "B", "C", "D"].slice(0, count)) {
      // Four standard errors.
      const error = 4 * Math.sqrt(((1 / count) * (1 - 1 / count)) / total);
      const share = (letters.get(`${count}${letter}`) ?? 0) / total;
      assert.ok(Math.abs(share - 1 / count) < error, `${letter} of ${count}: ${share} over ${total}`);
    }
  assert.ok(Math.abs(truths.true / (truths.true + truths.false) - 0.5) < 0.03, JSON.stringify(truths));
  for (const form of [...topicForms, "caption", "captionTrueFalse", "captionChoice"])
    assert.ok((forms.get(form) ?? 0) > 50, `${form}: ${forms.get(form)}`);
});

test("options differ, exactly one is right, and a restated answer repeats its option", () => {
  fc.assert(
    fc.property(arbitraryFacts, fc.integer({ min: 0, max: 1e6 }), (facts, seed) => {
      for (const language of languages) {
        const random = createRandom(seed);
        for (const topic of topicsOf(facts, random)) {
          const texts = [topic.answer, ...topic.wrong].map((name) => name[language]);
          assert.equal(new Set(texts).size, texts.length, `${topic.about}: ${texts.join(" | ")}`);
        }
        for (const question of questionsOf(facts, language, random)) {
          assert.doesNotMatch(
            `${question.prompt}${question.answer}`,
            /undefined|NaN|\[object/,
            question.prompt,
          );
          assert.ok(question.answer.length > 0);
          if (question.form === "choiceRestated" || question.form === "captionChoice") {
            const { letter, option, count } = chosen(question);
            assert.equal(question.answer, `${letter}. ${option}`);
            assert.ok(count >= 2);
          }
          if (question.form === "choice") assert.notEqual(chosen(question).option, undefined);
        }
      }
    }),
    properties,
  );
});

test("nothing is asked that is not known", () => {
  fc.assert(
    fc.property(arbitraryFacts, fc.integer({ min: 0, max: 1e6 }), (facts, seed) => {
      const findings = facts.findings ?? [];
      const structures = facts.structures ?? [];
      const any = (field: string) => [...findings, ...structures].some((fact) => field in fact);
      const isAbnormal = findings.some(({ kind }) => !isNormalFinding(kind));
      const known: Readonly<Record<About, boolean>> = {
        region: true,
        mode: facts.mode !== undefined,
        view: facts.view !== undefined,
        normality: facts.normal === true || isAbnormal,
        lesion: facts.normal === true || isAbnormal,
        diagnosis: facts.normal === true || isAbnormal,
        presence: findings.length > 0 || absentKinds(facts).length > 0,
        birads: any("birads"),
        ...(Object.fromEntries(termFields.map((field) => [field, any(field)])) as Record<
          (typeof termFields)[number],
          boolean
        >),
        // The nature of a normal picture is asked as normal, benign or malignant.
        pathology: facts.normal === true || any("pathology"),
        position: any("position"),
        widthPercent: any("size"),
        longAxis: any("axesMm"),
        thickness: any("thicknessMm"),
        stenosis: any("stenosisPercent"),
        headCircumference: any("circumferenceMm"),
      };
      for (const { about, answer } of topicsOf(facts, createRandom(seed)))
        assert.ok(known[about], `${about}: ${answer.en}`);
    }),
    properties,
  );
});

test("a breast picture is asked for normal, benign or malignant, in words and with options", () => {
  for (const [facts, english, chinese] of [
    [{ normal: true }, "normal", "正常"],
    [{ findings: [{ kind: "mass", pathology: "benign" }] }, "benign", "良性"],
    [{ findings: [{ kind: "carcinoma", pathology: "malignant" }] }, "malignant", "恶性"],
  ] as const) {
    const breast = Facts.parse({ region: "breast", source: "labelled", ...facts });
    const topic = topicAbout(breast, "pathology");
    const open = (language: Language) => ask(topic, "open", breast, language, createRandom(1)).answer;
    assert.equal(open("en"), `The appearance is most likely ${english}.`);
    assert.equal(open("zh"), `图像表现倾向${chinese}。`);
    const { prompt, answer } = ask(topic, "choiceRestated", breast, "en", createRandom(1));
    for (const name of ["normal", "benign", "malignant"])
      assert.match(prompt, new RegExp(`^[A-C]\\. ${name}$`, "m"));
    assert.match(answer, new RegExp(`^[A-C]\\. ${english}$`));
  }
});

test("a lesion is asked for where there is one and where there is nothing; other changes are neither", () => {
  const lesionOf = (facts: object) =>
    topicsOf(Facts.parse({ region: "liver", source: "labelled", ...facts }), createRandom(1))
      .filter(({ about }) => about === "lesion")
      .map(({ answer }) => answer.en);
  assert.deepEqual(lesionOf({ findings: [{ kind: "haemangioma" }] }), ["a lesion"]);
  assert.deepEqual(lesionOf({ normal: true }), ["no lesion"]);
  assert.deepEqual(lesionOf({ findings: [{ kind: "steatosis" }] }), []);
  assert.deepEqual(lesionOf({ view: "transverse" }), []);
});

test("whatever a picture without anatomy is asked, the answer says what it is", () => {
  const empty = Facts.parse({ region: "other", source: "labelled", empty: "notUltrasound" });
  for (const [language, sentence] of [
    ["en", "This is a picture that is not an ultrasound image."],
    ["zh", "这是非超声图像。"],
  ] as const) {
    const topics = topicsOf(empty, createRandom(1));
    assert.deepEqual(
      topics.map(({ about }) => about),
      ["region", "normality", "lesion", "diagnosis", "pathology"],
    );
    for (const topic of topics)
      assert.equal(ask(topic, "open", empty, language, createRandom(2)).answer, sentence);
    const lesion = ask(topicAbout(empty, "lesion"), "choice", empty, language, createRandom(3));
    assert.deepEqual([lesion.form, lesion.answer], ["open", sentence]);
    const reports = Array.from({ length: 40 }, (_, seed) =>
      taskQuestion("report", empty, language, createRandom(seed)),
    );
    assert.ok(new Set(reports.map((report) => report?.prompt)).size > 4, "a prompt takes it for any region");
    for (const report of reports) assert.match(report?.answer ?? "", /not an ultrasound image|非超声图像/);
  }
});

test("a diagnosis says the impression first, then the findings that it rests on, as a report of the same seed", () => {
  const says = { en: /^Diagnosis: (.+)\nBased on: (.+)$/s, zh: /^超声诊断：(.+)\n依据：(.+)$/s };
  const reports = { en: /^Findings: (.+)\nImpression: (.+)$/s, zh: /^超声所见：(.+)\n超声提示：(.+)$/s };
  for (const language of languages) {
    const [report, diagnosis] = tasks.map((task) => taskQuestion(task, nodule, language, createRandom(1)));
    assert.deepEqual([report?.form, diagnosis?.form], ["report", "diagnose"]);
    const [, findings, impression] = reports[language].exec(report?.answer ?? "") ?? [];
    const [, diagnosed, basis] = says[language].exec(diagnosis?.answer ?? "") ?? [];
    assert.deepEqual([diagnosed, basis], [impression, findings]);
    assert.match(diagnosis?.prompt ?? "", /diagnosis|超声诊断/);
  }
});

test("absence is asked only where it is known", () => {
  const cyst = Facts.parse({ region: "kidney", source: "labelled", findings: [{ kind: "cyst" }] });
  for (let seed = 0; seed < 50; seed++) {
    const answers = topicsOf(cyst, createRandom(seed)).filter(({ about }) => about === "presence");
    assert.deepEqual(
      answers.map(({ subject, answer }) => [subject.en, answer.en]),
      [["renal cyst", "signs of "]],
    );
    const clean: Facts = { region: "kidney", source: "labelled", normal: true };
    const absent = topicsOf(clean, createRandom(seed)).filter(({ about }) => about === "presence");
    assert.ok(absent.length > 0 && absent.every(({ answer }) => answer.en === "no signs of "));
  }
});

test("a measure is asked with the scale in the prompt, and never of a picture without one", () => {
  const head = Facts.parse({
    region: "gynaecology",
    source: "labelled",
    picture: { width: 512, height: 346 },
    mmPerPixel: 0.232799,
    structures: [{ kind: "fetalHead", circumferenceMm: 105.6, axesMm: { long: 36.2, short: 30.9 } }],
  });
  const topic = topicAbout(head, "headCircumference");
  const prompts = Array.from({ length: 30 }, (_, seed) => ask(topic, "open", head, "en", createRandom(seed)));
  assert.ok(
    prompts.some(({ prompt }) => prompt.startsWith("The picture has 512 x 346 pixels of 0.233 mm: ")),
  );
  assert.ok(
    prompts.some(({ prompt }) => prompt.startsWith("The picture is 119.2 mm wide and 80.5 mm high. ")),
  );
  for (const { prompt, answer } of prompts) {
    // A model sees the picture resized: pixels alone would not tell it the size.
    assert.match(prompt, /119\.2 mm wide and 80\.5 mm high/);
    // What was seen, in picture widths, times what was told.
    assert.equal(answer, "The head circumference is about 0.886 × 119.2 = 106 mm.");
  }
  fc.assert(
    fc.property(arbitraryFacts, (facts) => {
      const seen = visibleFacts(facts);
      assert.equal(
        contextOf(seen, "en", ([first]) => first),
        "",
      );
      assert.ok(topicsOf(seen, createRandom(1)).every(({ needsScale }) => !needsScale));
      for (const language of languages)
        for (const question of [
          ...questionsOf(seen, language, createRandom(2)),
          ...tasks.flatMap((task) => taskQuestion(task, seen, language, createRandom(2)) ?? []),
        ])
          assert.doesNotMatch(`${question.prompt} ${question.answer}`, /\d ?[mc]m\b/, question.answer);
    }),
    properties,
  );
});

test("the same seed asks the same questions", () => {
  fc.assert(
    fc.property(arbitraryFacts, fc.integer({ min: 0, max: 1e6 }), (facts, seed) => {
      for (const language of languages)
        assert.deepEqual(
          questionsOf(facts, language, createRandom(seed)),
          questionsOf(facts, language, createRandom(seed)),
        );
    }),
    { ...properties, numRuns: 30 },
  );
});

test("a wrong caption differs from the right one in the facts, and both are offered", () => {
  const random = createRandom(4);
  const asked = Array.from({ length: 200 }, () => questionsOf(nodule, "zh", random)).flat();
  const judged = asked.filter(({ form }) => form === "captionTrueFalse");
  for (const { prompt, answer } of judged) {
    const description = prompt.split("\n").at(-1) ?? "";
    const isRight =
      description.includes("低回声") &&
      /[呈类]圆形/.test(description) &&
      /边界不清|边界模糊|边缘不光整/.test(description) &&
      /图像中央|图像中部中央/.test(description);
    assert.equal(isRight ? "正确" : "错误", answer, description);
  }
  assert.ok(asked.some(({ form }) => form === "captionChoice"));
});
