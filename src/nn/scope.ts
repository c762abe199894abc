/** @file Parameters by path: "cd" into a module, then ask for what it needs. */

import { ShapeError } from "../errors.ts";
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

/** A path into the weights. A checkpoint name is thus written once, where the weight is used. */
export class Scope {
  readonly path: string;
  /** Every parameter asked for so far, by full path; shared by all scopes of one model. */
  readonly parameters: Map<string, Value>;
  readonly lora: LoraPlan | undefined;

  constructor(path = "", parameters = new Map<string, Value>(), lora?: LoraPlan) {
    this.path = path;
    this.parameters = parameters;
    this.lora = lora;
  }

  /** The same scope with low-rank updates; for training. */
  with(lora: LoraPlan): Scope {
    return new Scope(this.path, this.parameters, lora);
  }

  /** The scope of a part: `scope.in("mlp")`, `scope.in("layers", 3)`. */
  in(...names: (string | number)[]): Scope {
    return new Scope(this.join(names.join(".")), this.parameters, this.lora);
  }

  /**
   * The parameter `name` of this module, float32.
   *
   * @throws ShapeError when it was asked for with another shape before
   */
  param(name: string, shape: readonly number[]): Value {
    const path = this.join(name);
    const known = this.parameters.get(path);
    if (known && show(known.shape) !== show(shape))
      throw new ShapeError(
        path,
        `expected the shape asked for before, ${show(known.shape)}, got ${show(shape)}`,
      );
    const made = known ?? emit("param", [], { name: path, shape });
    this.parameters.set(path, made);
    return made;
  }

  private join(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }
}
