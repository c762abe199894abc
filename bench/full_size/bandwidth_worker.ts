/** @file A thread that reads its own memory from end to end each time it is asked to. */

import { parentPort, workerData } from "node:worker_threads";

const memory = Buffer.alloc(workerData as number, 2);
parentPort?.postMessage("ready");
// The search for a byte that does not occur is memchr of the C library: vector loads and nothing else.
parentPort?.on("message", () => parentPort?.postMessage(memory.indexOf(1)));
