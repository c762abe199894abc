/** @file All pictures of a plan, by several threads. */

import { Worker } from "node:worker_threads";
import type { Journal } from "./journal.ts";
import type { Workshop } from "./make_picture.ts";
import type { PlannedPicture } from "./plan.ts";
import type { WorkerAnswer } from "./worker.ts";

/** Pictures under way in one thread: painting one overlaps with the physics of another. */
const inFlight = 3;

/**
 * Make the pictures that the journal does not have.
 *
 * @param onProgress after each picture
 * @throws what a picture could not be made for, or the signal's reason
 */
export async function makePictures(
  pictures: readonly PlannedPicture[],
  journal: Journal,
  workshop: Omit<Workshop, "simulator">,
  workers: number,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const missing = pictures.filter(({ file }) => !journal.facts.has(file));
  const queue = missing.values();
  let done = pictures.length - missing.length;
  const count = missing.length === 0 ? 0 : workers;
  const threads = Array.from(
    { length: count },
    () => new Worker(new URL("./worker.js", import.meta.url), { workerData: workshop }),
  );
  try {
    await Promise.all(
      threads.map(
        (thread) =>
          new Promise<void>((resolve, reject) => {
            let waiting = 0;
            const ask = () => {
              const next = queue.next();
              if (!next.done) thread.postMessage(next.value);
              waiting += next.done ? 0 : 1;
            };
            thread.on("error", reject);
            thread.on("message", (answer: WorkerAnswer) => {
              if ("error" in answer) return reject(answer.error);
              waiting--;
              journal.add(answer.file, answer.facts);
              onProgress(++done, pictures.length);
              ask();
              if (waiting === 0) resolve();
            });
            signal.addEventListener("abort", () => reject(signal.reason));
            for (let index = 0; index < inFlight; index++) ask();
            if (waiting === 0) resolve();
          }),
      ),
    );
  } finally {
    // Threads end by themselves: one that is terminated in the middle of the physics takes the process with it.
    const ended = threads.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    for (const thread of threads) thread.postMessage(undefined);
    await Promise.all(ended);
  }
}
