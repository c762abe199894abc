/**
 * @file llama.cpp, asked line by line, through node-llama-cpp. That package is no dependency: it is imported from a
 * folder that the caller names. The only argument is an `Opening` as JSON.
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { memoryNow, resetPeak } from "./memory.ts";
import type { Opening } from "./requests.ts";
import { serveRequests, timed } from "./serve_requests.ts";

/** The parts of node-llama-cpp 3 that are used. @see https://node-llama-cpp.withcat.ai/api */
interface LlamaModule {
  getLlama(options: object): Promise<Llama>;
}
interface Llama {
  readonly llamaCppRelease: { readonly release: string };
  loadModel(options: { modelPath: string; ignoreMemorySafetyChecks: boolean }): Promise<Model>;
  dispose(): Promise<void>;
}
interface Model {
  createContext(options: {
    contextSize: number;
    batchSize: number;
    threads: number;
    ignoreMemorySafetyChecks: boolean;
  }): Promise<Context>;
}
interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
interface Sequence {
  readonly nextTokenIndex: number;
  evaluate(tokens: readonly number[], options: object): AsyncGenerator<number>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  eraseContextTokenRanges(ranges: readonly { start: number; end: number }[]): Promise<void>;
}

/** As this project's engine: tokens of a prompt in one pass. */
const BATCH = 512;
/** Room behind a context for tokens that are decoded and then erased. */
const ROOM = 256;

const promptOf = (tokens: number): number[] => Array.from({ length: tokens }, (_, i) => (i * 37) % 400);

async function open({ model: path, threads, llama: folder = "." }: Opening) {
  const entry = join(folder, "node_modules/node-llama-cpp/dist/index.js");
  const { getLlama } = (await import(pathToFileURL(entry).href)) as LlamaModule;
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: threads,
    logLevel: "error",
    logger: (_: string, message: string) => process.stderr.write(`${message}\n`),
  });
  const { ms: loadMs, result: model } = await timed(() =>
    llama.loadModel({ modelPath: path, ignoreMemorySafetyChecks: true }),
  );
  const context = (size: number) =>
    model.createContext({ contextSize: size, batchSize: BATCH, threads, ignoreMemorySafetyChecks: true });
  const kept = new Map<number, Sequence>();
  const sequenceBehind = async (tokens: number): Promise<Sequence> => {
    const known = kept.get(tokens);
    if (known) return known;
    const sequence = (await context(tokens + ROOM)).getSequence();
    if (tokens > 0) await sequence.evaluateWithoutGeneratingNewTokens(promptOf(tokens));
    kept.set(tokens, sequence);
    return sequence;
  };
  return { llama, loadMs, context, sequenceBehind };
}

const { llama, loadMs, context, sequenceBehind } = await open(JSON.parse(process.argv[2] ?? "{}") as Opening);

await serveRequests(
  {
    about: async () => ({ version: llama.llamaCppRelease.release, loadMs, memory: memoryNow() }),
    async prefill({ tokens }) {
      const fresh = await context(tokens + ROOM);
      resetPeak();
      // The last token is evaluated for its successor, as a program that answers does.
      const { ms } = await timed(() =>
        fresh.getSequence().evaluate(promptOf(tokens), { temperature: 0 }).next(),
      );
      const memory = memoryNow();
      await fresh.dispose();
      return { ms, memory };
    },
    async decode({ context: length, tokens }) {
      const sequence = await sequenceBehind(length);
      const tokenMs: number[] = [];
      let before = performance.now();
      for await (const _ of sequence.evaluate([7], { temperature: 0, yieldEogToken: true })) {
        const now = performance.now();
        tokenMs.push(now - before);
        before = now;
        if (tokenMs.length >= tokens) break;
      }
      await sequence.eraseContextTokenRanges([{ start: length, end: sequence.nextTokenIndex }]);
      return { tokenMs };
    },
  },
  () => llama.dispose(),
);
