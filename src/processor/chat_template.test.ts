import assert from "node:assert/strict";
import { test } from "node:test";
import { ownGolden, readJson } from "../../test/golden_case.ts";
import { CheckpointError, RequestError } from "../errors.ts";
import { compileTemplate, findChatTemplate } from "./chat_template.ts";
import type { Message } from "./message.ts";

const conversation: Message<null>[] = [
  {
    role: "user",
    content: [
      { type: "text", text: "Compare " },
      { type: "image", image: null },
      { type: "video", frames: [null] },
      { type: "text", text: " now.\n" },
    ],
  },
  { role: "assistant", content: "Equal." },
];

test("the built-in template writes what Qwen2-VL was trained on", () => {
  const template = findChatTemplate({});
  assert.equal(
    template.render(conversation, true),
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n" +
      "<|im_start|>user\nCompare <|vision_start|><|image_pad|><|vision_end|>" +
      "<|vision_start|><|video_pad|><|vision_end|> now.\n<|im_end|>\n" +
      "<|im_start|>assistant\nEqual.<|im_end|>\n<|im_start|>assistant\n",
  );
  assert.equal(
    template.render([{ role: "system", content: "Be brief." }, ...conversation.slice(1)], false),
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>assistant\nEqual.<|im_end|>\n",
  );
});

test("the built-in template agrees with a checkpoint's", () => {
  const own = findChatTemplate({
    chatTemplate: readJson(new URL("echovlm-tiny/chat_template.json", ownGolden)),
  });
  const system: Message<null> = { role: "system", content: "s" };
  for (const messages of [conversation, [system, ...conversation]])
    for (const prompted of [true, false])
      assert.equal(findChatTemplate({}).render(messages, prompted), own.render(messages, prompted));
});

test("files are searched in the reference's order", () => {
  const files = {
    jinja: "a",
    chatTemplate: { chat_template: "b" },
    tokenizerConfig: {
      chat_template: [
        { name: "tool_use", template: "x" },
        { name: "default", template: "c" },
      ],
    },
  };
  const found = (files: Parameters<typeof findChatTemplate>[0]) => {
    const template = findChatTemplate(files);
    return [template.render(conversation, true), template.where];
  };
  assert.deepEqual(found(files), ["a", "chat_template.jinja"]);
  assert.deepEqual(found({ ...files, jinja: undefined }), ["b", "chat_template.json"]);
  assert.deepEqual(found({ tokenizerConfig: files.tokenizerConfig }), ["c", "tokenizer_config.json"]);
});

test("a template that is wrong is the checkpoint's fault, a refusal the request's", () => {
  assert.throws(
    () => compileTemplate("{% if %}", "t.jinja"),
    (error) => error instanceof CheckpointError && /^t\.jinja: /.test(error.message),
  );
  assert.throws(() => findChatTemplate({ chatTemplate: { chat_template: 3 } }), CheckpointError);
  assert.throws(
    () => findChatTemplate({ tokenizerConfig: { chat_template: [{ name: "rag", template: "x" }] } }),
    /named default, got rag/,
  );
  assert.throws(
    () =>
      compileTemplate("{{ raise_exception('roles must alternate') }}", "t.jinja").render(conversation, true),
    (error) =>
      error instanceof RequestError && /t\.jinja refuses them: roles must alternate/.test(error.message),
  );
});
