/** @file One metric of all models by region: bars with 95 % intervals, and beside each bar what the controls reach. */

import { type Condition, conditions } from "../exchange.ts";
import { axis } from "./axis.ts";
import { fixed, intervalText } from "./digits.ts";
import { type Markup, markup } from "./markup.ts";
import { colourClass, type ModelKeys, modelName } from "./model_keys.ts";
import { type Cell, type MetricLines, regionTitle, type Section } from "./sections.ts";

/** Lengths in units of the drawing, at most one CSS pixel each. */
const margin = { left: 48, right: 8, top: 12 };
const plotHeight = 220;
const slot = { most: 54, least: 30, gap: 18 };

/** A metric's lines in one region. */
export interface RegionLines {
  readonly section: Section;
  readonly lines: MetricLines;
}

/** Controls of a model; each has its own lane beside the bar, so that marks do not hide each other. */
const laneOf: readonly Condition[] = ["no picture", "noise", "other picture"];

/** @param y on the axis; a mark is six units wide */
const marks: Readonly<Record<string, (x: number, y: number) => Markup>> = {
  "no picture": (x, y) => markup`<circle class="mark" cx="${x}" cy="${y}" r="2.6"/>`,
  noise: (x, y) => markup`<path class="mark" d="M${x - 2.6} ${y - 2.6}l5.2 5.2m0 -5.2l-5.2 5.2"/>`,
  "other picture": (x, y) => markup`<path class="mark" d="M${x - 3} ${y + 2.4}h6l-3 -5.2z"/>`,
};

/** @param regions the same metric and signature in each region, at least one */
export function regionBars(regions: readonly RegionLines[], keys: ModelKeys): Markup {
  const models = [...keys.keys()].filter((model) =>
    regions.some(({ section }) => section.models.includes(model)),
  );
  const { metric, decimals } = regions[0]!.lines;
  const numbers = regions.flatMap(({ lines }) => lines.lines.flatMap(numbersOf));
  const low = Math.min(0, ...numbers);
  const high = Math.max(0, ...numbers);
  const vertical = axis(low, high - low < 1e-6 ? low + 1 : high, margin.top + plotHeight, margin.top);
  const count = Math.max(1, models.length);
  const wanted = 660 / regions.length - slot.gap;
  const slotWidth = Math.min(slot.most, Math.max(slot.least, wanted / count));
  const regionWidth = Math.max(count * slotWidth + slot.gap, 84);
  const width = margin.left + regions.length * regionWidth + margin.right;
  const bottom = margin.top + plotHeight;

  const grid = vertical.ticks.map(
    (tick) =>
      markup`<line class="${Math.abs(tick) < 1e-12 ? "zero" : "grid"}" x1="${margin.left}" x2="${width - margin.right}" y1="${vertical.at(tick)}" y2="${vertical.at(tick)}"/><text class="tick" text-anchor="end" x="${margin.left - 6}" y="${vertical.at(tick) + 4}">${fixed(tick, vertical.decimals)}</text>`,
  );
  const groups = regions.map(({ section, lines }, place) => {
    const left = margin.left + place * regionWidth;
    const start = left + (regionWidth - count * slotWidth) / 2;
    const centre = left + regionWidth / 2;
    const questions = Math.max(0, ...lines.lines.flatMap(scoresOf).map((score) => score.questions));
    const majority = lines.lines.find(({ shared }) => shared)?.shared?.value ?? null;
    return markup`<g>${models.map((model, index) =>
      bar(model, cellsOf(section, lines, model), start + index * slotWidth),
    )}${
      majority === null
        ? undefined
        : markup`<line class="majority" x1="${start - 4}" x2="${start + count * slotWidth + 4}" y1="${vertical.at(majority)}" y2="${vertical.at(majority)}"><title>majority: ${fixed(majority, decimals)}</title></line>`
    }<text class="label" text-anchor="middle" x="${centre}" y="${bottom + 34}">${regionTitle(section.region)}</text><text class="tick" text-anchor="middle" x="${centre}" y="${bottom + 49}">n = ${questions}</text></g>`;
  });

  function bar(model: string, cells: ReadonlyMap<Condition, Cell>, x: number): Markup {
    const barWidth = slotWidth * 0.5;
    const [middle, zero] = [x + 2 + barWidth / 2, vertical.at(0)];
    const score = cells.get("pictures")?.score;
    const number = markup`<text class="tick" text-anchor="middle" x="${middle}" y="${bottom + 16}">${keys.get(model)}</text>`;
    const lanes = laneOf.map((condition, lane) => {
      const value = cells.get(condition)?.score?.value ?? null;
      if (value === null) return undefined;
      const markX = x + 2 + barWidth + (slotWidth * 0.46 * (lane + 0.6)) / laneOf.length;
      return markup`<g>${marks[condition]!(markX, vertical.at(value))}<title>${model}, ${condition}: ${fixed(value, decimals)}</title></g>`;
    });
    if (!score) return markup`${number}${lanes}`;
    const { value, interval } = score;
    if (value === null)
      return markup`${number}<text class="tick" text-anchor="middle" x="${middle}" y="${zero - 4}">n.d.</text>${lanes}`;
    const [y, height] = [Math.min(zero, vertical.at(value)), Math.abs(zero - vertical.at(value))];
    const whisker =
      interval &&
      markup`<path class="whisker" d="M${middle} ${vertical.at(interval[0])}V${vertical.at(interval[1])}M${middle - 4} ${vertical.at(interval[0])}h8M${middle - 4} ${vertical.at(interval[1])}h8"/>`;
    return markup`${number}<g><rect class="bar ${colourClass(keys, model)}" x="${x + 2}" y="${y}" width="${barWidth}" height="${height}"/>${whisker ?? undefined}<title>${model}: ${fixed(value, decimals)} ${intervalText(interval, decimals)}</title></g>${lanes}`;
  }

  return markup`<svg role="img" aria-label="Bars of ${metric} by region; the numbers are in the tables below" viewBox="0 0 ${width} ${bottom + 56}" width="${width}" height="${bottom + 56}">${grid}${groups}</svg>${legend(regions, models, keys)}`;
}

const scoresOf = (line: MetricLines["lines"][number]) =>
  [line.shared, ...line.cells.map(({ score }) => score)].flatMap((score) => (score ? [score] : []));

const numbersOf = (line: MetricLines["lines"][number]): number[] =>
  scoresOf(line).flatMap(({ condition, value, interval }) =>
    value === null ? [] : [value, ...(condition === "pictures" ? (interval ?? []) : [])],
  );

/** A model's cells by condition. */
const cellsOf = (section: Section, { lines }: MetricLines, model: string): ReadonlyMap<Condition, Cell> => {
  const place = section.models.indexOf(model);
  return new Map(lines.flatMap(({ condition, cells }) => (place < 0 ? [] : [[condition, cells[place]!]])));
};

const legend = (regions: readonly RegionLines[], models: readonly string[], keys: ModelKeys): Markup => {
  const present = new Set(regions.flatMap(({ lines }) => lines.lines.map(({ condition }) => condition)));
  const controls = conditions.filter((condition) => condition !== "pictures" && present.has(condition));
  return markup`<ul class="legend">${models.map((model) => markup`<li>${modelName(keys, model)}</li>`)}${controls.map(
    (condition) =>
      markup`<li><svg aria-hidden="true" viewBox="0 0 16 12" width="16" height="12">${marks[condition]?.(8, 6) ?? markup`<line class="majority" x1="0" x2="16" y1="6" y2="6"/>`}</svg> ${condition}</li>`,
  )}</ul>`;
};
