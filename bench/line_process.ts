/** @file A process that is asked one JSON line at a time on its standard input, and answers each with one. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type Environment = Readonly<Record<string, string>>;

export class LineProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private readonly ended: Promise<void>;
  private errors = "";

  /**
   * Start a program with its arguments. It ends with `finish` or `kill`.
   *
   * @param environment beside this process's own
   */
  constructor(program: string, args: readonly string[], environment: Environment = {}) {
    const child = spawn(program, args, { env: { ...process.env, ...environment } });
    this.child = child;
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

  /** @throws Error with what the process wrote when it ended instead of answering */
  async ask(request: unknown): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.answer();
  }

  /** End its input. @returns what it says last */
  async finish(): Promise<unknown> {
    this.child.stdin.end();
    const last = await this.answer();
    await this.ended;
    return last;
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
