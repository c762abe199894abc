/** @file Messages to the text a checkpoint was trained on, through its own Jinja template. */

import { Template } from "@huggingface/jinja";
import { z } from "zod";
import { CheckpointError, RequestError } from "../errors.ts";
import { type Message, partsOf } from "./message.ts";

/** A compiled template. */
export interface ChatTemplate {
  /** The file it came from, for errors. */
  readonly where: string;
  /**
   * The text of a conversation, each picture or video as one placeholder.
   *
   * @param addGenerationPrompt whether to open the assistant's turn at the end
   * @throws RequestError when the template refuses the messages
   */
  render(messages: readonly Message<unknown>[], addGenerationPrompt: boolean): string;
}

/** A checkpoint's files that may hold a template, parsed; undefined where it has no such file. */
export interface TemplateFiles {
  /** Text of chat_template.jinja. */
  readonly jinja?: string | undefined;
  /** chat_template.json. */
  readonly chatTemplate?: unknown;
  /** tokenizer_config.json. */
  readonly tokenizerConfig?: unknown;
}

/** What Qwen2-VL models are trained on: for new checkpoints, and for those that come without a template. */
export const defaultTemplate = `
{%- set count = namespace(image=0, video=0) -%}
{%- if messages[0].role != "system" -%}
  {{- "<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n" -}}
{%- endif -%}
{%- for message in messages -%}
  {{- "<|im_start|>" + message.role + "\\n" -}}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- else -%}
    {%- for part in message.content -%}
      {%- if part.type == "image" -%}
        {%- set count.image = count.image + 1 -%}
        {%- if add_vision_id -%}{{- "Picture " ~ count.image ~ ": " -}}{%- endif -%}
        {{- "<|vision_start|><|image_pad|><|vision_end|>" -}}
      {%- elif part.type == "video" -%}
        {%- set count.video = count.video + 1 -%}
        {%- if add_vision_id -%}{{- "Video " ~ count.video ~ ": " -}}{%- endif -%}
        {{- "<|vision_start|><|video_pad|><|vision_end|>" -}}
      {%- else -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{- "<|im_end|>\\n" -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- "<|im_start|>assistant\\n" -}}{%- endif -%}
`;

const NamedTemplates = z.array(z.object({ name: z.string(), template: z.string() }));
const Holder = z.object({ chat_template: z.union([z.string(), NamedTemplates]).nullish() });

/**
 * Choose and compile a checkpoint's template: chat_template.jinja, else chat_template.json, else
 * tokenizer_config.json (of several named templates, the one called default), else the family's own.
 *
 * @param folder what the files' names follow in errors, "" or a path that ends in a slash
 * @throws CheckpointError when a file holds no text where its template should be, or the template does not parse
 */
export function findChatTemplate(files: TemplateFiles, folder = ""): ChatTemplate {
  if (files.jinja !== undefined) return compileTemplate(files.jinja, `${folder}chat_template.jinja`);
  for (const [file, name] of [
    [files.chatTemplate, "chat_template.json"],
    [files.tokenizerConfig, "tokenizer_config.json"],
  ] as const) {
    const text = templateIn(file, folder + name);
    if (text !== null) return compileTemplate(text, folder + name);
  }
  return compileTemplate(defaultTemplate, "built-in chat template");
}

/**
 * Compile a template's text.
 *
 * @param where the file it came from, for errors
 * @throws CheckpointError when it does not parse
 */
export function compileTemplate(text: string, where: string): ChatTemplate {
  const template = orThrow(
    () => new Template(text),
    (reason) =>
      new CheckpointError(where, `expected a Jinja template, got one that does not parse: ${reason}`),
  );
  return {
    where,
    render: (messages, addGenerationPrompt) =>
      orThrow(
        () => template.render({ messages: messages.map(bare), add_generation_prompt: addGenerationPrompt }),
        (reason) => new RequestError("messages", `the template in ${where} refuses them: ${reason}`),
      ),
  };
}

/** A message as templates know it: pictures and videos by their type alone. */
const bare = (message: Message<unknown>) => ({
  role: message.role,
  content:
    typeof message.content === "string"
      ? message.content
      : partsOf(message).map((part) => (part.type === "text" ? part : { type: part.type })),
});

function templateIn(file: unknown, where: string): string | null {
  if (file === undefined) return null;
  const parsed = Holder.safeParse(file);
  if (!parsed.success)
    throw new CheckpointError(where, "expected chat_template to be text or a list of named templates");
  const found = parsed.data.chat_template ?? null;
  if (found === null || typeof found === "string") return found;
  const named = found.find(({ name }) => name === "default");
  if (named === undefined)
    throw new CheckpointError(
      where,
      `expected a template named default, got ${found.map(({ name }) => name).join(", ") || "none"}`,
    );
  return named.template;
}

function orThrow<T>(work: () => T, describe: (reason: string) => Error): T {
  try {
    return work();
  } catch (error) {
    throw describe(error instanceof Error ? error.message : String(error));
  }
}
