/** @file A small line plot as SVG text. */

import { type Line, lineThrough, type Point } from "./straight_line.ts";

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** In the order of x. */
  readonly points: readonly Point[];
}

const [WIDTH, HEIGHT] = [480, 300];
const MARGIN = { left: 64, right: 16, top: 34, bottom: 44 };
const plotWidth = WIDTH - MARGIN.left - MARGIN.right;
const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;

/** Round numbers from 0 that reach `most` in four to eight steps. */
export function ticks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most));
  const step =
    [0.1, 0.2, 0.25, 0.5, 1, 2].map((part) => part * power).find((size) => most / size <= 7) ?? power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) =>
    Number((i * step).toPrecision(12)),
  );
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Points joined by lines, and dashed the straight line through the first two. Axes begin at 0. */
export function svgPlot({ title, x, y, points }: Plot): string {
  const [xTicks, yTicks] = [(p: Point) => p.x, (p: Point) => p.y].map((pick) =>
    ticks(Math.max(...points.map(pick))),
  ) as [number[], number[]];
  const [mostX, mostY] = [xTicks.at(-1)!, yTicks.at(-1)!];
  const atX = (value: number) => (MARGIN.left + (plotWidth * value) / mostX).toFixed(1);
  const atY = (value: number) => (MARGIN.top + plotHeight * (1 - value / mostY)).toFixed(1);
  const text = (at: string, anchor: string, content: string) =>
    `<text ${at} text-anchor="${anchor}">${escaped(content)}</text>`;
  const [first, second] = points;
  const guide =
    first && second && points.length > 2 ? guideOf(lineThrough(first, second), mostX, mostY) : undefined;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(`x="${MARGIN.left}" y="18" font-size="13"`, "start", title),
    ...yTicks.map((value) => `<path d="M${atX(0)} ${atY(value)}H${atX(mostX)}" stroke="#ddd"/>`),
    ...yTicks.map((value) =>
      text(`x="${MARGIN.left - 6}" y="${Number(atY(value)) + 4}"`, "end", String(value)),
    ),
    ...xTicks.map((value) =>
      text(`x="${atX(value)}" y="${MARGIN.top + plotHeight + 16}"`, "middle", String(value)),
    ),
    text(`x="${MARGIN.left + plotWidth / 2}" y="${HEIGHT - 8}"`, "middle", x),
    text(`transform="translate(14 ${MARGIN.top + plotHeight / 2}) rotate(-90)"`, "middle", y),
    ...(guide
      ? [
          `<path d="M${atX(guide[0].x)} ${atY(guide[0].y)}L${atX(guide[1].x)} ${atY(guide[1].y)}" stroke="#999" stroke-dasharray="4 3"/>`,
        ]
      : []),
    `<polyline points="${points.map((p) => `${atX(p.x)},${atY(p.y)}`).join(" ")}" fill="none" stroke="#0a6ebd" stroke-width="2"/>`,
    ...points.map((p) => `<circle cx="${atX(p.x)}" cy="${atY(p.y)}" r="3" fill="#0a6ebd"/>`),
    "</svg>\n",
  ].join("\n");
}

/** The part of a rising line that is inside the axes; undefined for one that does not rise. */
function guideOf({ slope, intercept }: Line, mostX: number, mostY: number): [Point, Point] | undefined {
  if (!(slope > 0)) return undefined;
  const start = Math.max(0, -intercept / slope);
  const end = Math.min(mostX, (mostY - intercept) / slope);
  return [start, end].map((x) => ({ x, y: slope * x + intercept })) as [Point, Point];
}
