/** @file The size a picture is brought to before it is cut into patches. */

import { RequestError } from "../errors.ts";

/** A picture is refused when its longer side is more than this many times the shorter, as in the reference. */
const maxAspectRatio = 200;

/** A size and what it has to fit. */
export interface ResizeRequest {
  /** Pixels, positive. */
  readonly height: number;
  /** Pixels, positive. */
  readonly width: number;
  /** Both sides become multiples of this: patch size times merge size. */
  readonly factor: number;
  /** Fewest pixels of the result. */
  readonly minPixels: number;
  /** Most pixels of the result; a side never goes under `factor`, so an extreme strip may exceed it. */
  readonly maxPixels: number;
  /** What errors call the picture. */
  readonly name?: string;
}

/**
 * The size nearest to the picture's own whose sides are multiples of `factor` and whose area lies in the budget,
 * keeping the aspect ratio as nearly as that allows.
 *
 * Differs: the reference's training script rounds a side under half a `factor` up to `factor` and not down to zero;
 * here, as in its image processor, such a strip is instead enlarged to `minPixels`.
 *
 * @returns height and width in pixels
 * @throws RequestError when the aspect ratio is over 200
 * @see `smart_resize` of the reference's image processor
 */
export function smartResize(request: ResizeRequest): { height: number; width: number } {
  const { height, width, factor, minPixels, maxPixels } = request;
  assertAspectRatio(request);
  const rounded = {
    height: roundHalfToEven(height / factor) * factor,
    width: roundHalfToEven(width / factor) * factor,
  };
  const area = rounded.height * rounded.width;
  if (area > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    const side = (pixels: number) => Math.max(factor, Math.floor(pixels / shrink / factor) * factor);
    return { height: side(height), width: side(width) };
  }
  if (area < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    const side = (pixels: number) => Math.ceil((pixels * grow) / factor) * factor;
    return { height: side(height), width: side(width) };
  }
  return rounded;
}

/** @throws RequestError when the aspect ratio is over 200 */
export function assertAspectRatio({
  height,
  width,
  name = "image",
}: Pick<ResizeRequest, "height" | "width" | "name">): void {
  const ratio = Math.max(height, width) / Math.min(height, width);
  if (!(ratio <= maxAspectRatio))
    throw new RequestError(
      name,
      `expected the longer side to be at most ${maxAspectRatio} times the shorter, got ${width} x ${height} pixels`,
      "crop the picture or split it into parts",
    );
}

/** Python's `round`: a half goes to the even neighbour, so 42 pixels become 56 and 70 pixels become 56 too. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}
