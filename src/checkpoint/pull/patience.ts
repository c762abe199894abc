/** @file Trying again, with growing pauses, for as long as it helps. */

import { setTimeout as pause } from "node:timers/promises";
import { RequestError } from "../../errors.ts";

/** Something that another attempt may mend: a lost connection, a busy server. */
export class PassingFailure extends Error {
  override name = "PassingFailure";

  /** @param waitMs what the server asks for */
  constructor(
    message: string,
    readonly waitMs?: number,
  ) {
    super(message);
  }
}

export interface Patience {
  readonly signal: AbortSignal;
  /** Before the second attempt; each pause is twice the one before, up to a minute. */
  readonly backoffMs: number;
  /** Called before each pause. */
  readonly onWait: (reason: string, waitMs: number) => void;
}

/** Attempts in a row that bring nothing. */
const attempts = 8;
const longestBackoffMs = 60_000;
/** Whoever asks for a longer wait is not waited for. */
const longestWaitMs = 10 * 60_000;

/**
 * Do `work` until it does not throw a PassingFailure.
 *
 * @param where what is asked, for the message
 * @param reached how far the work has come; attempts that come further than all before are not counted
 * @throws RequestError when patience is at its end; the signal's reason when it is aborted; whatever else `work` throws
 */
export async function persist<T>(
  where: string,
  { signal, backoffMs, onWait }: Patience,
  work: () => Promise<T>,
  reached: () => number = () => 0,
): Promise<T> {
  let furthest = reached();
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (reached() > furthest) {
        furthest = reached();
        attempt = 1;
      }
      const { message, waitMs = Math.min(backoffMs * 2 ** (attempt - 1), longestBackoffMs) } = error;
      if (attempt === attempts || waitMs > longestWaitMs)
        throw new RequestError(
          where,
          `expected an answer, got ${message} at attempt ${attempt}${waitMs > longestWaitMs ? `, to wait ${Math.round(waitMs / 1000)} s` : ""}`,
          "what came is kept; run again later to go on",
        );
      onWait(message, waitMs);
      await pause(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
