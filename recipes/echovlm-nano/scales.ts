/**
 * @file Scales that a prompt may give. Few real pictures have a known one, and nearly all of those show a fetal head: from
 * them alone a model learns that millimetres in a prompt mean a head, and to answer as it remembers rather than to measure.
 */

import type { Facts } from "../../src/data/facts.ts";
import type { Question } from "../../src/data/questions.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { widthsOf } from "../../src/data/topics.ts";
import { mmText } from "../../src/data/wording.ts";

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

/** Sums of one exercise. */
const sumsOfExercise = 2;
/** Lengths in picture widths and widths in millimetres: mostly those of fetal heads. */
const headShare = 0.7;
const headRanges = { widths: [0.6, 2.6], widthMm: [50, 320] } as const;
const otherRanges = { widths: [0.02, 1], widthMm: [25, 260] } as const;

/**
 * Lengths in picture widths to millimetres, without a picture: the multiplication that answers on sizes end with, which
 * no one learns from three hundred heads.
 */
export function sumsOf(draw: Draw): Question {
  const sums = Array.from({ length: sumsOfExercise }, () => {
    const { widths, widthMm } = draw.chance(headShare) ? headRanges : otherRanges;
    const [seen, told] = [logUniform(widths, draw), Number(logUniform(widthMm, draw).toFixed(1))] as const;
    const shown = widthsOf(seen, 1);
    return { task: `${shown} × ${told}`, result: `${mmText(shown * told)} mm` };
  });
  return {
    form: "open",
    language: "en",
    prompt: sums.map(({ task }) => task).join("; "),
    answer: `${sums.map(({ task, result }) => `${task} = ${result}`).join("; ")}.`,
  };
}

const logUniform = ([least, most]: readonly [number, number], draw: Draw): number =>
  Math.exp(draw.range(Math.log(least), Math.log(most)));
