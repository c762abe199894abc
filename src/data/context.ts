/**
 * @file What a prompt may tell the reader of a picture. A model cannot see millimetres or the side of the body, so facts
 * that need them are told and asked only where the prompt gives the scale and the side.
 */

import type { Language } from "../tasks/regions.ts";
import { scaleSentence } from "../tasks/scale.ts";
import type { Facts, Finding, StructureFact } from "./facts.ts";
import { sideNames } from "./vocabulary.ts";
import type { Choose } from "./wording.ts";

/** The facts a reader of the picture alone can know: no side, no scale, nothing in millimetres. */
export function visibleFacts(facts: Facts): Facts {
  const { side: _side, mmPerPixel: _scale, ...rest } = facts;
  return withoutMillimetres(rest);
}

/** The facts without lengths, which cannot be told where no scale is known. */
export function withoutMillimetres({ findings, structures, ...rest }: Facts): Facts {
  return {
    ...rest,
    ...(findings ? { findings: findings.map(findingWithoutMm) } : {}),
    ...(structures ? { structures: structures.map(structureWithoutMm) } : {}),
  };
}

const findingWithoutMm = ({ axesMm: _axes, thicknessMm: _thickness, ...rest }: Finding): Finding => rest;
const structureWithoutMm = ({
  axesMm: _axes,
  circumferenceMm: _around,
  ...rest
}: StructureFact): StructureFact => rest;

/**
 * The sentence of a prompt that gives the scale. Wherever the picture's size is known it says width and height in
 * millimetres: a model sees the picture resized, and cannot count its pixels.
 *
 * @returns undefined when no calibration is known
 */
function scaleContext(facts: Facts, language: Language, choose: Choose): string | undefined {
  const { mmPerPixel, picture } = facts;
  if (mmPerPixel === undefined) return undefined;
  if (picture) return scaleSentence(language, { ...picture, mmPerPixel }, choose(["size", "pixels"]));
  const spacing = Number(mmPerPixel.toFixed(3));
  return language === "zh" ? `像素间距为${spacing} mm。` : `The pixel spacing is ${spacing} mm.`;
}

/** Everything a prompt can give of these facts: side and scale; empty when neither is known. */
export function contextOf(facts: Facts, language: Language, choose: Choose): string {
  const side = facts.side && sideNames[facts.side][language];
  const sideText = side && (language === "zh" ? `检查侧别：${side}。` : `Examined side: ${side}.`);
  return [sideText, scaleContext(facts, language, choose)].filter(Boolean).join(language === "zh" ? "" : " ");
}
