/**
 * @file First values of the filters that cut a picture into patches: cosines, the slowest first, each as strong as
 * pictures are weak in it. Random filters would nearly all see the brightness of a patch and little else.
 */

/** Amplitude of the first cosines of pictures with pixels of variance 1, as a share of the patch's side. */
const firstAmplitude = 1 / 6;

/**
 * Filters that give outputs of variance about 1 each for pictures as they are: amplitudes fall as 1 / frequency.
 * Channels and frames count alike. Filters beyond the patch's number of pixels stay 0.
 *
 * @param shape [D, C, T, p, p] outputs, channels, frames, and the patch's sides in pixels
 * @returns values in the order of `shape`
 * @see Field 1987, Relations between the statistics of natural images and the response properties of cortical cells
 */
export function cosineFilters(shape: readonly number[]): Float32Array {
  const [outputs = 0, channels = 0, frames = 0, side = 0] = shape;
  const pixels = side * side;
  const values = new Float32Array(outputs * channels * frames * pixels);
  const slowest = frequencies(side).slice(0, outputs);
  for (const [d, [u, v]] of slowest.entries()) {
    const distance = Math.hypot(u, v);
    const gain = distance === 0 ? 1 / side : distance / (side * firstAmplitude);
    for (let copy = 0; copy < channels * frames; copy++)
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++)
          values[(d * channels * frames + copy) * pixels + y * side + x] =
            (gain / (channels * frames)) * cosine(u, y, side) * cosine(v, x, side);
  }
  return values;
}

/** Of a base of the patch, orthogonal and of length 1 (DCT-II). */
const cosine = (frequency: number, at: number, side: number): number =>
  Math.sqrt((frequency === 0 ? 1 : 2) / side) * Math.cos((Math.PI * frequency * (at + 0.5)) / side);

/** Half waves down and across, the slowest pairs first. */
function frequencies(side: number): [u: number, v: number][] {
  const all = Array.from({ length: side * side }, (_, n): [number, number] => [
    Math.floor(n / side),
    n % side,
  ]);
  return all.sort(([a, b], [c, d]) => a * a + b * b - (c * c + d * d) || a - c);
}
