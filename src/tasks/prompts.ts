/** @file The project's own prompts: what is asked for a report, a diagnosis or an answer. Said here and nowhere else. */

import type { Message, Part } from "../processor/message.ts";
import { type Language, type Region, regionNames } from "./regions.ts";

/** What a user can ask for with a command of its own. */
export const tasks = ["report", "diagnose"] as const;
export type Task = (typeof tasks)[number];

/** Names the pictures: "this breast ultrasound image", "these 3 ultrasound images". */
function subject(count: number, language: Language, region?: Region): string {
  const name = region ? regionNames[region][language] : "";
  if (language === "zh") return count === 1 ? `这张${name}超声图像` : `这${count}张${name}超声图像`;
  const noun = `${name ? `${name} ` : ""}ultrasound image`;
  return count === 1 ? `this ${noun}` : `these ${count} ${noun}s`;
}

const taskPrompts: Readonly<Record<Task, Record<Language, (images: string) => string>>> = {
  report: {
    zh: (images) => `请阅读${images}，书写超声报告：先写“超声所见”，再写“超声提示”。`,
    en: (images) => `Read ${images} and write the report: first the findings, then the impression.`,
  },
  diagnose: {
    zh: (images) => `请根据${images}给出超声诊断，并说明依据。`,
    en: (images) => `Give the ultrasound diagnosis for ${images} and the findings that support it.`,
  },
};

/** The text that asks for a report or a diagnosis of `count` pictures. */
export const taskPrompt = (task: Task, count: number, language: Language, region?: Region): string =>
  taskPrompts[task][language](subject(count, language, region));

const contextPrompts: Readonly<Record<Language, (region: string) => string>> = {
  zh: (region) => `检查项目：${region}超声。`,
  en: (region) => `Examination: ${region} ultrasound. `,
};

/** A user's own question, with the region as context if it is known. */
export const questionPrompt = (question: string, language: Language, region?: Region): string =>
  region ? contextPrompts[language](regionNames[region][language]) + question : question;

/** One user turn: pictures first, as in training, then the text. */
export function userMessage<I>(text: string, images: readonly I[]): Message<I> {
  const pictures = images.map((image): Part<I> => ({ type: "image", image }));
  return { role: "user", content: [...pictures, { type: "text", text }] };
}
