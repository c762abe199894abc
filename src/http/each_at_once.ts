/** @file Work on many items, several under way at once: downloads, questions to an endpoint. */

/**
 * Do the work of every item, each in its turn. The first that fails stops the others; it is told once none is under way
 * any more.
 *
 * @param work takes a signal that tells it to stop, for that reason or the caller's
 * @throws what the first failing work throws, or the signal's reason
 */
export async function eachAtOnce<T>(
  items: readonly T[],
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const queue = items.values();
  const workOn = async () => {
    for (const item of queue) {
      either.throwIfAborted();
      await work(item, either);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, () =>
    workOn().catch((error) => failure.abort(error)),
  );
  await Promise.all(workers);
  failure.signal.throwIfAborted();
}
