/** @file The scores of a run as plain data: what tables, plots and comparisons are made from. */

import type { Condition } from "./exchange.ts";
import type { PictureKind } from "./questions.ts";

/** Which of an evaluation's questions are meant. */
export interface Selection {
  readonly evaluation: string;
  /** Name of the model; "none" for the majority's answer. */
  readonly model: string;
  readonly condition: Condition;
  /** Kinds are never mixed. */
  readonly pictures: PictureKind;
  /** A region, or "all". */
  readonly region: string;
}

/** One number. */
export interface Score extends Selection {
  readonly metric: string;
  readonly signature: string;
  readonly better: "higher" | "lower";
  /** Whether it only explains another metric: tables have one line of it, without the controls. */
  readonly isDetail?: true;
  /** null where it is not defined. */
  readonly value: number | null;
  /** 95 % interval by bootstrap over groups; null where it is not defined, or of too few groups. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Draws of the bootstrap that have no score and are left out of the interval; absent where there are none. */
  readonly undefinedDraws?: number;
  readonly questions: number;
  readonly groups: number;
  /** Answers that could not be read as what was asked for: counted as wrong. */
  readonly unread: number;
}

/** The difference of two models on the same questions. */
export interface Difference extends Omit<Selection, "model"> {
  readonly models: readonly [string, string];
  readonly metric: string;
  readonly signature: string;
  /** The second's score less the first's. */
  readonly difference: number;
  /** null of too few groups. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Two-sided, by exchanging the models' answers group by group; after Holm where there are several models. */
  readonly p: number;
}

/** Answers by expected class. */
export interface Confusion extends Selection {
  readonly classes: readonly string[];
  /** [expected, answered]; the last column counts answers that name no class. */
  readonly counts: readonly (readonly number[])[];
}

/** How often answers of a stated probability were right. */
export interface Calibration extends Selection {
  readonly bins: readonly {
    readonly confidence: number;
    readonly accuracy: number;
    readonly count: number;
  }[];
}

/** What is wrong with the questions or answers of one model under one condition: each counted and named. */
export interface Problem {
  readonly kind:
    | "empty answer"
    | "wrong language"
    | "cut off at the most tokens"
    | "far too long"
    | "missing picture"
    | "no answer"
    | "duplicate id"
    | "unreadable expectation";
  /** "all" where the records are at fault, whoever answers. */
  readonly model: string;
  readonly condition: Condition;
  readonly ids: readonly string[];
}

/** One answer that scored worst. */
export interface WorstCase extends Selection {
  readonly metric: string;
  readonly value: number;
  readonly id: string;
  readonly asked: string;
  readonly expected: string;
  readonly answered: string;
  /** Paths of its pictures. */
  readonly images: readonly string[];
}

/** How one layer's tokens of a region's questions were spread over its experts. */
export interface ExpertLoad {
  readonly model: string;
  /** A region, or "all". */
  readonly region: string;
  /** Index of the decoder layer, from 0. */
  readonly layer: number;
  /** Of each expert, the share of all choices that fell on it, 0 to 1. */
  readonly shares: readonly number[];
}

export interface RunScores {
  /** What makes the numbers again: models with their hashes, data with its hash, settings, seed, version. */
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly scores: readonly Score[];
  readonly differences: readonly Difference[];
  readonly confusions: readonly Confusion[];
  readonly calibrations: readonly Calibration[];
  readonly problems: readonly Problem[];
  readonly worst: readonly WorstCase[];
  /** Absent where no model told which experts it chose. */
  readonly expertLoads?: readonly ExpertLoad[];
}
