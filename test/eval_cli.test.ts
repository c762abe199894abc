/** @file `echovlm eval` as a user runs it, with the tiny checkpoint, whose answers are nonsense but always the same. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { echovlm, picture, refusal, says, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const record = (id: string, task: string, asked: string, expected: string, region = "thyroid") => ({
  id,
  messages: [
    { role: "user", content: `<image>${asked}` },
    { role: "assistant", content: expected },
  ],
  images: [picture],
  region,
  task,
  group: `patient ${id}`,
});

const records = [
  record("1", "choice", "What is seen?\nA. cyst\nB. mass", "A"),
  record("2", "choice", "图中见什么？\nA. 囊肿\nB. 肿块", "B"),
  record("3", "report", "Write the report.", "Findings: A cyst.\nImpression: Cyst.", "liver"),
];

function recordFile(folder: string): string {
  const path = join(folder, "records.jsonl");
  writeFileSync(path, records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  return path;
}

const short = ["--max-new-tokens", "4", "--draws", "20", "--most", "2"];
const outputs = ["questions.jsonl", "report.html", "report.md", "run.json", "scores.csv", "scores.json"];
const bytesOf = (folder: string) => outputs.map((name) => readFileSync(join(folder, name), "utf8"));

describe("echovlm eval", { concurrency: 2 }, () => {
  test("a run stopped by Ctrl-C goes on to the bytes of an unbroken one, and both compare as equal", async (t) => {
    const folder = temporaryFolder(t);
    const input = recordFile(folder);
    const run = (name: string) => [
      "eval",
      input,
      "--model",
      `tiny=${tiny}`,
      "--out",
      join(folder, name),
      ...short,
    ];
    const unbroken = await echovlm(run("a"));
    assert.equal(unbroken.code, 0, unbroken.stderr);
    assert.match(
      unbroken.stdout,
      /^tiny, report, real: BLEU-1 \(en\) [\d.]+ \(other pictures: .*\n[\s\S]*report\.html\n$/,
    );
    assert.deepEqual(readdirSync(join(folder, "a")).sort(), ["answers", ...outputs]);
    assert.equal(readdirSync(join(folder, "a", "answers")).length, 5);

    const [, page, report, , , scores] = bytesOf(join(folder, "a")) as [string, string, string, ...string[]];
    const { expertLoads } = JSON.parse(scores!);
    assert.deepEqual(
      expertLoads.map(({ layer, region }: { layer: number; region: string }) => `${layer} ${region}`),
      [0, 1, 2].flatMap((layer) => ["all", "liver", "thyroid"].map((region) => `${layer} ${region}`)),
    );
    assert.equal(page.match(/aria-label="Layer \d: share of each expert in percent, by region"/g)?.length, 3);
    assert.match(report, /\n## Expert load\n[\s\S]*\n### tiny\n\n\| Layer \| Expert 0 \|/);

    const stopped = await echovlm(run("b"), {
      signalWhen: () => existsSync(join(folder, "b", "answers", "tiny pictures.jsonl")) && "SIGINT",
    });
    assert.deepEqual([stopped.code, stopped.stderr], [130, ""]);
    assert.ok(!existsSync(join(folder, "b", "scores.json")));
    assert.equal((await echovlm(run("b"))).code, 0);
    assert.deepEqual(bytesOf(join(folder, "b")), bytesOf(join(folder, "a")));

    const compared = await echovlm(["eval", "compare", join(folder, "a"), join(folder, "b"), "--json"]);
    assert.equal(compared.code, 0, compared.stderr);
    const { pairs, unlike, measuredOtherwise, onlyFirst } = JSON.parse(compared.stdout);
    assert.ok(pairs.length > 20);
    assert.deepEqual([unlike, measuredOtherwise, onlyFirst], [[], [], []]);
    for (const { first, second } of pairs) assert.deepEqual(first, second);

    const other = await refusal([...run("a"), "--seed", "2"]);
    says(other, join(folder, "a", "run.json"), /seed: expected 1 as in this run, got 2.*another folder/);
  });

  test("what is wrong with the options is told all at once, before anything is read", async () => {
    const message = await refusal([
      "eval",
      "gone.jsonl",
      "--draws",
      "0",
      "--most",
      "1.5",
      "--endpoint",
      "http://x",
      "--timeout-seconds",
      "2147484",
    ]);
    says(
      message,
      "eval",
      /--out .*--endpoint and --endpoint-model together.*--draws .*got 0.*--most .*got 1\.5.*--timeout-seconds above 0, 2147483 at most, got 2147484/,
    );
  });

  test("models that are not there and evaluations of no name are named", async (t) => {
    const folder = temporaryFolder(t);
    const run = ["eval", recordFile(folder), "--out", join(folder, "out")];
    says(
      await refusal([...run, "--model", tiny, `gone=${join(folder, "gone")}`]),
      join(folder, "gone"),
      /expected a folder with config\.json, found no such file/,
    );
    says(
      await refusal([...run, "--model", tiny, "--evaluations", "reprot"]),
      "evaluations",
      /report.*got reprot/,
    );
    says(
      await refusal([...run, "--model", tiny, "--text-encoder", join(folder, "gone")]),
      join(folder, "gone", "tokenizer.json"),
      /expected a tokenizer, found none/,
    );
    says(await refusal(["eval", "compare", folder, folder]), join(folder, "scores.json"), /echovlm eval/);
    assert.ok(!existsSync(join(folder, "out")));
  });

  test("list names every evaluation", async () => {
    const { code, stdout } = await echovlm(["eval", "list"]);
    assert.equal(code, 0);
    assert.match(stdout, /^report\n {4}\S.*\n[\s\S]*\nregion\n[\s\S]*\nU2-BENCH CG\n/);
  });
});
