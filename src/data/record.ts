/** @file One record of training or evaluation data: a conversation about pictures, and what is known of it. */

import { z } from "zod";
import type { ImageSource } from "../image/read_source.ts";
import { type Message, type Part, roles } from "../processor/message.ts";
import { languages } from "../tasks/regions.ts";
import { Facts } from "./facts.ts";
import { withoutNulls } from "./fields.ts";
import { issueTexts } from "./place.ts";
import { type FactRegion, factRegionNames } from "./vocabulary.ts";

const text = z.string().min(1);
/** A path, or the bytes of a file where the records' file holds them. */
const picture = z.custom<ImageSource>(
  (value) => (typeof value === "string" || value instanceof Uint8Array) && value.length > 0,
  { error: "expected a path, or bytes in Parquet" },
);
const turn = z.strictObject({ role: z.enum(roles), content: z.string() }).readonly();

const fields = {
  /** A number counts as its digits. */
  id: z.preprocess((value) => (typeof value === "number" ? String(value) : value), text).exactOptional(),
  /** A system turn if any, then user and assistant by turns; pictures are marked `<image>` and `<video>`. */
  messages: z.array(turn).min(1).readonly(),
  /** One for each `<image>`, in order. */
  images: z.array(picture).readonly().exactOptional(),
  /** One list of frames for each `<video>`, in order. */
  videos: z.array(z.array(picture).min(1).readonly()).readonly().exactOptional(),
  region: z.enum(Object.keys(factRegionNames) as [FactRegion, ...FactRegion[]]).exactOptional(),
  /** What is asked, such as report, caption, choice. */
  task: text.exactOptional(),
  language: z.enum(languages).exactOptional(),
  dataset: text.exactOptional(),
  facts: Facts.exactOptional(),
  licence: text.exactOptional(),
  /** Where the pictures come from: an address, a repository and path. */
  source: text.exactOptional(),
  /** True of simulated pictures, and required there. */
  simulated: z.boolean().exactOptional(),
  /** What must not be torn apart by a split: the patient, examination or sweep. */
  group: text.exactOptional(),
};
const closedRecord = z.strictObject(fields);
const openRecord = z.object(fields);

/** One conversation. Paths lead from the current folder, wherever the record was read. */
export type DataRecord = Readonly<z.infer<typeof closedRecord>>;

export type ParsedRecord =
  | { readonly record: DataRecord }
  | {
      /** A sentence each, beginning with the field. */
      readonly problems: readonly string[];
    };

/**
 * Check a value. Fields that are null count as absent.
 *
 * @param value the record as its file holds it
 * @param allowUnknown drop unknown fields rather than refuse them
 */
export function parseRecord(value: unknown, allowUnknown: boolean): ParsedRecord {
  const parsed = (allowUnknown ? openRecord : closedRecord).safeParse(withoutNulls(value), {
    reportInput: true,
  });
  if (!parsed.success) return { problems: issueTexts(parsed.error) };
  const problems = [...turnProblems(parsed.data), ...tagProblems(parsed.data), ...factProblems(parsed.data)];
  return problems.length > 0 ? { problems } : { record: parsed.data };
}

const tag = /<(image|video)>/g;
/** A tag goes with the white space after it, as in the reference. */
const tagAndSpace = /<(?:image|video)>\s*/g;

function turnProblems({ messages }: DataRecord): string[] {
  const spoken = messages[0]?.role === "system" ? messages.slice(1) : messages;
  const offset = messages.length - spoken.length;
  const problems: string[] = [];
  spoken.forEach(({ role, content }, index) => {
    const expected = index % 2 === 0 ? "user" : "assistant";
    const where = `messages.${index + offset}`;
    if (role !== expected) problems.push(`${where}.role: expected ${expected}, got ${role}`);
    if (content.trim() === "") problems.push(`${where}.content: expected text, got none`);
  });
  if (spoken.length === 0 || spoken.length % 2 === 1)
    problems.push(`messages: expected an answer to every question, got ${spoken.length} turns`);
  return problems;
}

function tagProblems({ messages, images = [], videos = [] }: DataRecord): string[] {
  const problems: string[] = [];
  const found = { image: 0, video: 0 };
  messages.forEach(({ role, content }, index) => {
    for (const [, kind] of content.matchAll(tag)) {
      if (role === "user") found[kind as "image" | "video"]++;
      else
        problems.push(`messages.${index}.content: expected <${kind}> in user turns only, got it in ${role}`);
    }
  });
  for (const [field, kind, count] of [
    ["images", "image", images.length],
    ["videos", "video", videos.length],
  ] as const)
    if (found[kind] !== count)
      problems.push(`${field}: expected one for each <${kind}>, got ${count} for ${found[kind]}`);
  return problems;
}

function factProblems({ region, simulated, facts }: DataRecord): string[] {
  if (facts === undefined) return [];
  const problems: string[] = [];
  if (region !== undefined && region !== facts.region)
    problems.push(`region: expected ${facts.region} as in facts, got ${region}`);
  if ((facts.source === "simulated") !== (simulated ?? false))
    problems.push(
      `simulated: expected ${facts.source === "simulated"} as in facts, got ${simulated ?? "nothing"}`,
    );
  return problems;
}

/**
 * The conversation that the model reads. As in training, a turn's pictures come before its text, whichever place the
 * tags had in it.
 */
export function messagesOf({ messages, images = [], videos = [] }: DataRecord): Message<ImageSource>[] {
  let [image, video] = [0, 0];
  return messages.map(({ role, content }) => {
    if (role !== "user") return { role, content };
    const kinds = [...content.matchAll(tag)].map(([, kind]) => kind);
    const pictures = kinds
      .filter((kind) => kind === "image")
      .map((): Part<ImageSource> => ({ type: "image", image: images[image++]! }));
    const films = kinds
      .filter((kind) => kind === "video")
      .map((): Part<ImageSource> => ({ type: "video", frames: videos[video++]! }));
    const rest = plainText(content);
    const spoken: Part<ImageSource>[] = rest === "" ? [] : [{ type: "text", text: rest }];
    return { role, content: [...pictures, ...films, ...spoken] };
  });
}

/** A turn's text without its tags. */
export const plainText = (content: string): string => content.replace(tagAndSpace, "").trim();

/** Every picture of a record, frames of videos after images. */
export const picturesOf = ({ images = [], videos = [] }: DataRecord): ImageSource[] => [
  ...images,
  ...videos.flat(),
];

/** The record with other pictures, for example paths from another folder. */
export const mapPictures = (record: DataRecord, map: (source: ImageSource) => ImageSource): DataRecord => ({
  ...record,
  ...(record.images && { images: record.images.map(map) }),
  ...(record.videos && { videos: record.videos.map((frames) => frames.map(map)) }),
});
