/** @file `echovlm pull`: a checkpoint from a hub into a folder. */

import { Command, Option } from "commander";
import {
  type PullOptions,
  type PullProgress,
  type PullResult,
  pullCheckpoint,
} from "../checkpoint/pull/pull.ts";
import { sizeText } from "../checkpoint/pull/size_text.ts";
import { createProgress, type Progress } from "./data/input.ts";
import { duration } from "./duration.ts";
import { interruptible } from "./interrupt.ts";
import { defined, numeric } from "./model_options.ts";

interface CommandOptions extends Pick<PullOptions, "revision" | "endpoint" | "parallel" | "verify"> {
  readonly json?: boolean;
}

export const pullCommand = (): Command =>
  new Command("pull")
    .description(
      "Download a checkpoint or an adapter from Hugging Face or a mirror of it; goes on where it stopped.",
    )
    .argument("<id>", "repository, such as chaoyinshe/EchoVLM")
    .argument("[folder]", "where it goes (default: the last part of the id, in the current folder)")
    .option("--revision <name>", "branch, tag or commit (default: that of an earlier pull, else main)")
    .addOption(
      new Option("--endpoint <url>", "address of the hub (default: https://huggingface.co)").env(
        "HF_ENDPOINT",
      ),
    )
    .option("--parallel <n>", "files at once", numeric, 4)
    .option("--verify", "hash files that are there already, and replace damaged ones")
    .option("--json", "print a summary as JSON")
    .addHelpText(
      "after",
      `
Every file is checked against the hub's checksum before it appears under its name, config.json last.
For private and gated repositories set HF_TOKEN; it is sent to the endpoint only.

Examples:
  $ echovlm pull chaoyinshe/EchoVLM
  $ echovlm pull chaoyinshe/EchoVLM ./models/echovlm --revision main --endpoint https://hf-mirror.com
  $ HF_TOKEN=$(cat token) echovlm pull hospital/private-adapter ./adapter`,
    )
    .action((id: string, folder: string | undefined, options: CommandOptions) =>
      interruptible((signal) => pull(id, folder, options, signal)),
    );

async function pull(
  id: string,
  folder: string | undefined,
  { json, ...options }: CommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const progress = createProgress();
  try {
    const result = await pullCheckpoint(id, {
      // An empty variable counts as none, as in a shell.
      ...defined({
        ...options,
        endpoint: options.endpoint || undefined,
        folder,
        token: process.env.HF_TOKEN || undefined,
      }),
      signal,
      onProgress: createTeller(progress),
      onWait: (reason, waitMs) => progress.say(`${reason}; again in ${duration(waitMs / 1000)}`),
    });
    progress.end();
    process.stdout.write(`${json ? JSON.stringify(result) : summaryOf(result)}\n`);
  } finally {
    progress.end();
  }
}

function summaryOf({ folder, id, commit, files, bytes, downloadedFiles }: PullResult): string {
  const there = downloadedFiles === 0 ? "all there already" : `${downloadedFiles} downloaded`;
  return `${folder}: ${id} at ${commit.slice(0, 12)}, ${files} files, ${sizeText(bytes)} (${there})`;
}

/** Without a terminal, how often a line is written. */
const lineEveryMs = 60_000;

function createTeller(progress: Progress): (told: PullProgress) => void {
  const started = performance.now();
  let said = started;
  return (told) => {
    const now = performance.now();
    const line = () => lineOf(told, (now - started) / 1000);
    if (process.stderr.isTTY) return progress.show(line);
    if (now - said < lineEveryMs) return;
    said = now;
    progress.say(line());
  };
}

function lineOf({ doneBytes, totalBytes, fetchedBytes }: PullProgress, seconds: number): string {
  const rate = fetchedBytes / Math.max(seconds, 1e-3);
  const left = rate > 0 ? `, ${duration((totalBytes - doneBytes) / rate)} left` : "";
  return `${sizeText(doneBytes)} of ${sizeText(totalBytes)}, ${(rate / 1e6).toFixed(1)} MB/s${left}`;
}
