/** @file A whole run: models made, every part measured, files removed. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openTemporaryFolder } from "../../src/checkpoint/temporary_folder.ts";
import { BandwidthMeter } from "./bandwidth.ts";
import { compareModels, type Setting } from "./compare.ts";
import type { Effort } from "./effort.ts";
import { measureGrowth } from "./growth.ts";
import { KernelMeter } from "./kernel_speed.ts";
import { busyCores, describeMachine } from "./machine.ts";
import { type Format, type Made, makeOurs, makePeer, ours } from "./models.ts";
import { ggufMixtures } from "./qwen2_gguf.ts";
import type { ModelSize } from "./released.ts";
import type { FullSizeReport } from "./report.ts";
import { measureCrowds, measureLoading, measureStudies } from "./serving.ts";
import { compareWithTorch } from "./torch.ts";

/** What can be measured, in this order. */
export const parts = ["loading", "whole", "layers", "crowds", "studies", "growth", "torch"] as const;
export type PartName = (typeof parts)[number];

export interface RunOptions {
  readonly size: ModelSize;
  /** Numbers of layers of smaller models: what a layer takes is the difference. */
  readonly layerSteps: readonly number[];
  readonly format: Format;
  readonly effort: Effort;
  readonly threads: number;
  readonly parts: ReadonlySet<PartName>;
  /** Measured in the place of the model of `size`. */
  readonly folder?: string;
  /** Models are left here and found again by the next run; absent: a temporary folder. */
  readonly work?: string;
  /** Folder with node_modules/node-llama-cpp. */
  readonly llama?: string;
  readonly python: string;
  /** What an earlier run of the same size, format and effort found: parts that are not measured again stay. */
  readonly earlier?: FullSizeReport;
  readonly say: (progress: string) => void;
  /** Called with all that is known after every part: a long run that ends early leaves what it has. */
  readonly save: (report: FullSizeReport) => void;
}

/** Measure part by part; what went wrong with one is in the report, and the others go on. */
export async function measureFullSize(options: RunOptions): Promise<FullSizeReport> {
  const { work } = options;
  if (work !== undefined) {
    await mkdir(work, { recursive: true });
    return measureIn(work, options);
  }
  const temporary = await openTemporaryFolder();
  try {
    return await measureIn(temporary.path, options);
  } finally {
    await temporary.remove();
  }
}

async function measureIn(work: string, options: RunOptions): Promise<FullSizeReport> {
  const { size, format, effort, threads, python, earlier, say, save } = options;
  const began = performance.now();
  const busy: number[] = [];
  const { llama, missing } = findLlama(options.llama);
  const bandwidth = await BandwidthMeter.open(threads);
  const reportOf = (measured: Measured): FullSizeReport => ({
    machine: describeMachine(),
    ...{ threads, size, format: format ?? null, effort },
    busyCores: [...(earlier?.busyCores ?? []), ...busy],
    seconds: (earlier?.seconds ?? 0) + (performance.now() - began) / 1000,
    ...(missing !== undefined && { noLlama: missing }),
    ...measured,
  });
  try {
    const setting: Setting = { threads, llama, python, effort, bandwidth };
    const measures = measuresOf(work, options, setting);
    let measured: Measured = earlier ? partsIn(earlier) : {};
    for (const name of parts.filter((part) => options.parts.has(part))) {
      busy.push(await busyCores());
      say(`measuring: ${name}; other programs use ${busy.at(-1)!.toFixed(2)} cores`);
      const found = await measures[name]().catch((error: unknown) => ({ failed: { [name]: String(error) } }));
      const { [name]: _, ...failed } = measured.failed ?? {};
      measured = { ...measured, ...found, failed: { ...failed, ...found.failed } };
      save(reportOf(measured));
    }
    busy.push(await busyCores());
    const report = reportOf(measured);
    save(report);
    say("done");
    return report;
  } finally {
    await bandwidth.close();
  }
}

type Measured = Pick<FullSizeReport, PartName | "failed">;

function partsIn(report: FullSizeReport): Measured {
  const known = [...parts, "failed" as const].filter((name) => report[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, report[name]]));
}

/** Every part as a piece of work; the model is made when the first of them needs it. */
function measuresOf(
  work: string,
  { size, layerSteps, format, folder, say }: RunOptions,
  setting: Setting,
): Readonly<Record<PartName, () => Promise<Measured>>> {
  const mixtures = setting.llama === undefined ? [] : ggufMixtures;
  const makeModel = (layers: number): Promise<Made> => {
    if (folder !== undefined && layers === size.layers) return ours(folder);
    say(`making a model of ${layers} layers`);
    return makeOurs(work, { ...size, layers }, format);
  };
  const makePeers = async (layers: number): Promise<Made[]> => {
    const made: Made[] = [];
    for (const mixture of mixtures) made.push(await makePeer(work, { ...size, layers }, mixture));
    return made;
  };
  let made: Promise<Made> | undefined;
  const model = (): Promise<Made> => {
    made ??= makeModel(size.layers);
    return made;
  };
  return {
    loading: async () => ({ loading: await measureLoading(await model(), setting) }),
    whole: async () => ({
      whole: await compareModels(
        [await model(), ...(await makePeers(size.layers))],
        setting,
        setting.effort.decodeRounds,
      ),
    }),
    layers: async () => {
      const sets: Made[][] = [];
      for (const count of layerSteps) sets.push([await makeModel(count), ...(await makePeers(count))]);
      // By program, so that its numbers of layers are measured right after each other.
      const small = sets[0]!.flatMap((_, program) => sets.map((set) => set[program]!));
      const largest = small.findLast(({ program }) => program === "echovlm")!;
      const kernel = await KernelMeter.open(largest.path, setting.threads);
      try {
        return { layers: await compareModels(small, setting, setting.effort.layerRounds, kernel) };
      } finally {
        await kernel.close();
      }
    },
    crowds: async () => ({ crowds: await measureCrowds(await model(), setting) }),
    studies: async () => ({ studies: await measureStudies(await model(), setting) }),
    growth: async () => ({ growth: await measureGrowth(await model(), setting) }),
    torch: async () => ({ torch: await compareWithTorch(work, setting.effort.torchModel, setting) }),
  };
}

/** @returns the folder, or why there is none */
function findLlama(folder: string | undefined): { llama: string | undefined; missing: string | undefined } {
  const named = "`--llama <folder>` names one with node_modules/node-llama-cpp";
  const llama = folder === undefined ? undefined : resolve(folder);
  if (llama === undefined) return { llama, missing: `llama.cpp is not measured: ${named}` };
  if (existsSync(join(llama, "node_modules/node-llama-cpp"))) return { llama, missing: undefined };
  return { llama: undefined, missing: `llama.cpp is not measured: none in ${llama}; ${named}` };
}
