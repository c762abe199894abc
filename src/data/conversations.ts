/** @file Records of EchoVLM and LLaVA: `conversations` of from and value, and `image`, one or a list. */

import { z } from "zod";
import type { Role } from "../processor/message.ts";
import type { Language, Region } from "../tasks/regions.ts";
import { issueTexts } from "./place.ts";

const roleOf = { system: "system", human: "user", gpt: "assistant" } as const satisfies Record<string, Role>;

const fields = {
  id: z.union([z.string(), z.number()]).exactOptional(),
  conversations: z.array(
    z.strictObject({ from: z.enum(Object.keys(roleOf) as (keyof typeof roleOf)[]), value: z.string() }),
  ),
  /** What the pictures are is checked with the record. */
  image: z.unknown().optional(),
  /** EchoVLM repeats the answer here. */
  description: z.string().exactOptional(),
};
const closedShape = z.strictObject(fields);
const openShape = z.looseObject(fields);

/**
 * The value in the shape of a record, which is still to be checked. System turns are kept.
 *
 * @param value an object with `conversations`
 * @param lenient let unknown fields pass to be dropped later, and read "Ture", a slip of the official data, as "True"
 */
export function recordOfConversations(
  value: unknown,
  lenient: boolean,
): { readonly value: object } | { readonly problems: readonly string[] } {
  const parsed = (lenient ? openShape : closedShape).safeParse(value, { reportInput: true });
  if (!parsed.success) return { problems: issueTexts(parsed.error) };
  const { id, conversations, image, description: _repeated, ...rest } = parsed.data;
  const messages = conversations.map(({ from, value: content }) => ({
    role: roleOf[from],
    content: lenient ? content.replace(/\bTure\b/g, "True") : content,
  }));
  const images = image === undefined || image === null ? [] : Array.isArray(image) ? image : [image];
  const said = messages.map(({ content }) => content).join("");
  return {
    value: {
      language: languageOf(said),
      ...publicDataset(images[0]),
      ...rest,
      ...(id === undefined ? {} : { id: String(id) }),
      messages,
      images,
    },
  };
}

/** Chinese where any is written: terms stay Latin in Chinese reports, and not the other way round. */
export const languageOf = (text: string): Language => (/\p{Script=Han}/u.test(text) ? "zh" : "en");

/** Regions of the data sets that the official project describes, by the folder in `public_data/<dataset>/`. */
const publicRegions: Readonly<Record<string, Region>> = {
  "BUS-BRA": "breast",
  BUSC: "breast",
  BUSI: "breast",
  BUS_UC: "breast",
  "GDPH&SYSUCC": "breast",
  QAMEBI: "breast",
  AUITD: "thyroid",
  TN5000: "thyroid",
  "Annotated Ultrasound Liver images": "liver",
  "Dataset of B-mode fatty liver ultrasound images": "liver",
  "2D_Ultrasound_Sequences_Of_The_Liver": "liver",
  CCAUS: "vessel",
  "kidney US images": "kidney",
};

/** What the official project's paths tell; every one of its public records is a caption. */
function publicDataset(image: unknown): { dataset: string; region: Region; task: string } | undefined {
  const dataset = typeof image === "string" ? /^public_data\/([^/]+)\//.exec(image)?.[1] : undefined;
  const region = dataset === undefined ? undefined : publicRegions[dataset];
  return dataset === undefined || region === undefined ? undefined : { dataset, region, task: "caption" };
}
