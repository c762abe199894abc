/**
 * @file How long this machine takes to give a process memory that it has never had: the least that loading so many bytes
 * of weights can take. Arguments: bytes, threads. Prints milliseconds.
 */

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Buffers have a largest size. */
const PIECE = 2 ** 28;

if (isMainThread) {
  const [bytes = 0, threads = 1] = process.argv.slice(2).map(Number);
  const share = { workerData: Math.ceil(bytes / threads) };
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), share));
  const heard = () => Promise.all(workers.map((worker) => once(worker, "message")));
  await heard();
  const start = performance.now();
  for (const worker of workers) worker.postMessage("touch");
  await heard();
  console.log(performance.now() - start);
  process.exit();
} else {
  const held: Buffer[] = [];
  parentPort!.postMessage("ready");
  parentPort!.once("message", () => {
    for (let left = workerData as number; left > 0; left -= PIECE)
      held.push(Buffer.alloc(Math.min(left, PIECE), 1));
    parentPort!.postMessage(held.length);
  });
}
