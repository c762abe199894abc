/** @file Products that an answer writes out: the model reads the factors, the program multiplies them. */

import type { TextTokenizer } from "../processor/tokenizer.ts";

/** Millimetres as they are read off: to one, below ten to a tenth. */
export const mmText = (mm: number): string =>
  mm < 9.95 ? String(Math.round(mm * 10) / 10) : String(Math.round(mm));

/** A product whose result is due: "1.17 × 83 =". */
const dueProduct = /(?<![\d.])(\d{1,9}(?:\.\d{1,9})?) × (\d{1,9}(?:\.\d{1,9})?) =( ?)$/;
const longestProduct = 64;

/**
 * Watches an answer grow and says which tokens arithmetic demands. A small model learns to read a length in widths of
 * the picture, and to copy the width in millimetres from the prompt; it does not learn to multiply.
 *
 * @see Cobbe et al. 2021, arXiv 2110.14168, section 4 and appendix C (a calculator that overrides sampling)
 */
export class Calculator {
  private readonly due: number[] = [];
  private tail = "";

  constructor(private readonly tokenizer: TextTokenizer) {}

  /** The token that has to come next; undefined where the choice is the model's. Asked once a token. */
  next(): number | undefined {
    return this.due.shift();
  }

  /** Take up what the answer has grown by. */
  read(text: string): void {
    this.tail = (this.tail + text).slice(-longestProduct);
    if (text === "" || this.due.length > 0) return;
    const [found, one, other, space] = dueProduct.exec(this.tail) ?? [];
    if (found === undefined) return;
    const result = mmText(Number(one) * Number(other));
    this.due.push(...this.tokenizer.encode(space ? result : ` ${result}`));
  }
}
