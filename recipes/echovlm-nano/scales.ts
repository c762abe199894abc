/**
 * @file Scales that a prompt may give. Few real pictures have a known one, and nearly all of those show a fetal head: from
 * them alone a model learns that millimetres in a prompt mean a head, and to answer as it remembers rather than to measure.
 */

import type { Facts } from "../../src/data/facts.ts";
import { ask, type Question } from "../../src/data/questions.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { topicsOf } from "../../src/data/topics.ts";
import type { Language } from "../../src/tasks/regions.ts";

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
  const widthMm = Math.exp(draw.range(...(widthRange.map(Math.log) as [number, number])));
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

/** Circumferences that a scale may give a fetal head, in millimetres, and how many scales a drill tries. */
const headRange = [60, 350] as const;
const scalesOfDrill = 8;

/**
 * One picture under many scales: how large is the fetal head if the picture is this wide? What the picture shows never
 * changes, so the model learns to read the scale from the prompt and to multiply.
 *
 * @returns none where no head was measured
 */
export function scaleDrill(facts: Facts, language: Language, draw: Draw): Question[] {
  const { mmPerPixel, structures } = facts;
  const known = structures?.find(({ circumferenceMm }) => circumferenceMm !== undefined)?.circumferenceMm;
  if (known === undefined || mmPerPixel === undefined) return [];
  return Array.from({ length: scalesOfDrill }, () => {
    const factor = draw.range(...headRange) / known;
    const scaled: Facts = {
      ...facts,
      mmPerPixel: mmPerPixel * factor,
      structures: structures!.map(({ axesMm: _axes, circumferenceMm, ...rest }) =>
        circumferenceMm === undefined ? rest : { ...rest, circumferenceMm: circumferenceMm * factor },
      ),
    };
    const topic = topicsOf(scaled, draw.random).find(({ about }) => about === "headCircumference");
    return topic ? [ask(topic, "open", scaled, language, draw.random)] : [];
  }).flat();
}
