/** @file The same float32 models in PyTorch: the shipped one, and a medium one of random weights. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTorch } from "../find_torch.ts";
import { type Preset, writeSynthetic } from "../synthetic.ts";
import { type Comparison, compareModels, type Setting, start } from "./compare.ts";
import { type Made, ours } from "./models.ts";
import type { Prefilled } from "./requests.ts";

const root = new URL("../../../", import.meta.url);
const shipped = fileURLToPath(new URL("models/echovlm-nano", root));
const donor = fileURLToPath(new URL("test/golden/echovlm-tiny", root));

/** One model in both programs, this project's first. */
export interface BesideTorch extends Comparison {
  readonly model: string;
  /** Largest difference of a logit over the largest logit. */
  readonly difference: number;
}

const TOLERANCE = 1e-3;

/** @throws Error when the two do not compute the same: their times then compare nothing */
export function logitsDifference({ logits: a = [] }: Prefilled, { logits: b = [] }: Prefilled): number {
  const largest = Math.max(...a.map(Math.abs));
  const difference = Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)))) / largest;
  if (!(difference < TOLERANCE))
    throw new Error(
      `the two programs do not compute the same: logits ${a.slice(0, 3)} here, ${b.slice(0, 3)} in PyTorch`,
    );
  return difference;
}

async function compareOne(model: string, path: string, setting: Setting): Promise<BesideTorch> {
  const here = await ours(path);
  const sides: readonly Made[] = [here, { ...here, name: "PyTorch", program: "torch" }];
  const prefilled: Prefilled[] = [];
  for (const side of sides) {
    const program = start(side, setting);
    try {
      prefilled.push(await program.ask("prefill", { tokens: 40 }));
      await program.close();
    } finally {
      program.kill();
    }
  }
  const difference = logitsDifference(prefilled[0]!, prefilled[1]!);
  return { model, difference, ...(await compareModels(sides, setting, setting.effort.decodeRounds)) };
}

/** @returns a sentence where there is no PyTorch */
export async function compareWithTorch(
  work: string,
  medium: Preset,
  setting: Setting,
): Promise<readonly BesideTorch[] | { readonly missing: string }> {
  const found = findTorch(setting.python);
  if ("missing" in found) return found;
  const folder = join(work, `synthetic-${medium}`);
  await writeSynthetic(medium, folder, donor);
  return [
    await compareOne("echovlm-nano", shipped, setting),
    await compareOne(`random ${medium}`, folder, setting),
  ];
}
