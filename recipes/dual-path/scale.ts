/** @file How large the experiment is: as it is meant, and small enough to see in minutes that everything works. */

export interface Scale {
  /** Pictures of organs in each part; those told are described to the base and never shown. */
  readonly organs: Readonly<Record<"told" | "train" | "validation" | "test", number>>;
  /** Pictures of shapes, for the dense base. */
  readonly shapes: { readonly train: number; readonly validation: number };
  /** Longer side of a stored picture. */
  readonly pictureSize: number;
  /** Layers of decoder and vision tower. */
  readonly layers: number;
  /** Optimiser steps of the base: looking, then speaking. */
  readonly baseSteps: readonly [looking: number, speaking: number];
  /** Optimiser steps of the two stages. */
  readonly stageSteps: readonly [reports: number, instructions: number];
  /** Of the runs that are compared first of all. */
  readonly seeds: number;
  /** Padded tokens of a step at most: of the base's first phase, whose records are short, and of all others. */
  readonly batchTokens: { readonly looking: number; readonly others: number };
  /** Of an answer at most. */
  readonly answerTokens: number;
  /** Questions answered at once. */
  readonly answerBatch: number;
  /** Of bootstrap and exchange test. */
  readonly draws: number;
}

export const scales = {
  full: {
    organs: { told: 1500, train: 2000, validation: 100, test: 300 },
    shapes: { train: 3500, validation: 100 },
    pictureSize: 168,
    layers: 4,
    baseSteps: [4000, 2500],
    stageSteps: [700, 1000],
    seeds: 3,
    batchTokens: { looking: 1024, others: 1536 },
    answerTokens: 200,
    answerBatch: 48,
    draws: 1000,
  },
  smoke: {
    organs: { told: 10, train: 30, validation: 4, test: 8 },
    shapes: { train: 12, validation: 4 },
    pictureSize: 96,
    layers: 1,
    baseSteps: [2, 2],
    stageSteps: [2, 2],
    seeds: 2,
    batchTokens: { looking: 512, others: 1024 },
    answerTokens: 6,
    answerBatch: 32,
    draws: 20,
  },
} as const satisfies Record<string, Scale>;
