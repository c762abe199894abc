/** @file What is measured added to what is labelled. What is labelled stands; a measurement that contradicts it is dropped. */

import type { GreyImage } from "./echo.ts";
import type { Facts, Finding, StructureFact } from "./facts.ts";
import { axesOf, measure, type PixelScale, placeOf } from "./measure.ts";
import { type Mask, outlineOf } from "./outline.ts";
import { type FindingKind, isUnspecific, type Structure } from "./vocabulary.ts";

/** Marks the fields of a fact as measured, but for those that the labels gave. */
function sourcesOf(
  facts: Facts,
  path: string,
  measured: object,
  labelled: object,
): NonNullable<Facts["sourceOf"]> {
  const keys = Object.keys(measured).filter((key) => !(key in labelled));
  return {
    ...facts.sourceOf,
    ...Object.fromEntries(keys.map((key) => [`${path}.${key}`, "measured" as const])),
  };
}

/** High gain fills a cyst with noise, low gain empties a solid lesion: the label knows better than the grey level. */
const isGainEffect = (kind: FindingKind, echogenicity: NonNullable<Finding["echogenicity"]>): boolean =>
  kind === "cyst" ? echogenicity !== "anechoic" : echogenicity === "anechoic" && !isUnspecific(kind);

/**
 * Measures the picture's first finding; without a labelled finding an outline says nothing. A finding is outlined as
 * one part, beside specks at most: of several parts it is not known which the labels are of, and none is measured.
 *
 * @param parts of the lesions' mask, from `maskParts`
 */
export function withLesion(
  facts: Facts,
  grey: GreyImage,
  [mask, ...more]: readonly Mask[],
  scale: PixelScale,
): Facts {
  const [first, ...others] = facts.findings ?? [];
  const measured = mask && more.length === 0 ? measure(grey, mask, scale) : undefined;
  if (first === undefined || measured === undefined) return facts;
  const { echogenicity, ...rest } = measured;
  const isKept = echogenicity !== undefined && !isGainEffect(first.kind, echogenicity);
  const kept = { ...rest, ...(isKept ? { echogenicity } : {}) };
  return {
    ...facts,
    findings: [{ ...kept, ...first }, ...others],
    sourceOf: sourcesOf(facts, "findings.0", kept, first),
  };
}

/**
 * Measures every part of a structure: the largest is the labelled one, the others are added.
 *
 * @param parts of the mask of all that is of this kind, from `maskParts`
 */
export function withStructure(
  facts: Facts,
  kind: Structure,
  grey: GreyImage,
  parts: readonly Mask[],
  scale: PixelScale,
): Facts {
  let told = facts;
  for (const [index, part] of parts.entries()) {
    const measured = measureStructure(grey, part, scale);
    if (measured === undefined) continue;
    const structures = [...(told.structures ?? [])];
    const labelled = index === 0 ? structures.findIndex((seen) => seen.kind === kind) : -1;
    const place = labelled < 0 ? structures.length : labelled;
    const known = structures[place] ?? { kind };
    structures[place] = { ...measured, ...known };
    told = { ...told, structures, sourceOf: sourcesOf(told, `structures.${place}`, measured, known) };
  }
  return told;
}

/** Of a structure: place, size and whether it is echo-free; a nerve or a head has no words for shape or shadow. */
function measureStructure(
  grey: GreyImage,
  mask: Mask,
  scale: PixelScale,
): Omit<StructureFact, "kind"> | undefined {
  const outline = outlineOf(mask);
  if (outline === undefined) return undefined;
  const { echogenicity } = measure(grey, mask, scale) ?? {};
  return {
    ...placeOf(outline, mask),
    ...axesOf(outline, scale),
    ...(echogenicity === "anechoic" ? { echogenicity } : {}),
  };
}
