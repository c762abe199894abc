/** @file Downloads from a hub on this machine, with everything that goes wrong on the way. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { CheckpointError, RequestError } from "../src/errors.ts";
import { listen, type Respond, repository, sendCut, sendRange } from "./hub_server.ts";
import {
  assertHolds,
  checkpoint,
  first,
  namesIn,
  site,
  small,
  stateFile,
  weights,
  weightsBy,
} from "./pull_site.ts";

describe("pull", { concurrency: 4 }, () => {
  test("what makes the checkpoint comes, is opened, and is not asked for again", async (t) => {
    const others = {
      "pytorch_model.bin": "pickle",
      "training_args.bin": "",
      "picture.png": "",
      "run.py": "",
    };
    const { hub, folder, pull } = await site(t, { ...checkpoint, ...others }, { pageEntries: 3 });
    const result = await pull();
    assertHolds(folder, checkpoint);
    const bytes = Object.values(checkpoint).reduce((sum, content) => sum + content.length, 0);
    const files = Object.keys(checkpoint).length;
    const whole = { folder, id: repository, commit: first, files, bytes };
    assert.deepEqual(result, { ...whole, downloadedFiles: files, downloadedBytes: bytes });
    await (await openCheckpoint(folder)).close();

    const before = hub.asked.length;
    assert.deepEqual(await pull(), { ...whole, downloadedFiles: 0, downloadedBytes: 0 });
    assert.equal(hub.asked.length, before);
  });

  test("an adapter comes without a model", async (t) => {
    const adapter = { "adapter_config.json": "{}", "adapter_model.safetensors": weights };
    const { folder, pull } = await site(t, adapter);
    await pull();
    assertHolds(folder, adapter);
  });

  test("a connection that is cut again and again costs no byte twice", async (t) => {
    const { hub, folder, waits, pull } = await weightsBy(t, (response, asked, bytes) => {
      sendCut(response, asked, bytes, 20_000);
      return true;
    });
    const { downloadedBytes, bytes } = await pull();
    assertHolds(folder, small);
    assert.equal(downloadedBytes, bytes);
    assert.ok(hub.count("model.safetensors") >= 15, "more often than a server that sends nothing is asked");
    assert.match(waits[0]![0], /^a connection cut after \d+ bytes/);
  });

  test("a server that knows no ranges starts over", async (t) => {
    const { hub, folder, pull } = await weightsBy(t, (response, asked, bytes) => {
      if (hub.count("model.safetensors") === 1) sendCut(response, asked, bytes, 50_000);
      else sendRange(response, undefined, bytes);
      return true;
    });
    await pull();
    assertHolds(folder, small);
    const ranges = hub.asked.filter(({ path }) => path === "model.safetensors").map(({ range }) => range);
    assert.equal(ranges.length, 2);
    assert.match(ranges[1] ?? "", /^bytes=[1-9]\d*-$/);
  });

  test("another range than was asked for is not taken for it", async (t) => {
    const { hub, folder, pull } = await weightsBy(t, (response, asked, bytes) => {
      if (hub.count("model.safetensors") === 1) sendCut(response, asked, bytes, 50_000);
      else if (hub.count("model.safetensors") === 2) sendRange(response, "bytes=100-", bytes);
      else if (asked.range !== undefined) response.writeHead(416).end();
      else return false;
      return true;
    });
    await pull();
    assertHolds(folder, small);
  });

  test("wrong content is thrown away and asked for once more", async (t) => {
    const { hub, folder, pull } = await weightsBy(t, (response, _, bytes) => {
      if (hub.count("model.safetensors") > 1) return false;
      sendRange(response, undefined, Buffer.alloc(bytes.length));
      return true;
    });
    await pull();
    assertHolds(folder, small);
    assert.equal(hub.count("model.safetensors"), 2);
  });

  for (const [what, wrong, got] of [
    ["of the right size", (bytes: Buffer) => Buffer.alloc(bytes.length), /got sha256:[0-9a-f]{64}, twice/],
    ["without end", (bytes: Buffer) => Buffer.alloc(bytes.length + 9), /got more than 300000 bytes, twice/],
  ] as const)
    test(`content that stays wrong, ${what}, is refused, and no checkpoint appears`, async (t) => {
      const { hub, folder, pull } = await weightsBy(t, (response, _, bytes) => {
        sendRange(response, undefined, wrong(bytes));
        return true;
      });
      await assert.rejects(pull(), (error) => {
        assert.ok(error instanceof CheckpointError);
        assert.match(error.message, /^model\.safetensors: expected sha256:[0-9a-f]{64}, /);
        assert.match(error.message, got);
        return true;
      });
      assert.equal(hub.count("model.safetensors"), 2);
      assert.ok(!namesIn(folder).some((name) => /^(model|config\.json$)/.test(name)));
      await assert.rejects(openCheckpoint(folder), /config\.json: .*`echovlm pull` has not come to its end/);
    });

  test("a small file is checked by its Git blob", async (t) => {
    const respond: Respond = (response, { path }, bytes) => {
      if (path !== "README.md") return false;
      sendRange(response, undefined, Buffer.alloc(bytes.length));
      return true;
    };
    const { pull } = await site(t, small, { respond });
    await assert.rejects(
      pull(),
      /^CheckpointError: README\.md: expected git-sha1:[0-9a-f]{40}, got git-sha1:/,
    );
  });

  test("a busy server is given the time it asks for", async (t) => {
    const { hub, folder, waits, pull } = await weightsBy(t, (response) => {
      const busy = [
        [429, "1"],
        [503, "0"],
      ][hub.count("model.safetensors") - 1];
      if (busy !== undefined) response.writeHead(Number(busy[0]), { "retry-after": String(busy[1]) }).end();
      return busy !== undefined;
    });
    const started = performance.now();
    await pull();
    assertHolds(folder, small);
    assert.deepEqual(waits, [
      ["429", 1000],
      ["503", 0],
    ]);
    assert.ok(performance.now() - started >= 990);
  });

  test("a server that stays busy is left after growing pauses", async (t) => {
    const { waits, pull } = await weightsBy(t, (response) => {
      response.writeHead(502).end();
      return true;
    });
    await assert.rejects(
      pull(),
      (error) => error instanceof RequestError && /got 502 at attempt 8/.test(error.message),
    );
    assert.deepEqual(
      waits.map(([, waitMs]) => waitMs),
      [1, 2, 4, 8, 16, 32, 64],
    );
  });

  test("a list whose connection is cut is asked for again", async (t) => {
    let cuts = 0;
    const { folder, pull } = await site(t, small, {
      refuse: (response, { url }) => {
        if (!url.includes("/tree/") || cuts++ > 0) return false;
        response.writeHead(200, { "content-length": 999 });
        response.write("[", () => setTimeout(() => response.destroy(), 5));
        return true;
      },
    });
    await pull();
    assertHolds(folder, small);
    assert.equal(cuts, 2);
  });

  test("a stopped download keeps what came and goes on from there", async (t) => {
    let isSlow = true;
    const { hub, folder, pull } = await weightsBy(t, (response, _, bytes) => {
      if (isSlow)
        response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, 70_000));
      return isSlow;
    });
    const stop = new AbortController();
    const reason = new Error("stopped");
    const onProgress = () => {
      const part = join(folder, "model.safetensors.part");
      if (existsSync(part) && statSync(part).size === 70_000) stop.abort(reason);
    };
    await assert.rejects(pull({ signal: stop.signal, onProgress }), (error) => error === reason);
    assert.equal(statSync(join(folder, "model.safetensors.part")).size, 70_000);

    isSlow = false;
    const here = readdirSync(folder).filter((name) => name !== stateFile);
    const hereBytes = here.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const free = Object.values(small).reduce((sum, content) => sum + content.length, 0) - hereBytes;
    await assert.rejects(pull({ freeBytes: async () => free - 1 }), /expected a disk with/);
    await pull({ freeBytes: async () => free });
    assertHolds(folder, small);
    assert.equal(hub.asked.at(-1)?.range, "bytes=70000-");
  });

  test("no more files at once than allowed", async (t) => {
    const shards = [1, 2, 3, 4, 5, 6].map((n) => [`model-${n}.safetensors`, randomBytes(100 + n)] as const);
    let [open, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const answerAll = () => {
      for (const answer of waiting.splice(0)) answer();
    };
    const { pull } = await site(
      t,
      { ...small, ...Object.fromEntries(shards) },
      {
        respond: (response, { range }, bytes) => {
          most = Math.max(most, ++open);
          waiting.push(() => {
            open--;
            sendRange(response, range, bytes);
          });
          // Three wait a little for a fourth, which would be too many; the last ones have nobody to wait for.
          setTimeout(answerAll, waiting.length >= 3 ? 50 : 1000);
          return true;
        },
      },
    );
    await pull({ parallel: 3 });
    assert.equal(most, 3);
    await assert.rejects(pull({ parallel: 0 }), /--parallel: expected a whole number of 1 or more, got 0/);
  });

  test("a full disk is told before anything is written, counting what is there", async (t) => {
    const { folder, pull } = await site(t, small);
    const bytes = Object.values(small).reduce((sum, content) => sum + content.length, 0);
    await assert.rejects(
      pull({ freeBytes: async () => bytes - 1 }),
      (error) =>
        error instanceof CheckpointError &&
        /expected a disk with 0\.3 MB free, found 0\.3 MB/.test(error.message),
    );
    assert.deepEqual(namesIn(folder), []);
    await pull({ freeBytes: async () => bytes });
    await pull({ freeBytes: async () => 0 });
  });

  for (const path of [
    "../model.safetensors",
    "..\\model.safetensors",
    "/tmp/model.safetensors",
    "sub/../../config.json",
    "C:model.safetensors",
    "NUL.safetensors",
    "a\n.safetensors",
    "Model.safetensors",
  ])
    test(`a file called ${JSON.stringify(path)} is refused`, async (t) => {
      const lfs = { oid: "0".repeat(64), size: 1 };
      const { hub, folder, pull } = await site(t, small, { entries: [{ type: "file", path, size: 1, lfs }] });
      await assert.rejects(pull(), (error) => {
        assert.ok(error instanceof CheckpointError);
        assert.ok(error.message.includes(`found ${JSON.stringify(path)}`), error.message);
        return true;
      });
      assert.deepEqual(namesIn(folder), []);
      assert.equal(hub.count("model.safetensors"), 0);
    });

  test("names that a folder claims to have pulled are looked at too", async (t) => {
    const { folder, pull } = await site(t, small);
    await pull();
    const path = join(folder, stateFile);
    writeFileSync(path, readFileSync(path, "utf8").replace("README.md", "../README.md"));
    await assert.rejects(pull(), /\.echovlm-pull\.json: expected what an earlier pull has kept/);
  });

  test("a token is seen by the hub and by nobody it leads to", async (t) => {
    const seen: (string | undefined)[] = [];
    const cdn = await listen(t, ({ url, headers }, response) => {
      seen.push(headers.authorization);
      sendRange(response, headers.range, url === "/list" ? Buffer.from("[]") : weights);
    });
    const { hub, folder, pull } = await site(t, small, {
      respond: (response, { path }) => {
        if (path === "model.safetensors") response.writeHead(302, { location: `${cdn}/signed` }).end();
        return path === "model.safetensors";
      },
      refuse: (response, { url }) => {
        const link = `<${cdn}/list>; rel="next"`;
        if (url.includes("/tree/")) response.setHeader("link", link);
        return false;
      },
    });
    await pull({ token: "hf_secret" });
    assertHolds(folder, small);
    assert.deepEqual(seen, [undefined, undefined]);
    assert.ok(
      hub.asked.length >= 5 && hub.asked.every(({ authorization }) => authorization === "Bearer hf_secret"),
    );
  });

  test("a signature that a storage no longer takes is asked for anew", async (t) => {
    let calls = 0;
    const cdn = await listen(t, ({ headers }, response) => {
      if (calls++ === 0) response.writeHead(403).end();
      else sendRange(response, headers.range, weights);
    });
    const { hub, folder, pull } = await weightsBy(t, (response) => {
      response.writeHead(302, { location: `${cdn}/signed` }).end();
      return true;
    });
    await pull();
    assertHolds(folder, small);
    assert.equal(hub.count("model.safetensors"), 2);
  });
});
