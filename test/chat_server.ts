/** @file A server that speaks chat completions, or whatever a test makes of it. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

interface PostedPart {
  readonly type: string;
  readonly text?: string;
  readonly image_url?: { readonly url: string };
}

/** What was posted. */
export interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly messages: readonly { readonly content: string | readonly PostedPart[] }[];
    readonly [field: string]: unknown;
  };
}

/**
 * Serve until the test ends.
 *
 * @param respond called with each request and how many came before it
 * @returns the address of the API, and all requests so far
 */
export async function openChatServer(
  t: TestContext,
  respond: (response: ServerResponse, posted: Posted, count: number) => void,
): Promise<{ url: string; posted: Posted[] }> {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Posted["body"];
    const one = { path: request.url ?? "", headers: request.headers, body };
    posted.push(one);
    respond(response, one, posted.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, posted };
}

/** The last words that were posted. */
export const lastText = ({ body }: Posted): string => {
  const content = body.messages.at(-1)?.content ?? "";
  return typeof content === "string" ? content : (content.at(-1)?.text ?? "");
};

export const send = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
};

export const completion = (content: string | null, choice: object = {}): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", ...choice }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  });
