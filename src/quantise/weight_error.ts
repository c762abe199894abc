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
      let [off, ww, rr, wr] = [0, 0, 0, 0];
      for (let i = 0; i < from.length; i++) {
        const [w, r] = [from[i]!, to[i]!];
        off += (w - r) * (w - r);
        ww += w * w;
        rr += r * r;
        wr += w * r;
      }
      difference += off;
      original += ww;
      rounded += rr;
      product += wr;
    },
    total: () => ({
      relative: original > 0 ? Math.sqrt(difference / original) : 0,
      cosine: original > 0 && rounded > 0 ? product / Math.sqrt(original * rounded) : 1,
    }),
  };
}
