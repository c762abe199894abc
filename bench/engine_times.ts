/** @file Where an engine's time goes. */

import type { Engine } from "../src/index.ts";

/** Milliseconds in pictures, in prompts, in steps of a token, and in passes that try guesses. */
export interface EngineTimes {
  readonly see: number;
  readonly prefill: number;
  readonly step: number;
  readonly verify: number;
}

/** Count from now on; what is returned grows. */
export function watchTimes(engine: Engine): EngineTimes {
  const spent = { see: 0, prefill: 0, step: 0, verify: 0 };
  for (const name of ["see", "prefill", "step", "verify"] as const) {
    const work = engine[name].bind(engine) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(engine, {
      async [name](...args: unknown[]) {
        const start = performance.now();
        const result = await work(...args);
        spent[name] += performance.now() - start;
        return result;
      },
    });
  }
  return spent;
}

/** Milliseconds of a piece of work. */
export interface EngineParts {
  readonly seeMs: number;
  readonly prefillMs: number;
  readonly stepMs: number;
  readonly verifyMs: number;
}

export const partsSince = (before: EngineTimes, now: EngineTimes): EngineParts => ({
  seeMs: now.see - before.see,
  prefillMs: now.prefill - before.prefill,
  stepMs: now.step - before.step,
  verifyMs: now.verify - before.verify,
});
