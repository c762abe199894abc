/** @file Every example runs and shows what the library gives. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decodeImage, loadModel, type Message, type Part, taskPrompt, userMessage } from "../src/index.ts";
import { sharedGolden } from "./golden_case.ts";
import { fixtureFolder, picture, reply } from "./model_fixture.ts";

const model = await loadModel(fixtureFolder, { threads: 1 });
after(() => model.close());
const [nodule, liver, kidney] = [picture("nodule"), picture("liver"), picture("kidney")];
const textOf = async (maxNewTokens: number, ...messages: Message<string>[]) =>
  (await model.generate(messages, { maxNewTokens })).text;

/** Run an example in a process of its own. @returns what it printed */
const run = async (name: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [
    fileURLToPath(new URL(`../examples/${name}.js`, import.meta.url)),
    ...args,
  ]);

const adapter = fileURLToPath(new URL("echovlm-tiny/training/adapter", sharedGolden));

/** What each example must do. */
const examples: Readonly<Record<string, () => Promise<void>>> = {
  async report() {
    const { stdout, stderr } = await run("report", fixtureFolder, nodule, liver);
    const prompt = taskPrompt("report", 2, "en", "thyroid");
    assert.equal(stdout, `${await textOf(200, userMessage(prompt, [nodule, liver]))}\n`);
    assert.match(stderr, new RegExp(`${model.identity.sha256.slice(0, 12)}[^]*Research use only`));
  },
  async stream() {
    const { stdout } = await run("stream", fixtureFolder, nodule);
    assert.equal(stdout, `${await textOf(200, userMessage("请描述这张超声图像。", [nodule]))}\n`);
    assert.equal((await run("stream", fixtureFolder, nodule, "0")).stdout, " [stopped]\n");
  },
  async chat() {
    const { stdout } = await run("chat", fixtureFolder, nodule, "What is seen?", "Sure?");
    const messages: Message<string>[] = [
      { role: "system", content: "You are a careful sonographer." },
      userMessage("What is seen?", [nodule]),
    ];
    const first = await textOf(100, ...messages);
    messages.push(reply(first) as Message<string>, userMessage("Sure?", []));
    const second = await textOf(100, ...messages);
    const [, cached] = /\n\((\d+) of \d+ prompt tokens from the turn before\)\n$/.exec(stdout) ?? [];
    assert.ok(Number(cached) > 50, `${cached} tokens from the turn before`);
    assert.ok(stdout.startsWith(`${first}\n(0 of `) && stdout.includes(`before)\n${second}\n(`), stdout);
  },
  async batch() {
    const pictures = [nodule, liver, kidney, liver, nodule];
    const lines = (await run("batch", fixtureFolder, ...pictures)).stdout.trim().split("\n");
    for (const [n, image] of pictures.entries()) {
      const text = await textOf(30, userMessage("Which organ is this?", [image]));
      assert.deepEqual(JSON.parse(lines[n]!), { picture: image, text });
    }
  },
  async study() {
    const { stdout } = await run("study", fixtureFolder, nodule, "Is it cystic?");
    const answers = stdout.split(/\n\((\d+) of \d+ tokens kept, \d+ written in \d+ passes\)\n/);
    for (const [n, prompt] of [
      taskPrompt("report", 1, "en"),
      taskPrompt("diagnose", 1, "en"),
      "Is it cystic?",
    ].entries()) {
      assert.equal(answers[2 * n], await textOf(100, userMessage(prompt, [nodule])));
      assert.equal(Number(answers[2 * n + 1]) > 20, n > 0, "the picture is kept from the second answer on");
    }
  },
  async logprobs() {
    const lines = (await run("logprobs", fixtureFolder, nodule, "Benign?")).stdout.trim().split("\n");
    assert.equal(lines.length, 21);
    for (const line of lines.slice(0, 20)) {
      const percent = [...line.matchAll(/" (\d+\.\d)%/g)].map(([, value]) => Number(value));
      assert.equal(percent.length, 4, line);
      assert.equal(percent[0], percent[1], "greedy takes the likeliest");
    }
    assert.match(lines[20]!, /^perplexity \d+\.\d\d$/);
  },
  async video() {
    const { stdout } = await run("video", fixtureFolder, "4", nodule, nodule, nodule);
    const video: Part<string> = { type: "video", frames: [nodule, nodule, nodule], fps: 4 };
    const text: Part<string> = { type: "text", text: "Describe the motion of the heart valves." };
    const wanted = await textOf(100, { role: "user", content: [video, text] });
    assert.ok(stdout.startsWith(`${wanted}\n3 frames, `), stdout);
  },
  async adapter() {
    const { stdout } = await run("adapter", fixtureFolder, adapter, nodule);
    const wanted = await textOf(60, userMessage(taskPrompt("diagnose", 1, "en"), [nodule]));
    assert.ok(stdout.startsWith(`without (${model.identity.sha256.slice(0, 12)}): ${wanted}\n`), stdout);
    const adapted = stdout.slice(stdout.lastIndexOf("\nadapter ("));
    assert.ok(!adapted.includes(model.identity.sha256.slice(0, 12)) && !adapted.includes(wanted));
  },
  async graph() {
    const { stdout } = await run("graph");
    const { shape, values } = JSON.parse(stdout);
    assert.deepEqual(shape, [2, 2]);
    const e = Math.exp(-4); // logits −2 and 2, then 0 and 0
    [e / (1 + e), 1 / (1 + e), 0.5, 0.5].forEach((wanted, n) => {
      assert.ok(Math.abs(values[n] - wanted) < 1e-6, `${values[n]}, expected ${wanted}`);
    });
  },
  async simulator_gallery() {
    const folder = mkdtempSync(join(tmpdir(), "echovlm-gallery-"));
    const { stdout } = await run("simulator_gallery", folder, "vessel");
    assert.match(stdout, /^vessel: normal, .*pictures a second$/m);
    assert.equal((await decodeImage(join(folder, "vessel.png"))).width, 1200);
    rmSync(folder, { recursive: true });
  },
  async evaluate() {
    const folder = mkdtempSync(join(tmpdir(), "echovlm-evaluate-"));
    const messages = [
      { role: "user", content: "<image>Is there a nodule?" },
      { role: "assistant", content: "Yes." },
    ];
    const lines = ["a", "b"].map((group) =>
      JSON.stringify({ id: group, messages, images: [nodule], task: "yes or no", group }),
    );
    writeFileSync(join(folder, "records.jsonl"), lines.join("\n"));
    const { stdout } = await run(
      "evaluate",
      fixtureFolder,
      join(folder, "records.jsonl"),
      join(folder, "run"),
    );
    assert.match(
      stdout,
      /## yes or no: real pictures.*\| accuracy\[\^1\] ↑ \| pictures \| .* · 2\/2\/\d \|/s,
    );
    assert.match(stdout, /\n\[\^1\]: `read:first word\|unparsed:wrong\|/);
    rmSync(folder, { recursive: true });
  },
  async inspect() {
    const { stdout } = await run("inspect", fixtureFolder);
    assert.match(stdout, /^echovlm: 307654 parameters in 127 tensors/);
    assert.match(stdout, /stored as float32: 1230616 bytes/);
  },
};

test("every example is tested", () => {
  const there = readdirSync(fileURLToPath(new URL("../../examples", import.meta.url)));
  assert.deepEqual(
    there.sort(),
    Object.keys(examples)
      .map((name) => `${name}.ts`)
      .sort(),
  );
});

for (const [name, check] of Object.entries(examples)) {
  const skip = name === "adapter" && !existsSync(adapter) ? "the adapter is not on this machine" : false;
  test(`example: ${name}`, { skip }, check);
}
