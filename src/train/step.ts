/** @file One optimiser step as one graph: forward, backward, clipping, AdamW. */

import { gradient } from "../graph/gradient.ts";
import { add, constant, input, type Value, where } from "../graph/value.ts";
import type { ModelConfig } from "../model/config.ts";
import { type LoraPlan, Scope } from "../nn/scope.ts";
import type { Register } from "../runtime/program.ts";
import { objective } from "./objective.ts";
import { type AdamW, adamW, momentNames } from "./optimiser.ts";

/** What is trained, and how. */
export interface StepPlan {
  /** Whether the parameter of this name changes. */
  readonly trainable: (name: string) => boolean;
  /** Low-rank updates; their own parameters always change. */
  readonly lora?: LoraPlan;
  readonly optimiser: AdamW;
  /** Whether gradients of several micro-batches are summed before a step. */
  readonly accumulate: boolean;
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
}

const isLora = (name: string): boolean => /\.lora_[AB]\.weight$/.test(name);

/**
 * The graph of a step. Inputs: those of `objective` and `adamW`; with accumulation `carry` and `apply`, bool [],
 * whether gradients were summed before, and whether the parameters change now.
 * Outputs, each [1, 1] or []: `loss`, `cross_entropy`, `norm`, with experts `balance`; with experts `expert_load`
 * [L, E]; per trained parameter its gradient before clipping and its registers' next values, under `stepNames`.
 */
export function stepGraph(config: ModelConfig, plan: StepPlan): StepGraph {
  const scope = new Scope("", new Map(), plan.lora);
  const { loss, crossEntropy, balance, expertLoad } = objective(scope, config);
  const trained = new Map([...scope.parameters].filter(([name]) => isLora(name) || plan.trainable(name)));
  const gradients = gradient(loss, [...trained.values()]);
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
  return { outputs, scope, trained, registers };
}
