/** @file One optimiser step as one graph: forward, backward, clipping, AdamW. */

import { gradient } from "../graph/gradient.ts";
import { add, constant, input, type Value, where } from "../graph/value.ts";
import type { ModelConfig } from "../model/config.ts";
import { dropout } from "../nn/dropout.ts";
import { type LoraPlan, Scope } from "../nn/scope.ts";
import type { Register } from "../runtime/program.ts";
import type { Dropout, DropoutSizes } from "./dropout.ts";
import { objective } from "./objective.ts";
import { type AdamW, adamW, momentNames } from "./optimiser.ts";

/** What is trained, and how. */
export interface StepPlan {
  /** Whether the parameter of this name changes. */
  readonly trainable: (name: string) => boolean;
  /** Low-rank updates; their own parameters always change. */
  readonly lora?: LoraPlan;
  /** Of the inputs of low-rank updates; none when absent. */
  readonly dropout?: Dropout;
  readonly optimiser: AdamW;
  /** Whether gradients of several micro-batches are summed before a step. */
  readonly accumulate: boolean;
  /** Whether the backward pass computes the inside of each layer again instead of keeping it; no when absent. */
  readonly recompute?: boolean;
}

/** Names of a parameter's outputs and of the input that holds its summed gradient. */
export const stepNames = (name: string) => ({
  gradient: `gradient.${name}`,
  sum: `sum.${name}`,
  nextSum: `next.sum.${name}`,
  next: `next.${name}`,
  nextM: `next.m.${name}`,
  nextV: `next.v.${name}`,
});

export interface StepGraph {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly scope: Scope;
  /** Parameters that change, in the order of the model. */
  readonly trained: ReadonlyMap<string, Value>;
  /** Parameters, moments and summed gradients, which stay beside the program. */
  readonly registers: readonly Register[];
  /** Present when the graph reads `dropout_masks` and `dropout_rows`. */
  readonly dropout?: DropoutSizes;
}

const isLora = (name: string): boolean => /\.lora_[AB]\.weight$/.test(name);

/**
 * The graph of a step. Inputs: those of `objective` and `adamW`; with accumulation `carry` and `apply`, bool [],
 * whether gradients were summed before, and whether the parameters change now; with dropout those of `DropoutTable`.
 * Outputs, each [1, 1] or []: `loss`, `cross_entropy`, `norm`, with experts `balance`; with experts `expert_load`
 * [L, E]; per trained parameter its gradient before clipping and its registers' next values, under `stepNames`.
 */
export function stepGraph(config: ModelConfig, plan: StepPlan): StepGraph {
  const dropping = plan.lora && plan.dropout && plan.dropout.rate > 0 ? droppingLora(plan.lora) : undefined;
  const scope = new Scope("", new Map(), { lora: dropping?.lora ?? plan.lora });
  const { loss, crossEntropy, balance, expertLoad, streams } = objective(scope, config);
  const trained = new Map([...scope.parameters].filter(([name]) => isLora(name) || plan.trainable(name)));
  const layers = streams.flatMap((stream) => stream.slice(1).map((to, i) => ({ from: stream[i]!, to })));
  const gradients = gradient(loss, [...trained.values()], plan.recompute ? layers : []);
  const carry = input("carry", "bool", []);
  const sums = [...trained].map(([name, { shape }], i) => {
    if (!plan.accumulate) return gradients[i]!;
    return add(gradients[i]!, where(carry, input(stepNames(name).sum, "float32", shape), constant(0)));
  });
  const { updated, norm } = adamW(trained, sums, plan.optimiser);
  const apply = input("apply", "bool", []);
  const changed = (next: Value, before: Value) => (plan.accumulate ? where(apply, next, before) : next);

  const outputs: Record<string, Value> = { loss, cross_entropy: crossEntropy, norm };
  if (balance) outputs.balance = balance;
  if (expertLoad) outputs.expert_load = expertLoad;
  const registers: Register[] = [];
  const keep = (input: string, output: string, value: Value) => {
    outputs[output] = value;
    registers.push({ input, output });
  };
  [...updated].forEach(([name, { value, m, v, before }], i) => {
    const [names, moments] = [stepNames(name), momentNames(name)];
    outputs[names.gradient] = gradients[i]!;
    keep(name, names.next, changed(value, trained.get(name)!));
    keep(moments.m, names.nextM, changed(m, before.m));
    keep(moments.v, names.nextV, changed(v, before.v));
    if (plan.accumulate) keep(names.sum, names.nextSum, sums[i]!);
  });
  const sizes = dropping && dropping.sizes.layers > 0 ? { dropout: dropping.sizes } : {};
  return { outputs, scope, trained, registers, ...sizes };
}

/** A plan whose updates drop parts of their inputs; `sizes` grows as layers are made. */
function droppingLora(plan: LoraPlan): { lora: LoraPlan; sizes: DropoutSizes } {
  const table = {
    masks: input("dropout_masks", "float32", ["MaskRows", "MaskWidth"]),
    rows: input("dropout_rows", "int64", ["MaskTokens"]),
  };
  const sizes = { width: 0, layers: 0 };
  const drop = (x: Value): Value => {
    sizes.width = Math.max(sizes.width, x.shape.at(-1) as number);
    return dropout(x, table, sizes.layers++);
  };
  const lora: LoraPlan = (path) => {
    const size = plan(path);
    return size && { ...size, dropout: drop };
  };
  return { lora, sizes };
}
