/** @file Geometry of a mask: its parts, and the outline of one of them, all in pixels of the picture. */

/** One byte a pixel, rows from the top; any value but 0 is inside. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** [height, width]. */
  readonly data: Uint8Array;
}

/** Where a thing lies and what form it has. Lengths in pixels, y downwards, pixel centres at half-integers. */
export interface Outline {
  /** Pixels inside. */
  readonly area: number;
  readonly centre: { readonly x: number; readonly y: number };
  /** Whole pixels, the far edge excluded. */
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Full axes of the ellipse with the same second moments. */
  readonly longAxis: number;
  readonly shortAxis: number;
  /** Of the long axis against the picture's x axis, radians in (−π/2, π/2], positive clockwise on the screen. */
  readonly angle: number;
  /** Pixels inside over pixels of the convex hull, 0 to 1: 1 has no dents. */
  readonly solidity: number;
  /** Overlap (Dice) with the ellipse of the same centre, axes and angle, scaled to the same area, 0 to 1. */
  readonly ellipseOverlap: number;
}

type Point = readonly [column: number, row: number];

/** Fewest pixels of a part: what is smaller has no shape to measure and is taken for a slip of an annotation tool. */
export const leastPixels = 20;

/**
 * Connected parts of a mask (four neighbours), the largest first.
 *
 * @param smallest parts with fewer pixels are left out: specks
 * @see Rosenfeld and Pfaltz 1966, here as a flood fill
 */
export function maskParts({ width, height, data }: Mask, smallest = leastPixels): Mask[] {
  const seen = new Uint8Array(data.length);
  const parts: { pixels: number[] }[] = [];
  for (let start = 0; start < data.length; start++) {
    if (seen[start] || !data[start]) continue;
    const pixels = [start];
    seen[start] = 1;
    const visit = (pixel: number) => {
      if (seen[pixel] || !data[pixel]) return;
      seen[pixel] = 1;
      pixels.push(pixel);
    };
    for (let at = 0; at < pixels.length; at++) {
      const pixel = pixels[at]!;
      const x = pixel % width;
      if (x > 0) visit(pixel - 1);
      if (x < width - 1) visit(pixel + 1);
      if (pixel >= width) visit(pixel - width);
      if (pixel < (height - 1) * width) visit(pixel + width);
    }
    if (pixels.length >= smallest) parts.push({ pixels });
  }
  parts.sort((a, b) => b.pixels.length - a.pixels.length);
  return parts.map(({ pixels }) => {
    const part = new Uint8Array(data.length);
    for (const pixel of pixels) part[pixel] = 1;
    return { width, height, data: part };
  });
}

/**
 * Measure a mask as one thing.
 *
 * @returns undefined for an empty mask
 */
export function outlineOf({ width, height, data }: Mask): Outline | undefined {
  let [area, sumX, sumY, sumXx, sumXy, sumYy] = [0, 0, 0, 0, 0, 0];
  let [left, top, right, bottom] = [width, height, 0, 0];
  const ends: Point[] = [];
  for (let row = 0; row < height; row++) {
    let first = -1;
    let last = -1;
    let count = 0;
    let rowX = 0;
    let rowXx = 0;
    for (let column = 0; column < width; column++) {
      if (!data[row * width + column]) continue;
      const x = column + 0.5;
      count++;
      rowX += x;
      rowXx += x * x;
      if (first < 0) first = column;
      last = column;
    }
    if (first < 0) continue;
    const y = row + 0.5;
    area += count;
    sumX += rowX;
    sumY += count * y;
    sumXx += rowXx;
    sumXy += rowX * y;
    sumYy += count * y * y;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    top = Math.min(top, row);
    bottom = row + 1;
    ends.push([first, row], [last, row]);
  }
  if (area === 0) return undefined;

  const centre = { x: sumX / area, y: sumY / area };
  // A pixel is a square, not a point: its own second moment is 1/12 along either axis.
  const xx = sumXx / area - centre.x ** 2 + 1 / 12;
  const yy = sumYy / area - centre.y ** 2 + 1 / 12;
  const xy = sumXy / area - centre.x * centre.y;
  const spread = Math.hypot((xx - yy) / 2, xy);
  // The second moment of an ellipse along an axis is a quarter of that half axis squared.
  const longAxis = 4 * Math.sqrt((xx + yy) / 2 + spread);
  const shortAxis = 4 * Math.sqrt(Math.max(0, (xx + yy) / 2 - spread));
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const ellipse = { centre, longAxis, shortAxis, angle };
  return {
    ...ellipse,
    area,
    box: { left, top, right, bottom },
    solidity: area / hullPixels(ends),
    ellipseOverlap: overlap({ width, height, data }, area, ellipse),
  };
}

/**
 * How many pixels lie in the convex hull, by Andrew's monotone chain over pixels sorted by row.
 *
 * @see Pick's theorem: lattice points of a lattice polygon are its area, half of those on its edge, and one. So a disc
 * of pixels is exactly convex, whatever its stairs.
 */
function hullPixels(pixels: readonly Point[]): number {
  const turn = (a: Point, b: Point, c: Point) =>
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const half = (ordered: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const sorted = [...pixels].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const hull = [...half(sorted), ...half(sorted.reverse())];
  let [twiceArea, onEdge] = [0, 0];
  for (const [index, [x, y]] of hull.entries()) {
    const [nextX, nextY] = hull[(index + 1) % hull.length]!;
    twiceArea += x * nextY - nextX * y;
    onEdge += greatestDivisor(Math.abs(nextX - x), Math.abs(nextY - y));
  }
  return Math.abs(twiceArea) / 2 + onEdge / 2 + 1;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

function overlap(
  { width, height, data }: Mask,
  area: number,
  { centre, longAxis, shortAxis, angle }: Pick<Outline, "centre" | "longAxis" | "shortAxis" | "angle">,
): number {
  const scale = area / ((Math.PI / 4) * longAxis * shortAxis);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [inside, both] = [0, 0];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const x = column + 0.5 - centre.x;
      const y = row + 0.5 - centre.y;
      const along = (x * cos + y * sin) / longAxis;
      const across = (y * cos - x * sin) / shortAxis;
      if (4 * (along ** 2 + across ** 2) > scale) continue;
      inside++;
      if (data[row * width + column]) both++;
    }
  return (2 * both) / (area + inside);
}

/**
 * Circumference of an ellipse from its full axes, in their unit.
 *
 * @see Ramanujan 1914, second approximation: better than 1e-4 for axes within a factor of five
 */
export function ellipseCircumference(longAxis: number, shortAxis: number): number {
  const sum = (longAxis + shortAxis) / 2;
  const h = ((longAxis - shortAxis) / (longAxis + shortAxis)) ** 2;
  return Math.PI * sum * (1 + (3 * h) / (10 + Math.sqrt(4 - 3 * h)));
}
