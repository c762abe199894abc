/** @file The thread that owns one ONNX Runtime session and its states; `run` blocks it and nothing else. */

import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { bytesPerElement, type DType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Accumulator, Register, Tensors } from "../program.ts";
import type { Call, Reply, Request, SessionSettings, StateUse } from "./protocol.ts";

let session: ort.InferenceSession | undefined;
let accumulators: readonly Accumulator[] = [];
let registers: readonly Register[] = [];
/** What each register holds, by graph input. */
const held = new Map<string, ort.Tensor>();
/** Accumulated tensors of each state, by graph input; [B, K, capacity, d] each. */
const states = new Map<number, { capacity: number; tensors: Map<string, Float32Array> }>();

async function load(model: Uint8Array, settings: SessionSettings): Promise<void> {
  accumulators = settings.accumulators;
  registers = settings.registers;
  session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: settings.threads,
    logSeverityLevel: 3,
    enableMemPattern: false, // shapes change from run to run, and planned patterns keep half-precision weights wide
    extra: {
      session: {
        intra_op: { allow_spinning: "0" },
        model_external_initializers_file_folder_path: settings.folder,
      },
    },
  });
}

async function run(feeds: Tensors, fetch: readonly string[], use?: StateUse): Promise<Tensors> {
  if (!session) throw new Error("the session is not loaded");
  const inputs: Record<string, ort.Tensor> = Object.fromEntries(held);
  for (const [name, tensor] of Object.entries(feeds)) inputs[name] = toOrt(tensor);
  if (use) for (const [name, tensor] of stateFeeds(use)) inputs[name] = tensor;
  const kept = [...registers, ...(use ? accumulators : [])].map(({ output }) => output);
  const results = await session.run(inputs, [...fetch, ...kept]);
  if (use) append(use, results);
  for (const { input, output } of registers) held.set(input, results[output]!);
  // What is returned is moved to the caller, so what a register holds is copied.
  const isKept = (name: string) => registers.some(({ output }) => output === name);
  return Object.fromEntries(
    fetch.map((name) => [name, isKept(name) ? copyOf(results[name]!) : fromOrt(results[name]!)]),
  );
}

function* stateFeeds(use: StateUse): Generator<[string, ort.Tensor]> {
  const state = resize(use, use.capacity);
  for (const { input, shape } of accumulators) {
    const [groups, size] = shape;
    yield [input, new ort.Tensor("float32", state.get(input)!, [use.batch, groups, use.capacity, size])];
  }
}

/** The tensors of a state, moved to another capacity if need be. */
function resize({ id, batch, length }: StateUse, capacity: number): Map<string, Float32Array> {
  const known = states.get(id);
  if (known?.capacity === capacity) return known.tensors;
  const tensors = new Map<string, Float32Array>();
  for (const { input, shape } of accumulators) {
    const [groups, size] = shape;
    const grown = new Float32Array(batch * groups * capacity * size);
    const before = known?.tensors.get(input);
    if (known && before)
      for (let row = 0; row < batch * groups; row++) {
        const start = row * known.capacity * size;
        grown.set(before.subarray(start, start + length * size), row * capacity * size);
      }
    tensors.set(input, grown);
  }
  states.set(id, { capacity, tensors });
  return tensors;
}

function append(use: StateUse, results: ort.InferenceSession.OnnxValueMapType): void {
  const tensors = resize(use, use.nextCapacity);
  for (const { input, output, shape } of accumulators) {
    const fresh = results[output]!.data as Float32Array;
    const [groups, size] = shape;
    const added = results[output]!.dims[2]! * size;
    const kept = tensors.get(input)!;
    for (let row = 0; row < use.batch * groups; row++)
      kept.set(fresh.subarray(row * added, (row + 1) * added), (row * use.nextCapacity + use.length) * size);
  }
}

function copyOf(value: ort.Tensor): Tensor {
  const { dtype, shape, data } = fromOrt(value);
  return { dtype, shape, data: data.slice() } as Tensor;
}

function register(name: string): ort.Tensor {
  const value = held.get(name);
  if (!value) throw new Error(`register ${name} was never written`);
  return value;
}

const toOrt = ({ dtype, shape, data }: Tensor): ort.Tensor =>
  new ort.Tensor(dtype as "float32", data as Float32Array, shape);

function fromOrt(value: ort.Tensor): Tensor {
  if (!(value.type in bytesPerElement)) throw new Error(`output of type ${value.type} is not supported`);
  return { dtype: value.type as DType, shape: value.dims, data: value.data as Float32Array } as Tensor;
}

async function perform(call: Call): Promise<Tensors> {
  switch (call.do) {
    case "load":
      await load(call.model, call.settings);
      return {};
    case "run":
      return run(call.feeds, call.fetch, call.state);
    case "write":
      for (const [name, tensor] of Object.entries(call.registers)) held.set(name, toOrt(tensor));
      return {};
    case "read":
      return Object.fromEntries(call.registers.map((name) => [name, copyOf(register(name))]));
    case "drop":
      states.delete(call.state);
      return {};
    case "close":
      states.clear();
      held.clear();
      await session?.release();
      return {};
  }
}

if (!parentPort) throw new Error("worker.ts runs in a worker thread only");
const port = parentPort;
let queue = Promise.resolve();
port.on("message", ({ id, call }: Request) => {
  queue = queue.then(async () => {
    const reply: Reply = await perform(call).then(
      (tensors) => ({ id, tensors }),
      (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
    );
    const buffers =
      "tensors" in reply ? Object.values(reply.tensors).map(({ data }) => data.buffer as ArrayBuffer) : [];
    port.postMessage(reply, buffers);
  });
});
