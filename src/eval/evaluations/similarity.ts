/** @file Text evaluations with BERTScore, by an encoder that the user points at. */

import type { Evaluation } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { type BertScore, bertScore, bertScoreOf } from "../metrics/bert_score.ts";
import type { TokenEncoder } from "../token_encoder.ts";
import { viewOf } from "../view.ts";
import { detail, isIn, textItem, textViews } from "./texts.ts";

const keyOf = (answer: string, reference: string): string => JSON.stringify([answer, reference]);

/** The evaluations, those of free texts with BERTScore by this encoder, English and Chinese apart. */
export function withSimilarity(evaluations: readonly Evaluation[], encoder: TokenEncoder): Evaluation[] {
  const scores = new Map<string, BertScore>();
  const scoreOf = (answer: string, reference: string) => {
    const score = scores.get(keyOf(answer, reference));
    if (score === undefined) throw new Error("a text was scored that was not prepared");
    return score;
  };
  const [f1, precision, recall] = (["f1", "precision", "recall"] as const).map((part) =>
    bertScore(part, encoder.signature, scoreOf),
  );
  const metrics = [f1!, detail(precision!), detail(recall!)];
  const views = (["en", "zh"] as const).map((language) =>
    viewOf({ label: language, takes: isIn(language), read: textItem, metrics }),
  );
  const prepare = async (exchanges: readonly Exchange[], signal: AbortSignal) => {
    for (const { question, given } of exchanges) {
      signal.throwIfAborted();
      const key = keyOf(given.text, question.expected);
      if (scores.has(key)) continue;
      const [answer, reference] = [await encoder.encode(given.text), await encoder.encode(question.expected)];
      scores.set(key, bertScoreOf(answer, reference));
    }
  };
  return evaluations.map((one) => {
    const own = one.views;
    return typeof own !== "function" && textViews.some((view) => own.includes(view))
      ? { ...one, views: [...own, ...views], prepare }
      : one;
  });
}
