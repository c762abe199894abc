/** @file What a pulled folder is, whoever wrote what into it before: commits, files of others, damage, refusals. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pullCheckpoint } from "../src/checkpoint/pull/pull.ts";
import { CheckpointError, ConfigError, RequestError } from "../src/errors.ts";
import { type Contents, listen, repository, sendCut } from "./hub_server.ts";
import { assertHolds, config, first, namesIn, second, shard, site, small, weights } from "./pull_site.ts";
import { temporaryFolder } from "./temporary_folder.ts";

describe("pulled folders", { concurrency: 4 }, () => {
  test("a begun download keeps to its commit; another revision replaces what differs", async (t) => {
    const later: Contents = {
      "config.json": config,
      "README.md": small["README.md"]!,
      [shard]: randomBytes(2000),
    };
    const commits = new Map([[first, small]]);
    const { hub, folder, pull } = await site(t, small, { commits });
    await pull();
    commits.set(second, later);
    assert.equal((await pull()).commit, first);
    assertHolds(folder, small);

    const before = hub.asked.length;
    const { commit, downloadedFiles } = await pull({ revision: "main" });
    assert.deepEqual([commit, downloadedFiles], [second, 1]);
    assertHolds(folder, later);
    const fetched = hub.asked.slice(before).map(({ path }) => path);
    assert.deepEqual(fetched.filter(Boolean), [shard]);
    assert.equal((await pull({ revision: first })).commit, first);
    assertHolds(folder, small);
  });

  test("the commit that is there needs no hub", async (t) => {
    const { hub, folder, pull } = await site(t, small);
    await pull();
    const before = hub.asked.length;
    const { commit, downloadedFiles } = await pull({ revision: first });
    assert.deepEqual([commit, downloadedFiles, hub.asked.length], [first, 0, before]);
    assertHolds(folder, small);
  });

  test("between two commits no folder opens, and parts of the old one are not mixed in", async (t) => {
    let isCut = true;
    const later: Contents = { ...small, "model.safetensors": randomBytes(weights.length) };
    const commits = new Map([
      [first, small],
      [second, later],
    ]);
    const { folder, pull } = await site(t, small, {
      commits,
      respond: (response, asked, bytes) => {
        if (asked.path !== "model.safetensors" || !isCut) return false;
        if (asked.range === undefined) sendCut(response, asked, bytes, 1000);
        else response.writeHead(400).end();
        return true;
      },
    });
    await assert.rejects(pull({ revision: first }), /got 400/);
    await assert.rejects(pull({ revision: "main" }), /got 400/);
    assert.ok(!existsSync(join(folder, "config.json")));
    isCut = false;
    const { downloadedBytes } = await pull();
    assert.ok(downloadedBytes < weights.length, "the part of the new commit was used");
    assertHolds(folder, later);
  });

  test("files of somebody else are neither replaced nor mixed in", async (t) => {
    const { folder, pull } = await site(t, small);
    await pull();
    writeFileSync(join(folder, "README.md"), "mine");
    await assert.rejects(pull(), /README\.md: expected the hub's file or none, found another .*--verify/);
    assert.equal(readFileSync(join(folder, "README.md"), "utf8"), "mine");

    const other = await site(t, small);
    const options = { folder: temporaryFolder(t) };
    writeFileSync(join(options.folder, "README.md"), "mine");
    await assert.rejects(other.pull(options), /README\.md: expected the hub's file or none, found another/);
    assert.deepEqual(namesIn(options.folder), ["README.md"]);
  });

  test("files that came in another way are hashed and kept", async (t) => {
    const { hub, pull } = await site(t, small);
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "model.safetensors"), weights);
    const { downloadedFiles } = await pull({ folder });
    assert.equal(downloadedFiles, 2);
    assert.equal(hub.count("model.safetensors"), 0);
    assertHolds(folder, small);
  });

  test("--verify finds and mends damage that size and time do not show", async (t) => {
    const { folder, pull } = await site(t, small);
    await pull();
    const path = join(folder, "model.safetensors");
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime); // whole milliseconds, as they can be set again
    await pull({ verify: true });
    writeFileSync(path, Buffer.alloc(weights.length));
    utimesSync(path, atime, mtime);
    assert.equal((await pull()).downloadedFiles, 0);
    assert.equal((await pull({ verify: true })).downloadedFiles, 1);
    assertHolds(folder, small);
  });

  test("a folder of another repository is refused", async (t) => {
    const { hub, folder, pull } = await site(t, small);
    await pull();
    const options = { endpoint: hub.endpoint, folder };
    await assert.rejects(
      pullCheckpoint("clinic/other", options),
      /expected a folder for clinic\/other, found/,
    );
  });

  test("a repository without a checkpoint is refused by what it holds", async (t) => {
    const { pull } = await site(t, { "config.json": config, "pytorch_model.bin": "", "echo.gguf": "" });
    await assert.rejects(
      pull(),
      (error) =>
        error instanceof CheckpointError &&
        /found "config\.json", "echo\.gguf", "pytorch_model\.bin" \(pickled weights/.test(error.message),
    );
  });

  test("a model of another family is refused before its weights are asked for", async (t) => {
    const { hub, pull } = await site(t, { ...small, "config.json": '{"model_type":"llama"}' });
    await assert.rejects(pull(), (error) => error instanceof ConfigError && /llama/.test(error.message));
    assert.equal(hub.count("model.safetensors"), 0);
  });

  for (const [status, headers, token, message] of [
    [
      401,
      {},
      undefined,
      /got 401 \(there is no such repository, or it is private or gated: then set HF_TOKEN/,
    ],
    [401, {}, "hf_secret", /got 401 \(there is no such repository, or HF_TOKEN may not read it/],
    [
      403,
      { "x-error-message": "gated, hf_secret" },
      "hf_secret",
      /got 403: gated, \[token\] \(a gated repository/,
    ],
    [404, {}, undefined, /got 404 \(an id is owner\/name/],
  ] as const)
    test(`${status}${token ? " with a token" : ""} is told once, with what to do`, async (t) => {
      const { hub, pull } = await site(t, small, {
        refuse: (response) => {
          response.writeHead(status, headers).end();
          return true;
        },
      });
      await assert.rejects(pull(token === undefined ? {} : { token }), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hf_secret/);
        return true;
      });
      assert.equal(hub.asked.length, 1);
    });

  test("an address that is no hub, and ids that are none", async (t) => {
    const endpoint = await listen(t, (_, response) => response.end("<html>Please log in</html>"));
    const folder = join(temporaryFolder(t), "echo");
    await assert.rejects(
      pullCheckpoint(repository, { endpoint, folder }),
      (error) => error instanceof RequestError && /expected a hub that speaks/.test(error.message),
    );
    for (const id of ["", "..", "a/..", "a/b/c", "https://huggingface.co/a/b", "a b"])
      await assert.rejects(pullCheckpoint(id, { endpoint }), /expected the id of a repository/);
  });
});
