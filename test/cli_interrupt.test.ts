/** @file Ctrl-C, whatever the command is doing: it ends soon, says nothing, and leaves nothing behind. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { echovlm, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const long = ["--model", tiny, "--max-new-tokens", "400"];

describe("interrupted", { concurrency: 2 }, () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    test(`while weights are converted, by ${signal}`, async (t) => {
      const temporary = temporaryFolder(t);
      let seen = 0;
      const finished = await echovlm(["ask", ...long, "--weights", "float16", "hello"], {
        env: { TMPDIR: temporary },
        signalWhen: () => readdirSync(temporary).length > 0 && ++seen > 0 && signal,
      });
      assert.equal(seen, 1);
      assert.deepEqual(finished, { code, stdout: "", stderr: "" });
      assert.deepEqual(readdirSync(temporary), []);
    });

  test("while an answer is written", async () => {
    let since = 0; // a signal that comes just as one answer ends may find nobody to stop
    const finished = await echovlm(["chat", ...long, "--json"], {
      input: "hello\n/reset\n".repeat(50),
      signalWhen: (stdout) => stdout !== "" && ++since > 40 && "SIGINT",
    });
    assert.deepEqual([finished.code, finished.stderr], [130, ""]);
    assert.ok(finished.stdout.startsWith("{"));
  });

  test("while something runs that cannot stop", async () => {
    const script = `
      import { interruptible } from ${JSON.stringify(new URL("../src/cli/interrupt.js", import.meta.url))};
      process.on("exit", () => process.stdout.write(" cleaned"));
      setInterval(() => {}, 1000);
      interruptible(() => { process.stdout.write("started"); return new Promise(() => {}); }, 200);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (text.startsWith("started")) child.kill("SIGINT");
    });
    const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
    assert.equal(signal, "SIGINT");
    assert.equal(stdout, "started cleaned");
  });
});
