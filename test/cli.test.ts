/** @file The command line as its users meet it: answers, conversations, descriptions. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Answer } from "../src/generate/answer.ts";
import { RESEARCH_NOTICE } from "../src/generate/answer.ts";
import { decodeImage } from "../src/image/decode.ts";
import { echovlm, type Finished, picture, refusal, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const released = fileURLToPath(new URL("../../test/fixtures/released-config", import.meta.url));
const short = ["--model", tiny, "--max-new-tokens", "6"];
const sampled = ["--model", tiny, "--max-new-tokens", "24", "--temperature", "1", "--json"];

function succeeded({ code, stdout, stderr }: Finished): string {
  assert.equal(code, 0, stderr);
  return stdout;
}
const answerOf = (finished: Finished): Answer => JSON.parse(succeeded(finished));

describe("echovlm", { concurrency: 2 }, () => {
  test("report: the answer on standard output, everything else on standard error", async () => {
    const finished = await echovlm(["report", ...short, picture]);
    assert.match(succeeded(finished), /^.+\n$/s);
    assert.ok(!finished.stdout.includes(RESEARCH_NOTICE));
    assert.equal(
      finished.stderr,
      `(cut off after 6 tokens: --max-new-tokens or the context ended)\n${RESEARCH_NOTICE}\n`,
    );
  });

  test("diagnose --json: the answer and all it takes to get it again", async () => {
    const args = ["diagnose", ...short, "--json", "--lang", "zh", "--region", "thyroid", "--seed", "7"];
    const finished = await echovlm([...args, picture]);
    const { text, tokens, finishReason, usage, provenance } = answerOf(finished);
    assert.equal(finished.stderr, "");
    assert.equal(tokens.length, 6);
    assert.equal(usage.newTokens, 6);
    assert.equal(finishReason, "length");
    assert.ok(text.length > 0);
    assert.match(provenance.prompt, /<\|vision_start\|>.*甲状腺.*诊断/s);
    assert.match(provenance.model.sha256, /^[0-9a-f]{64}$/);
    assert.equal(provenance.settings.seed, 7);
    assert.equal(provenance.settings.maxNewTokens, 6);
    assert.equal(provenance.notice, RESEARCH_NOTICE);
    const hash = createHash("sha256").update(readFileSync(picture)).digest("hex");
    assert.deepEqual(provenance.images, [hash]);
  });

  test("the same seed gives the same text, another seed another, and the text names its seed", async () => {
    const ask = async (seed: string) =>
      answerOf(await echovlm(["ask", ...sampled, "--seed", seed, "What is seen?", picture]));
    const [first, again, other] = await Promise.all([ask("11"), ask("11"), ask("12")]);
    assert.deepEqual(again, first);
    assert.notEqual(other.text, first.text);
    assert.equal(other.provenance.settings.seed, 12);
  });

  test("ask takes its question from the first argument or from --prompt, and a system prompt", async () => {
    const ask = async (...args: string[]) => answerOf(await echovlm(["ask", ...short, "--json", ...args]));
    const first = await ask("--system", "Be brief.", "Is it cystic?", picture);
    const option = await ask("--system", "Be brief.", "--prompt", "Is it cystic?", picture);
    assert.deepEqual({ ...option, provenance: null }, { ...first, provenance: null });
    assert.match(first.provenance.prompt, /^<\|im_start\|>system\nBe brief\..*Is it cystic\?<\|im_end\|>/s);
  });

  test("report --prompt replaces the built-in prompt; the region stays", async () => {
    const args = ["report", ...short, "--json", "--prompt", "List the findings.", picture];
    const promptOf = async (...more: string[]) =>
      answerOf(await echovlm([...args, ...more])).provenance.prompt;
    assert.match(await promptOf(), /<\|vision_end\|>List the findings\.<\|im_end/);
    assert.match(
      await promptOf("--region", "liver"),
      /<\|vision_end\|>Examination: liver ultrasound\. List the findings\.<\|im_end/,
    );
  });

  test("--pixel-mm tells the picture's size in millimetres, before everything else, and is written down", async () => {
    const { width, height } = await decodeImage(picture);
    const [w, h] = [width, height].map((pixels) => Number((pixels * 0.25).toFixed(1)));
    const asked = async (...args: string[]) => {
      const { provenance } = JSON.parse(
        succeeded(await echovlm([...args, ...short, "--json", "--pixel-mm", "0.25", picture])),
      );
      assert.equal(provenance.pixelMm, 0.25);
      return provenance.prompt as string;
    };
    const [english, chinese] = await Promise.all([
      asked("ask", "How large is it?", "--region", "liver"),
      asked("report", "--lang", "zh"),
    ]);
    assert.ok(
      english.includes(
        `<|vision_end|>The picture is ${w} mm wide and ${h} mm high. Examination: liver ultrasound. How large is it?<`,
      ),
      english,
    );
    assert.ok(chinese.includes(`<|vision_end|>图像实际宽${w} mm，高${h} mm。请阅读`), chinese);
    const without = answerOf(await echovlm(["report", ...short, "--json", picture]));
    assert.ok(!("pixelMm" in without.provenance));
  });

  test("--pixel-mm is a length that a pixel can have, of one picture", async () => {
    for (const [args, reason] of [
      [["report", "--pixel-mm", "0", picture], /^--pixel-mm: expected 0.001 to 10 millimetres, got 0$/],
      [["diagnose", "--pixel-mm", "-0.1", picture], /^--pixel-mm: .*got -0\.1$/],
      [["ask", "--pixel-mm", "11", "Size?", picture], /^--pixel-mm: .*got 11$/],
      [["report", "--pixel-mm", "0.1", picture, picture], /^--pixel-mm: expected one picture, got 2 \(/],
      [["ask", "--pixel-mm", "0.1", "Size?"], /^--pixel-mm: expected one picture, got 0 \(/],
    ] as const)
      assert.match(await refusal(args), reason);
    const { code, stderr } = await echovlm(["report", "--pixel-mm", "big", picture]);
    assert.equal(code, 2);
    assert.match(stderr, /'big' is invalid. expected a number/);
  });

  test("chat: turns from a pipe remember, /image shows, /reset forgets, /quit ends", async () => {
    const input = `What is seen?\nIs it benign?\n/image ${picture}\nAnd here?\n/reset\nHello\n/quit\nnever\n`;
    const finished = await echovlm(["chat", ...short, "--json", picture], { input });
    const answers = JSON.parse(`[${succeeded(finished).replaceAll("}\n{", "},{")}]`) as Answer[];
    const prompts = answers.map(({ provenance }) => provenance.prompt);
    assert.equal(prompts.length, 4);
    assert.ok(prompts[1]!.startsWith(prompts[0]!), "the first turn is part of the second");
    assert.ok(prompts[1]!.includes(answers[0]!.text));
    assert.ok(answers[1]!.usage.cachedTokens >= answers[0]!.usage.promptTokens, "and is not computed again");
    assert.deepEqual(
      answers.map(({ provenance }) => provenance.images.length),
      [1, 1, 2, 0],
    );
    assert.ok(!prompts[3]!.includes("benign"));
  });

  test("inspect: from config.json alone, the released model's published size", async () => {
    const text = succeeded(await echovlm(["inspect", released]));
    assert.match(text, /11,683,172,920 in 1,262 tensors/);
    assert.match(text, /no weight files/);
    const described = JSON.parse(succeeded(await echovlm(["inspect", "--json", released])));
    assert.equal(described.parameters, 11_683_172_920);
    assert.equal(described.tensors, 1262);
    assert.equal(described.stored, null);
  });

  test("inspect: stored, missing and unused tensors", async (t) => {
    const whole = JSON.parse(succeeded(await echovlm(["inspect", "--json", tiny])));
    assert.deepEqual([whole.stored.tensors, whole.stored.sizeBytes.float32], [127, 1_230_616]);
    const folder = temporaryFolder(t);
    copyFileSync(join(tiny, "config.json"), join(folder, "config.json"));
    copyFileSync(join(tiny, "model-00001-of-00002.safetensors"), join(folder, "model.safetensors"));
    const half = succeeded(await echovlm(["inspect", folder]));
    assert.match(half, /^\d+ missing:\n {2}\S+$/m);
    assert.doesNotMatch(half, /every weight is there/);
  });

  test("a reader that stops early meets no stack trace", async () => {
    const { stderr } = await echovlm(["inspect", tiny], { closeOutput: true });
    assert.equal(stderr, "");
  });

  test("output that cannot be written is exit code 2 and one paragraph", {
    skip: !existsSync("/dev/full") && "this system has no /dev/full",
  }, async () => {
    for (const args of [
      ["inspect", tiny],
      ["ask", ...short, "Hello"],
    ]) {
      const { code, stderr } = await echovlm(args, { outputFile: "/dev/full" });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^error: standard output: cannot be written \(ENOSPC\)$/m);
      assert.doesNotMatch(stderr, /\bat .*\.[jt]s:\d|defect/);
    }
  });

  test("nothing is left behind and nobody is told", async (t) => {
    const [home, temporary] = [temporaryFolder(t), temporaryFolder(t)];
    const env = { HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: home };
    succeeded(await echovlm(["ask", ...short, "--weights", "float16", "hello"], { env }));
    assert.deepEqual([...readdirSync(home), ...readdirSync(temporary)], []);
  });

  test("help has examples; what is not understood is exit code 2", async () => {
    for (const command of [
      "report",
      "diagnose",
      "ask",
      "study",
      "chat",
      "inspect",
      "verify",
      "merge",
      "pull",
      "init",
      "train",
    ])
      assert.match(
        succeeded(await echovlm([command, "--help"])),
        new RegExp(`Examples:\\n.*\\$ .*echovlm ${command} `, "s"),
      );
    for (const [args, reason] of [
      [["reprot"], /unknown command 'reprot'\n\(Did you mean report\?\)/],
      [["report", "--bogus", "x"], /unknown option '--bogus'\n\(--help shows/],
      [["report"], /missing required argument 'images'/],
      [["report", "--model", "nowhere", picture], /^error: nowhere: expected a folder, found nothing there/],
      [["report", "--lang", "fr", picture], /Allowed choices are zh, en/],
      [["report", "--threads", "two", picture], /'two' is invalid. expected a number/],
      [["verify", "--tolerance", "-1", "folder"], /'-1' is invalid. expected a number of 0 or more/],
    ] as const) {
      const { code, stderr } = await echovlm(args, { env: { ECHOVLM_MODEL: "" } });
      assert.match(stderr, reason);
      assert.equal(code, 2);
    }
  });
});
