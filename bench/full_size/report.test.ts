import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { median } from "../statistics.ts";
import type { Compared, Comparison } from "./compare.ts";
import { layerRatios, layerSpeeds, speedOf, tokenRatios } from "./derive.ts";
import { efforts } from "./effort.ts";
import { MARKS, replaceMeasured, writePerformancePage } from "./performance_page.ts";
import { type FullSizeReport, sectionsOf } from "./report.ts";
import { logitsDifference } from "./torch.ts";

const memory = { resident: 2e9, anonymous: 1e9, peak: 3e9 };

/** A program that takes `ms` a layer and 10 ms besides, and for a prompt ten times as long. */
function compared(name: string, layers: number, ms: number, bytesPerLayer: number): Compared {
  const [layerBytes, tokenBytes] = [layers * bytesPerLayer, layers * bytesPerLayer + 5e6];
  const rounds = (slower: number) => [1, 2].map((round) => slower * round * (layers * ms + 10));
  return {
    ...{ version: "1", loadMs: 100 * layers, memory, memoryAfter: memory },
    model: {
      ...{ name, program: name === "EchoVLM" ? "echovlm" : "llama", path: "", layers },
      active: {
        layerWeights: layers * 2e6,
        ...{ layerBytes, tokenBytes, layerKernelBytes: layerBytes, tokenKernelBytes: tokenBytes },
      },
    },
    ...{ shortMs: rounds(1), longMs: rounds(1), prefillMs: rounds(10) },
  };
}

const layers: Comparison = {
  kernel: [8, 9, 20],
  bandwidth: [10, 10, 40],
  programs: [2, 4].flatMap((count) => [compared("EchoVLM", count, 2, 1e6), compared("peer", count, 3, 1e6)]),
};
const whole: Comparison = {
  bandwidth: [1],
  programs: [compared("EchoVLM", 10, 2, 1e6), compared("peer", 10, 4, 2e6)],
};

test("a layer is the difference between two numbers of layers, without what comes besides", () => {
  const [ours, peer] = layerSpeeds(layers, 100);
  assert.deepEqual([ours?.shortMs, peer?.shortMs], [3, 4.5]); // medians of two rounds, the second twice as slow
  assert.ok(Math.abs(ours!.nsPerKB - 3000) < 1e-6);
  assert.ok(Math.abs(ours!.bandwidthShare - 1e6 / 3e-3 / 10e9) < 1e-9);
  assert.ok(Math.abs(ours!.prefillGigaweights - (100 * 2e6) / 1e9 / 30e-3) < 1e-9);
  const [ratio] = layerRatios(layers);
  assert.ok(
    Math.abs(median(ratio!.timePerByte) - 2 / 3) < 1e-9 &&
      Math.abs(median(ratio!.prefillPerWeight) - 1.5) < 1e-9,
  );
});

test("whole tokens are compared by byte, prompts by weight", () => {
  const [ratio] = tokenRatios(whole);
  assert.ok(Math.abs(median(ratio!.timePerByte) - 30 / 15e6 / (50 / 25e6)) < 1e-9);
  assert.ok(Math.abs(median(ratio!.prefillPerWeight) - 50 / 30) < 1e-9);
  const speed = speedOf(whole.programs[0]!, 2, 60);
  assert.ok(Math.abs(speed.bandwidthShare - 15e6 / 45e-3 / 2e9) < 1e-9);
  assert.ok(Math.abs(speed.prefillTokensPerSecond - 60 / 0.45) < 1e-9);
});

const times = { wholeMs: 1000, seeMs: 1, prefillMs: 2, stepMs: 3, verifyMs: 0, tokens: 9, passes: 9 };
const served = { ms: 1000, promptTokens: 10, newTokens: 20, memory };
const machine = {
  cpu: "test",
  cores: 2,
  memoryBytes: 4e9,
  system: "s",
  node: "v20",
  echovlm: "0",
  onnxruntime: "1",
};
const report: FullSizeReport = {
  ...{ machine, threads: 2, size: { layers: 10, width: 256, blocks: 1 }, format: { bits: 4, block: 128 } },
  ...{ effort: efforts.quick, busyCores: [0.01, 0.02], seconds: 60, whole, layers },
  loading: {
    storedBytes: 2e9,
    usual: { loadMs: [1000], touchMs: [200], reloadMs: [900] },
    huge: { loadMs: [800], touchMs: [100], reloadMs: [700] },
    memoryLoaded: memory,
    peak: 3e9,
    answers: [{ promptTokens: 9, firstMs: 1, tokenMs: [2, 4], memory }],
  },
  crowds: [
    { requests: 1, together: served, batch: served },
    { requests: 2, together: served, batch: { ...served, newTokens: 40 } },
  ],
  studies: {
    measured: [
      { way: "one by one", ...times },
      { way: "study", ...times, wholeMs: 250 },
    ],
    shipped: [{ way: "one by one", ...times }],
  },
  growth: [
    {
      file: "a-curve",
      title: "A",
      x: "x",
      y: "y",
      points: [
        { x: 1, y: 2 },
        { x: 2, y: 3 },
      ],
      leavesLineAt: null,
    },
  ],
  torch: { missing: "no PyTorch" },
};

test("every part that was measured has a section, and no other", () => {
  assert.deepEqual(sectionsOf(report).length, 9);
  const goals = sectionsOf(report).find(({ title }) => title === "Goals")!.text;
  assert.match(goals, /a study faster than its requests one by one +least 3 +4\.00 +reached/);
  assert.match(goals, /the same with the model that ships +least 3 +1\.00 +missed/);
  assert.match(goals, /most memory, GB +most 7\.5 +3\.00 +reached/);
  const { whole: _, layers: __, torch: ___, ...rest } = report;
  const titles = sectionsOf(rest).map(({ title }) => title);
  assert.ok(!titles.some((title) => /llama|PyTorch/.test(title)), titles.join());
  const text = sectionsOf(report)
    .map((section) => section.text)
    .join("\n");
  assert.ok(text.includes("4.00") && text.includes("no PyTorch") && !text.includes("NaN"), text);
  const failed = sectionsOf({ ...report, failed: { growth: "no memory" } }).at(-1);
  assert.deepEqual(failed, { title: "Not measured", text: "growth: no memory" });
  assert.ok(!text.includes("MACHINE WAS BUSY"));
  assert.match(sectionsOf({ ...report, busyCores: [0, 1.5] })[0]!.text, /MACHINE WAS BUSY/);
});

test("the page keeps what is around the measured part", async (t) => {
  const path = join(temporaryFolder(t), "performance.md");
  writeFileSync(path, `before\n${MARKS.begin}\nold\n${MARKS.end}\nafter\n`);
  for (let again = 0; again < 2; again++) {
    await writePerformancePage(path, report);
    const page = readFileSync(path, "utf8");
    assert.ok(page.startsWith("before\n") && page.endsWith("\nafter\n") && !page.includes("old"), page);
    assert.equal(page.split("### Machine").length, 2);
  }
  const plot = join(path, "../performance/a-curve.svg");
  assert.match(readFileSync(plot, "utf8"), /^<svg/);
  assert.throws(() => replaceMeasured("no marks", "", "page.md"), /page\.md.*measured: begin/s);
});

test("the project's page has the marks", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../docs/performance.md", import.meta.url)), "utf8");
  replaceMeasured(page, "", "docs/performance.md");
});

test("programs that compute something else are not compared", () => {
  const of = (...logits: number[]) => ({ ms: 1, logits, memory });
  assert.equal(logitsDifference(of(2, -4), of(2, -4)), 0);
  assert.throws(() => logitsDifference(of(2, -4), of(2, -4.1)), /do not compute the same/);
  assert.throws(() => logitsDifference(of(2, -4), of(2)), /do not compute the same/);
});
