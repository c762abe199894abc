/** @file A hub on this machine: the routes that a download asks, and whatever a test makes of its files. */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** Contents by path. */
export type Contents = Readonly<Record<string, Uint8Array | string>>;

export interface Asked {
  readonly url: string;
  /** Path of the file asked for; "" for anything else. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers a request for a file instead of the hub; false leaves it to the hub. */
export type Respond = (response: ServerResponse, asked: Asked, bytes: Buffer) => boolean;

export interface HubServer {
  readonly endpoint: string;
  readonly asked: Asked[];
  /** Requests for a file so far. */
  count(path: string): number;
}

export interface HubSettings {
  /** Contents of each commit; the last is where `main` is. */
  readonly commits: Map<string, Contents>;
  respond?: Respond;
  /** Answers a request for commits and lists. */
  refuse?: (response: ServerResponse, asked: Asked) => boolean;
  /** Entries of the list that are no files of the commit. */
  readonly entries?: readonly object[];
  /** Entries of a page. */
  readonly pageEntries?: number;
}

export const repository = "clinic/echo";
export const commitOf = (digit: string): string => digit.repeat(40);

/** Serve until the test ends. */
export async function openHub(t: TestContext, settings: HubSettings): Promise<HubServer> {
  const asked: Asked[] = [];
  const endpoint = await listen(t, (request, response) => {
    const url = new URL(request.url ?? "", endpoint);
    const [, commit = "", path = ""] = /^\/clinic\/echo\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    const { range, authorization } = request.headers;
    const one = { url: url.pathname, path: decodeURIComponent(path), range, authorization };
    asked.push(one);
    if (path === "") {
      if (!settings.refuse?.(response, one)) answer(response, url, endpoint, settings);
      return;
    }
    const content = settings.commits.get(commit)?.[one.path];
    const bytes = Buffer.from(content ?? "");
    if (content === undefined) response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
    else if (!settings.respond?.(response, one, bytes)) sendRange(response, range, bytes);
  });
  return { endpoint, asked, count: (path) => asked.filter((one) => one.path === path).length };
}

/** Serve until the test ends. @returns the address */
export async function listen(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** All of a file, or the end of it that was asked for. */
export function sendRange(response: ServerResponse, range: string | undefined, bytes: Buffer): void {
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? "") ?? [];
  if (from === undefined) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  else {
    const rest = bytes.subarray(Number(from));
    const place = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(206, { "content-length": rest.length, "content-range": place }).end(rest);
  }
}

/** Promise all of a file from where it was asked for, send so many bytes of it, and break the connection. */
export function sendCut(response: ServerResponse, { range }: Asked, bytes: Buffer, sentBytes: number): void {
  const from = Number(/\d+/.exec(range ?? "0")?.[0]);
  const place = { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from, ...(from > 0 && place) });
  response.write(bytes.subarray(from, from + sentBytes), () => setTimeout(() => response.destroy(), 20));
}

function answer(response: ServerResponse, url: URL, endpoint: string, settings: HubSettings): void {
  const json = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  const [, route, revision = ""] =
    /^\/api\/models\/clinic\/echo\/(revision|tree)\/(.+)$/.exec(url.pathname) ?? [];
  const commit = revision === "main" ? [...settings.commits.keys()].at(-1) : revision;
  const contents = settings.commits.get(commit ?? "");
  if (contents === undefined)
    response
      .writeHead(404, { "content-type": "application/json", "x-error-code": "RepoNotFound" })
      .end(JSON.stringify({ error: "Repository not found" }));
  else if (route === "revision") json({ _id: "1", id: repository, sha: commit });
  else {
    const entries = [...Object.entries(contents).map(entryOf), ...(settings.entries ?? [])];
    const size = settings.pageEntries ?? entries.length;
    const first = Number(url.searchParams.get("cursor") ?? 0);
    const next = `<${endpoint}${url.pathname}?cursor=${first + size}>; rel="next"`;
    json(entries.slice(first, first + size), first + size < entries.length ? { link: next } : {});
  }
}

/** As the hub lists them: large files by the SHA-256 of their content, small ones by their Git blob. */
function entryOf([path, content]: [string, Uint8Array | string]): object {
  const bytes = Buffer.from(content);
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  if (!path.endsWith(".safetensors")) return { type: "file", path, size: bytes.length, oid };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const lfs = { oid: sha256, size: bytes.length, pointerSize: 130 };
  return { type: "file", path, size: bytes.length, oid: commitOf("0"), lfs, xetHash: sha256 };
}
