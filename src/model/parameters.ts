/** @file Names and shapes of every weight of a model, taken from its graphs. */

import type { ModelConfig } from "./config.ts";
import { decoderGraph } from "./decoder.ts";
import { visionGraph } from "./vision.ts";

/** Shape of each weight by checkpoint name. */
export function parameterShapes(config: ModelConfig): Map<string, readonly number[]> {
  const scopes = [visionGraph(config.vision, config.quantisation).scope, decoderGraph(config).scope];
  return new Map(
    scopes.flatMap((scope) =>
      [...scope.parameters].map(([name, value]) => [name, value.shape as readonly number[]] as const),
    ),
  );
}
