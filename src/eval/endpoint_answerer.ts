/** @file Answers of a model behind an address that speaks OpenAI's chat completions. */

import { setTimeout as pause } from "node:timers/promises";
import { ConfigError, RequestError } from "../errors.ts";
import { addressOf, checkKey } from "../http/endpoint.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Message } from "../processor/message.ts";
import { type Answerer, type AnswerSettings, failed, type ModelSource, type Reply } from "./answerer.ts";
import { completionRequest } from "./chat_completion.ts";
import { type Endpoint, longestTimeoutMs, postCompletion } from "./post_completion.ts";

export interface EndpointOptions extends Omit<Endpoint, "key"> {
  /** Name of the model when absent. */
  readonly name?: string;
  /** Questions under way at once, 1 or more. */
  readonly concurrency: number;
  /** Before the first repetition; each waits twice as long as the one before, or as long as the endpoint asks for. */
  readonly backoffMs: number;
}

/** How often a question is sent at most. */
const attempts = 6;
/** Whoever asks for a longer wait is not waited for. */
const longestWaitMs = 10 * 60_000;

/**
 * A model behind an address. The key is read here and kept nowhere else.
 *
 * A question that the endpoint refuses (400, 413, 422, or 500 again and again) fails alone. Whatever else goes wrong is
 * no question's fault: lost connections, slow answers, 408, 429 and 5xx are tried again with growing pauses, and then
 * the answerer throws.
 *
 * @throws ConfigError for an address that is none or holds secrets, a variable that is not set, or a timeout that no
 *   timer can wait for
 */
export function endpointModel(options: EndpointOptions): ModelSource {
  const { name, model, keyVariable, concurrency, timeoutMs } = options;
  if (!(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw new ConfigError("timeoutMs", `expected more than 0, ${longestTimeoutMs} at most, got ${timeoutMs}`);
  const url = addressOf(options.url, "endpoint", "http://localhost:8000/v1");
  const endpoint = { ...options, url, ...(keyVariable !== undefined && { key: keyOf(keyVariable) }) };
  const answerer: Answerer = {
    identity: { url, model },
    batch: 1, // answers do not depend on each other: each is kept as it comes
    concurrency,
    answer: (conversations, settings, signal) => answerAll(endpoint, conversations, settings, signal),
    close: async () => {},
  };
  return { name: name ?? model, open: async () => answerer };
}

function keyOf(variable: string): string {
  const key = process.env[variable];
  if (!key) throw new ConfigError(variable, "expected an environment variable that holds the key, got none");
  return checkKey(key, variable);
}

type KeyedOptions = EndpointOptions & Endpoint;

async function answerAll(
  endpoint: KeyedOptions,
  conversations: readonly (readonly Message<ImageSource>[])[],
  settings: AnswerSettings,
  signal: AbortSignal,
): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const messages of conversations) replies.push(await answerOne(endpoint, messages, settings, signal));
  return replies;
}

async function answerOne(
  endpoint: KeyedOptions,
  messages: readonly Message<ImageSource>[],
  settings: AnswerSettings,
  signal: AbortSignal,
): Promise<Reply> {
  let body: string;
  try {
    body = await completionRequest(endpoint.model, messages, settings);
  } catch (error) {
    if (error instanceof RequestError) return failed(error.message);
    throw error;
  }
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const outcome = await postCompletion(endpoint, body, signal);
    if (!("again" in outcome)) return outcome;
    const waitMs = outcome.waitMs ?? endpoint.backoffMs * 2 ** (attempt - 1);
    if (attempt === attempts && outcome.isItsOwn) return failed(outcome.again);
    if (attempt === attempts || waitMs > longestWaitMs)
      throw new RequestError(
        endpoint.url,
        `expected an answer, got ${outcome.again} at attempt ${attempt}${waitMs > longestWaitMs ? `, to wait ${Math.round(waitMs / 1000)} s` : ""}`,
        "what was answered is kept; run again later to go on",
      );
    await pause(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
