/** @file Parameters by path: "cd" into a module, then ask for what it needs. */

import { ShapeError } from "../errors.ts";
import { dequantise } from "../graph/composites.ts";
import { type BlockFormat, packedShapes } from "../graph/packed.ts";
import { emit, type Value } from "../graph/value.ts";
import { show } from "../tensor/shape.ts";

/** Size of a low-rank update. */
export interface LoraSize {
  readonly rank: number;
  /** What the update is multiplied by: alpha / rank. */
  readonly scale: number;
  /** What happens to the update's input, in training. */
  readonly dropout?: (x: Value) => Value;
}

/** The low-rank update of the linear layer at a path, if it has one. @see nn/lora.ts */
export type LoraPlan = (path: string) => LoraSize | undefined;

/** How the weight of the layer at a path is kept in few bits, if it is. */
export type QuantisationPlan = (path: string) => BlockFormat | undefined;

/** What the parts of a quantised weight are called in its layer. @see docs/quantisation.md */
export const packedNames = {
  packed: "weight_packed",
  scale: "weight_scale",
  zero: "weight_zero_point",
} as const;

/** What a model's weights are like beyond their names. */
interface Plans {
  readonly lora?: LoraPlan | undefined;
  readonly quantised?: QuantisationPlan | undefined;
}

/** A path into the weights. A checkpoint name is thus written once, where the weight is used. */
export class Scope {
  readonly path: string;
  /** Every parameter asked for so far, by full path; shared by all scopes of one model. */
  readonly parameters: Map<string, Value>;
  readonly lora: LoraPlan | undefined;
  readonly quantised: QuantisationPlan | undefined;

  constructor(path = "", parameters = new Map<string, Value>(), { lora, quantised }: Plans = {}) {
    this.path = path;
    this.parameters = parameters;
    this.lora = lora;
    this.quantised = quantised;
  }

  /** The same scope with low-rank updates; for training. */
  with(lora: LoraPlan): Scope {
    return new Scope(this.path, this.parameters, { lora, quantised: this.quantised });
  }

  /** The scope of a part: `scope.in("mlp")`, `scope.in("layers", 3)`. */
  in(...names: (string | number)[]): Scope {
    return new Scope(this.join(names.join(".")), this.parameters, this);
  }

  /**
   * The matrix [Out, In] of this module, or the table of its rows: `weight`, or where the plan says so the codes, scales
   * and zero points that it is made of. Layers need not know which.
   */
  weight(shape: readonly [out: number, width: number]): Value {
    const format = this.quantised?.(this.path);
    if (!format) return this.param("weight", shape);
    const { packed, scale, zero } = packedShapes(shape, format);
    const parts = [
      this.param(packedNames.packed, packed, "uint8"),
      this.param(packedNames.scale, scale, "float32"),
      this.param(packedNames.zero, zero, "uint8"),
    ] as const;
    return dequantise(parts, { ...format, width: shape[1] });
  }

  /**
   * The parameter `name` of this module.
   *
   * @param kept the dtype that it is stored in whatever the model's storage; absent: as the model's, float32 in the graph
   * @throws ShapeError when it was asked for with another shape before
   */
  param(name: string, shape: readonly number[], kept?: "float32" | "uint8"): Value {
    const path = this.join(name);
    const known = this.parameters.get(path);
    if (known && show(known.shape) !== show(shape))
      throw new ShapeError(
        path,
        `expected the shape asked for before, ${show(known.shape)}, got ${show(shape)}`,
      );
    const made = known ?? emit("param", [], { name: path, shape, ...(kept && { kept }) });
    this.parameters.set(path, made);
    return made;
  }

  private join(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }
}
