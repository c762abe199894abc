/** @file Runs the real command, as a user does, and makes checkpoints for it to meet. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, cpSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { ownGolden } from "./golden_case.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const binary = fileURLToPath(new URL("../../bin/echovlm.js", import.meta.url));
/** The checkpoint of the tests. */
export const tiny = fileURLToPath(new URL("echovlm-tiny", ownGolden));
export const picture = join(tiny, "images/nodule.png");

export interface Finished {
  /** As a shell tells it: 128 and the signal's number when one ended the process. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** What standard input brings; it ends there. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Looked at every few milliseconds; the process is sent this signal once it is there. */
  readonly signalWhen?: (stdout: string) => NodeJS.Signals | false;
  /** Close the reading end of standard output at once. */
  readonly closeOutput?: boolean;
  /** A file that standard output goes to instead of a pipe. */
  readonly outputFile?: string;
}

/** Run `echovlm` with pipes on all sides. */
export function echovlm(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const output = options.outputFile === undefined ? "pipe" : openSync(options.outputFile, "w");
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", output, "pipe"],
  });
  if (typeof output === "number") closeSync(output);
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin!.on("error", () => {}); // it may end without reading everything
  child.stdin!.end(options.input ?? "");
  if (options.closeOutput) child.stdout?.destroy();
  const watching = setInterval(() => {
    const signal = options.signalWhen?.(stdout);
    if (signal && child.kill(signal)) clearInterval(watching);
  }, 2);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearInterval(watching);
      resolve({ code: signal ? 128 + constants.signals[signal] : (code ?? 0), stdout, stderr });
    });
  });
}

/** Run, and give back the one paragraph of the refusal. */
export async function refusal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await echovlm(args, { env });
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /\bat .*\.[jt]s:\d/, "no stack trace");
  return stderr.slice("error: ".length, -1);
}

/** The message begins with `where` and goes on with `what`. */
export function says(message: string, where: string, what: RegExp): void {
  assert.ok(message.startsWith(`${where}: `), `${message}\nshould begin with ${where}`);
  assert.match(message.slice(where.length + 2), what);
}

/** What to change in a copy of the tiny checkpoint. */
export interface Changes {
  readonly remove?: readonly string[];
  readonly write?: Readonly<Record<string, string | Uint8Array>>;
  /** Changes to the fields of JSON files. */
  readonly merge?: Readonly<Record<string, object>>;
}

/** A copy of the tiny checkpoint, with its golden values, changed. */
export function changedCheckpoint(t: TestContext, { remove = [], write = {}, merge = {} }: Changes): string {
  const folder = temporaryFolder(t);
  cpSync(tiny, folder, { recursive: true });
  for (const name of remove) rmSync(join(folder, name), { recursive: true });
  for (const [name, content] of Object.entries(write)) writeFileSync(join(folder, name), content);
  for (const [name, fields] of Object.entries(merge)) {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
  }
  return folder;
}
