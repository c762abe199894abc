/** @file One question posted to an endpoint, and what its status says of question, key, address and server. */

import { ConfigError, InputError, RequestError } from "../errors.ts";
import { isPassing, reasonOf, waitAskedFor } from "../http/failed_request.ts";
import { failed, type Reply } from "./answerer.ts";
import { failureText, replyOfCompletion } from "./chat_completion.ts";

/** Of timers: what is longer would be over at once. */
export const longestTimeoutMs = 2 ** 31 - 1;

/** Where questions are posted. */
export interface Endpoint {
  /** Address of the API, such as http://localhost:8000/v1. */
  readonly url: string;
  /** What the endpoint calls the model. */
  readonly model: string;
  /** Environment variable that holds the key; none is sent when absent. */
  readonly keyVariable?: string;
  readonly key?: string;
  /** For one answer, from the question to its last byte; above 0, `longestTimeoutMs` at most. */
  readonly timeoutMs: number;
}

/** Worth another attempt. */
export interface Again {
  /** What happened. */
  readonly again: string;
  /** Asked for by the endpoint. */
  readonly waitMs?: number;
  /** The question itself may be the reason. */
  readonly isItsOwn?: boolean;
}

/**
 * Post once.
 *
 * @param body from `completionRequest`
 * @throws ConfigError, RequestError for what no repetition mends
 * @throws the signal's reason when it is aborted
 */
export async function postCompletion(
  endpoint: Endpoint,
  body: string,
  signal: AbortSignal,
): Promise<Reply | Again> {
  const { url, key, timeoutMs } = endpoint;
  const tooLate = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, tooLate]),
    });
    return outcomeOf(endpoint, response, await response.text());
  } catch (error) {
    if (error instanceof InputError) throw error;
    signal.throwIfAborted();
    if (tooLate.aborted) return { again: `no answer within ${timeoutMs} ms` };
    return { again: `no connection: ${reasonOf(error)}` };
  }
}

function outcomeOf(endpoint: Endpoint, response: Response, body: string): Reply | Again {
  const { url, model, key, keyVariable } = endpoint;
  const { status } = response;
  // Endpoints quote what they were sent.
  const told = key ? failureText(body).replaceAll(key, "[key]") : failureText(body);
  const got = `${status}: ${told}`;
  if (status === 200) return replyOfCompletion(body) ?? { again: `no chat completion: ${told}` };
  switch (status) {
    case 400:
    case 413:
    case 422:
      return failed(`the endpoint refused the question with ${got}`);
    case 401:
    case 403:
      throw new ConfigError(
        url,
        `expected to be let in, got ${got}`,
        keyVariable === undefined
          ? "name the environment variable that holds the key"
          : `${keyVariable} holds a key that may not use ${model}`,
      );
    case 404:
      throw new ConfigError(
        url,
        `expected chat completions of ${model}, got ${got}`,
        "the address is that of the API, such as http://localhost:8000/v1, the model one that it lists at /models",
      );
  }
  if (isPassing(status)) {
    const waitMs = waitAskedFor(response);
    return { again: got, isItsOwn: status === 500, ...(waitMs !== undefined && { waitMs }) };
  }
  throw new RequestError(url, `expected a chat completion, got ${got}`);
}
