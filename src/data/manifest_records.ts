/** @file A row of a manifest of labelled pictures to records: its facts told as reports and asked about, in both languages. */

import { createHash } from "node:crypto";
import { tasks } from "../tasks/prompts.ts";
import { languages } from "../tasks/regions.ts";
import { createRandom } from "../tensor/random.ts";
import { parseRow, readFacts } from "./manifest.ts";
import { questionsOf, taskQuestion } from "./questions.ts";

/** Whether a value is meant as a row of a manifest. */
export const isManifestRow = (value: object): boolean => "file" in value && "labels" in value;

/** Records of a row, and a sentence for everything of it that was not understood and is not told. */
export interface RowRecords {
  readonly values: readonly object[];
  readonly unknown: readonly string[];
}

/**
 * The row's records, which are still to be checked: a report, a diagnosis and every question that the
 * facts answer, in each language. Wording is drawn by the row's file name, so the same row always gives the same records.
 *
 * @param value a row
 * @param folder where its paths start; masks are read there
 * @throws RequestError when labels contradict one another, or picture and mask cannot be read
 */
export async function recordsOfRow(
  value: object,
  folder: string,
): Promise<RowRecords | { readonly problems: readonly string[] }> {
  const parsed = parseRow(value);
  if ("problems" in parsed) return parsed;
  const { row } = parsed;
  const { facts, unknown } = await readFacts(folder, row);
  const values = languages.flatMap((language) => {
    const random = createRandom(seedOf(`${row.file} ${language}`));
    const told = tasks.flatMap((task) => taskQuestion(task, facts, language, random) ?? []);
    const questions = [...told, ...questionsOf(facts, language, random)];
    return questions.map(({ form, prompt, answer }, index) => ({
      id: `${row.file} ${language} ${index}`,
      messages: [
        { role: "user", content: `<image>${prompt}` },
        { role: "assistant", content: answer },
      ],
      images: [row.file],
      region: facts.region,
      task: form,
      language,
      dataset: row.dataset,
      facts,
      ...(row.licence === undefined ? {} : { licence: row.licence }),
      group: row.group,
    }));
  });
  return values.length > 0
    ? { values, unknown }
    : { problems: ["labels: expected some that say what is seen, got none", ...unknown] };
}

const seedOf = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE(0);
