import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../src/graph/composites.ts";
import { add, constant, gather, mul, topological, type Value } from "../src/graph/value.ts";
import { causalMask, UNSEEN } from "../src/model/mask.ts";
import { lower } from "../src/onnx/lower.ts";
import type { Dim } from "../src/tensor/shape.ts";
import { plus } from "../src/tensor/shape.ts";
import { float32, int64 } from "../src/tensor/tensor.ts";
import { assertClose, distance } from "./close.ts";
import { execute, lowerings, roundedToHalf } from "./execute.ts";
import { interpret } from "./interpreter.ts";
import { uniform } from "./prng.ts";
import { Sketch } from "./sketch.ts";

type Cases = Readonly<Record<string, (s: Sketch) => Value>>;

/** Draws graphs that hold a composite in many sizes; one row each, or the compiler complains. */
const cases: { readonly [K in c.CompositeName]: Cases } = {
  softmax: {
    "last axis": (s) => c.softmax(s.noise([s.symbol(3), 5]), -1),
    "first axis": (s) => c.softmax(s.noise([s.symbol(3), 5]), 0),
    "middle axis": (s) => c.softmax(s.noise([2, s.symbol(4), 3]), 1),
    "length 1": (s) => c.softmax(s.noise([4, 1]), -1),
    "no rows": (s) => c.softmax(s.noise([s.symbol(0), 3]), -1),
    "large numbers": (s) => c.softmax(s.noise([3, 7], "float32", 1e4), -1),
    "unseen numbers": (s) =>
      c.softmax(s.feed([2, 3], float32([2, 3], [UNSEEN, 1, 2, UNSEEN, UNSEEN, UNSEEN])), -1),
  },
  logSumExp: {
    "last axis": (s) => c.logSumExp(s.noise([s.symbol(3), 5]), -1),
    "first axis": (s) => c.logSumExp(s.noise([s.symbol(3), 5]), 0),
    "length 1": (s) => c.logSumExp(s.noise([4, 1]), -1),
    "no rows": (s) => c.logSumExp(s.noise([s.symbol(0), 3]), -1),
    "large numbers": (s) => c.logSumExp(s.noise([3, 7], "float32", 1e4), -1),
  },
  layerNorm: {
    "width 1": (s) => layerNorm(s, [s.symbol(3), 1]),
    "odd width": (s) => layerNorm(s, [2, s.symbol(3), 7]),
    "width 64": (s) => layerNorm(s, [s.symbol(1), 64]),
    "no rows": (s) => layerNorm(s, [s.symbol(0), 5]),
    "equal numbers": (s) =>
      c.layerNorm(constant(float32([2, 3], [1, 1, 1, 2, 2, 2])), s.param([3]), s.param([3]), 1e-5),
  },
  rmsNorm: {
    "width 1": (s) => rmsNorm(s, [s.symbol(3), 1]),
    "odd width": (s) => rmsNorm(s, [2, s.symbol(3), 7]),
    "width 64": (s) => rmsNorm(s, [s.symbol(1), 64]),
    "no rows": (s) => rmsNorm(s, [s.symbol(0), 5]),
    zeros: (s) => c.rmsNorm(constant(float32([1, 3], [0, 0, 0])), s.param([3]), 1e-6),
    "a large epsilon": (s) => c.rmsNorm(s.noise([2, 3]), s.param([3]), 0.5),
  },
  gelu: activation(c.gelu),
  silu: activation(c.silu),
  quickGelu: activation(c.quickGelu),
  dequantise: { "a block and a bit": (s) => s.quantised([3, 37], { bits: 4, block: 32 }) },
  embedding: {
    "a table": (s) => c.embedding(s.param([5, 3]), s.feed([s.symbol(3)], int64([3], [4, 0, 4]))),
    "a table in few bits": (s) =>
      c.embedding(s.quantised([5, 37], { bits: 4, block: 32 }), s.feed([s.symbol(3)], int64([3], [4, 0, 4]))),
  },
  linear: {
    "three axes": (s) => c.linear(s.noise([s.symbol(2), s.symbol(3), 5]), s.param([7, 5]), s.param([7])),
    "without bias": (s) => c.linear(s.noise([s.symbol(3), 5]), s.param([2, 5])),
    "one row, width 1": (s) => c.linear(s.noise([s.symbol(1), 1]), s.param([1, 1]), s.param([1])),
    "no rows": (s) => c.linear(s.noise([s.symbol(0), 5]), s.param([3, 5]), s.param([3])),
    "a computed weight": (s) =>
      c.linear(s.noise([s.symbol(3), 5]), mul(s.param([4, 5]), constant(2)), s.noise([4])),
    "one weight used twice": (s) => {
      const weight = s.param([3, 3]);
      return c.linear(c.linear(s.noise([s.symbol(3), 3]), weight), weight);
    },
  },
  rotary: {
    "one pair": (s) => rotary(s, { batch: 1, heads: 1, length: 1, size: 2 }),
    "odd numbers": (s) => rotary(s, { batch: 3, heads: 3, length: 5, size: 6 }),
    "one token of many rows": (s) => rotary(s, { batch: 4, heads: 2, length: 1, size: 10 }),
    "a picture": (s) => rotary(s, { batch: 2, heads: 2, length: 24, size: 20 }),
  },
  attention: attentionCases(),
  experts: {
    "two of four": (s) => experts(s, routes(s, 5, 4, 2)),
    "one of three, odd widths": (s) => experts(s, routes(s, 7, 3, 1), { dim: 3, hidden: 5 }),
    "one token": (s) => experts(s, routes(s, 1, 4, 2)),
    "many tokens": (s) => experts(s, routes(s, 70, 6, 2)),
    "one expert": (s) => experts(s, routes(s, 4, 1, 1)),
    "all tokens to one expert": (s) =>
      experts(
        s,
        table(s, [
          [0, 0.7, 0],
          [0, 0.2, 0],
          [0, 1, 0],
        ]),
      ),
    "an expert without tokens": (s) =>
      experts(
        s,
        table(s, [
          [0.6, 0, 0.4],
          [0, 0, 1],
        ]),
      ),
    "tokens to no expert": (s) =>
      experts(
        s,
        table(s, [
          [0, 0],
          [0.5, 0],
          [0, 0],
        ]),
      ),
    "weights that cancel out": (s) =>
      experts(
        s,
        table(s, [
          [0.5, -1e-40],
          [-0.5, 1e-40],
        ]),
      ),
    "every token to every expert": (s) => experts(s, routes(s, 4, 3, 3)),
    "no tokens": (s) => experts(s, routes(s, 0, 3, 2)),
    "computed weights": (s) => {
      const { route, x } = routed(s, routes(s, 4, 2, 1), 3);
      const twice = (shape: number[]) => mul(s.param(shape), constant(2));
      return c.experts(x, route, [
        [twice([5, 3]), twice([5, 3]), twice([3, 5])],
        [s.noise([5, 3]), s.noise([5, 3]), s.noise([3, 5])],
      ]);
    },
    "a computed weight that two experts share": (s) => {
      const { route, x } = routed(s, routes(s, 4, 2, 2), 3);
      const shared = mul(s.param([3, 3]), constant(2));
      return c.experts(x, route, [
        [shared, s.param([3, 3]), s.param([3, 3])],
        [s.param([3, 3]), shared, shared],
      ]);
    },
    "experts after experts with the same weights": (s) => {
      const route = table(s, [
        [0.6, 0.4],
        [0, 1],
        [1, 0],
      ]);
      const { x } = routed(s, route, 4);
      const shared = [projections(s, 4, 3), projections(s, 4, 3)];
      return c.experts(c.experts(x, route, shared), route, shared);
    },
  },
};

function activation(op: (x: Value) => Value): Cases {
  const ends = [-1000, -100, -20, -3, -0.1, 0, 0.1, 3, 20, 100, 1000];
  return {
    "odd numbers": (s) => op(s.noise([s.symbol(3), 7], "float32", 6)),
    "no rows": (s) => op(s.noise([s.symbol(0), 7])),
    "far out": (s) => op(s.feed([ends.length], float32([ends.length], ends))),
  };
}

const layerNorm = (s: Sketch, shape: Dim[]): Value => {
  const width = [shape.at(-1) as number];
  return c.layerNorm(s.noise(shape), s.param(width), s.param(width), 1e-6);
};

const rmsNorm = (s: Sketch, shape: Dim[]): Value =>
  c.rmsNorm(s.noise(shape), s.param([shape.at(-1) as number]), 1e-6);

function rotary(
  s: Sketch,
  { batch, heads, length, size }: Record<"batch" | "heads" | "length" | "size", number>,
) {
  const [b, l] = [s.symbol(batch), s.symbol(length)];
  return c.rotary(s.noise([b, heads, l, size]), s.noise([b, l, size / 2]), s.noise([b, l, size / 2]));
}

/** [T, E] with `k` numbers in every row. */
function routes(s: Sketch, tokens: number, count: number, k: number): Value {
  const rows = Array.from({ length: tokens }, (_, t) =>
    uniform(`route ${tokens} ${count} ${t}`, count).map((share, e) =>
      (e + t) % count < k ? 0.1 + share : 0,
    ),
  );
  return table(s, rows, count);
}

const table = (s: Sketch, rows: readonly number[][], count = rows[0]!.length): Value =>
  s.feed([s.symbol(rows.length), count], float32([rows.length, count], rows.flat()));

const routed = (s: Sketch, route: Value, dim: number): { route: Value; x: Value } => ({
  route,
  x: s.noise([route.shape[0]!, dim]),
});

const projections = (s: Sketch, dim: number, hidden: number): [Value, Value, Value] => [
  s.param([hidden, dim]),
  s.param([hidden, dim]),
  s.param([dim, hidden]),
];

function experts(s: Sketch, route: Value, { dim, hidden } = { dim: 6, hidden: 9 }): Value {
  const count = route.shape[1] as number;
  const { x } = routed(s, route, dim);
  return c.experts(
    x,
    route,
    Array.from({ length: count }, () => projections(s, dim, hidden)),
  );
}

interface AttentionCase {
  readonly batch: number;
  readonly heads: number;
  readonly groups: number;
  readonly past?: number;
  readonly length: number;
  /** New keys and values, if not as many as queries. */
  readonly keys?: number;
  readonly size: number;
  readonly mask: "none" | "one for all rows" | "one per row" | "nothing seen" | "windows";
}

function attentionCases(): Cases {
  const sizes: readonly AttentionCase[] = [
    { batch: 2, heads: 3, groups: 3, length: 5, size: 4, mask: "none" },
    { batch: 1, heads: 1, groups: 1, length: 1, size: 2, mask: "none" },
    { batch: 2, heads: 2, groups: 2, length: 3, keys: 7, size: 6, mask: "none" },
    { batch: 3, heads: 2, groups: 2, length: 4, size: 6, mask: "windows" },
    { batch: 3, heads: 2, groups: 2, length: 4, size: 6, mask: "one for all rows" },
    { batch: 2, heads: 2, groups: 2, length: 3, size: 4, mask: "nothing seen" },
    { batch: 2, heads: 6, groups: 2, length: 3, size: 4, mask: "none" },
    { batch: 2, heads: 6, groups: 2, length: 3, size: 4, mask: "one per row" },
    { batch: 1, heads: 2, groups: 1, past: 0, length: 3, size: 4, mask: "one per row" },
    { batch: 3, heads: 6, groups: 2, past: 7, length: 5, size: 6, mask: "one per row" },
    { batch: 3, heads: 6, groups: 2, past: 7, length: 1, size: 6, mask: "one per row" },
    { batch: 2, heads: 3, groups: 3, past: 1, length: 2, size: 3, mask: "one per row" },
    { batch: 2, heads: 4, groups: 1, past: 5, length: 3, size: 1, mask: "one for all rows" },
    { batch: 2, heads: 4, groups: 2, past: 3, length: 2, size: 4, mask: "nothing seen" },
    { batch: 2, heads: 4, groups: 2, past: 0, length: 2, size: 4, mask: "nothing seen" },
    { batch: 1, heads: 14, groups: 2, past: 70, length: 9, size: 16, mask: "one per row" },
  ];
  return Object.fromEntries(sizes.map((of) => [JSON.stringify(of), (s: Sketch) => attention(s, of)]));
}

function attention(
  s: Sketch,
  { batch, heads, groups, past, length, keys = length, size, mask }: AttentionCase,
) {
  const [b, l, n] = [s.symbol(batch), s.symbol(length), s.symbol(keys)];
  const fresh = keys === length ? l : n;
  const q = s.noise([b, heads, l, size]);
  const [k, v] = [s.noise([b, groups, fresh, size]), s.noise([b, groups, fresh, size])];
  const options = { scale: size ** -0.5 };
  if (mask === "none") return c.attention(q, k, v, options);
  const p = past === undefined ? 0 : s.symbol(past);
  const maskShape: Dim[] = [mask === "one for all rows" ? 1 : b, 1, l, plus(p, fresh)];
  const given = {
    ...options,
    mask: s.feed(
      maskShape,
      maskOf(
        mask,
        maskShape.map((dim) => s.size(dim)),
      ),
    ),
  };
  if (past === undefined) return c.attention(q, k, v, given);
  return c.attention(q, k, v, {
    ...given,
    past: { k: s.noise([b, groups, p, size]), v: s.noise([b, groups, p, size]) },
  });
}

/** Masks of [B, 1, S, P+S]; rows differ in what exists. */
function maskOf(kind: AttentionCase["mask"], [batch, , length, total]: number[]) {
  if (kind === "nothing seen" || kind === "windows") {
    // Window b sees its first b + 1 places.
    const seen = (i: number) => kind === "windows" && i % total! <= Math.floor(i / (length! * total!));
    const data = Float32Array.from({ length: batch! * length! * total! }, (_, i) => (seen(i) ? 0 : UNSEEN));
    return float32([batch!, 1, length!, total!], data);
  }
  const rows = Array.from({ length: batch! }, (_, row) => {
    const exists = uniform(`mask ${row} ${total}`, total!).map((u) => row === 0 || u > 0.4);
    return { past: exists.slice(0, total! - length!), fresh: exists.slice(total! - length!) };
  });
  return causalMask(rows, null);
}

function sketchOf(of: { readonly [name: string]: Cases }): Sketch {
  const sketch = new Sketch();
  for (const [op, variants] of Object.entries(of))
    for (const [name, build] of Object.entries(variants)) sketch.add(`${op}, ${name}`, build(sketch));
  return sketch;
}

test("fused and plain lowerings of every composite compute its definition", async (t) => {
  const sketch = sketchOf(cases);
  const expected = interpret(sketch.outputs, sketch.feeds, sketch.weights);
  for (const kernels of lowerings) {
    const options = { kernels, storage: "float32" } as const;
    const results = await execute(sketch.outputs, sketch.feeds, sketch.weights, options);
    for (const [name, { shape, data }] of Object.entries(expected))
      await t.test(`${kernels} ${name}`, () => {
        assert.deepEqual(results[name]!.shape, shape);
        assertClose(results[name]!.data, data, name);
      });
  }
});

const kernelOf: { readonly [K in Exclude<c.CompositeName, "logSumExp" | "dequantise">]: string } = {
  embedding: "GatherBlockQuantized",
  softmax: "Softmax",
  layerNorm: "LayerNormalization",
  rmsNorm: "RMSNormalization",
  gelu: "Gelu",
  silu: "QuickGelu",
  quickGelu: "QuickGelu",
  linear: "FusedMatMul",
  rotary: "RotaryEmbedding",
  attention: "MultiHeadAttention",
  experts: "If",
};
for (const op of Object.keys(kernelOf) as (keyof typeof kernelOf)[])
  test(`${op} has a fused kernel, and none when lowered plainly`, () => {
    const [fused, plain] = lowerings.map((kernels) => {
      const sketch = sketchOf({ [op]: cases[op] });
      const { node } = lower(sketch.outputs, { kernels, storage: "float32" }).builder.finish();
      return new Set(node.map(({ opType }) => opType));
    });
    assert.ok(fused!.has(kernelOf[op]));
    assert.ok(!plain!.has(kernelOf[op]));
  });

test("a routing weight that is not a number reaches its token, and no other", async () => {
  const sketch = new Sketch();
  const route = table(sketch, [
    [0, 1],
    [Number.NaN, 0],
  ]);
  sketch.add("y", experts(sketch, route));
  const options = { kernels: "fused", storage: "float32" } as const;
  const { y } = await execute(sketch.outputs, sketch.feeds, sketch.weights, options);
  const lost = Array.from(y!.data, Number.isNaN);
  assert.deepEqual(lost, [...Array(6).fill(false), ...Array(6).fill(true)]);
});

test("a past is read where it lies: the fused kernel does not join it with the new keys", () => {
  const sketch = new Sketch();
  const of = { batch: 1, heads: 2, groups: 1, past: 7, length: 1, size: 4, mask: "one per row" } as const;
  sketch.add("mixed", attention(sketch, of));
  const { node } = lower(
    { mixed: sketch.outputs.mixed! },
    { kernels: "fused", storage: "float32" },
  ).builder.finish();
  const joined = node.filter(({ opType }) => opType === "Concat").flatMap(({ input }) => input);
  const fed = topological([sketch.outputs.mixed!]).flatMap((value) =>
    "name" in value.attrs ? [value.attrs.name] : [],
  );
  assert.ok(fed.length > 3);
  assert.deepEqual(
    joined.filter((name) => fed.includes(name)),
    [],
  );
});

test("half-precision storage rounds weights of rank two and more, and nothing else", async (t) => {
  const sketch = sketchOf({
    linear: cases.linear,
    experts: cases.experts,
    param: {
      "added as it is": (s) => add(s.param([3, 5]), s.noise([3, 5])),
      "rows of a table": (s) => gather(s.param([6, 5]), s.feed([s.symbol(3)], int64([3], [5, 0, 2]))),
      "of rank one": (s) => add(s.param([64]), constant(0)),
    },
  });
  const rounded = roundedToHalf(sketch.weights);
  const expected = interpret(sketch.outputs, sketch.feeds, rounded);
  const unrounded = interpret(sketch.outputs, sketch.feeds, sketch.weights);
  for (const kernels of lowerings) {
    const results = await execute(sketch.outputs, sketch.feeds, sketch.weights, {
      kernels,
      storage: "float16",
    });
    for (const [name, { data }] of Object.entries(expected))
      await t.test(`${kernels} ${name}`, () => assertClose(results[name]!.data, data, name));
    assert.ok(distance(results["linear, three axes"]!.data, unrounded["linear, three axes"]!.data) > 1e-5);
  }
});
