/** @file `echovlm pull` as its users meet it: killed, interrupted, refused, and offline afterwards. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { echovlm, refusal, tiny } from "./cli_process.ts";
import { commitOf, openHub, repository, sendRange } from "./hub_server.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const shard = "model-00002-of-00002.safetensors";
const names = readdirSync(tiny).filter((name) => name !== "images" && !name.startsWith("expected"));
const contents = Object.fromEntries(names.map((name) => [name, readFileSync(join(tiny, name))]));
const totalBytes = Object.values(contents).reduce((sum, { length }) => sum + length, 0);
const cutBytes = 100_000;

/** A hub that sends the beginning of one shard and then nothing, while it is slow. */
async function slowHub(t: TestContext) {
  const slow = { on: true };
  const hub = await openHub(t, {
    commits: new Map([[commitOf("c"), contents]]),
    respond: (response, { path, range }, bytes) => {
      if (path !== shard || !slow.on) sendRange(response, range, bytes);
      else response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, cutBytes));
      return true;
    },
  });
  const folder = join(temporaryFolder(t), "echo");
  const part = join(folder, `${shard}.part`);
  const hasBegun = () => existsSync(part) && statSync(part).size === cutBytes;
  const env = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: "" };
  return { hub, slow, folder, hasBegun, env };
}

describe("echovlm pull", { concurrency: 2 }, () => {
  for (const [signal, code] of [
    ["SIGKILL", 137],
    ["SIGINT", 130],
  ] as const)
    test(`${signal} in the middle: the next run goes on; the checkpoint opens offline`, async (t) => {
      const { hub, slow, folder, hasBegun, env } = await slowHub(t);
      const args = ["pull", repository, folder];
      const stopped = await echovlm(args, { env, signalWhen: () => hasBegun() && signal });
      assert.deepEqual(stopped, { code, stdout: "", stderr: "" });
      assert.match(
        await refusal(["inspect", folder]),
        /config\.json: .*`echovlm pull` has not come to its end/,
      );

      slow.on = false;
      const { stdout, stderr } = await echovlm([...args, "--json"], { env });
      const { commit, files, downloadedBytes } = JSON.parse(stdout);
      assert.deepEqual([commit, files, stderr], [commitOf("c"), names.length, ""]);
      // Other files may have been under way too, and how far is the machine's affair.
      assert.ok(downloadedBytes <= totalBytes - cutBytes, `${downloadedBytes}`);
      assert.ok(hub.asked.some(({ path, range }) => path === shard && range === `bytes=${cutBytes}-`));

      const before = hub.asked.length;
      const inspected = await echovlm(["inspect", folder]);
      assert.match(inspected.stdout, /every weight is there and fits/);
      const again = await echovlm(args, { env });
      assert.match(again.stdout, /: clinic\/echo at c{12}, \d+ files, 1\.\d MB \(all there already\)\n$/);
      assert.equal(hub.asked.length, before);
    });

  test("the token comes from the environment", async (t) => {
    const { hub, slow, folder, env } = await slowHub(t);
    slow.on = false;
    const { code } = await echovlm(["pull", repository, folder], { env: { ...env, HF_TOKEN: "hf_secret" } });
    assert.equal(code, 0);
    assert.ok(hub.asked.every(({ authorization }) => authorization === "Bearer hf_secret"));
  });

  test("an empty variable counts as none", async (t) => {
    const { slow, folder, env } = await slowHub(t);
    slow.on = false;
    assert.equal((await echovlm(["pull", repository, folder], { env })).code, 0);
    const { code, stdout, stderr } = await echovlm(["pull", repository, folder], {
      env: { ...env, HF_ENDPOINT: "" },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /all there already/);
  });

  test("what cannot be had is exit code 2 and one paragraph", async (t) => {
    const { folder, env } = await slowHub(t);
    assert.match(
      await refusal(["pull", "clinic/missing", folder], env),
      /clinic\/missing: .*got 404: Repository not found/,
    );
    assert.match(await refusal(["pull", repository, folder, "--revision", "v9"], env), /got 404/);
    assert.match(await refusal(["pull", repository, folder, "--endpoint", "ftp://x"], env), /^--endpoint: /);
    assert.match(await refusal(["pull", repository, folder], { ...env, HF_TOKEN: "a b" }), /^HF_TOKEN: /);
    assert.ok(!existsSync(folder));
  });
});
