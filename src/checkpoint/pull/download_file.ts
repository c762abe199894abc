/** @file One file of a repository, downloaded beside its place until it is whole. */

import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { CheckpointError } from "../../errors.ts";
import { reasonOf } from "../../http/failed_request.ts";
import { orRefuseWrite } from "../refuse_write.ts";
import { endHash, type HubFile, hashFile, startHash } from "./checksum.ts";
import { addressOfFile, ask, type Hub } from "./hub.ts";
import { PassingFailure, persist } from "./patience.ts";

/** Called as a file grows. */
export type OnLength = (
  /** Bytes of it that are here; less than before where it starts over. */
  length: number,
  /** Bytes that the network brought since the call before. */
  fetchedBytes: number,
) => void;

/**
 * Bring a file to its full length and check it. What is there already is hashed and kept; wrong content is thrown away
 * and asked for once more.
 *
 * @param path of the part; its content is on disk when this returns
 * @throws CheckpointError for content that is wrong twice, or a disk that does not take it
 * @throws ConfigError, RequestError of the hub
 */
export async function downloadFile(
  hub: Hub,
  commit: string,
  file: HubFile,
  path: string,
  onLength: OnLength,
): Promise<void> {
  let got = "";
  for (let round = 0; round < 2; round++) {
    got = await orRefuseWrite(path, "what came is kept; run again to go on", () =>
      fillPart(hub, commit, file, path, onLength),
    );
    if (got === file.checksum) return;
    await rm(path);
    onLength(0, 0);
  }
  throw new CheckpointError(
    file.path,
    `expected ${file.checksum}, got ${got}, twice`,
    `${hub.endpoint} or something before it sends other bytes than it lists; run again later, or take another --endpoint`,
  );
}

/** @returns the checksum of what came, or what is wrong with its length */
async function fillPart(
  hub: Hub,
  commit: string,
  file: HubFile,
  path: string,
  onLength: OnLength,
): Promise<string> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const part = await openPart(handle, path, file, hub.signal, onLength);
    const url = addressOfFile(hub, commit, file.path);
    const fetchRest = async () => {
      if (part.length < file.size) await fetchInto(part, hub, url);
    };
    await persist(url, hub, fetchRest, () => part.length);
    if (part.length > file.size) return `more than ${file.size} bytes`;
    await handle.sync();
    return endHash(part.hash, file);
  } finally {
    await handle.close();
  }
}

/** What has come of a file. */
interface Part {
  readonly handle: FileHandle;
  readonly file: HubFile;
  length: number;
  hash: Hash;
  readonly onLength: OnLength;
}

async function openPart(
  handle: FileHandle,
  path: string,
  file: HubFile,
  signal: AbortSignal,
  onLength: OnLength,
): Promise<Part> {
  const part: Part = { handle, file, length: 0, hash: startHash(file), onLength };
  const { size } = await handle.stat();
  if (size > file.size) await handle.truncate(0);
  else
    await hashFile(path, part.hash, signal, (bytes) => {
      part.length += bytes;
      onLength(part.length, 0);
    });
  return part;
}

async function startOver(part: Part): Promise<void> {
  await part.handle.truncate(0);
  part.length = 0;
  part.hash = startHash(part.file);
  part.onLength(0, 0);
}

/** Fetch what is missing. Bytes beyond the file's size end it: the part is then longer than the file. */
async function fetchInto(part: Part, hub: Hub, url: string): Promise<void> {
  const isRest = part.length > 0;
  const response = await ask(hub, url, {
    "accept-encoding": "identity", // the checksum is that of the file, not of what it is packed into
    ...(isRest && { range: `bytes=${part.length}-` }),
  });
  const reader = response.body?.getReader();
  try {
    const first = firstByteOf(response);
    if (first !== part.length) await startOver(part);
    if (first !== part.length)
      throw new PassingFailure(`${response.status}, another range than was asked for`);
    for (;;) {
      const piece = await reader?.read().catch((error: unknown) => {
        hub.signal.throwIfAborted();
        throw new PassingFailure(`a connection cut after ${part.length} bytes: ${reasonOf(error)}`);
      });
      if (piece === undefined || piece.done) break;
      await append(part, piece.value);
      if (part.length > part.file.size) return;
    }
  } finally {
    await reader?.cancel().catch(() => {}); // it may have ended by an error, which was told
  }
  if (part.length < part.file.size)
    throw new PassingFailure(`an end after ${part.length} of ${part.file.size} bytes`);
}

/** Where the body begins in the file; a server that knows no ranges sends all. */
function firstByteOf({ status, headers }: Response): number | undefined {
  if (status === 200) return 0;
  const [, first] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ?? [];
  return status === 206 && first !== undefined ? Number(first) : undefined;
}

async function append(part: Part, bytes: Uint8Array): Promise<void> {
  const room = part.file.size - part.length;
  for (let done = 0; done < Math.min(bytes.length, room); ) {
    const rest = bytes.subarray(done, room);
    done += (await part.handle.write(rest, 0, rest.length, part.length + done)).bytesWritten;
  }
  part.hash.update(bytes);
  part.length += bytes.length;
  part.onLength(Math.min(part.length, part.file.size), bytes.length);
}
