/** @file The thread of one worker: pictures as they are asked for, until it is told that there are no more. */

import { parentPort, workerData } from "node:worker_threads";
import type { Facts } from "../../src/data/facts.ts";
import { createSimulator } from "../../src/data/simulator/simulate.ts";
import { makePicture, type Workshop } from "./make_picture.ts";
import type { PlannedPicture } from "./plan.ts";

export type WorkerAnswer =
  | { readonly file: string; readonly facts: Facts }
  | { readonly file: string; readonly error: Error };

const simulator = await createSimulator();
const workshop: Workshop = { ...(workerData as Omit<Workshop, "simulator">), simulator };
const port = parentPort!;
const underWay = new Set<Promise<void>>();

async function answer(picture: PlannedPicture): Promise<void> {
  const { file } = picture;
  const made: WorkerAnswer = await makePicture(picture, workshop).then(
    (facts) => ({ file, facts }),
    (error: Error) => ({ file, error }),
  );
  port.postMessage(made);
}

/** A picture to be made, or nothing: then all is done. */
port.on("message", async (picture: PlannedPicture | undefined) => {
  if (picture === undefined) {
    await Promise.all(underWay);
    await simulator.close();
    port.close();
    return;
  }
  const work = answer(picture);
  underWay.add(work);
  await work;
  underWay.delete(work);
});
