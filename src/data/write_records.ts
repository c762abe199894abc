/** @file Files of records, written whole or not at all. */

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { access, mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { writeFully } from "../checkpoint/file_access.ts";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { RequestError } from "../errors.ts";
import { formatOf } from "../image/format.ts";
import type { ImageSource } from "../image/read_source.ts";
import { type DataRecord, mapPictures, picturesOf } from "./record.ts";

/** Appends records to a file that appears under its name only with `commit`. */
export interface RecordWriter {
  readonly path: string;
  /** @throws CheckpointError when the disk is full or the folder cannot be written to */
  write(record: DataRecord): Promise<void>;
  /** Put the file in its place. */
  commit(): Promise<void>;
  /** Leave nothing behind; nothing happens after `commit`. */
  discard(): Promise<void>;
}

const bufferBytes = 2 ** 18;
const hint = "nothing of that name was changed";

/**
 * Open a file of JSON lines for writing. Paths of pictures become relative to its folder; pictures that are bytes are
 * written beside it, into a folder of its name with `.pictures`, under their SHA-256.
 *
 * @param replace whether a file of that name may be replaced
 * @throws RequestError when there is one and it may not
 * @throws CheckpointError when the folder cannot be written to
 */
export async function openRecordWriter(path: string, replace: boolean): Promise<RecordWriter> {
  const folder = dirname(path);
  const pictureFolder = `${path.replace(/\.jsonl$/, "")}.pictures`;
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  if (!replace && (await exists(path)))
    throw new RequestError(path, "expected no such file yet, got one", "--force replaces it");
  const handle = await orRefuseWrite(path, hint, async () => {
    await mkdir(folder, { recursive: true });
    return open(temporary, "w");
  });
  const removeNow = () => rmSync(temporary, { force: true });
  process.once("exit", removeNow);

  const extracted: string[] = [];
  let waiting: string[] = [];
  let waitingBytes = 0;
  let isDone = false;
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= handle.close());

  async function flush(): Promise<void> {
    const text = waiting.join("");
    [waiting, waitingBytes] = [[], 0];
    await orRefuseWrite(path, hint, () => writeFully(handle, Buffer.from(text)));
  }

  async function extract(bytes: Uint8Array): Promise<string> {
    const hash = createHash("sha256").update(bytes).digest("hex");
    const file = join(pictureFolder, `${hash}.${formatOf(bytes) ?? "bin"}`);
    if (await exists(file)) return file;
    await orRefuseWrite(file, hint, async () => {
      await mkdir(pictureFolder, { recursive: true });
      await writeFile(`${file}.tmp`, bytes);
      await rename(`${file}.tmp`, file);
    });
    extracted.push(file);
    return file;
  }

  return {
    path,
    async write(record) {
      const files = new Map<ImageSource, string>();
      for (const source of picturesOf(record))
        files.set(source, fromFolder(folder, typeof source === "string" ? source : await extract(source)));
      const line = `${JSON.stringify(mapPictures(record, (source) => files.get(source) ?? source))}\n`;
      waiting.push(line);
      waitingBytes += line.length;
      if (waitingBytes >= bufferBytes) await flush();
    },
    async commit() {
      await flush();
      await orRefuseWrite(path, hint, async () => {
        await handle.sync();
        await close();
        await rename(temporary, path);
      });
      isDone = true;
      process.off("exit", removeNow);
    },
    async discard() {
      if (isDone) return;
      isDone = true;
      process.off("exit", removeNow);
      await close().catch(() => {}); // what it could not write is removed anyway
      for (const file of [temporary, ...extracted]) await rm(file, { force: true });
    },
  };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** A path as it is written into a file in `folder`: relative, with slashes. */
const fromFolder = (folder: string, path: string): string =>
  relative(resolve(folder), resolve(path)).split(sep).join("/");
