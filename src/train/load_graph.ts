/** @file A graph with a checkpoint's weights, ready to run. */

import type { Checkpoint } from "../checkpoint/hf_folder.ts";
import { placeWeights } from "../checkpoint/place_weights.ts";
import type { Lowered } from "../onnx/lower.ts";
import { encodeModel } from "../onnx/model.ts";
import { loadProgram } from "../runtime/node/program.ts";
import type { Program, Register } from "../runtime/program.ts";

/**
 * @returns the program, and the SHA-256 of the weights that are not fed to it
 * @throws CheckpointError as `placeWeights`: every byte has been read before
 */
export async function loadGraph(
  checkpoint: Checkpoint,
  lowered: Lowered,
  options: { readonly threads: number; readonly registers?: readonly Register[] },
): Promise<{ program: Program; sha256: string }> {
  const placed = await placeWeights(checkpoint, lowered.parameters);
  try {
    const sha256 = await placed.sha256;
    const { folder, place } = placed;
    return { program: await loadProgram(encodeModel(lowered, place), { folder, ...options }), sha256 };
  } finally {
    await placed.close();
  }
}
