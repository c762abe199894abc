/** @file The learning rate over a training run. */

/**
 * Linear warm-up, then a half cosine down to a share of the peak. Differs: the reference's warm-up begins with a step of rate 0, which
 * changes nothing; here the first step already counts.
 *
 * @param step optimiser step, from 1 to `steps`
 * @param options.peak learning rate at the end of the warm-up
 * @param options.warmup share of the steps that warm up, 0 to 1
 * @param options.floor share of the peak that the cosine ends at, 0 to 1
 * @returns learning rate of that step, above 0
 * @see spec 4.2
 */
export function learningRate(
  step: number,
  { steps, peak, warmup, floor }: { steps: number; peak: number; warmup: number; floor: number },
): number {
  const warmupSteps = Math.ceil(warmup * steps);
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  const progress = (step - 1 - warmupSteps) / Math.max(1, steps - warmupSteps);
  return peak * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2);
}
