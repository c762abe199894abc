/** @file What a process holds in memory, from Linux's account of it. */

import { readFileSync, writeFileSync } from "node:fs";

/** In bytes. */
export interface Memory {
  /** Resident now, mapped files included. */
  readonly resident: number;
  /** Of it not backed by a file: what cannot be dropped and read again. */
  readonly anonymous: number;
  /** Most that was resident since the start, or since `resetPeak`. */
  readonly peak: number;
}

/** Of this process. Elsewhere than on Linux only `resident` is known, and stands for the others. */
export function memoryNow(): Memory {
  const status = readStatus();
  if (status === undefined) {
    const { rss } = process.memoryUsage();
    return { resident: rss, anonymous: rss, peak: process.resourceUsage().maxRSS * 1024 };
  }
  const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  return { resident: bytes("VmRSS"), anonymous: bytes("RssAnon"), peak: bytes("VmHWM") };
}

/** Begin a new peak, where the system can. @see proc(5), clear_refs */
export function resetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not Linux, or not allowed: the peak is then that of the whole run.
  }
}

function readStatus(): string | undefined {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return undefined;
  }
}
