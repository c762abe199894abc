import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestError } from "../errors.ts";
import { assertAsksSomething, assertMessages, type Message, mapImages } from "./message.ts";

const refused = (messages: unknown, ...reasons: RegExp[]) =>
  assert.throws(
    () => assertMessages(messages),
    (error) => error instanceof RequestError && reasons.every((reason) => reason.test(error.message)),
  );

const video = { type: "video", frames: [1] };

test("conversations of text, pictures and videos are accepted", () => {
  assertMessages([
    { role: "system", content: "s" },
    {
      role: "user",
      content: [
        { type: "text", text: "" },
        { type: "image", image: 0 },
        { ...video, fps: 8 },
      ],
    },
    { role: "assistant", content: "" },
  ]);
});

test("what is no conversation is refused", () => {
  refused([], /at least one message/);
  refused("hello", /list of at least one message/);
});

test("a conversation that asks nothing is refused", () => {
  const askless = (messages: Message<unknown>[], reason: RegExp) =>
    assert.throws(
      () => assertAsksSomething(messages),
      (error) => error instanceof RequestError && reason.test(error.message),
    );
  askless([{ role: "system", content: "s" }], /at least one message with role user/);
  askless([{ role: "user", content: " \n" }], /text, an image or a video/);
  askless(
    [
      { role: "user", content: "a" },
      { role: "user", content: [] },
    ],
    /text, an image or a video/,
  );
  assertAsksSomething([{ role: "user", content: [{ type: "video", frames: [1] }] }]);
});

test("every problem is named, with its place", () => {
  refused(
    [
      { role: "tool", content: "x" },
      {
        role: "user",
        content: [{ type: "audio" }, { type: "image" }, { type: "video", frames: [], fps: 0 }],
      },
      { role: "user", content: 3 },
      null,
    ],
    /message 0: expected role to be one of system, user, assistant, got "tool"/,
    /message 1 part 0: expected type to be one of text, image, video, got "audio"/,
    /message 1 part 1: expected an image, got nothing/,
    /message 1 part 2: expected frames .* got a list of 0/,
    /message 1 part 2: expected fps to be a positive number, got 0/,
    /message 2: expected content to be text or a list of parts, got 3/,
    /message 3: expected an object/,
  );
});

test("mapImages replaces every picture and frame in order and nothing else", () => {
  const messages: Message<string>[] = [
    { role: "system", content: "s" },
    {
      role: "user",
      content: [
        { type: "image", image: "a" },
        { type: "text", text: "t" },
        { type: "video", frames: ["b", "c"], fps: 4 },
      ],
    },
  ];
  const seen: string[] = [];
  const mapped = mapImages(messages, (source) => seen.push(source));
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.deepEqual(mapped[0], messages[0]);
  assert.deepEqual(mapped[1]?.content, [
    { type: "image", image: 1 },
    { type: "text", text: "t" },
    { type: "video", frames: [2, 3], fps: 4 },
  ]);
});
