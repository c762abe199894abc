/** @file Grows one ONNX graph node by node; branches of `If` grow in the same name space. */

import { create } from "@bufbuild/protobuf";
import { ShapeError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from "./generated/onnx_pb.ts";

/** ONNX TensorProto.DataType of each dtype. @see onnx.proto */
export const onnxType: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

/** An attribute value, its ONNX kind said by the key. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string }
  | { readonly graph: GraphProto };

function attributeProto(name: string, value: Attribute): AttributeProto {
  if ("float" in value) return create(AttributeProtoSchema, { name, type: 1, f: value.float });
  if ("int" in value) return create(AttributeProtoSchema, { name, type: 2, i: BigInt(value.int) });
  if ("ints" in value) return create(AttributeProtoSchema, { name, type: 7, ints: value.ints.map(BigInt) });
  if ("string" in value)
    return create(AttributeProtoSchema, {
      name,
      type: 3,
      s: Uint8Array.from(value.string, (c) => c.charCodeAt(0)),
    });
  return create(AttributeProtoSchema, { name, type: 5, g: value.graph });
}

/** Operators of ONNX Runtime's own domain. */
export const MICROSOFT = "com.microsoft";

/** Collects the nodes of a graph. Names are made here and are unique over all its branches. */
export class GraphBuilder {
  private nodes: NodeProto[] = [];
  private readonly initializers: TensorProto[] = [];
  private readonly constants = new Map<string, string>();
  private count = 0;

  /**
   * Append a node with one used output.
   *
   * @param op operator name, with its domain before a colon when it is not ONNX's own ("com.microsoft:QuickGelu")
   * @param inputs value names; "" leaves an optional input out
   * @param options.outputs how many outputs the operator has; the last one is returned
   * @returns the name of the last output
   */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: { outputs?: number; name?: string } = {},
  ): string {
    const [type = op, domain = ""] = op.split(":").reverse();
    const output = Array.from({ length: options.outputs ?? 1 }, () => this.fresh(type));
    if (options.name !== undefined) output.splice(-1, 1, options.name);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push(
      create(NodeProtoSchema, {
        opType: type,
        domain,
        name: this.fresh("node"),
        input: [...inputs],
        output,
        attribute,
      }),
    );
    return output.at(-1)!;
  }

  /** A small tensor stored inside the graph; equal ones are stored once. */
  constant({ dtype, shape, data }: Tensor): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    const key = `${dtype}[${shape.join()}]${bytes.join()}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh("constant");
    this.constants.set(key, name);
    this.initializer({ name, dims: shape.map(BigInt), dataType: onnxType[dtype], rawData: bytes });
    return name;
  }

  /** A one-dimensional int64 constant. */
  ints(...values: number[]): string {
    return this.constant({
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  initializer(tensor: Partial<Omit<TensorProto, "$typeName" | "$unknown">>): void {
    this.initializers.push(create(TensorProtoSchema, tensor));
  }

  /**
   * A branch of `If`: the nodes that `build` appends go there; it may use any name of the graph around it.
   *
   * @param build returns the name of the branch's result
   */
  branch(build: () => string): GraphProto {
    const outer = this.nodes;
    this.nodes = [];
    const result = this.node("Identity", [build()]);
    const node = this.nodes;
    this.nodes = outer;
    return create(GraphProtoSchema, { name: this.fresh("branch"), node, output: [{ name: result }] });
  }

  /** Everything so far. */
  finish(): { node: NodeProto[]; initializer: TensorProto[] } {
    const names = new Set(this.nodes.flatMap((node) => node.output));
    if (names.size === 0) throw new ShapeError("onnx graph", "expected at least one node");
    return { node: this.nodes, initializer: this.initializers };
  }

  private fresh(stem: string): string {
    this.count += 1;
    return `${stem}.${this.count}`;
  }
}
