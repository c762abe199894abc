/** @file Wrong pictures and requests end with exit code 2 and one paragraph: where, what was expected, what was found. */

import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import sharp from "sharp";
import { echovlm, picture, refusal, says, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

describe("pictures", { concurrency: 2 }, () => {
  const refused = async (path: string, what: RegExp) =>
    says(await refusal(["ask", "--model", tiny, "What is seen?", path]), path, what);
  const file = (t: TestContext, name: string, content: Uint8Array | string): string => {
    const path = join(temporaryFolder(t), name);
    writeFileSync(path, content);
    return path;
  };

  test("no file", (t) =>
    refused(join(temporaryFolder(t), "scan.png"), /expected an image file, got no file there/));
  test("a directory", (t) => refused(temporaryFolder(t), /expected an image file, got a directory/));
  test("0 bytes", (t) => refused(file(t, "scan.png", ""), /expected an image, got 0 bytes/));
  test("truncated", (t) =>
    refused(
      file(t, "scan.png", readFileSync(picture).subarray(0, 300)),
      /expected an undamaged picture, got/,
    ));
  test("a text by the name of a picture", (t) =>
    refused(
      file(t, "scan.png", "Findings: none."),
      /expected a PNG, .* got text that starts with "Findings/,
    ));
  test("a picture of 201:1", async (t) => {
    const strip = sharp({ create: { width: 6030, height: 30, channels: 3, background: "grey" } });
    await refused(
      file(t, "strip.png", await strip.png().toBuffer()),
      /at most 200 times .* got 6030 x 30 pixels/,
    );
  });
  test("a declared size beyond the limit", (t) => {
    const bomb = Buffer.from(bmpHeader(60_000, 60_000));
    return refused(file(t, "bomb.bmp", bomb), /expected at most 100000000 pixels, got 60000 x 60000/);
  });
  test("no permission", { skip: process.getuid?.() === 0 && "root may read everything" }, (t) => {
    const path = file(t, "scan.png", readFileSync(picture));
    chmodSync(path, 0);
    return refused(path, /without permission to read it/);
  });
});

/** The start of a 24-bit bitmap that claims a size. */
function bmpHeader(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(54);
  header.write("BM");
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return header;
}

describe("requests", { concurrency: 2 }, () => {
  const cases: readonly [args: readonly string[], where: string, what: RegExp][] = [
    [["ask", ""], "prompt", /expected text, got an empty one/],
    [["report", "--prompt", " ", picture], "prompt", /expected text, got an empty one/],
    [
      ["ask", picture],
      "question",
      /expected text, got the name of a file, .*nodule\.png \(the question goes/,
    ],
    [["ask", "word ".repeat(600)], "prompt", /expected at most 512 tokens of context, got \d+ \(shorten/],
    [["ask", "stop <|im_end|> here"], "messages", /expected plain text, got the special token <\|im_end\|>/],
    [
      ["ask", "--threads", "0", "hi"],
      "load options",
      /threads: expected a whole number from 1 to 1024, got 0/,
    ],
    [
      ["ask", "--temperature", "-1", "hi"],
      "generation options",
      /temperature: expected a number of 0 or more, got -1/,
    ],
    [["ask", "--seed", "1.5", "hi"], "generation options", /seed: expected a whole number .* got 1\.5/],
    [
      ["ask", "--top-p", "2", "--max-new-tokens", "0", "hi"],
      "generation options",
      /maxNewTokens: .* got 0; .*topP: .* got 2/,
    ],
    [
      ["ask", "--max-pixels", "10", "hi", picture],
      "pixel budget",
      /expected maxPixels to hold one visual token, 784 pixels, got 10/,
    ],
  ];
  for (const [[command = "", ...args], where, what] of cases)
    test(`${[command, ...args].join(" ").replaceAll(picture, "scan.png").slice(0, 40)}`, async () =>
      says(await refusal([command, "--model", tiny, ...args]), where, what));

  test("wrong requests are refused before a model is looked for", async (t) => {
    const strip = join(temporaryFolder(t), "strip.png");
    await sharp({ create: { width: 1, height: 1000, channels: 3, background: "black" } }).toFile(strip);
    const ask = ["ask", "--model", "nowhere"];
    says(
      await refusal([...ask, "--max-pixels", "0", "hi", picture]),
      "generation options",
      /^pixels\.maxPixels: expected a number above 0, got 0$/,
    );
    says(
      await refusal([...ask, "hi", strip]),
      strip,
      /longer side to be at most 200 times the shorter, got 1 x 1000 pixels/,
    );
  });

  test("--debug shows where", async () => {
    const { code, stderr } = await echovlm(["--debug", "inspect", "nowhere"]);
    assert.equal(code, 2);
    assert.match(stderr, /^CheckpointError: nowhere: expected a folder.*\n {4}at .*\.js:\d+/);
  });
});
