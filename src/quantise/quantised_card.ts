/** @file The model card of a quantised checkpoint: the float one's, and what rounding did to its weights. */

import { fieldTable, type ModelCard } from "../checkpoint/model_card.ts";
import { VERSION } from "../generate/answer.ts";
import type { Quantisation } from "../model/quantisation.ts";
import { useSection } from "../train/init_card.ts";
import type { Calibration } from "./calibrate.ts";
import { percent, summarise } from "./summary.ts";
import type { WeightError } from "./weight_error.ts";

/**
 * @param base the float checkpoint's card, without title where it has none
 * @param name what the float checkpoint is called, where its card does not say
 */
export function quantisedCard(
  base: ModelCard,
  name: string,
  quantisation: Quantisation,
  errors: ReadonlyMap<string, WeightError>,
  calibration?: Pick<Calibration, "texts" | "tokens">,
): ModelCard {
  const { bits, block, kept } = quantisation;
  const { parts, worst } = summarise(errors);
  const title = base.title === "" ? name : base.title;
  const quantised = {
    title: "Quantisation",
    text: fieldTable({
      weights: `${bits} bits, ${block} to a scale`,
      rounding: calibration
        ? `calibrated on ${calibration.texts} texts of ${calibration.tokens} tokens`
        : "each by itself",
      float: kept.join(", "),
      "relative error": parts.map(({ part, mean }) => `${part} ${percent(mean.relative)}`).join(", "),
      worst: `${worst.name} ${percent(worst.relative)}`,
      software: `echovlm ${VERSION}`,
    }),
  };
  const own = new Set([useSection.title, quantised.title]);
  return {
    metadata: base.metadata,
    title: `${title}, ${bits} bits`,
    summary:
      "Quantised with `echovlm quantize`. What is said of quality here was measured on the float model; `echovlm verify --against` compares the two.",
    sections: [useSection, ...base.sections.filter((one) => !own.has(one.title)), quantised],
  };
}
