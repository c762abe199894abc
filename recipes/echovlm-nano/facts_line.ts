/**
 * @file A picture's facts in one short line, from which the model first learns to look: nearly every word of it depends
 * on the picture, where nearly every word of a report can be guessed from the words before.
 */

import type { Facts } from "../../src/data/facts.ts";

export const factsPrompt = "Facts?";

/** Fifths of the picture's width or height. */
const fifth = (fraction: number): number => Math.min(4, Math.floor(fraction * 5));

/**
 * What is known, in this order: region, view, finding, its pathology, look, place and size. Places and sizes are in
 * fifths of the picture, to the right and down.
 */
export function factsLine({ empty, region, view, normal, findings, structures }: Facts): string {
  const finding = findings?.[0];
  const placed = structures?.find(({ position }) => position !== undefined);
  const { position = placed?.position, size = placed?.size } = finding ?? {};
  const words = [
    empty ?? region,
    view,
    finding?.kind ?? (normal ? "normal" : undefined),
    finding?.pathology,
    finding?.shape,
    finding?.orientation,
    finding?.margin,
    finding?.echogenicity,
    finding?.posterior,
    position && `place ${fifth(position.x)} ${fifth(position.y)}`,
    size && `size ${fifth(size.width)} ${fifth(size.height)}`,
  ];
  return `${words.filter((word) => word !== undefined).join("; ")}.`;
}
