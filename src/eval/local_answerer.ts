/** @file Answers of a checkpoint on this machine. */

import { basename, resolve } from "node:path";
import { RequestError } from "../errors.ts";
import type { Answer } from "../generate/answer.ts";
import type { BatchOptions } from "../generate/batch.ts";
import { type LoadedModel, loadModel } from "../generate/load_model.ts";
import { resolveSettings } from "../generate/settings.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Message } from "../processor/message.ts";
import type { TextTokenizer } from "../processor/tokenizer.ts";
import { type Answerer, failed, type ModelSource, type Reply } from "./answerer.ts";

export interface LocalModelOptions {
  /** Name of the folder when absent. */
  readonly name?: string;
  /** Folder of a PEFT LoRA adapter to merge. */
  readonly adapter?: string;
  /** Conversations answered at once, 1 or more. */
  readonly batch: number;
}

/** @param folder checkpoint in the Hugging Face layout */
export const localModel = (folder: string, { name, adapter, batch }: LocalModelOptions): ModelSource => ({
  name: name ?? basename(resolve(adapter ?? folder)),
  open: async (signal) =>
    answererOf(await loadModel(folder, { signal, ...(adapter !== undefined && { adapter }) }), batch),
});

/** Answers of a loaded model, which is closed with it. */
export function answererOf(model: LoadedModel, batch: number): Answerer {
  const { sha256, family, weights } = model.identity;
  const { repetitionPenalty, calculator, endTokens } = model.defaults;
  return {
    identity: { sha256, family, weights, repetitionPenalty, calculator, endTokens },
    batch,
    async answer(conversations, settings, signal) {
      const options = { ...settings, signal };
      resolveSettings(options, model.defaults, model.randomSeed); // what is wrong for all is nobody's failure
      const replyOf = (answer: Answer) => replyFrom(answer, model.processor.tokenizer);
      try {
        return (await model.generateBatch(conversations, options)).map(replyOf);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        return oneByOne(model, conversations, options);
      }
    },
    close: () => model.close(),
  };
}

/** Only whoever cannot be answered fails. */
async function oneByOne(
  model: LoadedModel,
  conversations: readonly (readonly Message<ImageSource>[])[],
  options: BatchOptions,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const conversation of conversations)
    try {
      const answers = await model.generateBatch([conversation], options);
      replies.push(...answers.map((answer) => replyFrom(answer, model.processor.tokenizer)));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      replies.push(failed(error.message));
    }
  return replies;
}

function replyFrom({ text, finishReason, logprobs, expertCounts }: Answer, tokenizer: TextTokenizer): Reply {
  const spoken = ({ id, logprob }: { id: number; logprob: number }) => ({
    text: tokenizer.decode([id], { skipSpecial: true }),
    logprob,
  });
  const tokens = logprobs?.map(({ top, ...chosen }) => ({ ...spoken(chosen), top: top.map(spoken) }));
  const finish = finishReason === "length" ? "length" : "stop";
  return { text, finish, ...(tokens && { tokens }), ...(expertCounts && { expertCounts }) };
}
