/** @file How far a quantised weight is from the one it stands for. */

export interface WeightError {
  /** Root of Σ (ŵ − w)², over that of Σ w²; 0 for a weight of zeros. */
  readonly relative: number;
  /** Σ ŵ w / (|ŵ| |w|); 1 for equal directions. */
  readonly cosine: number;
}

/** Sums over rows as they come. */
export interface ErrorSums {
  add(original: Float64Array, rounded: Float64Array): void;
  /** What the sums amount to, over all that was added. */
  total(): WeightError;
}

export function errorSums(): ErrorSums {
  let [difference, original, rounded, product] = [0, 0, 0, 0];
  return {
    add(from, to) {
      for (let i = 0; i < from.length; i++) {
        const [w, r] = [from[i]!, to[i]!];
        difference += (w - r) ** 2;
        original += w * w;
        rounded += r * r;
        product += w * r;
      }
    },
    total: () => ({
      relative: original > 0 ? Math.sqrt(difference / original) : 0,
      cosine: original > 0 && rounded > 0 ? product / Math.sqrt(original * rounded) : 1,
    }),
  };
}
