/** @file Ctrl-C: the first asks the work to stop, the second ends the process at once. */

/**
 * Run `work` with a signal that Ctrl-C aborts.
 *
 * @throws DOMException "AbortError" when it was interrupted
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", interrupt);
  }
}
