/** @file An evaluation as plain data: which questions it asks of which records, and how answers are looked at. */

import type { Looked } from "../data/check_pictures.ts";
import type { DataRecord } from "../data/record.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Exchange, Question } from "./exchange.ts";
import type { ClassItem } from "./metrics/confusion.ts";
import type { ProbabilityItem } from "./metrics/probability.ts";
import type { View } from "./view.ts";

export interface Evaluation {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /**
   * The records whose last question is asked, out of all that were given: as they are, or made from their facts.
   *
   * @param look from `createPictureCheck`
   */
  readonly pose: (
    records: readonly DataRecord[],
    look: (source: ImageSource) => Promise<Looked>,
  ) => Promise<DataRecord[]>;
  /**
   * Whether what a record expects can be read as what was asked for. A question of which it cannot is named and not
   * asked, since every answer to it would be wrong. All can when absent.
   */
  readonly canBeScored?: (question: Question) => boolean;
  /**
   * Each answer is looked at by every view that takes it; the worst are found by the first. A function where how an
   * answer is read depends on what all questions of the run expect, or on how many alternatives of a token it tells.
   */
  readonly views:
    | readonly View[]
    | ((questions: readonly Question[], logprobs: number | undefined) => readonly View[]);
  /** What scoring these answers needs and cannot work out at once, such as an encoder's view of them; done before. */
  readonly prepare?: (exchanges: readonly Exchange[], signal: AbortSignal) => Promise<void>;
  /**
   * Answers are whole texts, of which hardly two are equal: without a model, the most typical stands for the commonest.
   */
  readonly areTexts?: true;
  /** Present where answers are one of a closed list: for confusion matrices. */
  readonly classes?: ClassReading;
}

/** Answers that are one of a list. */
export interface ClassReading {
  readonly names: readonly string[];
  readonly read: (exchange: Exchange) => ClassItem;
  /** Chances where the model tells them, for reliability diagrams; absent where they cannot be read from tokens. */
  readonly chances?: (exchange: Exchange) => ProbabilityItem;
}

/** Records of these kinds of question as they are. */
export const ofTasks =
  (...tasks: readonly string[]): Evaluation["pose"] =>
  async (records) =>
    records.filter(({ task }) => task !== undefined && tasks.includes(task));

/** A question as if it had been answered in these words. */
export const answeredBy = (question: Question, text: string): Exchange => ({
  question,
  given: { id: question.id, text, finish: "stop" },
});

/**
 * How an evaluation looks at the answers to these questions, which are all that the run asks for it.
 *
 * @param logprobs alternatives of a token that answers tell
 */
export const viewsOf = (
  { views }: Evaluation,
  questions: readonly Question[],
  logprobs?: number,
): readonly View[] => (typeof views === "function" ? views(questions, logprobs) : views);
