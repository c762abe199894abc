/**
 * @file A picture's facts in one short line, from which the model first learns to look: nearly every word of it depends
 * on the picture, where nearly every word of a report can be guessed from the words before.
 */

import type { Facts } from "../../src/data/facts.ts";

export const factsPrompt = "Facts?";

/** Tenths of the picture's width or height: finer digits are noise to a model that does not look yet. */
const tenths = (fraction: number): number => Math.round(10 * fraction);

/**
 * What is known, in this order: region, view, pathology, finding, look, place, size, and the length around. Places
 * and sizes are in tenths of the picture, to the right and down; the length around in widths of the picture.
 */
export function factsLine(facts: Facts): string {
  const { empty, region, view, normal, findings, structures } = facts;
  const finding = findings?.[0];
  const placed = structures?.find(({ position }) => position !== undefined);
  const { position = placed?.position, size = placed?.size } = finding ?? {};
  const words = [
    empty ?? region,
    view,
    finding?.pathology,
    finding?.kind ?? (normal ? "normal" : undefined),
    finding?.shape,
    finding?.orientation,
    finding?.margin,
    finding?.echogenicity,
    finding?.posterior,
    position && `place ${tenths(position.x)} ${tenths(position.y)}`,
    size && `size ${tenths(size.width)} ${tenths(size.height)}`,
    around(facts),
  ];
  return `${words.filter((word) => word !== undefined).join("; ")}.`;
}

/** The circumference of the first structure that has one. */
function around({ structures, picture, mmPerPixel }: Facts): string | undefined {
  const millimetres = structures?.find(
    ({ circumferenceMm }) => circumferenceMm !== undefined,
  )?.circumferenceMm;
  if (millimetres === undefined || picture === undefined || mmPerPixel === undefined) return undefined;
  return `around ${(millimetres / (picture.width * mmPerPixel)).toFixed(1)}`;
}
