/** @file Measurements taken in turns, so that whatever else the machine does slows all of them alike. */

/** Something to measure by name; each call gives one figure. */
export type Turns<K extends string> = Readonly<Record<K, () => Promise<number>>>;

/** One figure a round, by name. */
export type Rounds<K extends string> = Readonly<Record<K, readonly number[]>>;

/**
 * Measure everything once a round, in the other order every second round.
 *
 * @param warmUp rounds whose figures do not count
 */
export async function takeRounds<K extends string>(
  turns: Turns<K>,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<Rounds<K>> {
  const names = Object.keys(turns) as K[];
  const taken = {} as Record<K, number[]>;
  for (const name of names) taken[name] = [];
  for (let round = -warmUp; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await turns[name]();
      if (round >= 0) taken[name].push(figure);
    }
  return taken;
}

/** What each round says of two measurements. */
export const ratiosOf = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((figure, round) => figure / below[round]!);
