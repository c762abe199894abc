/**
 * @file What a prompt may tell the reader of a picture. A model cannot see millimetres or the side of the body, so facts
 * that need them are told and asked only where the prompt gives the scale and the side.
 */

import type { Language } from "../tasks/regions.ts";
import type { Facts, Finding, StructureFact } from "./facts.ts";
import { sideNames } from "./vocabulary.ts";
import type { Choose } from "./wording.ts";

/** The facts a reader of the picture alone can know: no side, no scale, nothing in millimetres. */
export function visibleFacts(facts: Facts): Facts {
  const { side: _side, mmPerPixel: _scale, findings, structures, ...rest } = facts;
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

const digits = (value: number, most: number): string => String(Number(value.toFixed(most)));

/**
 * The sentence of a prompt that gives the scale. Wherever the picture's size is known it says width and height in
 * millimetres: a model sees the picture resized, and cannot count its pixels.
 *
 * @returns undefined when no calibration is known
 */
function scaleContext(facts: Facts, language: Language, choose: Choose): string | undefined {
  const { mmPerPixel, picture } = facts;
  if (mmPerPixel === undefined) return undefined;
  const spacing = digits(mmPerPixel, 3);
  const bare = language === "zh" ? `像素间距为${spacing} mm。` : `The pixel spacing is ${spacing} mm.`;
  if (picture === undefined) return bare;
  const width = digits(picture.width * mmPerPixel, 1);
  const height = digits(picture.height * mmPerPixel, 1);
  return language === "zh"
    ? choose([
        `图像实际宽${width} mm，高${height} mm。`,
        `图像大小为${picture.width}×${picture.height}像素，像素间距为${spacing} mm，实际宽${width} mm，高${height} mm。`,
      ])
    : choose([
        `The picture is ${width} mm wide and ${height} mm high.`,
        `The picture has ${picture.width} x ${picture.height} pixels of ${spacing} mm: it is ${width} mm wide and ${height} mm high.`,
      ]);
}

/** Everything a prompt can give of these facts: side and scale; empty when neither is known. */
export function contextOf(facts: Facts, language: Language, choose: Choose): string {
  const side = facts.side && sideNames[facts.side][language];
  const sideText = side && (language === "zh" ? `检查侧别：${side}。` : `Examined side: ${side}.`);
  return [sideText, scaleContext(facts, language, choose)].filter(Boolean).join(language === "zh" ? "" : " ");
}
