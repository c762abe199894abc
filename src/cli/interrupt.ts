/** @file Ctrl-C, and the other signals that ask a program to end. */

import { constants } from "node:os";

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type EndSignal = (typeof endSignals)[number];

/** Work was stopped because a signal asked for it. */
export class Interruption extends Error {
  override name = "AbortError";

  constructor(readonly signal: EndSignal) {
    super(`stopped by ${signal}`);
  }

  /** The code that shells give a process that a signal ended. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/**
 * Run `work` with a signal that Ctrl-C aborts. A pass through a large model cannot be stopped half-way: where the work
 * has not ended after `patienceMs`, or at the second Ctrl-C, the process ends as it is.
 *
 * @param patienceMs null: as long as it takes
 * @throws Interruption when it was stopped
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  patienceMs: number | null = 1000,
): Promise<T> {
  const controller = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const interrupt = (signal: EndSignal) => {
    const reason = new Interruption(signal);
    if (controller.signal.aborted) endProcess(reason);
    controller.abort(reason);
    if (patienceMs !== null) patience = setTimeout(() => endProcess(reason), patienceMs);
  };
  for (const signal of endSignals) process.on(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(patience);
    for (const signal of endSignals) process.off(signal, interrupt);
  }
}

/** End at once, as the signal does by itself: `process.exit` would wait for the threads that run the model. */
function endProcess({ signal, exitCode }: Interruption): void {
  process.emit("exit", exitCode); // whoever made temporary files removes them
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
