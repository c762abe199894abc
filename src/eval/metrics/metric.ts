/** @file What every metric is: answers in, and a score of any sample of them out. */

/** Scores of whichever rows are asked for; a row may be asked for more than once, as in a bootstrap. */
export interface Scored {
  /**
   * @param rows places in the items; each repetition counts again
   * @returns the score, NaN where it is not defined (of no rows, of one class only)
   */
  score(rows: readonly number[]): number;
}

/** A measure of answers against what was expected. */
export interface Metric<Item> {
  /** Short and unique among metrics: `BLEU-4`, `balanced accuracy`. */
  readonly name: string;
  /** Everything that changes the number, as `key:value` joined by `|`: printed beside every score. */
  readonly signature: string;
  /** Of two scores, which is the better one. */
  readonly better: "higher" | "lower";
  /** Whether it only explains another metric: tables have one line of it, without the controls. */
  readonly isDetail?: true;
  /** Do once what is done per item, such as counting n-grams, so that many samples of rows are cheap. */
  of(items: readonly Item[]): Scored;
}

/** An answer and the texts it is measured against. */
export interface TextItem {
  readonly answer: string;
  /** At least one. */
  readonly references: readonly string[];
}

/**
 * The same function, worked out once per item: comparisons and regions score the same items again and again.
 *
 * @param of gives the same for the same item
 */
export function perItem<Item extends object, Value>(of: (item: Item) => Value): (item: Item) => Value {
  const known = new WeakMap<Item, { readonly value: Value }>();
  return (item) => {
    const kept = known.get(item) ?? { value: of(item) };
    known.set(item, kept);
    return kept.value;
  };
}

/** @returns 0, 1, ... n - 1: every item once */
export const everyRow = (items: readonly unknown[]): number[] => items.map((_, row) => row);

/** Mean of the values that are defined; NaN of none. */
export function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

/** Mean of the rows' values, as metrics of single answers are averaged. */
export const meanOf = (values: readonly number[]): Scored => ({
  score: (rows) => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length,
});
