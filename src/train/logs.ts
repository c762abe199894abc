/** @file What a training run says of itself: `log.jsonl` to read with any tool, and event files for TensorBoard. */

import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { writeFully } from "../checkpoint/file_access.ts";
import { readTextFile } from "../checkpoint/json_file.ts";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { replaceFile } from "../checkpoint/replace_file.ts";
import { CheckpointError } from "../errors.ts";
import { isJsonObject } from "../model/json_fields.ts";
import { openEventFile } from "./tensorboard.ts";

/** Values by name: numbers, lists such as a share per expert, and texts such as a sample answer. */
export type LogValues = Readonly<Record<string, number | readonly number[] | string>>;

/** A run's logs. Close them after use. */
export interface TrainingLogs {
  /**
   * Add a line; what a step has to say must be written before that step's state is saved.
   *
   * @param step optimiser steps done. In log.jsonl, null stands for a number that is infinite or NaN.
   * @throws CheckpointError when it cannot be written
   */
  write(step: number, values: LogValues): Promise<void>;
  close(): Promise<void>;
}

const hint = "what was logged before is unchanged";

/**
 * Open the logs of a run in its folder.
 *
 * @param after the step that a resumed run goes on from: lines of later steps, which a run that was killed left behind,
 *   are dropped, so that the log becomes that of an unbroken run. null begins the log anew.
 * @throws CheckpointError when the folder cannot be written to, or the log that should go on is damaged
 */
export async function openLogs(folder: string, { after }: { after: number | null }): Promise<TrainingLogs> {
  const path = join(folder, "log.jsonl");
  const kept = after === null ? "" : linesUpTo(after, (await readTextFile(path)) ?? "", path);
  return orRefuseWrite(path, hint, async () => {
    await mkdir(folder, { recursive: true });
    await replaceFile(path, kept);
    const lines = await open(path, "a");
    const events = await openEventFile(folder, after === null ? 0 : after + 1, new Date()).catch(
      async (error) => {
        await lines.close();
        throw error;
      },
    );
    return {
      write: (step, values) =>
        orRefuseWrite(path, hint, async () => {
          const at = new Date();
          const line = JSON.stringify({ step, wallTime: at.toISOString(), ...values });
          await writeFully(lines, new TextEncoder().encode(`${line}\n`));
          await events.write(step, at, values);
        }),
      async close() {
        await lines.close();
        await events.close();
      },
    };
  });
}

/** The lines of a log up to a step. What follows the last line break was being written when the run was killed. */
function linesUpTo(step: number, text: string, path: string): string {
  const lines = text.split("\n").slice(0, -1);
  const kept = lines.filter((line, index) => stepOf(line, `${path}: line ${index + 1}`) <= step);
  return kept.map((line) => `${line}\n`).join("");
}

function stepOf(line: string, where: string): number {
  try {
    const json: unknown = JSON.parse(line);
    if (isJsonObject(json) && typeof json.step === "number") return json.step;
  } catch {} // told below
  throw new CheckpointError(where, "expected a JSON object with a step", "move the damaged log away");
}
