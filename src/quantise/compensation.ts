/**
 * @file How the error of one rounded weight is made up for by those that are not rounded yet.
 * @see Frantar et al. 2022, GPTQ, arXiv 2210.17323, section 3
 */

/** Columns whose errors make up for one another. All of a wide layer would need a matrix of its width squared. */
export const WINDOW = 256;

/** What rounding needs to know of the inputs of a window of columns. */
export interface Compensation {
  /** Columns, at most WINDOW. */
  readonly size: number;
  /** The mean square of each input, damped: what an error of its weight costs. */
  readonly importance: Float64Array;
  /** U [size, size], upper triangle, with UᵀU = H⁻¹. */
  readonly factor: Float64Array;
}

/** Share of the mean diagonal that is added to it, for inputs that were hardly seen; as in GPTQ. */
const DAMPING = 0.01;

/**
 * @param moments Σ x xᵀ of the window's inputs, row-major with rows of `stride`
 * @param size columns that exist
 * @returns undefined where nothing was ever seen, as for an expert that no token went to
 */
export function compensationOf(
  moments: Float64Array,
  stride: number,
  size: number,
): Compensation | undefined {
  const h = new Float64Array(size * size);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += moments[i * stride + i]!;
  if (!(trace > 0)) return undefined;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      h[i * size + j] = moments[i * stride + j]! + (i === j ? (DAMPING * trace) / size : 0);
  const importance = Float64Array.from({ length: size }, (_, i) => h[i * size + i]!);
  const lower = cholesky(h, size);
  const factor = transposed(cholesky(inverseFrom(lower, size), size), size);
  return { size, importance: shared(importance), factor: shared(factor) };
}

/** L, lower triangle, with L Lᵀ = a. */
function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / l[j * n + j]!;
    }
  return l;
}

/** (L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹. */
function inverseFrom(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n); // L⁻¹
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k]! * inverse[k * n + j]!;
      inverse[i * n + j] = sum / l[i * n + i]!;
    }
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += inverse[k * n + i]! * inverse[k * n + j]!;
      result[i * n + j] = sum;
      result[j * n + i] = sum;
    }
  return result;
}

function transposed(a: Float64Array, n: number): Float64Array {
  return Float64Array.from(a, (_, at) => a[(at % n) * n + Math.floor(at / n)]!);
}

/** The same numbers in memory that threads share, since every batch of rows needs them. */
function shared(numbers: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(numbers.byteLength));
  copy.set(numbers);
  return copy;
}
