import assert from "node:assert/strict";
import { test } from "node:test";
import { messagesOf, parseRecord } from "./record.ts";

const turn = (role: string, content: string) => ({ role, content });
const good = {
  messages: [turn("system", "Be brief."), turn("user", "<image>\nWhat is it?"), turn("assistant", "A cyst.")],
  images: ["a.png"],
};
const problemsOf = (value: unknown, allowUnknown = false) => {
  const parsed = parseRecord(value, allowUnknown);
  return "problems" in parsed ? parsed.problems : [];
};
const recordOf = (value: unknown) => {
  const parsed = parseRecord(value, false);
  if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
  return parsed.record;
};

test("a record is kept as it is, and fields that are null are absent", () => {
  assert.deepEqual(recordOf({ ...good, region: "breast", group: null }), { ...good, region: "breast" });
});

const bad: readonly [what: string, value: unknown, ...problems: RegExp[]][] = [
  ["a text", "hello", /^expected object, got string$/],
  ["no messages", { images: [] }, /^messages: expected array, got nothing$/],
  ["an unknown field", { ...good, gruop: "7" }, /^expected no field gruop$/],
  [
    "an unknown role",
    { messages: [turn("human", "hi"), turn("assistant", "hi")] },
    /^messages\.0\.role: expected one of /,
  ],
  [
    "no answer",
    { messages: [turn("user", "hi")] },
    /^messages: expected an answer to every question, got 1 turns$/,
  ],
  [
    "two answers",
    { messages: [turn("user", "a"), turn("assistant", "b"), turn("assistant", "c"), turn("assistant", "d")] },
    /^messages\.2\.role: expected user, got assistant$/,
  ],
  [
    "a system turn in the middle",
    { messages: [turn("user", "a"), turn("system", "b")] },
    /^messages\.1\.role: expected assistant, got system$/,
  ],
  [
    "an empty answer",
    { messages: [turn("user", "a"), turn("assistant", " ")] },
    /^messages\.1\.content: expected text, got none$/,
  ],
  [
    "a missing tag",
    { ...good, images: ["a.png", "b.png"] },
    /^images: expected one for each <image>, got 2 for 1$/,
  ],
  ["a missing picture", { messages: good.messages }, /^images: expected one for each <image>, got 0 for 1$/],
  [
    "a tag in an answer",
    { ...good, messages: [turn("user", "<image>a"), turn("assistant", "<image>")] },
    /^messages\.1\.content: expected <image> in user turns only/,
  ],
  ["an empty path", { ...good, images: [""] }, /^images\.0: expected a path/],
  [
    "a region that is none",
    { ...good, region: "obgyn" },
    /^region: expected one of breast, .*, got "obgyn"$/,
  ],
  [
    "facts that are none",
    { ...good, facts: { region: "liver", source: "labelled", findings: [{ kind: "plaque" }] } },
    /^facts: expected a finding of liver, got plaque$/,
  ],
  [
    "facts of another region",
    { ...good, region: "breast", facts: { region: "liver", source: "labelled" } },
    /^region: expected liver as in facts, got breast$/,
  ],
  [
    "a simulated record that does not say so",
    { ...good, facts: { region: "liver", source: "simulated" } },
    /^simulated: expected true as in facts, got nothing$/,
  ],
  ["several faults, all at once", { ...good, images: [], group: 7, licence: 1 }, /^licence: /, /^group: /],
];
for (const [what, value, ...patterns] of bad)
  test(`refused: ${what}`, () => {
    const problems = problemsOf(value);
    assert.equal(problems.length, patterns.length, problems.join("; "));
    for (const [index, pattern] of patterns.entries()) assert.match(problems[index]!, pattern);
  });

test("unknown fields may be dropped instead", () => {
  const parsed = parseRecord({ ...good, gruop: "7" }, true);
  assert.deepEqual(parsed, { record: good });
});

test("pictures lead their own turn, videos follow them, and tags leave the text", () => {
  const record = recordOf({
    messages: [
      turn("user", "Compare <image> with <video>\n<image>\n\n these."),
      turn("assistant", "Equal."),
      turn("user", "<image>"),
      turn("assistant", "Other."),
    ],
    images: ["1.png", "2.png", "3.png"],
    videos: [["f1.png", "f2.png"]],
  });
  assert.deepEqual(messagesOf(record), [
    {
      role: "user",
      content: [
        { type: "image", image: "1.png" },
        { type: "image", image: "2.png" },
        { type: "video", frames: ["f1.png", "f2.png"] },
        { type: "text", text: "Compare with these." },
      ],
    },
    { role: "assistant", content: "Equal." },
    { role: "user", content: [{ type: "image", image: "3.png" }] },
    { role: "assistant", content: "Other." },
  ]);
});

test("the place of a tag changes nothing", () => {
  const ask = (content: string) =>
    messagesOf(recordOf({ ...good, messages: [turn("user", content), turn("assistant", "x")] }));
  const leading = ask("<image>What is it?");
  for (const content of ["What is it?<image>", "<image>\n What is it?\n", "What <image>is it?"])
    assert.deepEqual(ask(content), leading);
});
