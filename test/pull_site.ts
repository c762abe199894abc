/** @file A hub on this machine and a folder that it is pulled into, for the tests of downloads. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type PullOptions, type PullResult, pullCheckpoint } from "../src/checkpoint/pull/pull.ts";
import { tiny } from "./cli_process.ts";
import {
  type Contents,
  commitOf,
  type HubServer,
  type HubSettings,
  openHub,
  type Respond,
  repository,
} from "./hub_server.ts";
import { temporaryFolder } from "./temporary_folder.ts";

export const stateFile = ".echovlm-pull.json";
export const [first, second] = [commitOf("a"), commitOf("b")];
export const checkpoint: Contents = Object.fromEntries(
  readdirSync(tiny)
    .filter((name) => name !== "images" && !name.startsWith("expected"))
    .map((name) => [name, readFileSync(join(tiny, name))]),
);
export const config = checkpoint["config.json"]!;
export const shard = "model-00001-of-00002.safetensors";
export const weights = randomBytes(300_000);
/** A checkpoint as far as a download can tell. */
export const small: Contents = {
  "config.json": config,
  "model.safetensors": weights,
  "README.md": "# Echo\n",
};

export interface Site {
  readonly hub: HubServer;
  readonly folder: string;
  readonly waits: [string, number][];
  pull(options?: PullOptions): Promise<PullResult>;
}

export async function site(
  t: TestContext,
  contents: Contents,
  settings: Partial<HubSettings> = {},
): Promise<Site> {
  const hub = await openHub(t, { commits: new Map([[first, contents]]), ...settings });
  const folder = join(temporaryFolder(t), "echo");
  const waits: [string, number][] = [];
  const onWait = (reason: string, waitMs: number) => waits.push([reason, waitMs]);
  const { endpoint } = hub;
  const pull = (options: PullOptions = {}) =>
    pullCheckpoint(repository, { endpoint, folder, backoffMs: 1, onWait, ...options });
  return { hub, folder, waits, pull };
}

/** A site whose weights are answered by `respond`. */
export const weightsBy = (t: TestContext, respond: Respond): Promise<Site> =>
  site(t, small, {
    respond: (response, asked, bytes) =>
      asked.path === "model.safetensors" && respond(response, asked, bytes),
  });

/** The folder holds exactly these files, and what the pull keeps. */
export function assertHolds(folder: string, contents: Contents): void {
  assert.deepEqual(readdirSync(folder).sort(), [stateFile, ...Object.keys(contents)].sort());
  for (const [name, content] of Object.entries(contents))
    assert.ok(readFileSync(join(folder, name)).equals(Buffer.from(content)), name);
}

export const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
