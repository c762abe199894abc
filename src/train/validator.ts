/** @file The loss on records that are not learnt: the training objective without its gradient. */

import type { Checkpoint } from "../checkpoint/hf_folder.ts";
import { RequestError } from "../errors.ts";
import { type LoraPlan, Scope } from "../nn/scope.ts";
import { lower } from "../onnx/lower.ts";
import type { Tensors } from "../runtime/program.ts";
import { loadGraph } from "./load_graph.ts";
import { objective } from "./objective.ts";
import type { MicroBatch } from "./stepper.ts";

/** Close it after use. */
export interface Validator {
  /**
   * Mean cross entropy over the labels of all batches, in nats.
   *
   * @param values current values of the trained parameters
   * @throws RequestError when there is no batch, that is when no record could be loaded
   */
  loss(batches: AsyncIterable<MicroBatch>, values: Tensors): Promise<number>;
  close(): Promise<void>;
}

/** @param trained names of the parameters that `loss` is given; the rest come from the checkpoint */
export async function openValidator(
  checkpoint: Checkpoint,
  trained: ReadonlySet<string>,
  options: { threads: number; lora?: LoraPlan },
): Promise<Validator> {
  const scope = new Scope("", new Map(), { lora: options.lora });
  const { crossEntropy } = objective(scope, checkpoint.config);
  const lowered = lower(
    { crossEntropy },
    { kernels: "fused", storage: "float32", fed: (name) => trained.has(name) },
  );
  const { program } = await loadGraph(checkpoint, lowered, { threads: options.threads });
  return {
    async loss(batches, values) {
      let [sum, labels] = [0, 0];
      for await (const { feeds, labels: count } of batches) {
        const results = await program.run({ ...feeds, ...values }, ["crossEntropy"]);
        sum += Number(results.crossEntropy!.data[0]);
        labels += count;
      }
      if (labels === 0)
        throw new RequestError("data.validation", "expected a record that can be loaded, got none");
      return sum / labels;
    },
    close: () => program.close(),
  };
}
