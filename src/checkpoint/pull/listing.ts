/** @file What a repository holds at a commit, asked of the hub through its own library. */

import { z } from "zod";
import { CheckpointError, InputError, RequestError } from "../../errors.ts";
import { reasonOf } from "../../http/failed_request.ts";
import { type HubFile, isChecksum } from "./checksum.ts";
import { ask, type Hub } from "./hub.ts";
import { PassingFailure, persist } from "./patience.ts";
import { wantedFiles } from "./wanted.ts";

export interface Listing {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** Those that make the checkpoint. */
  readonly files: readonly HubFile[];
}

const Commit = z.string().regex(/^[0-9a-f]{40}$/);
const Size = z.number().int().nonnegative();
const Entry = z.object({
  type: z.string(),
  path: z.string(),
  size: Size.optional(),
  oid: z.string().optional(),
  lfs: z.object({ oid: z.string(), size: Size }).nullish(),
});
type Entry = z.infer<typeof Entry>;

/**
 * Find the commit that a revision means now.
 *
 * @param revision branch, tag or commit
 * @throws ConfigError, RequestError
 */
export const resolveRevision = (hub: Hub, revision: string): Promise<string> =>
  asking(hub, async ({ modelInfo }, through) => {
    const { sha } = await modelInfo({ name: hub.id, revision, additionalFields: ["sha"], ...through });
    return Commit.parse(sha);
  });

/**
 * List the files of a checkpoint.
 *
 * @throws CheckpointError for a repository that is none; ConfigError, RequestError
 */
export async function listCheckpoint(hub: Hub, commit: string): Promise<Listing> {
  const where = `${hub.endpoint}/${hub.id}`;
  const entries = await asking(hub, async ({ listFiles }, through) => {
    const found: Entry[] = [];
    const repo = { type: "model", name: hub.id } as const;
    for await (const entry of listFiles({ repo, revision: commit, ...through }))
      found.push(Entry.parse(entry));
    return found;
  });
  const files = wantedFiles(
    entries.filter(({ type }) => type === "file"),
    where,
  );
  return { commit, files: files.map((entry) => hubFile(entry, where)) };
}

function hubFile({ path, size, oid, lfs }: Entry, where: string): HubFile {
  const checksum = lfs ? `sha256:${lfs.oid}` : `git-sha1:${oid}`;
  const bytes = lfs ? lfs.size : size;
  if (bytes === undefined || !isChecksum(checksum))
    throw new CheckpointError(where, `${path}: expected its size and checksum, got ${bytes} and ${checksum}`);
  return { path, size: bytes, checksum };
}

type HubLibrary = typeof import("@huggingface/hub");

/**
 * Ask through the hub's library, which is loaded here so that no other command waits for it. It never sees the token,
 * which it would send wherever a list of several pages leads.
 */
function asking<T>(
  hub: Hub,
  question: (library: HubLibrary, through: { hubUrl: string; fetch: typeof fetch }) => Promise<T>,
): Promise<T> {
  const { endpoint } = hub;
  const through = {
    hubUrl: endpoint,
    fetch: (input: unknown) => ask(hub, String(input), { accept: "application/json" }),
  };
  return persist(endpoint, hub, async () => {
    const library = await import("@huggingface/hub");
    try {
      return await question(library, through);
    } catch (error) {
      hub.signal.throwIfAborted();
      if (error instanceof InputError || error instanceof PassingFailure) throw error;
      if (error instanceof TypeError) throw new PassingFailure(`a broken answer: ${reasonOf(error)}`); // fetch: terminated
      throw new RequestError(
        endpoint,
        "expected a hub that speaks Hugging Face's protocol, got another answer",
        "the address is that of the hub, such as https://huggingface.co",
      );
    }
  });
}
