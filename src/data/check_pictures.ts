/** @file Whether the pictures of records are there and begin as pictures do. */

import { InputError } from "../errors.ts";
import { type ImageHeader, readImageHeader } from "../image/header.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { DataRecord } from "./record.ts";

/** A picture's header, or a sentence on why there is none. */
export type Looked = { readonly header: ImageHeader } | { readonly problem: string };

/** Looks at each file once, however many records show it. */
export function createPictureCheck(): (source: ImageSource) => Promise<Looked> {
  const seen = new Map<string, Promise<Looked>>();
  return (source) => {
    if (typeof source !== "string") return look(source);
    const before = seen.get(source);
    if (before !== undefined) return before;
    const looked = look(source);
    seen.set(source, looked);
    return looked;
  };
}

async function look(source: ImageSource): Promise<Looked> {
  try {
    return { header: await readImageHeader(source) };
  } catch (error) {
    if (error instanceof InputError) return { problem: error.message };
    throw error;
  }
}

/**
 * What is wrong with a record's pictures, a sentence each.
 *
 * @param check from `createPictureCheck`
 */
export async function pictureProblems(
  { images = [], videos = [], facts }: DataRecord,
  check: (source: ImageSource) => Promise<Looked>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, source] of images.entries()) {
    const looked = await check(source);
    if ("problem" in looked) problems.push(`images.${index}: ${looked.problem}`);
    else if (index === 0 && images.length === 1 && facts?.picture !== undefined) {
      const { width, height } = looked.header;
      const { picture } = facts;
      if (width !== picture.width || height !== picture.height)
        problems.push(
          `facts.picture: expected ${width} x ${height} as in the file, got ${picture.width} x ${picture.height}`,
        );
    }
  }
  for (const [video, frames] of videos.entries()) {
    const sizes = new Set<string>();
    for (const [index, source] of frames.entries()) {
      const looked = await check(source);
      if ("problem" in looked) problems.push(`videos.${video}.${index}: ${looked.problem}`);
      else sizes.add(`${looked.header.width} x ${looked.header.height}`);
    }
    if (sizes.size > 1)
      problems.push(`videos.${video}: expected frames of one size, got ${[...sizes].join(", ")}`);
  }
  return problems;
}
