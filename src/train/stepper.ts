/** @file Runs optimiser steps: parameters, moments and summed gradients stay in the worker between them. */

import type { Checkpoint } from "../checkpoint/hf_folder.ts";
import { loadWeight } from "../checkpoint/load_weight.ts";
import { CheckpointError } from "../errors.ts";
import { lower } from "../onnx/lower.ts";
import type { Program, Tensors } from "../runtime/program.ts";
import { elementCount, float32, type Tensor, tensor } from "../tensor/tensor.ts";
import { dropoutFeeds } from "./dropout.ts";
import { loadGraph } from "./load_graph.ts";
import { momentNames } from "./optimiser.ts";
import { type StepGraph, type StepPlan, stepGraph, stepNames } from "./step.ts";

/** One micro-batch of a step. */
export interface MicroBatch {
  /** Inputs of `objective` but the weights of its parts. */
  readonly feeds: Tensors;
  /** How many labels `feeds` holds. */
  readonly labels: number;
}

/** What a step reports; losses are those before it. */
export interface StepReport {
  /** Mean cross entropy over the step's labels, in nats. */
  readonly crossEntropy: number;
  /** Mean load balance over the micro-batches; top-k is perfect. */
  readonly balance: number | undefined;
  /** [L][E]: per layer, the share of each expert in the choices of attended tokens, mean over the micro-batches. */
  readonly expertLoad: number[][] | undefined;
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly norm: number;
}

const registerNames = (name: string): string[] => [name, ...Object.values(momentNames(name))];

/** The mean of matrices [R, C] of one shape, as rows. */
function meanRows(matrices: readonly Tensor[]): number[][] {
  const [rows, columns] = matrices[0]!.shape as [number, number];
  const mean = (at: number) =>
    matrices.reduce((sum, { data }) => sum + Number(data[at]), 0) / matrices.length;
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => mean(r * columns + c)),
  );
}

export class Stepper {
  private constructor(
    private readonly program: Program,
    private readonly graph: StepGraph,
    private readonly plan: StepPlan,
    /** SHA-256 of the checkpoint's weights that do not change, as stored. */
    readonly frozenSha256: string,
  ) {}

  /**
   * Build the step of a checkpoint's model and put its weights in place.
   *
   * @param start values of trained parameters that the checkpoint does not hold, or that replace its own
   * @throws CheckpointError when a weight is missing or damaged
   */
  static async open(
    checkpoint: Checkpoint,
    plan: StepPlan,
    options: { threads: number; start?: ReadonlyMap<string, Tensor> },
  ): Promise<Stepper> {
    const graph = stepGraph(checkpoint.config, plan);
    const lowered = lower(graph.outputs, {
      kernels: "fused",
      storage: "float32",
      fed: (name) => graph.trained.has(name),
    });
    const { program, sha256 } = await loadGraph(checkpoint, lowered, {
      threads: options.threads,
      registers: graph.registers,
    });
    const stepper = new Stepper(program, graph, plan, sha256);
    for (const [name, { shape }] of graph.trained) {
      const value = options.start?.get(name) ?? (await loadWeight(checkpoint, name, "float32"));
      await stepper.write(name, shape as readonly number[], value);
    }
    return stepper;
  }

  /** Names of the parameters that change. */
  get trained(): readonly string[] {
    return [...this.graph.trained.keys()];
  }

  private async write(name: string, shape: readonly number[], { data }: Tensor): Promise<void> {
    const zeros = () => float32(shape, new Float32Array(elementCount(shape)));
    const { m, v } = momentNames(name);
    const sum = this.plan.accumulate ? { [stepNames(name).sum]: zeros() } : {};
    const value = float32(shape, (data as Float32Array).slice());
    await this.program.write({ [name]: value, [m]: zeros(), [v]: zeros(), ...sum });
  }

  /**
   * One optimiser step over all micro-batches.
   *
   * @param step number of this step, from 1
   * @param options.balance coefficient of the load balance
   * @param options.fetch further outputs of the last micro-batch
   */
  async step(
    batches: readonly MicroBatch[],
    step: number,
    options: { rate: number; balance: number; fetch?: readonly string[] },
  ): Promise<StepReport & { fetched: Tensors }> {
    const { beta1, beta2 } = this.plan.optimiser;
    const labels = batches.reduce((sum, batch) => sum + batch.labels, 0);
    const scalar = (value: number) => float32([], [value]);
    const flag = (value: boolean) => tensor("bool", [], Uint8Array.of(Number(value)));
    const hasExperts = "expert_load" in this.graph.outputs;
    const parts = ["loss", "cross_entropy", "norm", ...(hasExperts ? ["balance", "expert_load"] : [])];
    let [loss, entropy, balance, norm] = [0, 0, 0, 0];
    const loads: Tensor[] = [];
    let fetched: Tensors = {};
    for (const [i, { feeds }] of batches.entries()) {
      const last = i === batches.length - 1;
      const inputs = {
        ...feeds,
        ...this.dropoutFeeds(feeds, step, i),
        label_weight: scalar(1 / labels),
        ...(hasExperts && { balance_weight: scalar(options.balance / batches.length) }),
        learning_rate: scalar(options.rate),
        correction1: scalar(1 - beta1 ** step),
        correction2: scalar(1 - beta2 ** step),
        ...(this.plan.accumulate && { carry: flag(i > 0), apply: flag(last) }),
      };
      const results = await this.program.run(inputs, [...parts, ...(last ? (options.fetch ?? []) : [])]);
      const value = (name: string) => Number(results[name]?.data[0]);
      loss += value("loss");
      entropy += value("cross_entropy") / labels;
      if (hasExperts) {
        balance += value("balance") / batches.length;
        loads.push(results.expert_load!);
      }
      norm = value("norm");
      fetched = results;
    }
    const routing = hasExperts
      ? { balance, expertLoad: meanRows(loads) }
      : { balance: undefined, expertLoad: undefined };
    return { loss, crossEntropy: entropy, ...routing, norm, fetched };
  }

  private dropoutFeeds(feeds: Tensors, step: number, microBatch: number): Tensors {
    const { plan, graph } = this;
    if (!plan.dropout || !graph.dropout) return {};
    // A low-rank update sees at most every patch, or every token.
    const most = Math.max(...[feeds.patches, feeds.ids].map((x) => x!.shape[0]! * x!.shape[1]!));
    return dropoutFeeds(plan.dropout, graph.dropout, most, { step, microBatch });
  }

  /** Current values of trained parameters, by name. */
  values(names: readonly string[] = this.trained): Promise<Tensors> {
    return this.program.read(names);
  }

  /** Everything that a later step depends on: values and moments of trained parameters. */
  registers(): Promise<Tensors> {
    return this.program.read(this.trained.flatMap(registerNames));
  }

  /**
   * Go on from where `registers` was read.
   *
   * @throws CheckpointError when the registers are those of another plan or model
   */
  async restore(registers: Tensors): Promise<void> {
    const wanted = new Map(
      [...this.graph.trained].flatMap(([name, { shape }]) =>
        registerNames(name).map((register) => [register, shape.join()] as const),
      ),
    );
    const problems = [
      ...[...wanted].flatMap(([name, shape]) => {
        const found = registers[name]?.shape.join();
        return found === shape ? [] : [`${name}: expected [${shape}], found ${found ?? "none"}`];
      }),
      ...Object.keys(registers).flatMap((name) => (wanted.has(name) ? [] : [`${name}: is not trained`])),
    ];
    if (problems.length > 0) throw new CheckpointError("training state", problems);
    await this.program.write(registers);
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
