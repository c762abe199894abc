/** @file A measured program in a process of its own: this project, or llama.cpp through node-llama-cpp. */

import { fileURLToPath } from "node:url";
import { LineProcess } from "../line_process.ts";
import type { Memory } from "./memory.ts";
import type { Opening, RequestName, Requests } from "./requests.ts";

const scripts = { echovlm: "./echovlm_process.js", llama: "./llama_process.js" } as const;

export class MeasuredProgram {
  private readonly process: LineProcess;

  constructor(
    readonly name: string,
    program: keyof typeof scripts,
    opening: Opening,
  ) {
    const script = fileURLToPath(new URL(scripts[program], import.meta.url));
    this.process = new LineProcess(process.execPath, [script, JSON.stringify(opening)]);
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
