/** @file Many small graphs in one: a program per graph would cost more than the work it does. */

import { dequantise } from "../src/graph/composites.ts";
import { type BlockFormat, packedShapes } from "../src/graph/packed.ts";
import { emit, input, type Value } from "../src/graph/value.ts";
import type { DType } from "../src/tensor/dtype.ts";
import { type Dim, evaluate } from "../src/tensor/shape.ts";
import { elementCount, float32, int64, type Tensor, tensor } from "../src/tensor/tensor.ts";
import { noise, signed, uniform, weight } from "./prng.ts";

/** Graph outputs with what they read, collected under one prefix after another. */
export class Sketch {
  readonly outputs: Record<string, Value> = {};
  readonly feeds: Record<string, Tensor> = {};
  readonly weights = new Map<string, Tensor>();
  private readonly sizes = new Map<string, number>();
  private count = 0;

  /** A new symbol whose value is `size`; an input of that length lets the runtime know it. */
  symbol(size: number): Dim {
    const name = `n${this.sizes.size}`;
    this.sizes.set(name, size);
    this.add(`size ${name}`, this.noise([name]));
    return name;
  }

  size(dim: Dim): number {
    return evaluate(dim, this.sizes);
  }

  /** A graph input fed with `data`; any axis may be a symbol. */
  feed(shape: readonly Dim[], data: Tensor): Value {
    const name = this.fresh("feed");
    this.feeds[name] = data;
    return input(name, data.dtype, shape);
  }

  /** A graph input fed with small numbers of `dtype`; whole ones are never 0. */
  noise(shape: readonly Dim[], dtype: DType = "float32", scale = 2): Value {
    const sizes = shape.map((dim) => this.size(dim));
    return this.feed(shape, noiseOf(this.fresh("noise"), sizes, dtype, scale));
  }

  /** A parameter with a weight of its own. */
  param(shape: readonly number[], name = this.fresh("weight")): Value {
    this.weights.set(name, weight(name, shape));
    return emit("param", [], { name, shape });
  }

  /** A weight in few bits, with codes, scales and zero points of its own. */
  quantised([out, width]: readonly [number, number], format: BlockFormat): Value {
    const name = this.fresh("codes");
    const shapes = packedShapes([out, width], format);
    const part = (kept: "uint8" | "float32", which: keyof typeof shapes) => {
      const shape = shapes[which];
      const data = uniform(`${name} ${which}`, elementCount(shape));
      const part = `${name} ${which}`;
      this.weights.set(
        part,
        kept === "uint8"
          ? tensor(
              kept,
              shape,
              Uint8Array.from(data, (u) => 256 * u),
            )
          : float32(
              shape,
              data.map((u) => (0.5 + u) / (2 ** format.bits * Math.sqrt(width))),
            ),
      );
      return emit("param", [], { name: part, shape, kept });
    };
    const parts = [part("uint8", "packed"), part("float32", "scale"), part("uint8", "zero")] as const;
    return dequantise(parts, { ...format, width });
  }

  add(name: string, value: Value): void {
    if (name in this.outputs) throw new Error(`two outputs named ${name}`);
    this.outputs[name] = value;
  }

  private fresh(stem: string): string {
    this.count += 1;
    return `${stem}${this.count}`;
  }
}

/** Numbers that every dtype can hold: −1 or less and 1 or more for whole ones, so that they can divide. */
export function noiseOf(name: string, shape: readonly number[], dtype: DType, scale = 2): Tensor {
  if (dtype === "float32") return noise(name, shape, scale);
  const values = signed(name, elementCount(shape));
  if (dtype === "bool")
    return tensor(
      "bool",
      shape,
      Uint8Array.from(values, (v) => Number(v > 0)),
    );
  const whole = values.map((v) => Math.sign(v || 1) * Math.ceil(Math.abs(v) * 5 || 1));
  if (dtype === "int64") return int64(shape, whole);
  if (dtype === "int32") return tensor("int32", shape, Int32Array.from(whole));
  if (dtype === "uint8") return tensor("uint8", shape, Uint8Array.from(whole, Math.abs));
  throw new Error(`no noise of ${dtype}`);
}
