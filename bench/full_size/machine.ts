/** @file The machine and versions that figures belong to. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem } from "node:os";
import { setTimeout } from "node:timers/promises";
import { VERSION } from "../../src/index.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly echovlm: string;
  readonly onnxruntime: string;
}

export function describeMachine(): Machine {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  return {
    cpu: cpuName(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${process.arch} ${release()}`,
    node: process.version,
    echovlm: VERSION,
    onnxruntime: (JSON.parse(readFileSync(entry, "utf8")) as { version: string }).version,
  };
}

/** With family and model where Linux knows them: cloud machines call very different processors by one name. */
function cpuName(): string {
  const name = cpus()[0]?.model ?? "unknown";
  try {
    const info = readFileSync("/proc/cpuinfo", "utf8");
    const [family, model] = ["cpu family", "model"].map(
      (key) => new RegExp(`^${key}\\s*: (\\d+)$`, "m").exec(info)?.[1],
    );
    return `${name.trim()} (family ${family}, model ${model})`;
  } catch {
    return name.trim();
  }
}

/** Cores that are at work while this process waits: other programs slow every figure down. */
export async function busyCores(waitMs = 2000): Promise<number> {
  const before = busyMs();
  await setTimeout(waitMs);
  return (busyMs() - before) / waitMs;
}

const busyMs = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
