/** @file How far a quantised weight is from the one it stands for. */

export interface WeightError {
  /** Root of Σ (ŵ − w)², over that of Σ w²; 0 for a weight of zeros. */
  readonly relative: number;
  /** Σ ŵ w / (|ŵ| |w|); 1 for equal directions. */
  readonly cosine: number;
}

/** What the error of some rows amounts to, to be added to that of others. */
export interface ErrorSums {
  /** Σ (ŵ − w)² */
  readonly difference: number;
  /** Σ w² */
  readonly original: number;
  /** Σ ŵ² */
  readonly rounded: number;
  /** Σ ŵ w */
  readonly product: number;
}

export const noError: ErrorSums = { difference: 0, original: 0, rounded: 0, product: 0 };

export function rowError(original: Float64Array, rounded: Float64Array): ErrorSums {
  let [off, ww, rr, wr] = [0, 0, 0, 0];
  for (let i = 0; i < original.length; i++) {
    const [w, r] = [original[i]!, rounded[i]!];
    off += (w - r) * (w - r);
    ww += w * w;
    rr += r * r;
    wr += w * r;
  }
  return { difference: off, original: ww, rounded: rr, product: wr };
}

export const addErrors = (a: ErrorSums, b: ErrorSums): ErrorSums => ({
  difference: a.difference + b.difference,
  original: a.original + b.original,
  rounded: a.rounded + b.rounded,
  product: a.product + b.product,
});

export const errorOf = ({ difference, original, rounded, product }: ErrorSums): WeightError => ({
  relative: original > 0 ? Math.sqrt(difference / original) : 0,
  cosine: original > 0 && rounded > 0 ? product / Math.sqrt(original * rounded) : 1,
});
