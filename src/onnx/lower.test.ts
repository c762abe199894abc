import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { linear, rmsNorm } from "../graph/composites.ts";
import { gradient } from "../graph/gradient.ts";
import { add, constant, emit, exp, expand, gather, input, mul, sum, type Value } from "../graph/value.ts";
import { float32 } from "../tensor/tensor.ts";
import { ModelProtoSchema } from "./generated/onnx_pb.ts";
import { type LowerOptions, lower } from "./lower.ts";
import { encodeModel } from "./model.ts";

const options: LowerOptions = { kernels: "fused", storage: "float32" };
const param = (name: string, shape: readonly number[]): Value => emit("param", [], { name, shape });
const opsOf = (outputs: Record<string, Value>): string[] =>
  lower(outputs, options)
    .builder.finish()
    .node.map(({ opType }) => opType);

test("a value that is used twice is computed once, and equal constants are stored once", () => {
  const x = exp(input("x", "float32", ["S"]));
  const y = mul(add(x, constant(2)), add(x, constant(2)));
  assert.equal(opsOf({ y }).filter((op) => op === "Exp").length, 1);
  assert.equal(lower({ y }, options).builder.finish().initializer.length, 1);
});

test("what no output needs is not lowered", () => {
  const x = input("x", "float32", ["S"]);
  exp(param("unused", [2]));
  assert.deepEqual(
    opsOf({ x }).filter((op) => op !== "Shape"),
    ["Identity"],
  );
  assert.deepEqual(lower({ x }, options).parameters, []);
});

test("a size that no input has is an error that names the inputs", () => {
  const x = input("x", "float32", ["S"]);
  assert.throws(() => lower({ y: expand(x, ["T", "S"]) }, options), {
    name: "ShapeError",
    message: "lower: expected symbol T or a multiple of it as an axis of an input, found x [S]",
  });
});

test("half-precision weights of rank two are optional inputs, so that the runtime keeps them half", () => {
  const x = input("x", "float32", ["S", 3]);
  const ids = input("ids", "int64", ["S"]);
  const y = linear(add(x, gather(param("table", [9, 3]), ids)), param("w", [2, 3]), param("b", [2]));
  const lowered = lower({ y }, { kernels: "fused", storage: "float16" });
  const shapes = Object.fromEntries(lowered.parameters.map(({ name, storage }) => [name, storage]));
  assert.deepEqual(shapes, { table: "float16", w: "float16", b: "float32" });
  const places = new Map([
    ["table", 0],
    ["w", 4096],
    ["b", 5_000_000_000],
  ]);
  const { graph } = fromBinary(
    ModelProtoSchema,
    encodeModel(lowered, ({ name }) => ({ location: "weights.bin", offset: places.get(name)! })),
  );
  assert.deepEqual(graph?.input.map(({ name }) => name).sort(), ["ids", "table", "w", "x"]);
  assert.deepEqual(
    graph?.output.map(({ name }) => name),
    ["y"],
  );
  const external = graph?.initializer.flatMap(({ name, dataType, dims, externalData }) =>
    externalData.length === 0
      ? []
      : [[name, dataType, dims, Object.fromEntries(externalData.map(({ key, value }) => [key, value]))]],
  );
  const at = (offset: string, length: string) => ({ location: "weights.bin", offset, length });
  assert.deepEqual(
    new Map(external?.map(([name, ...rest]) => [name, rest])),
    new Map([
      ["table", [10, [9n, 3n], at("0", "54")]],
      ["w", [10, [2n, 3n], at("4096", "12")]],
      ["b", [1, [2n], at("5000000000", "8")]],
    ]),
  );
});

test("a constant's bytes are those of its own part of a buffer", () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  const y = constant(float32([2], whole.subarray(1, 3)));
  const [stored] = lower({ y }, options).builder.finish().initializer;
  assert.deepEqual(new Float32Array(stored!.rawData!.slice().buffer), Float32Array.of(2, 3));
});

test("a composite that a gradient looks into is not computed twice; one beside it stays fused", () => {
  const [x, frozen] = [input("x", "float32", [1, 4]), input("frozen", "float32", [1, 4])];
  const norm = (value: Value) => rmsNorm(value, input("weight", "float32", [4]), 1e-6);
  const loss = sum(mul(norm(x), norm(frozen)), 1);
  const count = (outputs: Record<string, Value>, op: string) =>
    opsOf(outputs).filter((each) => each === op).length;
  const fused = "RMSNormalization";
  assert.deepEqual([count({ loss }, fused), count({ loss }, "Sqrt")], [2, 0]);
  const [dx] = gradient(loss, [x]) as [Value];
  assert.deepEqual([count({ loss, dx }, fused), count({ loss, dx }, "Sqrt")], [1, 1]);
});
