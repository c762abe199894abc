/**
 * @file One request to a hub: who gets the token, and what its refusals mean.
 *
 * @see https://huggingface.co/docs/hub/api
 */

import { ConfigError, RequestError } from "../../errors.ts";
import { isPassing, reasonOf, waitAskedFor } from "../../http/failed_request.ts";
import { PassingFailure, type Patience } from "./patience.ts";

/** A repository of a hub, and how it is asked. */
export interface Hub extends Patience {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Owner and name. */
  readonly id: string;
  readonly token?: string;
}

/** Where a file of the repository is. */
export const addressOfFile = ({ endpoint, id }: Hub, commit: string, path: string): string =>
  `${endpoint}/${id}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;

/**
 * Ask once. The token goes to the endpoint's own origin only: it is not added for another one, and fetch drops it where
 * a redirect leaves.
 *
 * @returns what succeeded, or 416: the range asked for is not there
 * @throws PassingFailure for what another attempt may mend, ConfigError or RequestError for what it does not
 */
export async function ask(hub: Hub, url: string, headers: Record<string, string>): Promise<Response> {
  const { endpoint, token, signal } = hub;
  const { origin } = new URL(endpoint);
  const isOwn = new URL(url).origin === origin;
  const response = await fetch(url, {
    headers: { ...headers, ...(isOwn && token !== undefined && { authorization: `Bearer ${token}` }) },
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new PassingFailure(`no connection: ${reasonOf(error)}`);
  });
  const { ok, status } = response;
  if (ok || status === 416) return response;
  const told = await toldBy(response, hub);
  // A storage that a redirect led to refuses signatures that are too old; the hub gives a new one.
  if (isPassing(status) || new URL(response.url).origin !== origin)
    throw new PassingFailure(told, waitAskedFor(response));
  throw refusal(hub, status, told);
}

/** Status and reason, on one line. Servers quote what they were sent. */
async function toldBy(response: Response, { token, signal }: Hub): Promise<string> {
  const body = await response.text().catch(() => "");
  signal.throwIfAborted();
  const reason = response.headers.get("x-error-message") ?? /"error"\s*:\s*"([^"]+)"/.exec(body)?.[1] ?? "";
  const told = reason === "" ? `${response.status}` : `${response.status}: ${reason.slice(0, 200)}`;
  return token === undefined ? told : told.replaceAll(token, "[token]");
}

function refusal({ endpoint, id, token }: Hub, status: number, told: string): Error {
  const address = `${endpoint}/${id}`;
  switch (status) {
    case 401:
      return new ConfigError(
        address,
        `expected a repository that may be read, got ${told}`,
        token === undefined
          ? "there is no such repository, or it is private or gated: then set HF_TOKEN to a token that may read it"
          : "there is no such repository, or HF_TOKEN may not read it",
      );
    case 403:
      return new ConfigError(
        address,
        `expected a repository that may be read, got ${told}`,
        token === undefined
          ? "it is private or gated: set HF_TOKEN to a token that may read it"
          : "a gated repository has conditions to accept at that address, with the account of HF_TOKEN",
      );
    case 404:
      return new ConfigError(
        address,
        `expected a repository with that revision and its files, got ${told}`,
        "an id is owner/name, such as chaoyinshe/EchoVLM; a revision is a branch, tag or commit",
      );
    default:
      return new RequestError(address, `expected an answer, got ${told}`);
  }
}
