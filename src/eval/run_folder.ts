/** @file The folder of a run: what it is a run of, what is asked, and where the answers lie. */

import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { replaceFile } from "../checkpoint/replace_file.ts";
import { CheckpointError } from "../errors.ts";
import { nameOf } from "../image/read_source.ts";
import { isJsonObject, shown } from "../model/json_fields.ts";
import { mapImages } from "../processor/message.ts";
import type { AnswerSettings } from "./answerer.ts";
import type { Condition, Question } from "./exchange.ts";

/** What all answers in a run's folder have in common. */
export interface RunIdentity extends AnswerSettings {
  /** How many questions there are. */
  readonly questions: number;
  /** SHA-256 of their ids and words. Pictures count with each answer: a repaired one is asked again alone. */
  readonly questionsSha256: string;
}

export function runIdentityOf(questions: readonly Question[], settings: AnswerSettings): RunIdentity {
  const words = questions.map(({ id, messages }) => [id, mapImages(messages, () => "")]);
  const questionsSha256 = createHash("sha256").update(JSON.stringify(words)).digest("hex");
  return { questions: questions.length, questionsSha256, ...settings };
}

/**
 * Make the folder of a run, or find it as it was left.
 *
 * @throws CheckpointError when it is the folder of another run, naming every difference, or cannot be written to
 */
export async function openRunFolder(folder: string, identity: RunIdentity): Promise<void> {
  const path = join(folder, "run.json");
  const before = await readJsonFile(path);
  if (before !== undefined) return assertSameRun(before, { ...identity }, path);
  await orRefuseWrite(folder, "nothing was asked yet", async () => {
    await mkdir(join(folder, "answers"), { recursive: true });
    await replaceFile(path, `${JSON.stringify(identity, null, 2)}\n`);
  });
}

function assertSameRun(before: unknown, now: Readonly<Record<string, unknown>>, path: string): void {
  const fields = isJsonObject(before) ? before : {};
  const problems = [...new Set([...Object.keys(now), ...Object.keys(fields)])]
    .filter((name) => fields[name] !== now[name])
    .map((name) => `${name}: expected ${shown(fields[name])} as in this run, got ${shown(now[name])}`);
  if (problems.length > 0)
    throw new CheckpointError(path, problems, "give another folder, or remove this one to ask anew");
}

/**
 * Write what is asked, a JSON line for each question: every word that is said before the answer, and the pictures.
 * Controls change the pictures only.
 *
 * @throws CheckpointError when it cannot be written
 */
export async function writeQuestions(
  folder: string,
  questions: readonly Question[],
  kindOf: (question: Question) => string,
): Promise<void> {
  const lines = questions.map((question) => {
    const { id, record, language, group, expected } = question;
    return JSON.stringify({
      id,
      evaluation: kindOf(question),
      language,
      group,
      asked: record.messages.slice(0, -1),
      expected,
      images: (record.images ?? []).map(nameOf),
      ...(record.videos && { videos: record.videos.map((frames) => frames.map(nameOf)) }),
    });
  });
  const path = join(folder, "questions.jsonl");
  await orRefuseWrite(path, "nothing was asked yet", () =>
    replaceFile(path, lines.map((line) => `${line}\n`).join("")),
  );
}

/** The file of one model's answers under one condition. */
export const answersPath = (folder: string, model: string, condition: Condition): string =>
  join(folder, "answers", `${encodeURIComponent(model)} ${condition}.jsonl`);
