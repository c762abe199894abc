/** @file Several things that can each be wrong, reported as one error. */

import { CheckpointError, InputError } from "../errors.ts";

/**
 * The results of tasks that run side by side, once all have ended.
 *
 * @param discard called with each result that will not be returned because another task failed
 * @throws the first error that is not an input's fault; else the only InputError, or a CheckpointError of all
 */
export async function together<T extends readonly unknown[]>(
  where: string,
  tasks: { readonly [I in keyof T]: Promise<T[I]> },
  discard: (result: T[number]) => Promise<void> = async () => {},
): Promise<T> {
  const outcomes = await Promise.allSettled(tasks);
  const errors: unknown[] = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (errors.length === 0) return (await Promise.all(tasks)) as unknown as T;

  for (const one of outcomes) if (one.status === "fulfilled") await discard(one.value);
  const inputErrors = errors.filter((error) => error instanceof InputError);
  if (inputErrors.length < errors.length || errors.length === 1)
    throw errors.find((error) => !(error instanceof InputError)) ?? errors[0];
  throw new CheckpointError(
    where,
    inputErrors.map((error) => error.message),
  );
}
