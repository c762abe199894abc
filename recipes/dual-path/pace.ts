/** @file How long the rest of the training takes, from what was measured of it. */

export interface Pace {
  /** So much work took so long. */
  measured(seconds: number, work: number): void;
  done(name: string): void;
  /** Undefined while nothing is measured. */
  secondsLeft(): number | undefined;
}

/** @param jobs the work of each by its name, in any one unit that time is taken to be proportional to */
export function createPace(jobs: ReadonlyMap<string, number>): Pace {
  const left = new Map(jobs);
  let [spent, finished] = [0, 0];
  return {
    measured(seconds, work) {
      spent += seconds;
      finished += work;
    },
    done: (name) => left.delete(name),
    secondsLeft() {
      const rest = [...left.values()].reduce((sum, work) => sum + work, 0);
      return finished > 0 ? (spent * rest) / finished : undefined;
    },
  };
}
