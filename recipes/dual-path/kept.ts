/**
 * @file What is kept of an experiment that takes longer than a machine is at hand: its bases, and of every finished run
 * the losses and the answers. The rest is made again from seeds, or not needed any more.
 */

import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { replaceFile } from "../../src/checkpoint/replace_file.ts";
import { replaceFolder } from "../../src/checkpoint/replace_folder.ts";
import { CheckpointError } from "../../src/errors.ts";
import type { Given } from "../../src/eval/exchange.ts";
import type { QuestionSet } from "../../src/eval/questions.ts";
import type { Finished } from "./results.ts";
import type { Run } from "./runs.ts";
import type { Scale } from "./scale.ts";
import { type Answers, conditions } from "./scores.ts";
import type { PhaseResult } from "./train_run.ts";

/** A run as a file holds it; questions are made again. */
interface KeptRun {
  readonly scale: Scale;
  readonly run: Run;
  readonly phases: readonly PhaseResult[];
  readonly given: Readonly<Record<(typeof conditions)[number], readonly Given[]>>;
}

const pathOf = (folder: string, { name }: Pick<Run, "name">): string => join(folder, `${name}.json.gz`);

/** Where a kept base lies; undefined where none is kept. */
export function keptBase(folder: string | undefined, name: string): string | undefined {
  const path = folder && join(folder, name);
  return path && existsSync(path) ? path : undefined;
}

/** Keep a trained base. */
export const keepBase = (folder: string, name: string, model: string): Promise<void> =>
  replaceFolder(join(folder, name), async (built) => {
    for (const file of await readdir(model)) await copyFile(join(model, file), join(built, file));
  });

/** Keep a run that is done. */
export async function keepRun(
  folder: string,
  { run, phases, answers }: Finished,
  scale: Scale,
): Promise<void> {
  const given = Object.fromEntries(
    [...answers].map(([condition, exchanges]) => [condition, exchanges.map((exchange) => exchange.given)]),
  );
  await mkdir(folder, { recursive: true });
  await replaceFile(pathOf(folder, run), gzipSync(JSON.stringify({ scale, run, phases, given })));
}

/**
 * A run that was kept.
 *
 * @param set the questions that all runs are asked
 * @returns undefined where it was not kept
 * @throws CheckpointError when it is another run, of another scale, or answers other questions
 */
export async function keptRun(
  folder: string | undefined,
  run: Run,
  scale: Scale,
  set: QuestionSet,
): Promise<Finished | undefined> {
  if (folder === undefined || !existsSync(pathOf(folder, run))) return undefined;
  const path = pathOf(folder, run);
  const kept = JSON.parse(gunzipSync(await readFile(path)).toString()) as KeptRun;
  const hint = "keep the runs of each experiment in a folder of its own";
  const plan = { scale, run };
  if (JSON.stringify({ scale: kept.scale, run: kept.run }) !== JSON.stringify(plan))
    throw new CheckpointError(path, `expected the run as it is planned now, found another plan`, hint);
  const answers: Answers = new Map(
    conditions.map((condition) => [
      condition,
      set.questions.map((question, at) => {
        const given = kept.given[condition][at];
        if (given?.id !== question.id)
          throw new CheckpointError(
            path,
            `expected an answer to ${question.id} at ${condition} ${at}, found one to ${given?.id ?? "nothing"}`,
            hint,
          );
        return { question, given };
      }),
    ]),
  );
  return { run, phases: kept.phases, answers };
}
