/** @file Names of weights: this project uses those of transformers up to 4.51, which every release so far has. */

import { packedNames } from "../nn/scope.ts";

/**
 * The project's name of a stored weight: since 4.52, transformers keeps the vision tower under `model.visual`
 * and the decoder under `model.language_model`. Other names are themselves.
 */
export const canonicalName = (name: string): string =>
  name.replace(/^model\.visual\./, "visual.").replace(/^model\.language_model\./, "model.");

/**
 * Tables that old checkpoints stored as buffers although they follow from the configuration. They are the only
 * stored tensors that may go unused.
 */
export const isDerivedTable = (name: string): boolean => /\.rotary_(pos_)?emb\.inv_freq$/.test(name);

/** Whether a stored tensor holds codes rather than numbers: packed weights and zero points of a quantised model. */
export const isCodes = (name: string): boolean =>
  name.endsWith(`.${packedNames.packed}`) || name.endsWith(`.${packedNames.zero}`);

/** Whether a name belongs to EchoVLM's sparse path, which a dense model has no place for. */
export const isSparsePath = (name: string): boolean => /\.(moe|coefficient)\./.test(name);
