/** @file What a tokenizer is trained on: conversations as the model will read them, and the project's own prompts. */

import { type DataRecord, messagesOf } from "../data/record.ts";
import { type ChatTemplate, compileTemplate, defaultTemplate } from "../processor/chat_template.ts";
import type { WordCounter } from "../processor/train_tokenizer.ts";
import { questionPrompt, taskPrompt, tasks, userMessage } from "../tasks/prompts.ts";
import { languages, regions } from "../tasks/regions.ts";

/** How many pictures the prompts speak of. */
const pictureCounts = [1, 2, 3];

const template: ChatTemplate = compileTemplate(defaultTemplate, "built-in chat template");

/** Count the words of a conversation, with what the chat template puts around it. */
export function countRecord(counter: WordCounter, record: DataRecord): void {
  counter.add(template.render(messagesOf(record), false));
}

/** Count the words of every prompt that the project's own commands write. */
export function countPrompts(counter: WordCounter): void {
  for (const language of languages)
    for (const region of [undefined, ...regions]) {
      const prompts = [
        ...tasks.flatMap((task) => pictureCounts.map((count) => taskPrompt(task, count, language, region))),
        questionPrompt("", language, region),
      ];
      for (const prompt of prompts) counter.add(template.render([userMessage(prompt, [null])], true));
    }
}
