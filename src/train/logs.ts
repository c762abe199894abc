/** @file Interim. */
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
export interface Logs {
  write(step: number, values: Readonly<Record<string, number | readonly number[] | string>>): Promise<void>;
  close(): Promise<void>;
}
export async function openLogs(folder: string, _step: number): Promise<Logs> {
  return {
    write: (step, values) =>
      appendFile(
        join(folder, "log.jsonl"),
        `${JSON.stringify({ step, time: new Date().toISOString(), ...values })}\n`,
      ),
    async close() {},
  };
}
