/** @file Makes the models of a run: this project's folders and llama.cpp's files, each of several numbers of layers. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BlockFormat } from "../../src/graph/packed.ts";
import { inspectFolder } from "../../src/index.ts";
import { type ActiveWeights, activeWeights } from "./active_weights.ts";
import type { ProgramName } from "./measured_program.ts";
import {
  activeGgufBytes,
  activeGgufLayerBytes,
  type GgufMixture,
  qwen2LayerWeights,
  writeQwen2Gguf,
} from "./qwen2_gguf.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import type { ModelSize } from "./released.ts";

/** As `echovlm quantize` takes it; undefined: the weights stay numbers, which only small models have memory for. */
export type Format = BlockFormat | undefined;

/** A model to be measured. */
export interface Made {
  /** Of the program that runs it: "EchoVLM", or llama.cpp's with its mixture. */
  readonly name: string;
  readonly program: ProgramName;
  readonly path: string;
  readonly layers: number;
  readonly active: ActiveWeights;
}

const root = new URL("../../../", import.meta.url);
const donor = fileURLToPath(new URL("models/echovlm-nano", root));
const command = fileURLToPath(new URL("bin/echovlm.js", root));
const SEED = 1;

/** This project's folder under `work`, made unless an earlier run left it there. */
export async function makeOurs(work: string, size: ModelSize, format: Format): Promise<Made> {
  const stem = join(work, `echovlm-${size.layers}x${size.width}-${size.blocks}`);
  const path = format ? `${stem}-${format.bits}bit-${format.block}` : stem;
  if (!existsSync(join(path, "config.json"))) {
    if (!existsSync(stem)) {
      await writeRandomCheckpoint(`${stem}.part`, size, { donor, seed: SEED });
      await rename(`${stem}.part`, stem);
    }
    if (format) {
      const { bits, block } = format;
      await run(["quantize", stem, "--bits", String(bits), "--block", String(block), "--out", path]);
      await rm(stem, { recursive: true });
    }
  }
  return ours(path);
}

/** A folder as it is. */
export async function ours(path: string): Promise<Made> {
  const { layers } = (await inspectFolder(path)).config.decoder;
  return { ...{ name: "EchoVLM", program: "echovlm", path, layers }, active: await activeWeights(path) };
}

/** llama.cpp's file under `work`, made unless an earlier run left it there. */
export async function makePeer(work: string, size: ModelSize, mixture: GgufMixture): Promise<Made> {
  const path = join(work, `qwen2-${size.layers}x${size.width}-${mixture}.gguf`);
  if (!existsSync(path)) {
    await writeQwen2Gguf(`${path}.part`, mixture, size, SEED);
    await rename(`${path}.part`, path);
  }
  const [layerBytes, tokenBytes] = [activeGgufLayerBytes(mixture, size), activeGgufBytes(mixture, size)];
  return {
    ...{ name: `llama.cpp ${mixture.toUpperCase()}`, program: "llama", path, layers: size.layers },
    active: {
      layerWeights: qwen2LayerWeights(size),
      ...{ layerBytes, tokenBytes, layerKernelBytes: layerBytes, tokenKernelBytes: tokenBytes },
    },
  };
}

/** Run a command of this project; what it says goes to standard error. @throws Error when it fails */
async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", 2, 2] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (status !== 0)
    throw new Error(`echovlm ${args.join(" ")} failed with status ${status}; --float measures without it`);
}
