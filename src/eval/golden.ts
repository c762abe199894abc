/** @file The golden format: a checkpoint folder together with what the reference computes on it. */

import { join } from "node:path";
import { z } from "zod";
import { assertFolder } from "../checkpoint/file_access.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { readTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { Message, Part } from "../processor/message.ts";
import type { Tensor } from "../tensor/tensor.ts";

const Content = z.union(
  [z.string(), z.array(z.object({ type: z.enum(["text", "image"]), text: z.string().optional() }))],
  { error: "expected text, or a list of text and image parts" },
);
const Case = z.object({
  name: z.string(),
  messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: Content })),
  images: z.array(z.string()).default([]),
  min_pixels: z.number().nullish(),
  max_pixels: z.number().nullish(),
  prompt_tokens: z.number().optional(),
  rope_delta: z.number().optional(),
  greedy_text: z.string().optional(),
  top1_last: z.number().optional(),
});
const Expected = z.object({ cases: z.array(Case).min(1) });
export type GoldenCase = z.infer<typeof Case>;

/** An open golden folder. Close it after use. */
export interface Golden {
  readonly cases: readonly GoldenCase[];
  /** What the reference computed: `input_ids`, `logits`, …; undefined where the case has none. */
  expected(name: string, quantity: string): Promise<Tensor | undefined>;
  close(): Promise<void>;
}

/** @throws CheckpointError when expected.json or expected.safetensors is missing or damaged */
export async function openGolden(folder: string): Promise<Golden> {
  await assertFolder(folder);
  const path = join(folder, "expected.json");
  const json = await readJsonFile(path);
  if (json === undefined)
    throw new CheckpointError(path, "expected the cases of a golden folder, found no such file");
  const parsed = Expected.safeParse(json);
  if (!parsed.success)
    throw new CheckpointError(
      path,
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  const file = await SafetensorsFile.open(join(folder, "expected.safetensors"));
  return {
    cases: parsed.data.cases,
    async expected(name, quantity) {
      const key = `${name}/${quantity}`;
      return file.tensors.has(key) ? readTensor(file, key) : undefined;
    },
    close: () => file.close(),
  };
}

/** The case's messages; its n-th image part takes the n-th file. */
export function goldenMessages(folder: string, { name, messages, images }: GoldenCase): Message<string>[] {
  let next = 0;
  const result = messages.map(({ role, content }): Message<string> => {
    if (typeof content === "string") return { role, content };
    const parts = content.map(({ type, text }): Part<string> => {
      if (type === "text") return { type, text: text ?? "" };
      const file = images[next++];
      if (file === undefined)
        throw new CheckpointError(folder, `case ${name}: expected a file for image ${next}`);
      return { type, image: join(folder, file) };
    });
    return { role, content: parts };
  });
  if (next < images.length)
    throw new CheckpointError(folder, `case ${name}: expected ${images.length} image parts, found ${next}`);
  return result;
}
