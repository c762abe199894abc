/** @file Texts on which a quantised model is compared with the float one: records, golden cases, or the model's own. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ForcedText } from "../generate/forced_text.ts";
import type { LoadedModel } from "../generate/load_model.ts";
import { taskPrompt, userMessage } from "../tasks/prompts.ts";
import { languages } from "../tasks/regions.ts";
import { type Golden, goldenMessages } from "./golden.ts";

/** The cases of a golden folder with what the reference wrote; a case without an answer is its prompt alone. */
export async function* goldenTexts(folder: string, golden: Golden): AsyncGenerator<ForcedText> {
  for (const one of golden.cases) {
    const written = await golden.expected(one.name, "greedy_ids");
    yield {
      name: one.name,
      messages: goldenMessages(folder, one),
      answer: Array.from(written?.data ?? [], Number),
      pixels: {
        ...(one.min_pixels != null && { minPixels: one.min_pixels }),
        ...(one.max_pixels != null && { maxPixels: one.max_pixels }),
      },
    };
  }
}

/** Tokens of an answer that the reference writes itself. */
const NEW_TOKENS = 128;

/** What the reference itself says of every picture of a folder, in each language: greedy reports. */
export async function* ownTexts(reference: LoadedModel, pictures: string): AsyncGenerator<ForcedText> {
  const names = (await readdir(pictures)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  for (const name of names)
    for (const language of languages) {
      const messages = [userMessage(taskPrompt("report", 1, language), [join(pictures, name)])];
      const { tokens } = await reference.generate(messages, { temperature: 0, maxNewTokens: NEW_TOKENS });
      yield { name: `${name} ${language}`, messages, answer: tokens };
    }
}
