/** @file Which tokens of a conversation are learnt: what the assistant says, through the end of its turn. */

/** Label of a token that is not learnt. */
export const IGNORED = -100;

/** Token ids that open and close an assistant's turn in the rendered template. */
export interface TurnMarks {
  /** `<|im_start|>assistant\n` */
  readonly open: readonly number[];
  /** `<|im_end|>\n` */
  readonly close: readonly number[];
}

/**
 * Labels of every assistant turn, from behind its opening through its closing inclusive. A turn that is not closed is
 * not learnt.
 *
 * @param ids [S]
 * @returns [S] the token's own id, or IGNORED
 * @see spec 3.4, step 8
 */
export function assistantLabels(ids: readonly number[], { open, close }: TurnMarks): number[] {
  const labels = Array<number>(ids.length).fill(IGNORED);
  for (let from = find(ids, open, 0); from >= 0; ) {
    const start = from + open.length;
    const end = find(ids, close, start);
    if (end < 0) break;
    for (let s = start; s < end + close.length; s++) labels[s] = ids[s]!;
    from = find(ids, open, end + close.length);
  }
  return labels;
}

/** First place at or behind `from` where `pattern` stands, or −1. */
function find(ids: readonly number[], pattern: readonly number[], from: number): number {
  for (let at = from; at + pattern.length <= ids.length; at++)
    if (pattern.every((id, i) => ids[at + i] === id)) return at;
  return -1;
}
