/** @file How long the rest of the training takes, from what was measured of it. */

/** Training to be done: steps, each of so many operations a token. */
export interface Job {
  readonly name: string;
  readonly steps: number;
  readonly flopsPerToken: number;
}

export interface Pace {
  /** Steps of a job took so long. */
  measured(name: string, seconds: number, steps: number): void;
  done(name: string): void;
  /** Undefined while nothing is measured. */
  secondsLeft(): number | undefined;
}

/** Steps see equally many tokens, and are taken to last as long as their operations say. */
export function createPace(jobs: readonly Job[]): Pace {
  const left = new Map(jobs.map((job) => [job.name, job]));
  const costs = new Map(jobs.map(({ name, flopsPerToken }) => [name, flopsPerToken]));
  let [seconds, work] = [0, 0];
  return {
    measured(name, spent, steps) {
      seconds += spent;
      work += steps * (costs.get(name) ?? 0);
    },
    done: (name) => left.delete(name),
    secondsLeft() {
      const rest = [...left.values()].reduce(
        (sum, { steps, flopsPerToken }) => sum + steps * flopsPerToken,
        0,
      );
      return work > 0 ? (seconds * rest) / work : undefined;
    },
  };
}
