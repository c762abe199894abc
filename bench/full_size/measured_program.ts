/** @file A measured program in a process of its own: this project, llama.cpp, or PyTorch. */

import { fileURLToPath } from "node:url";
import { type Environment, LineProcess } from "../line_process.ts";
import type { Memory } from "./memory.ts";
import type { Opening, RequestName, Requests } from "./requests.ts";

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Programs, and the script of each. */
const scripts = {
  echovlm: script("./echovlm_process.js"),
  llama: script("./llama_process.js"),
  torch: script("../../../bench/full_size/infer.py"),
} as const;
export type ProgramName = keyof typeof scripts;

/** The C library then asks for pages of 2 MiB, which only a process that starts can be told. */
export const hugePages: Environment = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" };

export class MeasuredProgram {
  private readonly process: LineProcess;

  /** @param python runs PyTorch's */
  constructor(program: ProgramName, opening: Opening, python: string, environment?: Environment) {
    const interpreter = program === "torch" ? python : process.execPath;
    this.process = new LineProcess(interpreter, [scripts[program], JSON.stringify(opening)], environment);
  }

  /** @throws Error with what the program wrote when it ended instead of answering */
  async ask<K extends RequestName>(name: K, takes: Requests[K]["takes"]): Promise<Requests[K]["gives"]> {
    return (await this.process.ask({ ...takes, do: name })) as Requests[K]["gives"];
  }

  /** End it. @returns its memory before */
  async close(): Promise<Memory> {
    return (await this.process.finish()) as Memory;
  }

  kill(): void {
    this.process.kill();
  }
}
