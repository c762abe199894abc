/** @file How far one model's next-token distributions are from another's, token by token over the same texts. */

import { isDeepStrictEqual } from "node:util";
import { CheckpointError } from "../errors.ts";
import { type ForcedText, forcedRow, readRow } from "../generate/forced_text.ts";
import type { Model } from "../generate/model.ts";
import type { ModelConfig } from "../model/config.ts";
import { isJsonObject, shown } from "../model/json_fields.ts";
import { floatConfig } from "../model/quantisation.ts";
import type { Processor } from "../processor/prompt.ts";
import type { TextTokenizer } from "../processor/tokenizer.ts";

/** Over the tokens of a text, or of many. */
export interface Divergence {
  readonly tokens: number;
  /** Mean of KL(reference ‖ model), in nats a token. */
  readonly kl: number;
  /** Largest KL of one token. */
  readonly worstKl: number;
  /** Share of tokens whose likeliest successor is the same. */
  readonly sameTop: number;
}

/** What two models must have in common for their logits to be compared. */
export interface Comparable {
  /** For messages. */
  readonly name: string;
  readonly config: ModelConfig;
  readonly processor: Pick<Processor, "tokenizer" | "image">;
}

/**
 * Refuse models that are not one model whose weights differ.
 *
 * @throws CheckpointError naming every difference of configuration, tokenizer and image settings
 */
export function assertComparable(model: Comparable, reference: Comparable): void {
  const as = `as in ${reference.name}`;
  const problems = [
    ...differences(floatConfig(model.config), floatConfig(reference.config), "config", as),
    ...differences(model.processor.image, reference.processor.image, "image settings", as),
    ...tokenDifference(model, reference, as),
  ];
  if (problems.length > 0)
    throw new CheckpointError(
      model.name,
      problems,
      "a quantised model is compared with the checkpoint that it was quantised from",
    );
}

function differences(found: unknown, expected: unknown, path: string, as: string): string[] {
  if (isDeepStrictEqual(found, expected)) return [];
  if (!isJsonObject(found) || !isJsonObject(expected))
    return [`${path}: expected ${shown(expected)} ${as}, found ${shown(found)}`];
  const names = Object.keys({ ...expected, ...found });
  return names.flatMap((name) => differences(found[name], expected[name], `${path}.${name}`, as));
}

/** The first id that stands for something else, if there is one. */
function tokenDifference(model: Comparable, reference: Comparable, as: string): string[] {
  const [found, expected] = [model.processor.tokenizer, reference.processor.tokenizer];
  const told = (tokenizer: TextTokenizer, id: number) =>
    shown(tokenizer.pieceOf(id) === null ? undefined : tokenizer.decode([id], { skipSpecial: false }));
  for (let id = 0; id < reference.config.decoder.vocabSize; id++)
    if (!isDeepStrictEqual(found.pieceOf(id), expected.pieceOf(id)))
      return [`tokenizer: expected id ${id} to be ${told(expected, id)} ${as}, found ${told(found, id)}`];
  return [];
}

/**
 * Let both models read the texts.
 *
 * @param reference the model that the other stands for
 * @throws CheckpointError as `assertComparable`, RequestError for a text that cannot be read
 */
export async function* divergence(
  model: Model,
  reference: Model,
  texts: Iterable<ForcedText> | AsyncIterable<ForcedText>,
): AsyncGenerator<Divergence & { readonly name: string }> {
  assertComparable(comparable(model), comparable(reference));
  const vocab = reference.engine.config.decoder.vocabSize;
  for await (const text of texts) {
    const row = await forcedRow(reference, text);
    let [tokens, kl, worstKl, same] = [0, 0, 0, 0];
    const theirs = readRow(model, row);
    try {
      for await (const { at, logits } of readRow(reference, row)) {
        const { value, done } = await theirs.next();
        if (done) throw new Error("one model read fewer tokens than the other");
        const end = Math.min(row.end - at, logits.length / vocab);
        for (let i = Math.max(row.start - at, 0); i < end; i++) {
          const one = compared(
            logits.subarray(i * vocab, (i + 1) * vocab),
            value.logits.subarray(i * vocab, (i + 1) * vocab),
          );
          tokens += 1;
          kl += one.kl;
          worstKl = Math.max(worstKl, one.kl);
          same += Number(one.sameTop);
        }
      }
    } finally {
      await theirs.return(undefined);
    }
    yield { name: text.name, tokens, kl: kl / tokens, worstKl, sameTop: same / tokens };
  }
}

const comparable = ({ identity, engine, processor }: Model): Comparable => ({
  name: identity.name,
  config: engine.config,
  processor,
});

/** Of several texts together, every token counting once. */
export function overall(parts: readonly Divergence[]): Divergence {
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const mean = (of: "kl" | "sameTop") =>
    parts.reduce((sum, part) => sum + part[of] * part.tokens, 0) / tokens;
  return {
    tokens,
    kl: mean("kl"),
    worstKl: parts.reduce((worst, part) => Math.max(worst, part.worstKl), 0),
    sameTop: mean("sameTop"),
  };
}

/** KL(softmax p ‖ softmax q) in nats, and whether their largest entries stand at the same place. */
export function compared(p: Float32Array, q: Float32Array): { kl: number; sameTop: boolean } {
  const [a, b] = [normaliser(p), normaliser(q)];
  let kl = 0;
  for (let i = 0; i < p.length; i++) {
    const logP = p[i]! - a.logSum;
    kl += Math.exp(logP) * (logP - (q[i]! - b.logSum));
  }
  return { kl: Math.max(kl, 0), sameTop: a.top === b.top };
}

function normaliser(logits: Float32Array): { logSum: number; top: number } {
  let top = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[top]!) top = i;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - logits[top]!);
  return { logSum: logits[top]! + Math.log(sum), top };
}
