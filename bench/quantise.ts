/**
 * @file What few bits cost: `node dist/bench/quantise.js <calibration records> <held-out records>` quantises the shipped
 * model in every format, by plain rounding, with fitted grids and calibrated, and compares logits with the float model.
 */

import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { SHARD_BYTES } from "../src/checkpoint/write_checkpoint.ts";
import { table } from "../src/cli/table.ts";
import { recordTexts } from "../src/data/record_texts.ts";
import { type Divergence, divergence, overall } from "../src/eval/divergence.ts";
import { loadModel } from "../src/generate/load_model.ts";
import { shippedModel } from "../src/generate/shipped_model.ts";
import { bitWidths, blockSizes } from "../src/graph/packed.ts";
import { calibrate } from "../src/quantise/calibrate.ts";
import { quantisationOf } from "../src/quantise/plan.ts";
import { type QuantiseOptions, writeQuantised } from "../src/quantise/write_quantised.ts";

const [calibrationRecords, heldOut, most = "128"] = process.argv.slice(2);
if (calibrationRecords === undefined || heldOut === undefined)
  throw new Error("expected two files of records: to calibrate on, and held out");

const folder = await mkdtemp(join(tmpdir(), "echovlm-bench-"));
const base = await openCheckpoint(shippedModel);
const reference = await loadModel(shippedModel);
try {
  const calibration = await calibrate(shippedModel, {
    texts: (model) => recordTexts([calibrationRecords], model),
    most: Number(most),
    onText: () => {},
  });
  console.log(`calibrated on ${calibration.texts} records, ${calibration.tokens} tokens`);
  const ways: Readonly<Record<string, Pick<QuantiseOptions, "choice" | "compensation">>> = {
    nearest: { choice: "extremes" },
    fitted: { choice: "fitted" },
    calibrated: { choice: "fitted", compensation: calibration.compensation },
  };
  const rows: string[][] = [];
  for (const bits of bitWidths)
    for (const block of blockSizes)
      for (const [name, way] of Object.entries(ways)) {
        const out = join(folder, "model");
        const errors = await writeQuantised(out, base, {
          quantisation: quantisationOf(base.config, { bits, block }, []),
          ...way,
          files: () => ({}),
          shardBytes: SHARD_BYTES,
        });
        const relative = [...errors.values()].reduce((sum, error) => sum + error.relative, 0) / errors.size;
        const { tokens, kl, worstKl, sameTop } = await compared(out);
        rows.push([
          `${bits} bits, block ${block}, ${name}`,
          ((await sizeOf(out)) / 1e6).toFixed(2),
          `${(100 * relative).toFixed(2)} %`,
          kl.toFixed(5),
          worstKl.toFixed(3),
          `${(100 * sameTop).toFixed(2)} %`,
          String(tokens),
        ]);
      }
  console.log(table(["format", "MB", "weight error", "KL", "worst token", "same top", "tokens"], rows));
} finally {
  await reference.close();
  await base.close();
  await rm(folder, { recursive: true, force: true });
}

async function compared(quantised: string): Promise<Divergence> {
  const model = await loadModel(quantised);
  try {
    const parts: Divergence[] = [];
    for await (const part of divergence(model, reference, recordTexts([heldOut!], reference)))
      parts.push(part);
    return overall(parts);
  } finally {
    await model.close();
  }
}

/** Bytes of the weight files. */
async function sizeOf(checkpoint: string): Promise<number> {
  const names = (await readdir(checkpoint)).filter((name) => name.endsWith(".safetensors"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(checkpoint, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
