/** @file Conversations about one picture: a few questions in random order, each on another topic. */

import { visibleFacts } from "../../src/data/context.ts";
import type { Facts } from "../../src/data/facts.ts";
import type { About } from "../../src/data/question_words.ts";
import { ask, type Question, questionsOf, type TopicForm, taskQuestion } from "../../src/data/questions.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { topicsOf } from "../../src/data/topics.ts";
import { tasks } from "../../src/tasks/prompts.ts";
import type { Language } from "../../src/tasks/regions.ts";

/** What the model is to be good at: drawn before all else. The number says how often, among these. */
const important: Partial<Record<About, number>> = {
  headCircumference: 4,
  pathology: 3,
  region: 2,
  lesion: 2,
  diagnosis: 1.5,
  normality: 1,
};
const importantShare = 0.6;
/** Conversations that begin with a report or a diagnosis, and how many of these with a diagnosis. */
const reportFirst = 0.45;
const diagnosisShare = 0.3;
/** Turns after the first in the other language. */
const otherLanguage = 0.1;
/** Pictures with a known scale or side of which a conversation tells neither. */
const withoutContext = 0.3;
const forms: readonly TopicForm[] = [
  "open",
  "open",
  "open",
  "choice",
  "choice",
  "choiceRestated",
  "trueFalse",
];

/**
 * How much of the longest conversation a text takes: 260 Chinese characters, or 110 words of another script, about 130
 * tokens.
 */
export const shareOfLongest = (text: string): number =>
  (text.match(/\p{Script=Han}/gu)?.length ?? 0) / 260 +
  (text.match(/[^\s\p{Script=Han}\p{P}]+/gu)?.length ?? 0) / 110;

const lengthOf = ({ prompt, answer }: Question): number => shareOfLongest(`${prompt} ${answer}`);

/**
 * One to four questions with their answers, the first in `language`, no topic twice, together at most as long as
 * `shareOfLongest` allows.
 *
 * @returns none where nothing can be asked
 */
export function conversationOf(facts: Facts, language: Language, draw: Draw): Question[] {
  const { random } = draw;
  const known = draw.chance(withoutContext) ? visibleFacts(facts) : facts;
  const turns: Question[] = [];
  let room = 1;
  const add = (question: Question | undefined): boolean => {
    const fits = question !== undefined && lengthOf(question) <= room;
    if (fits) {
      turns.push(question);
      room -= lengthOf(question);
    }
    return fits;
  };
  const wanted = draw.whole(1, 4);
  const reports = draw.chance(reportFirst) ? 4 : 0;
  // Wordings differ in length: a report that is too long may be shorter when told again.
  const task = draw.chance(diagnosisShare) ? "diagnose" : "report";
  for (let attempt = 0; attempt < reports; attempt++)
    if (add(taskQuestion(task, known, language, random))) break;
  const hasReport = turns.length > 0;
  let topics = topicsOf(known, random);
  const captions = questionsOf(known, language, random).filter(({ about }) => about === undefined);
  if (!hasReport && captions.length > 0 && draw.chance(0.12)) add(draw.pick(captions));
  for (let attempt = 0; turns.length < wanted && topics.length > 0 && attempt < 12; attempt++) {
    const weighed = topics.filter(({ about }) => important[about] !== undefined);
    const topic =
      weighed.length > 0 && draw.chance(importantShare)
        ? pickWeighed(weighed, ({ about }) => important[about] ?? 0, draw)
        : draw.pick(topics);
    const own = turns.length > 0 && draw.chance(otherLanguage) ? (language === "zh" ? "en" : "zh") : language;
    if (add(ask(topic, draw.pick(forms), known, own, random))) topics = topics.filter((one) => one !== topic);
  }
  return turns;
}

function pickWeighed<T>(items: readonly T[], weightOf: (item: T) => number, draw: Draw): T {
  let left = draw.range(
    0,
    items.reduce((sum, item) => sum + weightOf(item), 0),
  );
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return items[items.length - 1]!;
}

/** What one picture is asked alone; every other one is asked for its region or whether there is a lesion. */
const askedAlone = ["pathology", "headCircumference"] as const satisfies readonly About[];
const choiceShare = 0.2;

/** One question by itself, on what the picture is to be read for: its answer is nearly all that there is to learn. */
export function questionAlone(facts: Facts, language: Language, draw: Draw): Question[] {
  const topics = topicsOf(facts, draw.random);
  const about = (wanted: readonly About[]) => topics.filter((topic) => wanted.includes(topic.about));
  const first = about(askedAlone);
  const others = first.length > 0 ? first : about(["region", "lesion"]);
  if (others.length === 0) return [];
  const form = draw.chance(choiceShare) ? "choice" : "open";
  return [ask(draw.pick(others), form, facts, language, draw.random)];
}

/** What a test asks of one picture, a conversation of one question each. */
export function testQuestionsOf(facts: Facts, language: Language, draw: Draw): Question[] {
  const { random } = draw;
  const topics = topicsOf(facts, random);
  const asked = (about: About, form: TopicForm) =>
    topics.filter((topic) => topic.about === about).map((topic) => ask(topic, form, facts, language, random));
  return [
    ...asked("region", "open"),
    ...asked("lesion", "open"),
    ...(facts.region === "breast" ? [...asked("pathology", "open"), ...asked("pathology", "choice")] : []),
    ...asked("headCircumference", "open"),
    ...tasks.flatMap((task) => taskQuestion(task, facts, language, random) ?? []),
  ].flat();
}
