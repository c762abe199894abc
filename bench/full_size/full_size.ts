/** @file A whole run: models made, every part measured, files removed. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openTemporaryFolder } from "../../src/checkpoint/temporary_folder.ts";
import { BandwidthMeter } from "./bandwidth.ts";
import { type Comparison, compareModels, type Setting } from "./compare.ts";
import type { Effort } from "./effort.ts";
import { type Curve, layerCurves, measureGrowth } from "./growth.ts";
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
  readonly say: (progress: string) => void;
}

/** @throws CheckpointError when the disk has no room; Error with what a program said that ended early */
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
  const { size, format, effort, threads, python, say } = options;
  const began = performance.now();
  const busyBefore = await busyCores();
  const { llama, missing } = findLlama(options.llama);
  const bandwidth = await BandwidthMeter.open(threads);
  try {
    const setting: Setting = { threads, llama, python, effort, bandwidth };
    const measured = await measureParts(work, { ...options, noLlama: missing !== undefined }, setting);
    const busyAfter = await busyCores();
    say("done");
    return {
      machine: describeMachine(),
      ...{ threads, size, format: format ?? null, effort, busyCores: [busyBefore, busyAfter] as const },
      seconds: (performance.now() - began) / 1000,
      ...(missing !== undefined && { noLlama: missing }),
      ...measured,
    };
  } finally {
    await bandwidth.close();
  }
}

type Measured = Omit<
  FullSizeReport,
  "machine" | "threads" | "size" | "format" | "effort" | "busyCores" | "seconds" | "noLlama"
>;

async function measureParts(
  work: string,
  {
    size,
    layerSteps,
    format,
    effort,
    parts: wanted,
    folder,
    noLlama,
    say,
  }: RunOptions & { readonly noLlama: boolean },
  setting: Setting,
): Promise<Measured> {
  const mixtures = noLlama ? [] : ggufMixtures;
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
  const part = async <T>(name: PartName, measure: () => Promise<T>): Promise<T | undefined> => {
    if (!wanted.has(name)) return undefined;
    say(`measuring: ${name}`);
    return measure();
  };
  const needsModel = parts.some((name) => name !== "torch" && name !== "layers" && wanted.has(name));
  const model = needsModel ? await makeModel(size.layers) : undefined;
  const loading = model && (await part("loading", () => measureLoading(model, setting)));
  const whole =
    model &&
    (await part("whole", async () => {
      const peers = await makePeers(size.layers);
      return compareModels([model, ...peers], setting);
    }));
  const layers = await part("layers", async () => {
    const small: Made[] = [];
    for (const count of layerSteps) small.push(await makeModel(count), ...(await makePeers(count)));
    return compareModels(small, setting);
  });
  const crowds = model && (await part("crowds", () => measureCrowds(model, setting)));
  const studies = model && (await part("studies", () => measureStudies(model, setting)));
  const growth = model && (await part("growth", () => measureGrowth(model, setting)));
  const medium = effort.torchModel;
  const torch = await part("torch", () => compareWithTorch(work, medium, setting));
  const curves = [...(growth ?? []), ...curvesOfLayers(whole, layers)];
  return {
    ...(loading && { loading }),
    ...(whole && { whole }),
    ...(layers && { layers }),
    ...(crowds && { crowds }),
    ...(studies && { studies }),
    ...(curves.length > 0 && { curves }),
    ...(torch && { torch }),
  };
}

/** From what was measured beside the peers; one number of layers is no curve. */
function curvesOfLayers(whole: Comparison | undefined, layers: Comparison | undefined): Curve[] {
  const compared = [...(layers?.programs ?? []), ...(whole?.programs ?? [])];
  return layers && compared.length > 0 ? layerCurves(compared) : [];
}

/** @returns the folder, or why there is none */
function findLlama(folder: string | undefined): { llama: string | undefined; missing: string | undefined } {
  const named = "`--llama <folder>` names one with node_modules/node-llama-cpp";
  const llama = folder === undefined ? undefined : resolve(folder);
  if (llama === undefined) return { llama, missing: `llama.cpp is not measured: ${named}` };
  if (existsSync(join(llama, "node_modules/node-llama-cpp"))) return { llama, missing: undefined };
  return { llama: undefined, missing: `llama.cpp is not measured: none in ${llama}; ${named}` };
}
