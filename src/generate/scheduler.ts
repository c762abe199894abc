/** @file Continuous batching: passes that are due at the same time run as one, and requests come and go between them. */

import type { Cache } from "./engine.ts";
import { lengthOf, type Pass, type Passed } from "./pass.ts";

interface Waiting {
  readonly pass: Pass;
  resolve(passed: Passed): void;
  reject(error: unknown): void;
}

/** Passes in one run at most. */
const MOST_TOGETHER = 16;

/** Tokens of a pass at most that runs with others: prompts fill a run by themselves. */
const SHORT = 16;

/**
 * Runs passes, the oldest first and with it all short ones that wait. A pass that nobody shares a run with starts at
 * once.
 */
export class Scheduler {
  private readonly waiting: Waiting[] = [];
  /** Caches of passes that wait or run. */
  private readonly busy = new Set<Cache>();
  /** Passes in the run under way, or in the one that has just ended; 0 when nobody asked for another. */
  private running = 0;
  private idle = true;

  /** @param runTogether runs passes of different caches as one; when it throws, none of them has happened */
  constructor(private readonly runTogether: (passes: readonly Pass[]) => Promise<readonly Passed[]>) {}

  /** How many passes share a run, or would if they were short. */
  get company(): number {
    return Math.max(this.running, this.waiting.length + (this.idle ? 0 : 1));
  }

  /** @throws Error when the cache's pass before has not ended, since this one would begin from nowhere */
  async run(pass: Pass): Promise<Passed> {
    const { cache } = pass;
    if (this.busy.has(cache)) throw new Error("the cache is in use by another pass");
    this.busy.add(cache);
    try {
      return await new Promise((resolve, reject) => {
        this.waiting.push({ pass, resolve, reject });
        if (this.idle) void this.work();
      });
    } finally {
      this.busy.delete(cache);
    }
  }

  private async work(): Promise<void> {
    this.idle = false;
    while (this.waiting.length > 0) {
      const group = this.takeGroup();
      this.running = group.length;
      await this.perform(group);
      // Who has just got logits asks for the next pass now, before the others start without it.
      if (group.length + this.waiting.length > 1) await new Promise((go) => setImmediate(go));
    }
    this.running = 0;
    this.idle = true;
  }

  private takeGroup(): Waiting[] {
    const [first] = this.waiting;
    const group = this.waiting.filter((other) => other === first || (first && joins(other.pass, first.pass)));
    group.length = Math.min(group.length, MOST_TOGETHER);
    for (const one of group) this.waiting.splice(this.waiting.indexOf(one), 1);
    return group;
  }

  private async perform(group: readonly Waiting[]): Promise<void> {
    try {
      const passed = await this.runTogether(group.map(({ pass }) => pass));
      group.forEach(({ resolve }, n) => {
        resolve(passed[n]!);
      });
    } catch (error) {
      // What one did wrong is not the others' failure.
      if (group.length === 1) group[0]?.reject(error);
      else for (const one of group) await this.perform([one]);
    }
  }
}

/**
 * Whether two passes may share a run. Caches that run together get the capacity of the largest, so a much larger one
 * would cost the other memory and time.
 */
function joins(a: Pass, b: Pass): boolean {
  const [small, large] = [a, b].map(({ cache }) => cache.state.capacity).toSorted((x, y) => x - y);
  return [a, b].every(isShort) && large! <= 2 * small!;
}

const isShort = (pass: Pass): boolean => lengthOf(pass) <= SHORT && !pass.wanted.router;
