/** @file One optimiser step as one graph: forward, backward, clipping, AdamW. */

import { gradient } from "../graph/gradient.ts";
import type { Value } from "../graph/value.ts";
import type { ModelConfig } from "../model/config.ts";
import { type LoraPlan, Scope } from "../nn/scope.ts";
import { objective } from "./objective.ts";
import { type AdamW, adamW } from "./optimiser.ts";

/** What is trained, and how. */
export interface StepPlan {
  /** Whether the parameter of this name changes. */
  readonly trainable: (name: string) => boolean;
  /** Low-rank updates; their own parameters always change. */
  readonly lora?: LoraPlan;
  readonly optimiser: AdamW;
  /** Weight of the load balance in the loss. */
  readonly balance: number;
}

/** Names of a step's outputs for a parameter. */
export const stepNames = (name: string) => ({
  gradient: `gradient.${name}`,
  value: `next.${name}`,
  m: `next.m.${name}`,
  v: `next.v.${name}`,
});

/**
 * The graph of a step. Inputs: those of `objective` and `adamW`.
 * Outputs: `loss`, `cross_entropy`, `balance` (with experts), `norm`, `logits`; per trained parameter its gradient
 * before clipping, next value and moments, under `stepNames`.
 */
export function stepGraph(
  config: ModelConfig,
  plan: StepPlan,
): { outputs: Record<string, Value>; scope: Scope; trained: ReadonlyMap<string, Value> } {
  const scope = new Scope("", new Map(), plan.lora);
  const { loss, crossEntropy, balance, logits } = objective(scope, config, plan.balance);
  const isLora = (name: string) => /\.lora_[AB]\.weight$/.test(name);
  const trained = new Map([...scope.parameters].filter(([name]) => isLora(name) || plan.trainable(name)));
  const gradients = gradient(loss, [...trained.values()]);
  const { updated, norm } = adamW(trained, gradients, plan.optimiser);
  const outputs: Record<string, Value> = { loss, cross_entropy: crossEntropy, norm, logits };
  if (balance) outputs.balance = balance;
  [...updated].forEach(([name, { value, m, v }], i) => {
    const names = stepNames(name);
    outputs[names.gradient] = gradients[i]!;
    outputs[names.value] = value;
    outputs[names.m] = m;
    outputs[names.v] = v;
  });
  return { outputs, scope, trained };
}
