/** @file A process that runs training steps when it is asked to: train_step.ts or train_step.py. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { StepResult, TrainJob } from "./train_step.ts";

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export class StepProcess {
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<void>;
  private errors = "";

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    child.stdin.on("error", () => {}); // a process that ended says why on its standard error
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => resolve());
    });
    this.ended.catch(() => {}); // `answer` reports it
  }

  /** This project's step. */
  static ours(job: TrainJob): StepProcess {
    return new StepProcess(spawn(process.execPath, [script("./train_step.js"), JSON.stringify(job)]));
  }

  /** PyTorch's. */
  static torch(python: string, job: TrainJob): StepProcess {
    return new StepProcess(spawn(python, [script("../../bench/train_step.py"), JSON.stringify(job)]));
  }

  /** Run one step. @throws Error with what the process wrote when it ended instead */
  async step(): Promise<StepResult> {
    this.child.stdin.write("1\n");
    return (await this.answer()) as StepResult;
  }

  /** End the process. @returns the most memory it held, in MiB */
  async close(): Promise<number> {
    this.child.stdin.end();
    const { peakMiB } = (await this.answer()) as { peakMiB: number };
    await this.ended;
    return peakMiB;
  }

  kill(): void {
    this.child.kill();
  }

  private async answer(): Promise<unknown> {
    const { value, done } = await this.lines.next();
    if (!done) return JSON.parse(value);
    await this.ended;
    throw new Error(`${this.child.spawnfile} ended before it answered:\n${this.errors}`);
  }
}
