/** @file The program's side of the lines: answers requests until the input ends, then says what memory it took. */

import { createInterface } from "node:readline";
import { memoryNow } from "./memory.ts";
import type { RequestName, Requests, Sent } from "./requests.ts";

/** What a program can answer. */
export type Answers = {
  readonly [K in RequestName]?: (takes: Requests[K]["takes"]) => Promise<Requests[K]["gives"]>;
};

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** @throws Error for a request that the program cannot answer */
export async function serveRequests(answers: Answers, close: () => Promise<void>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Sent;
    const answer = answers[request.do] as ((takes: object) => Promise<object>) | undefined;
    if (!answer) throw new Error(`this program does not answer "${request.do}"`);
    say(await answer(request));
  }
  say(memoryNow());
  await close();
}

/** A piece of work and the milliseconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}
