/** @file Measurements taken in turns, so that whatever else the machine does slows all of them alike. */

/** Something to measure by name; each call gives one figure, or several as one value. */
export type Turns<K extends string, T = number> = Readonly<Record<K, () => Promise<T>>>;

/** What each round gave, by name. */
export type Rounds<K extends string, T = number> = Readonly<Record<K, readonly T[]>>;

/**
 * Measure everything once a round, in the other order every second round.
 *
 * @param warmUp rounds whose figures do not count
 */
export async function takeRounds<K extends string, T = number>(
  turns: Turns<K, T>,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<Rounds<K, T>> {
  const names = Object.keys(turns) as K[];
  const taken = {} as Record<K, T[]>;
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
