/**
 * @file Scales that a prompt may give. Few real pictures have a known one, and nearly all of those show a fetal head: from
 * them alone a model learns that millimetres in a prompt mean a head, and to answer as it remembers rather than to measure.
 */

import type { Facts, Finding, StructureFact } from "../../src/data/facts.ts";
import type { Question } from "../../src/data/questions.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { widthsOf } from "../../src/data/topics.ts";
import { mmText } from "../../src/generate/calculator.ts";
import { languages } from "../../src/tasks/regions.ts";
import { scaleSentence } from "../../src/tasks/scale.ts";

/** Pictures without a scale that are told one, and the width in millimetres that it gives them. */
const drawnShare = 0.35;
const widthRange = [30, 200] as const;

/**
 * The same picture, for training, now and then as if a scale were known: what has a size then has it in millimetres too,
 * the sides of its box under that scale. A picture without anatomy has a scale and nothing to measure.
 */
export function withDrawnScale(facts: Facts, draw: Draw): Facts {
  const { picture, mmPerPixel, findings, structures } = facts;
  if (mmPerPixel !== undefined || picture === undefined || !draw.chance(drawnShare)) return facts;
  const widthMm = logUniform(widthRange, draw);
  const drawn = widthMm / picture.width;
  const measured = <T extends { readonly size?: { readonly width: number; readonly height: number } }>(
    one: T,
  ) => {
    if (one.size === undefined) return one;
    const across = one.size.width * widthMm;
    const down = one.size.height * drawn * picture.height;
    return {
      ...one,
      axesMm: { long: tenths(Math.max(across, down)), short: tenths(Math.min(across, down)) },
    };
  };
  return {
    ...facts,
    mmPerPixel: drawn,
    ...(findings && { findings: findings.map(measured) }),
    ...(structures && { structures: structures.map(measured) }),
  };
}

const tenths = (millimetres: number): number => Math.max(1, Math.round(millimetres * 10)) / 10;

/** The same picture as if every millimetre of it were `factor` millimetres. */
export function withOtherScale(facts: Facts, factor: number): Facts {
  const scaled = <T extends Finding | StructureFact>(one: T): T => ({
    ...one,
    ...(one.axesMm && { axesMm: { long: one.axesMm.long * factor, short: one.axesMm.short * factor } }),
    ...("thicknessMm" in one && one.thicknessMm && { thicknessMm: one.thicknessMm * factor }),
    ...("circumferenceMm" in one && one.circumferenceMm && { circumferenceMm: one.circumferenceMm * factor }),
  });
  const { mmPerPixel, findings, structures } = facts;
  return {
    ...facts,
    ...(mmPerPixel && { mmPerPixel: mmPerPixel * factor }),
    ...(findings && { findings: findings.map(scaled) }),
    ...(structures && { structures: structures.map(scaled) }),
  };
}

/** Exercises that give a length and the sentence of a scale; the others are two sums. */
const toldShare = 0.6;
/** Lengths in picture widths and widths in millimetres: mostly those of fetal heads. */
const headShare = 0.7;
const headRanges = { widths: [0.6, 2.6], widthMm: [50, 320] } as const;
const otherRanges = { widths: [0.02, 1], widthMm: [25, 260] } as const;

/**
 * Lengths in picture widths to millimetres, without a picture: to find the width in what a prompt tells of the scale,
 * and the multiplication that answers on sizes end with, which no one learns from three hundred heads.
 */
export function sumsOf(draw: Draw): Question {
  const sum = () => {
    const { widths, widthMm } = draw.chance(headShare) ? headRanges : otherRanges;
    const [seen, told] = [logUniform(widths, draw), Number(logUniform(widthMm, draw).toFixed(1))] as const;
    const shown = widthsOf(seen, 1);
    return { shown, told, task: `${shown} × ${told}`, result: `${mmText(shown * told)} mm` };
  };
  const question = { form: "open", language: "en" } as const;
  if (draw.chance(toldShare)) {
    const { shown, told, task, result } = sum();
    const width = draw.pick(pictureWidths);
    const picture = { width, height: Math.round(width * draw.range(0.55, 1)), mmPerPixel: told / width };
    const scale = scaleSentence(draw.pick(languages), picture, draw.pick(["size", "pixels"] as const));
    return { ...question, prompt: `${scale} ${shown}?`, answer: `${task} = ${result}.` };
  }
  const sums = [sum(), sum()];
  return {
    ...question,
    prompt: sums.map(({ task }) => task).join("; "),
    answer: `${sums.map(({ task, result }) => `${task} = ${result}`).join("; ")}.`,
  };
}

const pictureWidths = [320, 400, 512, 600, 640, 800, 1024] as const;

const logUniform = ([least, most]: readonly [number, number], draw: Draw): number =>
  Math.exp(draw.range(Math.log(least), Math.log(most)));
