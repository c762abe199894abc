/** @file A program that runs in a worker thread of its own, through onnxruntime-node. */

import { Worker } from "node:worker_threads";
import {
  type Accumulator,
  capacityFor,
  type Growth,
  type Program,
  type Register,
  type State,
  sharedCapacity,
  type Tensors,
} from "../program.ts";
import type { Call, Reply } from "./protocol.ts";

// ONNX Runtime reports its use to its vendor and keeps a device id unless this is set before it is loaded. It is set
// here because a worker's process.env is a copy that native code does not see.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

interface Waiting {
  resolve(tensors: Tensors): void;
  reject(error: Error): void;
}

/** The program's side of its worker thread. */
class WorkerProgram implements Program {
  private readonly worker = new Worker(new URL("./worker.js", import.meta.url));
  private readonly waiting = new Map<number, Waiting>();
  private readonly open = new Set<State>();
  private readonly running = new Set<State>();
  private calls = 0;
  private states = 0;
  private failure: Error | undefined;

  constructor() {
    this.worker.unref(); // an idle program does not keep the process alive
    this.worker.on("message", (reply: Reply) => this.settle(reply));
    this.worker.on("error", (error) => this.fail(error));
    this.worker.on("exit", (code) => this.fail(new Error(`the worker thread ended (code ${code})`)));
  }

  call(call: Call, moved: readonly ArrayBuffer[] = []): Promise<Tensors> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.calls++;
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, call }, moved);
    });
  }

  async run(feeds: Tensors, fetch: readonly string[], grow: readonly Growth[] = []): Promise<Tensors> {
    const states = grow.map(({ state }) => state);
    if (new Set(states).size !== states.length) throw new Error("the state is given twice to one run");
    for (const state of states) {
      if (!this.open.has(state)) throw new Error("the state is closed, or belongs to another program");
      if (this.running.has(state)) throw new Error("the state is in use by another run");
    }
    const capacity = sharedCapacity(states);
    const uses = grow.map(({ state: { id, batch, length }, rows }) => {
      return { id, batch, length, rows, nextCapacity: capacityFor(length + rows, capacity) };
    });
    for (const state of states) this.running.add(state);
    try {
      const results = await this.call({ do: "run", feeds, fetch, states: uses, capacity });
      for (const [n, { state, rows }] of grow.entries()) {
        state.length = uses[n]!.length + rows;
        state.capacity = uses[n]!.nextCapacity;
      }
      return results;
    } finally {
      for (const state of states) this.running.delete(state);
    }
  }

  async write(registers: Tensors): Promise<void> {
    const moved = Object.values(registers).map(({ data }) => data.buffer as ArrayBuffer);
    await this.call({ do: "write", registers }, moved);
  }

  read(registers: readonly string[]): Promise<Tensors> {
    return this.call({ do: "read", registers });
  }

  openState(batch: number): State {
    const state = { id: this.states++, batch, length: 0, capacity: 0 };
    this.open.add(state);
    return state;
  }

  async copyState(state: State): Promise<State> {
    if (!this.open.has(state)) throw new Error("the state is closed, or belongs to another program");
    if (this.running.has(state)) throw new Error("the state is in use by another run");
    const copy = { ...state, id: this.states++ };
    this.open.add(copy);
    await this.call({ do: "copy", from: state.id, to: copy.id });
    return copy;
  }

  async closeState(state: State): Promise<void> {
    if (this.open.delete(state) && !this.failure) await this.call({ do: "drop", state: state.id });
  }

  async close(): Promise<void> {
    if (this.failure) return;
    const ended = this.call({ do: "close" }); // behind the runs already asked for
    this.failure = new Error("the program is closed");
    try {
      await ended;
    } finally {
      await this.worker.terminate();
    }
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ("error" in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.tensors);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}

/**
 * Load a model into a worker thread.
 *
 * @param model ONNX ModelProto bytes
 * @param options.folder where the weight files that the model names lie
 * @param options.threads threads inside one operator
 * @param options.accumulators graph inputs that a state provides
 * @param options.registers graph inputs that keep their value between runs
 * @throws Error with ONNX Runtime's message when the model cannot be loaded
 */
export async function loadProgram(
  model: Uint8Array,
  options: {
    folder: string;
    threads: number;
    accumulators?: readonly Accumulator[];
    registers?: readonly Register[];
  },
): Promise<Program> {
  const program = new WorkerProgram();
  const settings = { accumulators: [], registers: [], ...options };
  try {
    await program.call({ do: "load", model, settings });
  } catch (error) {
    await program.close();
    throw error;
  }
  return program;
}
