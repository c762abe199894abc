/** @file The thread that owns one ONNX Runtime session and its states; `run` blocks it and nothing else. */

import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { bytesPerElement, type DType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Accumulator, Register, Tensors } from "../program.ts";
import type { Call, Reply, Request, SessionSettings } from "./protocol.ts";
import { StateMemory } from "./state_memory.ts";

let session: ort.InferenceSession | undefined;
let accumulators: readonly Accumulator[] = [];
let states = new StateMemory([]);
let registers: readonly Register[] = [];
/** What each register holds, by graph input. */
const held = new Map<string, ort.Tensor>();

async function load(model: Uint8Array, settings: SessionSettings): Promise<void> {
  accumulators = settings.accumulators;
  states = new StateMemory(accumulators);
  registers = settings.registers;
  session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: settings.threads,
    logSeverityLevel: 3,
    enableMemPattern: false, // shapes change from run to run, and planned patterns keep half-precision weights wide
    extra: {
      session: {
        // Threads wait awake for the next operator while a run lasts, and sleep when it ends: between runs they would
        // take the cores from everybody else.
        force_spinning_stop: "1",
        model_external_initializers_file_folder_path: settings.folder,
      },
    },
  });
}

async function run({ feeds, fetch, states: uses, capacity }: Extract<Call, { do: "run" }>): Promise<Tensors> {
  if (!session) throw new Error("the session is not loaded");
  const inputs: Record<string, ort.Tensor> = Object.fromEntries(held);
  for (const [name, tensor] of Object.entries(feeds)) inputs[name] = toOrt(tensor);
  if (uses.length > 0) Object.assign(inputs, states.feeds(uses, capacity));
  const kept = [...registers, ...(uses.length > 0 ? accumulators : [])].map(({ output }) => output);
  const results = await session.run(inputs, [...fetch, ...kept]);
  states.append(uses, capacity, results);
  for (const { input, output } of registers) held.set(input, results[output]!);
  // What is returned is moved to the caller, so what a register holds is copied.
  const isKept = (name: string) => registers.some(({ output }) => output === name);
  return Object.fromEntries(
    fetch.map((name) => [name, isKept(name) ? copyOf(results[name]!) : fromOrt(results[name]!)]),
  );
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
      return run(call);
    case "write":
      for (const [name, tensor] of Object.entries(call.registers)) held.set(name, toOrt(tensor));
      return {};
    case "read":
      return Object.fromEntries(call.registers.map((name) => [name, copyOf(register(name))]));
    case "copy":
      states.copy(call.from, call.to);
      return {};
    case "drop":
      states.drop(call.state);
      return {};
    case "close":
      states = new StateMemory([]);
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
