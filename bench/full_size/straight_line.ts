/** @file Where a cost leaves the straight line that it begins on. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Through two points. */
export function lineThrough(a: Point, b: Point): Line {
  const slope = (b.y - a.y) / (b.x - a.x);
  return { slope, intercept: a.y - slope * a.x };
}

/** What is more than this share above the line has left it. */
const TOLERANCE = 0.2;

/**
 * The first point that lies a fifth or more above the line through the first two; undefined where none does, or there
 * are fewer than three.
 */
export function leavesLine(points: readonly Point[]): Point | undefined {
  const [first, second, ...rest] = points;
  if (!first || !second) return undefined;
  const { slope, intercept } = lineThrough(first, second);
  return rest.find(({ x, y }) => y > (1 + TOLERANCE) * (slope * x + intercept));
}
