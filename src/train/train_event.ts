/** @file What a training run tells while it goes on. */

import type { Place } from "../data/place.ts";
import type { StepReport } from "./stepper.ts";
import type { TrainingData } from "./training_data.ts";

/** A validation record answered by the model as it is. */
export interface Sample {
  /** The record's id, or its file and line. */
  readonly record: string;
  readonly prompt: string;
  readonly expected: string;
  readonly answer: string;
}

export type TrainEvent =
  | { readonly kind: "reading"; readonly part: "train" | "validation"; readonly records: number }
  | { readonly kind: "data"; readonly train: TrainingData; readonly validation?: TrainingData }
  | { readonly kind: "skipped"; readonly place: Place; readonly problems: readonly string[] }
  | { readonly kind: "resumed"; readonly step: number }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly epoch: number;
      readonly report: StepReport;
      readonly rate: number;
      /** Attended tokens, visual ones included, over the last steps. */
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | { readonly kind: "validation"; readonly step: number; readonly loss: number; readonly isBest: boolean }
  | { readonly kind: "sample"; readonly step: number; readonly sample: Sample }
  | { readonly kind: "saved"; readonly step: number; readonly path: string };
