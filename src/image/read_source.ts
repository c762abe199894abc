/** @file Bytes of a picture, from a path or from memory. */

import { readFile, stat } from "node:fs/promises";
import { RequestError } from "../errors.ts";

/** Where a picture comes from: a path, or the bytes of a file. */
export type ImageSource = string | Uint8Array;

/** How errors call a source. */
export const nameOf = (source: ImageSource): string => (typeof source === "string" ? source : "image bytes");

/**
 * Read a source whole.
 *
 * @param maxFileBytes largest file that is read
 * @throws RequestError when there is no readable, non-empty, regular file of that size or less
 */
export async function readSource(source: ImageSource, maxFileBytes: number): Promise<Uint8Array> {
  if (typeof source === "string") {
    const found = await orRefuse(source, () => stat(source));
    if (found.isDirectory()) throw new RequestError(source, "expected an image file, got a directory");
    // Devices and pipes have no size to check and may never end.
    if (!found.isFile())
      throw new RequestError(source, "expected an image file, got a device, pipe or socket");
    assertSize(found.size, source, maxFileBytes);
  }
  const bytes = typeof source === "string" ? await orRefuse(source, () => readFile(source)) : source;
  assertSize(bytes.length, nameOf(source), maxFileBytes);
  return bytes;
}

function assertSize(bytes: number, name: string, maxFileBytes: number): void {
  if (bytes === 0) throw new RequestError(name, "expected an image, got 0 bytes");
  if (bytes > maxFileBytes)
    throw new RequestError(name, `expected at most ${maxFileBytes} bytes of image file, got ${bytes}`);
}

async function orRefuse<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RequestError(path, `expected an image file, got ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "no file there";
    case "EACCES":
    case "EPERM":
      return "one without permission to read it";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
