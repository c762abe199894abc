/** @file Threads that answer calls, each in turn. What the threads run is a script that calls `answerCalls`. */

import { parentPort, Worker } from "node:worker_threads";

/** Close it after use. */
export interface ThreadPool<Call, Reply> {
  /**
   * @param moved buffers of the call that the caller gives away instead of having them copied
   * @throws Error when a thread ended, by whatever it threw, or the pool is closed
   */
  call(what: Call, moved?: readonly ArrayBuffer[]): Promise<Reply>;
  /** Calls under way are given up: their promises stay open. */
  close(): Promise<void>;
}

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

interface Numbered<T> {
  readonly id: number;
  readonly content: T;
}

export interface ThreadPoolOptions {
  /** What errors call it. */
  readonly name: string;
  /** Threads, 1 or more. */
  readonly count: number;
  /** What every thread is opened with. */
  readonly workerData?: unknown;
}

export function openThreadPool<Call, Reply>(
  script: URL,
  { name, count, workerData }: ThreadPoolOptions,
): ThreadPool<Call, Reply> {
  const waiting = new Map<number, Waiting<Reply>>();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(script, { workerData });
    worker.on("message", ({ id, content }: Numbered<Reply>) => {
      waiting.get(id)?.resolve(content);
      waiting.delete(id);
    });
    worker.on("error", fail);
    worker.on("exit", (code) => fail(new Error(`a ${name} thread ended (code ${code})`)));
    return worker;
  });
  let calls = 0;
  return {
    async call(content, moved = []) {
      if (failure) throw failure;
      const id = calls++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        workers[id % count]!.postMessage({ id, content } satisfies Numbered<Call>, moved);
      });
    },
    async close() {
      failure ??= new Error(`the ${name} pool is closed`);
      for (const worker of workers) worker.removeAllListeners("exit");
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** In a thread: answer every call of its pool. @param answer a reply, and buffers of it that need not be copied */
export function answerCalls<Call, Reply>(
  answer: (call: Call) => Promise<readonly [Reply, moved?: readonly ArrayBuffer[]]>,
): void {
  parentPort!.on("message", async ({ id, content }: Numbered<Call>) => {
    const [reply, moved = []] = await answer(content);
    parentPort!.postMessage({ id, content: reply } satisfies Numbered<Reply>, moved);
  });
}
