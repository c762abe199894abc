/** @file Every run of the experiment as plain data: which model, what of it is trained, for how long. */

import type { StageName } from "../../src/train/stages.ts";
import { costOf } from "./compute.ts";
import { type BaseName, configOf, paperPath, type SparsePath } from "./model_config.ts";
import type { RecordFile } from "./records.ts";
import type { Scale } from "./scale.ts";

/** Part of a run: one recipe. */
export interface Phase {
  readonly name: string;
  readonly stage: StageName;
  readonly data: readonly RecordFile[];
  readonly validation: RecordFile;
  readonly steps: number;
  /** Learning rate behind the warm-up. */
  readonly rate: number;
}

/** A trained model that is asked the test questions. */
export interface Run {
  readonly name: string;
  /** One line for the table. */
  readonly about: string;
  /** Order of records, dropout, and first values of experts. */
  readonly seed: number;
  readonly base: BaseName;
  readonly sparse: SparsePath | null;
  /** Coefficient of the load-balancing loss. */
  readonly balance: number;
  readonly phases: readonly [Phase, Phase];
  /** The runs that it is compared with, by name. */
  readonly against: readonly string[];
}

/** What the base learns: looking, then speaking, also of organs that it has not seen. */
export const basePhases = ({ baseSteps: [looking, speaking] }: Scale): Run["phases"] => [
  {
    name: "looking",
    stage: "full",
    data: ["looking"],
    validation: "looking-validation",
    steps: looking,
    rate: 1e-3,
  },
  {
    name: "speaking",
    stage: "full",
    data: ["speaking", "texts"],
    validation: "speaking-validation",
    steps: speaking,
    rate: 1e-3,
  },
];

type Stages = readonly [StageName, StageName];
const full: Stages = ["full", "full"];
/** The released code's first stage, which trains the projector too. */
const paper: Stages = ["stage1-merger", "stage2"];

/** The schedule that all runs share. */
const phasesOf = (stages: Stages, { stageSteps }: Scale, longer = 1): Run["phases"] => {
  const steps = stageSteps.map((count) => Math.round(count * longer));
  return [
    {
      name: "stage-1",
      stage: stages[0],
      data: ["reports"],
      validation: "validation",
      steps: steps[0]!,
      rate: 1e-3,
    },
    {
      name: "stage-2",
      stage: stages[1],
      data: ["instructions"],
      validation: "validation",
      steps: steps[1]!,
      rate: 5e-4,
    },
  ];
};

/** How much longer the dense model trains for as many operations as the sparse one. */
export const computeRatio = ({ layers }: Scale): number =>
  costOf(configOf("base", paperPath, layers)).trainingFlopsPerToken /
  costOf(configOf("base", null, layers)).trainingFlopsPerToken;

const balance = 0.001;

/** In the order in which they are trained. */
export function planRuns(scale: Scale): Run[] {
  const seeds = Array.from({ length: scale.seeds }, (_, n) => n + 1);
  const dense = { base: "base", sparse: null, balance: 0, phases: phasesOf(full, scale) } as const;
  const sparse = { base: "base", sparse: paperPath, balance, phases: phasesOf(paper, scale) } as const;
  const first = { seed: 1, against: ["a-1"] };
  const ablation = { seed: 1, against: ["a-1", "b-1"] };
  const path = (change: Partial<SparsePath>) => ({ ...sparse, sparse: { ...paperPath, ...change } });
  return [
    ...seeds.flatMap((seed): Run[] => [
      { name: `a-${seed}`, about: "dense, everything trained", ...dense, seed, against: [] },
      { name: `b-${seed}`, about: "dual path, two stages", ...sparse, seed, against: [`a-${seed}`] },
    ]),
    {
      name: "a-compute",
      about: "dense, as many operations as b",
      ...dense,
      ...first,
      phases: phasesOf(full, scale, computeRatio(scale)),
    },
    { name: "a-parameters", about: "dense, as many parameters as b", ...dense, ...first, base: "wide-base" },
    {
      name: "no-experts",
      about: "two stages without a sparse path",
      ...sparse,
      ...ablation,
      sparse: null,
      balance: 0,
    },
    { name: "experts-2", about: "2 experts, both chosen", ...path({ experts: 2 }), ...ablation },
    { name: "experts-6", about: "6 experts, 2 chosen", ...path({ experts: 6 }), ...ablation },
    { name: "top-1", about: "4 experts, 1 chosen", ...path({ topK: 1 }), ...ablation },
    { name: "no-shared", about: "without the shared expert", ...path({ hasShared: false }), ...ablation },
    { name: "no-balance", about: "without the balance loss", ...sparse, ...ablation, balance: 0 },
    {
      name: "random-start",
      about: "random experts, half of the mixture theirs",
      ...path({ start: "random", denseShare: 0.5 }),
      ...ablation,
    },
  ];
}
