/** @file Programs measured beside each other: decoding behind a short and a long context, and prefill. */

import type { Environment } from "../line_process.ts";
import { median } from "../statistics.ts";
import type { BandwidthMeter } from "./bandwidth.ts";
import type { Effort } from "./effort.ts";
import type { KernelMeter } from "./kernel_speed.ts";
import { MeasuredProgram } from "./measured_program.ts";
import type { Memory } from "./memory.ts";
import type { Made } from "./models.ts";
import type { About } from "./requests.ts";
import { takeRounds } from "./rounds.ts";

/** How programs are started, and what they are measured against. */
export interface Setting {
  readonly threads: number;
  /** Folder with node_modules/node-llama-cpp; undefined where there is none. */
  readonly llama: string | undefined;
  /** The Python that has PyTorch. */
  readonly python: string;
  readonly effort: Effort;
  readonly bandwidth: BandwidthMeter;
}

/** One program with one model; a figure a round. */
export interface Compared extends About {
  readonly model: Made;
  /** Milliseconds of a token behind the short and the long context: the median of a burst. */
  readonly shortMs: readonly number[];
  readonly longMs: readonly number[];
  readonly prefillMs: readonly number[];
  /** At the end. */
  readonly memoryAfter: Memory;
}

export interface Comparison {
  readonly programs: readonly Compared[];
  /** Gigabytes per second, measured in the same rounds: of memory, and of the first model's matrix kernel alone. */
  readonly bandwidth: readonly number[];
  readonly kernel?: readonly number[];
}

/** The first tokens of a burst come from cold caches: another program ran before. */
const COLD = 2;

/** Start a model's program. */
export function start(
  { program, path }: Made,
  { threads, llama, python }: Setting,
  environment?: Environment,
): MeasuredProgram {
  const opening = { model: path, threads, ...(llama !== undefined && { llama }) };
  return new MeasuredProgram(program, opening, python, environment);
}

/** Load all models, then measure every one of them: bursts, memory and the kernel once a round, then prompts. */
export async function compareModels(
  models: readonly Made[],
  setting: Setting,
  decodeRounds: number,
  kernel?: KernelMeter,
): Promise<Comparison> {
  const { effort, bandwidth } = setting;
  const programs: MeasuredProgram[] = [];
  const abouts: About[] = [];
  try {
    for (const model of models) {
      programs.push(start(model, setting));
      abouts.push(await programs.at(-1)!.ask("about", {}));
    }
    const decode = (program: MeasuredProgram, context: number) => async () => {
      const { tokenMs } = await program.ask("decode", { context, tokens: effort.burst });
      return median(tokenMs.slice(COLD));
    };
    type Turn = [string, () => Promise<number>];
    // What is compared with each other is measured right after each other: a prompt takes as long as many bursts.
    const bursts = Object.fromEntries<Turn[1]>([
      ...programs.map((program, i): Turn => [`${i} short`, decode(program, effort.shortContext)]),
      ["bandwidth", () => bandwidth.measure()],
      ...(kernel ? [["kernel", () => kernel.measure()] satisfies Turn] : []),
      ...programs.map((program, i): Turn => [`${i} long`, decode(program, effort.longContext)]),
    ]);
    const prompts = Object.fromEntries(
      programs.map((program, i): Turn => {
        return [`${i} prefill`, async () => (await program.ask("prefill", { tokens: effort.prefill })).ms];
      }),
    );
    const figures = {
      ...(await takeRounds(bursts, { rounds: decodeRounds, warmUp: 1 })),
      ...(await takeRounds(prompts, { rounds: effort.prefillRounds, warmUp: 1 })),
    };
    const memories: Memory[] = [];
    for (const program of programs) memories.push(await program.close());
    return {
      programs: models.map((model, i) => ({
        ...abouts[i]!,
        model,
        shortMs: figures[`${i} short`]!,
        longMs: figures[`${i} long`]!,
        prefillMs: figures[`${i} prefill`]!,
        memoryAfter: memories[i]!,
      })),
      bandwidth: figures.bandwidth!,
      ...(figures.kernel && { kernel: figures.kernel }),
    };
  } finally {
    for (const program of programs) program.kill();
  }
}
