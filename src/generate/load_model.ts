/** @file From a checkpoint folder to a model that answers. */

import { createHash, randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { openAdapter } from "../checkpoint/adapter.ts";
import { checkWeights } from "../checkpoint/compare_weights.ts";
import { type Checkpoint, type ModelFiles, openCheckpoint } from "../checkpoint/hf_folder.ts";
import { type LoadProgress, type PlacedWeights, placeWeights, sizeOf } from "../checkpoint/place_weights.ts";
import { assertMemory } from "../checkpoint/room.ts";
import { together } from "../checkpoint/together.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { PictureSource } from "../image/decode.ts";
import type { ModelConfig } from "../model/config.ts";
import { decoderGraph, type LayerRange } from "../model/decoder.ts";
import { shown } from "../model/json_fields.ts";
import { visionGraph } from "../model/vision.ts";
import type { CacheStorage } from "../nn/cache_rows.ts";
import { type Lowered, lower, type Parameter } from "../onnx/lower.ts";
import { encodeModel } from "../onnx/model.ts";
import { findChatTemplate } from "../processor/chat_template.ts";
import { parseImageConfig } from "../processor/image_config.ts";
import type { Message } from "../processor/message.ts";
import type { Processor } from "../processor/prompt.ts";
import { createTokenizer, type TextTokenizer } from "../processor/tokenizer.ts";
import { chain } from "../runtime/chain.ts";
import { loadProgram } from "../runtime/node/program.ts";
import type { Program, Tensors } from "../runtime/program.ts";
import type { Answer } from "./answer.ts";
import { type BatchOptions, generateBatch } from "./batch.ts";
import { Conversation } from "./conversation.ts";
import { cacheAccumulators, Engine } from "./engine.ts";
import { lookupTokens, parseLookupTexts } from "./lookup_texts.ts";
import type { Model } from "./model.ts";
import { type Pieces, wholeAnswer } from "./pieces.ts";
import { type GenerateOptions, generationDefaults } from "./settings.ts";

export interface LoadOptions {
  /** How weights of rank two and more are kept in memory; half precision saves memory and costs speed. */
  readonly weights?: "float32" | "float16";
  /**
   * How keys and values are kept: int8 takes 3.8 times less memory at 128 numbers a row, and moves the logits a little
   * (docs/decisions.md); float32 when absent.
   */
  readonly cache?: CacheStorage;
  /** Folder of a PEFT LoRA adapter to merge. */
  readonly adapter?: string;
  /** Threads inside one operator, 1 to 1024; all cores when absent. */
  readonly threads?: number;
  /**
   * Sessions that the decoder's layers are spread over, which load at the same time: at most one a layer; when absent,
   * two for weights of a gibibyte and more.
   */
  readonly sessions?: number;
  /** Fused kernels, or every composite through its definition: slower, the same numbers. */
  readonly kernels?: "fused" | "plain";
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** A model that answers. Close it after use. */
export class LoadedModel implements Model {
  readonly identity: Model["identity"];
  readonly engine: Engine;
  readonly processor: Processor;
  readonly defaults: Model["defaults"];
  readonly lookupTokens: Model["lookupTokens"];

  constructor({ identity, engine, processor, defaults, lookupTokens }: Omit<Model, "randomSeed">) {
    this.identity = identity;
    this.engine = engine;
    this.processor = processor;
    this.defaults = defaults;
    this.lookupTokens = lookupTokens;
  }

  randomSeed(): number {
    return randomInt(2 ** 32);
  }

  /** Answer the last message of a conversation. @throws RequestError when it cannot be served */
  async generate(
    messages: readonly Message<PictureSource>[],
    options: GenerateOptions = {},
  ): Promise<Answer> {
    return wholeAnswer(this.stream(messages, options));
  }

  /** Answer piece by piece; the generator's value is the whole answer. */
  async *stream(messages: readonly Message<PictureSource>[], options: GenerateOptions = {}): Pieces {
    const conversation = this.openConversation();
    try {
      return yield* conversation.stream(messages, options);
    } finally {
      await conversation.close();
    }
  }

  /** Answer several conversations together. */
  generateBatch(
    conversations: readonly (readonly Message<PictureSource>[])[],
    options: BatchOptions = {},
  ): Promise<Answer[]> {
    return generateBatch(this, conversations, options);
  }

  /** A conversation whose turns share a cache. */
  openConversation(): Conversation {
    return new Conversation(this);
  }

  close(): Promise<void> {
    return this.engine.dispose();
  }
}

/** Looks at values inside a model while it runs. */
export interface Observer {
  /** Outputs that a graph is given beside its own. */
  readonly outputs: (graph: Readonly<Record<string, Value>>) => Readonly<Record<string, Value>>;
  /** Called after every pass with those of them that its graph has. */
  readonly take: (values: Tensors) => void;
}

/**
 * Load a checkpoint in the Hugging Face layout.
 *
 * @param folder config.json, safetensors weights, tokenizer and processor files
 * @param observer sees every pass; what it asks for is computed and copied each time
 * @throws CheckpointError, ConfigError naming the file or option, what was expected and what was found
 * @throws the signal's reason when aborted
 */
export async function loadModel(
  folder: string,
  options: LoadOptions = {},
  observer?: Observer,
): Promise<LoadedModel> {
  const { weights: storage = "float32", kernels = "fused", threads = availableParallelism() } = options;
  const { cache = "float32", sessions } = options;
  refuseWrongOptions({ storage, kernels, threads, cache, sessions });
  const checkpoint = await openCheckpoint(folder);
  let placed: PlacedWeights | undefined;
  try {
    const { config } = checkpoint;
    const processor = openProcessor(checkpoint);
    const generationPath = join(folder, "generation_config.json");
    const defaults = generationDefaults(checkpoint.generation, endTokens(processor), generationPath);
    const lookupTexts = parseLookupTexts(checkpoint.lookupTexts, join(folder, "lookup_texts.json"));
    const ranges = layerRanges(config.decoder.layers, observer ? 1 : (sessions ?? sessionsFor(checkpoint)));
    const graphs = [
      visionGraph(config.vision, config.quantisation),
      ...ranges.map((range) => decoderGraph(config, cache, range)),
    ] as const;
    const shapes = new Map(
      graphs.flatMap(({ scope }) => [...scope.parameters].map(([name, v]) => [name, sizes(v)])),
    );
    await checkWeights(shapes, checkpoint);
    if (options.adapter !== undefined) refuseQuantisedBase(options.adapter, config);
    const adapter = options.adapter === undefined ? undefined : await openAdapter(options.adapter, shapes);
    const seen = graphs.map(({ outputs }) => observer?.outputs(outputs) ?? {});
    const lowered = graphs.map(({ outputs }, i) => lower({ ...outputs, ...seen[i] }, { kernels, storage }));
    const parameters = distinct(lowered.flatMap(({ parameters }) => parameters));
    assertMemory(
      folder,
      parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0),
      memoryHint(config),
    );
    placed = await placeWeights(checkpoint, parameters, {
      ...(adapter && { adapter }),
      ...(checkpoint.checksums && { checksums: checkpoint.checksums }),
      ...(options.signal && { signal: options.signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    });
    const loading = loadPrograms(lowered, config, placed, { ...options, threads, cache });
    const [read, loaded] = await Promise.allSettled([placed.sha256, loading]);
    if (read.status === "rejected" || loaded.status === "rejected") {
      if (loaded.status === "fulfilled") await closeAll(loaded.value);
      throw read.status === "rejected" ? read.reason : (loaded as PromiseRejectedResult).reason;
    }
    const [vision, ...decoder] = loaded.value as [Program, ...Program[]];
    return new LoadedModel({
      identity: {
        name: basename(resolve(folder)),
        family: config.family,
        sha256: fingerprint(checkpoint, read.value),
        weights: storage,
        ...(cache !== "float32" && { cache }),
        ...(config.quantisation && { bits: config.quantisation.bits }),
        ...(options.adapter !== undefined && { adapter: basename(resolve(options.adapter)) }),
      },
      engine: new Engine(config, {
        vision: observed(vision, seen[0]!, observer),
        decoder: observed(chainOf(decoder, lowered.slice(1)), seen[1]!, observer),
      }),
      processor,
      defaults,
      lookupTokens: lookupTokens(lookupTexts, processor.tokenizer, defaults.endTokens),
    });
  } finally {
    await placed?.close();
    await checkpoint.close();
  }
}

/** The program with further outputs, which the observer gets after every pass. */
function observed(program: Program, outputs: Readonly<Record<string, Value>>, observer?: Observer): Program {
  const names = Object.keys(outputs);
  if (!observer || names.length === 0) return program;
  return {
    async run(feeds, fetch, grow) {
      const results = await program.run(feeds, [...fetch, ...names], grow);
      observer.take(Object.fromEntries(names.map((name) => [name, results[name]!])));
      return results;
    },
    write: (registers) => program.write(registers),
    read: (registers) => program.read(registers),
    openState: (batch) => program.openState(batch),
    copyState: (state) => program.copyState(state),
    closeState: (state) => program.closeState(state),
    close: () => program.close(),
  };
}

/** ONNX Runtime takes any number of threads, and with thousands does not come to an end. */
const MOST_THREADS = 1024;

/** Types do not bind callers from JavaScript or with options from a file. */
function refuseWrongOptions({
  storage,
  kernels,
  threads,
  cache,
  sessions = 1,
}: Record<string, unknown>): void {
  const problems: string[] = [];
  if (storage !== "float32" && storage !== "float16")
    problems.push(`weights: expected "float32" or "float16", got ${shown(storage)}`);
  if (kernels !== "fused" && kernels !== "plain")
    problems.push(`kernels: expected "fused" or "plain", got ${shown(kernels)}`);
  if (cache !== "float32" && cache !== "int8")
    problems.push(`cache: expected "float32" or "int8", got ${shown(cache)}`);
  if (!(Number.isInteger(threads) && Number(threads) >= 1 && Number(threads) <= MOST_THREADS))
    problems.push(`threads: expected a whole number from 1 to ${MOST_THREADS}, got ${String(threads)}`);
  if (!(Number.isInteger(sessions) && Number(sessions) >= 1))
    problems.push(`sessions: expected a whole number of 1 or more, got ${String(sessions)}`);
  if (problems.length > 0) throw new ConfigError("load options", problems);
}

/** An update is added to numbers, and then they would have to be rounded once more. */
function refuseQuantisedBase(adapter: string, { quantisation }: ModelConfig): void {
  if (quantisation)
    throw new CheckpointError(
      adapter,
      `expected float weights to merge it into, found ${quantisation.bits}-bit ones`,
      "`echovlm merge` it into the float checkpoint, then `echovlm quantize` the result",
    );
}

const memoryHint = ({ quantisation }: ModelConfig): string =>
  quantisation
    ? "close other programs, or quantize to 4 bits"
    : "`echovlm quantize` makes it a quarter to an eighth as large; --weights float16 a half";

const sizes = (value: Value) => value.shape as readonly number[];

/** Each parameter once, by name: the fingerprint must not depend on how the graphs were lowered. */
const distinct = (parameters: readonly Parameter[]): Parameter[] =>
  [...new Map(parameters.map((parameter) => [parameter.name, parameter])).values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );

/** Over what decides an answer besides the request and the generation defaults, which it records. */
function fingerprint(files: Checkpoint, sha256: string): string {
  const { config, preprocessor, tokenizer, tokenizerConfig, chatTemplate, jinja } = files;
  const parts = [sha256, config, preprocessor, tokenizer, tokenizerConfig, chatTemplate, jinja];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** What ends an answer when the checkpoint does not say. */
const endTokens = ({ tokenizer }: Processor): number[] =>
  ["<|im_end|>", "<|endoftext|>"].flatMap((token) => tokenizer.idOf(token) ?? []);

/** Tokenizer, template and image settings; they must fit the model. */
export function openProcessor(files: ModelFiles & { readonly path: string }): Processor {
  const { config, path, tokenizer, tokenizerConfig } = files;
  const tokenizerPath = join(path, "tokenizer.json");
  if (tokenizer === undefined)
    throw new CheckpointError(tokenizerPath, "expected a tokenizer, found no such file");
  const imagePath = join(path, "preprocessor_config.json");
  const image = parseImageConfig(files.preprocessor, imagePath);
  const wanted = config.vision;
  const problems = (
    [
      ["patchSize", "patch_size"],
      ["temporalPatchSize", "temporal_patch_size"],
      ["mergeSize", "merge_size"],
    ] as const
  )
    .filter(([name]) => image[name] !== wanted[name])
    .map(([name, field]) => `${field}: expected ${wanted[name]} as in config.json, found ${image[name]}`);
  if (problems.length > 0)
    throw new ConfigError(
      imagePath,
      problems,
      files.preprocessor === undefined ? "there is no such file, so the family's own values hold" : undefined,
    );
  return {
    tokenizer: tokenizerWithin(
      config,
      createTokenizer(tokenizer, tokenizerConfig, config.tokens, tokenizerPath),
      tokenizerPath,
    ),
    template: findChatTemplate(files, join(path, "/")),
    image,
    tokens: config.tokens,
  };
}

/** Refuse a tokenizer with ids that the embedding table does not have; a table may be larger. */
function tokenizerWithin({ decoder }: ModelConfig, tokenizer: TextTokenizer, where: string): TextTokenizer {
  const { largestId } = tokenizer;
  if (largestId < decoder.vocabSize) return tokenizer;
  throw new CheckpointError(
    where,
    `expected ids below the vocab_size of config.json, ${decoder.vocabSize}, found ${largestId}`,
    "the tokenizer and the model belong to different checkpoints, or tokens were added without widening the model",
  );
}

/** Sessions from which on loading in parallel is worth a step through two of them. */
const LARGE = 2 ** 30;

const sessionsFor = ({ tensors }: Checkpoint): number =>
  [...tensors.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) < LARGE ? 1 : 2;

/** The layers cut into ranges of about equal length. */
function layerRanges(layers: number, count: number): LayerRange[] {
  const most = Math.min(count, layers);
  const bound = (n: number) => Math.round((n * layers) / most);
  return Array.from({ length: most }, (_, n) => ({ from: bound(n), to: bound(n + 1) }));
}

/** A program for every graph: the vision tower's, then the decoder's. */
async function loadPrograms(
  lowered: readonly Lowered[],
  config: ModelConfig,
  { folder, place }: PlacedWeights,
  { threads, cache, signal }: { threads: number; cache: CacheStorage; signal?: AbortSignal },
): Promise<Program[]> {
  const all = cacheAccumulators(config, cache);
  const loading = lowered.map((graph) => {
    const inputs = namesOf(graph.inputs);
    const accumulators = all.filter(({ input }) => inputs.has(input));
    return loadProgram(encodeModel(graph, place), { folder, threads, accumulators });
  });
  const programs = await together<Program[]>(folder, loading, (program) => program.close());
  if (signal?.aborted) await closeAll(programs);
  signal?.throwIfAborted();
  return programs;
}

const closeAll = (programs: readonly Program[]) => Promise.all(programs.map((program) => program.close()));

const namesOf = (values: Lowered["inputs"]): Set<string> => new Set(values.map(({ name }) => name));

function chainOf(programs: readonly Program[], graphs: readonly Lowered[]): Program {
  if (programs.length === 1) return programs[0]!;
  return chain(
    programs.map((program, n) => {
      const { inputs, outputs } = graphs[n]!;
      return { program, inputs: namesOf(inputs), outputs: namesOf(outputs) };
    }),
  );
}
