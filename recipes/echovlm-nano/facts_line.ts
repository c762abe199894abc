/**
 * @file A picture's facts in one short line, from which the model first learns to look: nearly every word of it depends
 * on the picture, where nearly every word of a report can be guessed from the words before.
 */

import type { Facts } from "../../src/data/facts.ts";
import { widthsOf } from "../../src/data/topics.ts";

export const factsPrompt = "Facts?";

/** Percent of the picture's width or height. */
const percent = (fraction: number): number => Math.round(fraction * 100);

/**
 * What is known, in this order: region, view, finding, its pathology, look, place, size, and the length around. Places
 * and sizes are in percent of the picture, to the right and down; the length around in widths of the picture.
 */
export function factsLine(facts: Facts): string {
  const { empty, region, view, normal, findings, structures } = facts;
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
    position && `place ${percent(position.x)} ${percent(position.y)}`,
    size && `size ${percent(size.width)} ${percent(size.height)}`,
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
  return `around ${widthsOf(millimetres, picture.width * mmPerPixel)}`;
}
