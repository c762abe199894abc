/**
 * @file How fast this machine reads memory, as a limit for decoding: every thread searches half a gigabyte of its own
 * for a byte that is not there. Pages are of the usual size, as those of a model's weights are.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { median } from "../statistics.ts";

/** Far beyond any cache. */
const THREAD_BYTES = 512 * 2 ** 20;

/** Reads memory when asked to. Close it after use; until then it holds half a gigabyte a thread. */
export class BandwidthMeter {
  private constructor(private readonly workers: readonly Worker[]) {}

  static async open(threads: number): Promise<BandwidthMeter> {
    const script = new URL("./bandwidth_worker.js", import.meta.url);
    const workers = Array.from({ length: threads }, () => new Worker(script, { workerData: THREAD_BYTES }));
    await Promise.all(workers.map(nextMessage));
    return new BandwidthMeter(workers);
  }

  /** @returns gigabytes (10⁹ bytes) per second over all threads together, the median of five readings */
  async measure(): Promise<number> {
    const readings: number[] = [];
    for (let i = 0; i < 5; i++) readings.push(await this.read());
    return median(readings);
  }

  private async read(): Promise<number> {
    const start = performance.now();
    const answers = this.workers.map(nextMessage);
    for (const worker of this.workers) worker.postMessage("read");
    await Promise.all(answers);
    return (this.workers.length * THREAD_BYTES) / 1e6 / (performance.now() - start);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

const nextMessage = (worker: Worker): Promise<unknown> => once(worker, "message");
