/** @file Bytes of a picture, from a path or from memory. */

import { readFile, stat } from "node:fs/promises";
import { RequestError } from "../errors.ts";

/** Where a picture comes from: a path, or the bytes of a file. */
export type ImageSource = string | Uint8Array;

/** A path longer than this is cut in errors: it is probably a data URL or the text of a file. */
const longestName = 200;

/** How errors call a source. */
export function nameOf(source: ImageSource): string {
  if (typeof source !== "string") return "image bytes";
  return source.length > longestName ? `${source.slice(0, longestName)}...` : source;
}

/**
 * Read a source whole.
 *
 * @param maxFileBytes largest file that is read
 * @throws RequestError when there is no readable, non-empty, regular file of that size or less, or `source` is
 *   neither a path nor bytes
 */
export async function readSource(source: ImageSource, maxFileBytes: number): Promise<Uint8Array> {
  const name = nameOf(source);
  if (typeof source === "string") {
    const found = await orRefuse(name, () => stat(source));
    if (found.isDirectory()) throw new RequestError(name, "expected an image file, got a directory");
    // Devices and pipes have no size to check and may never end.
    if (!found.isFile()) throw new RequestError(name, "expected an image file, got a device, pipe or socket");
    assertSize(found.size, name, maxFileBytes);
  } else if (!(source instanceof Uint8Array))
    throw new RequestError("image", `expected a path or a Uint8Array, got ${kindOf(source)}`);
  const bytes = typeof source === "string" ? await orRefuse(name, () => readFile(source)) : source;
  assertSize(bytes.length, name, maxFileBytes);
  return bytes;
}

/** What kind of value was given, whatever its static type says. */
const kindOf = (value: unknown): string =>
  typeof value === "object" && value !== null ? `an object (${value.constructor?.name})` : typeof value;

function assertSize(bytes: number, name: string, maxFileBytes: number): void {
  if (bytes === 0) throw new RequestError(name, "expected an image, got 0 bytes");
  if (bytes > maxFileBytes)
    throw new RequestError(name, `expected at most ${maxFileBytes} bytes of image file, got ${bytes}`);
}

async function orRefuse<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RequestError(name, `expected an image file, got ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    case "ENAMETOOLONG":
      return "no file there";
    case "EACCES":
    case "EPERM":
      return "one without permission to read it";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
