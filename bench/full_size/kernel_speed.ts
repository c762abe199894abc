/**
 * @file How fast the matrix kernel of a model's own weights reads them when almost nothing else runs: the dense path of
 * every layer, on one token. What a decode step could reach if everything else took no time.
 */

import { openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { add, input } from "../../src/graph/value.ts";
import { quantisationPlan } from "../../src/model/quantisation.ts";
import { swiglu } from "../../src/nn/mlp.ts";
import { Scope } from "../../src/nn/scope.ts";
import { lower } from "../../src/onnx/lower.ts";
import type { Program } from "../../src/runtime/program.ts";
import { float32 } from "../../src/tensor/tensor.ts";
import { loadGraph } from "../../src/train/load_graph.ts";
import { median } from "../statistics.ts";
import { packedBytes } from "./active_weights.ts";

const RUNS = 8;

/** Reads the weights when asked to. Close it after use; until then it holds them. */
export class KernelMeter {
  private constructor(
    private readonly program: Program,
    private readonly width: number,
    private readonly bytes: number,
  ) {}

  static async open(folder: string, threads: number): Promise<KernelMeter> {
    const checkpoint = await openCheckpoint(folder);
    try {
      const { hiddenDim: dim, mlpDim: hidden, layers } = checkpoint.config.decoder;
      const scope = new Scope("", new Map(), { quantised: quantisationPlan(checkpoint.config) });
      const x = input("x", "float32", ["B", 1, dim]);
      const each = Array.from({ length: layers }, (_, i) =>
        swiglu(scope.in("model", "layers", i, "mlp"), x, { dim, hidden }, false),
      );
      const lowered = lower({ y: each.reduce(add) }, { kernels: "fused", storage: "float32" });
      const { program } = await loadGraph(checkpoint, lowered, { threads });
      const names = lowered.parameters.map(({ name }) => name);
      return new KernelMeter(program, dim, packedBytes(names, checkpoint.tensors));
    } finally {
      await checkpoint.close();
    }
  }

  /** @returns gigabytes (10⁹ bytes) per second, the median of eight runs */
  async measure(): Promise<number> {
    const x = float32(
      [1, 1, this.width],
      Float32Array.from({ length: this.width }, (_, i) => Math.sin(i)),
    );
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await this.program.run({ x }, ["y"]);
      times.push(performance.now() - start);
    }
    return this.bytes / 1e6 / median(times);
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
