/** @file A checkpoint from a hub that speaks Hugging Face's protocol: resumed, checked, complete or not there. */

import { ConfigError, RequestError } from "../../errors.ts";
import { addressOf, checkKey } from "../../http/endpoint.ts";
import type { HubFile } from "./checksum.ts";
import { completeFolder } from "./complete_folder.ts";
import { assertRoom, freeBytes } from "./free_space.ts";
import type { Hub } from "./hub.ts";
import { type Listing, listCheckpoint, resolveRevision } from "./listing.ts";
import { partBytes, removeStaleParts } from "./parts.ts";
import { type PullState, readState } from "./state.ts";
import { surveyFolder } from "./survey.ts";

const HUB = "https://huggingface.co";

export interface PullProgress {
  /** Bytes of the checkpoint that are here. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Bytes that this pull has brought over the network. */
  readonly fetchedBytes: number;
}

export interface PullOptions {
  /** Where the checkpoint goes; the last part of the id in the current folder when absent. */
  readonly folder?: string;
  /** Branch, tag or commit; when absent, the commit of an earlier pull into the folder, else `main`. */
  readonly revision?: string;
  /** Address of the hub; https://huggingface.co when absent. */
  readonly endpoint?: string;
  /** Sent to the endpoint's own origin only. */
  readonly token?: string;
  /** Files at once, 1 or more; 4 when absent. */
  readonly parallel?: number;
  /** Hash files that an earlier pull has recorded, too; replace those that are damaged. */
  readonly verify?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called when something has failed that another attempt may mend. */
  readonly onWait?: (reason: string, waitMs: number) => void;
  /** Before the second attempt, 1000 when absent; later pauses grow. */
  readonly backoffMs?: number;
  /** Room on the disk of a folder, in bytes; asked of the system when absent. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface PullResult {
  readonly folder: string;
  readonly id: string;
  readonly commit: string;
  readonly files: number;
  readonly bytes: number;
  readonly downloadedFiles: number;
  /** Brought over the network; more than was missing where something had to be repeated. */
  readonly downloadedBytes: number;
}

/**
 * Download a checkpoint or an adapter. What is there stays, what has begun goes on, also after a kill. Every file is
 * beside its place as `<name>.part` until its checksum is right, and config.json comes last: a folder that opens is
 * whole.
 *
 * @param id owner/name
 * @throws ConfigError for a repository that may not be read or a model of another family
 * @throws CheckpointError for a repository or folder that holds other things, wrong checksums, a full disk
 * @throws RequestError for a hub that does not answer
 */
export async function pullCheckpoint(id: string, options: PullOptions = {}): Promise<PullResult> {
  const hub = openHub(id, options);
  const { folder = id.split("/").at(-1) ?? id, parallel = 4, verify = false, revision } = options;
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new RequestError("--parallel", `expected a whole number of 1 or more, got ${parallel}`);
  const before = await readState(folder);
  if (before !== undefined && before.id !== id)
    throw new RequestError(folder, `expected a folder for ${id}, found one of ${before.id}`);

  const { commit, files: wanted } = await listingOf(hub, before, revision);
  const totalBytes = sizeOf(wanted);
  const lengths = new Map<string, number>();
  let fetched = 0;
  const report = (path: string, length: number, fetchedBytes: number) => {
    fetched += fetchedBytes;
    lengths.set(path, length);
    const doneBytes = [...lengths.values()].reduce((sum, bytes) => sum + bytes, 0);
    options.onProgress?.({ doneBytes, totalBytes, fetchedBytes: fetched });
  };
  const onWhole = ({ path, size }: HubFile) => report(path, size, 0);
  const survey = await surveyFolder(folder, wanted, before, verify, hub.signal, onWhole);
  const missing = survey.files.filter(({ modifiedMs }) => modifiedMs === undefined);
  await removeStaleParts(folder, wanted, before);
  const room = (await (options.freeBytes ?? freeBytes)(folder)) + survey.outdatedBytes;
  assertRoom(folder, sizeOf(missing) - (await partBytes(folder, missing)), room);
  await completeFolder({ hub, folder, commit, parallel, onLength: report }, survey);
  return {
    folder,
    id,
    commit,
    files: wanted.length,
    bytes: totalBytes,
    downloadedFiles: missing.length,
    downloadedBytes: fetched,
  };
}

const sizeOf = (files: readonly HubFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

function openHub(id: string, { endpoint = HUB, token, signal, backoffMs = 1000, onWait }: PullOptions): Hub {
  if (!/^\w[\w.-]*(\/\w[\w.-]*)?$/.test(id))
    throw new ConfigError(
      id,
      "expected the id of a repository, got another text",
      "such as chaoyinshe/EchoVLM",
    );
  return {
    id,
    endpoint: addressOf(endpoint, "--endpoint", HUB),
    ...(token !== undefined && { token: checkKey(token, "HF_TOKEN") }),
    signal: signal ?? new AbortController().signal,
    backoffMs,
    onWait: onWait ?? (() => {}),
  };
}

/** What the earlier pull has begun, unless another revision is wanted: a repository may have moved on since. */
async function listingOf(
  hub: Hub,
  before: PullState | undefined,
  revision: string | undefined,
): Promise<Listing> {
  if (before !== undefined && (revision ?? before.commit) === before.commit) return before;
  const commit = await resolveRevision(hub, revision ?? "main");
  return commit === before?.commit ? before : listCheckpoint(hub, commit);
}
