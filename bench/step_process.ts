/** @file A process that runs training steps when it is asked to: train_step.ts or train_step.py. */

import { fileURLToPath } from "node:url";
import { LineProcess } from "./line_process.ts";
import type { StepResult, TrainJob } from "./train_step.ts";

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export class StepProcess {
  private constructor(private readonly process: LineProcess) {}

  /** This project's step. */
  static ours(job: TrainJob): StepProcess {
    return new StepProcess(
      new LineProcess(process.execPath, [script("./train_step.js"), JSON.stringify(job)]),
    );
  }

  /** PyTorch's. */
  static torch(python: string, job: TrainJob): StepProcess {
    return new StepProcess(
      new LineProcess(python, [script("../../bench/train_step.py"), JSON.stringify(job)]),
    );
  }

  /** Run one step. @throws Error with what the process wrote when it ended instead */
  async step(): Promise<StepResult> {
    return (await this.process.ask(1)) as StepResult;
  }

  /** End the process. @returns the most memory it held, in MiB */
  async close(): Promise<number> {
    const { peakMiB } = (await this.process.finish()) as { peakMiB: number };
    return peakMiB;
  }

  kill(): void {
    this.process.kill();
  }
}
