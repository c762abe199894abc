import assert from "node:assert/strict";
import { test } from "node:test";
import { sumActive } from "./active_weights.ts";
import { ratiosOf, takeRounds } from "./rounds.ts";
import { leavesLine, lineThrough } from "./straight_line.ts";
import { svgPlot, ticks } from "./svg_plot.ts";

test("rounds alternate their order, and those that warm up do not count", async () => {
  const order: string[] = [];
  const turn = (name: string) => async () => order.push(name);
  const figures = await takeRounds({ a: turn("a"), b: turn("b") }, { rounds: 2, warmUp: 1 });
  assert.deepEqual(order, ["b", "a", "a", "b", "b", "a"]);
  assert.deepEqual(figures, { a: [3, 6], b: [4, 5] });
});

test("a ratio is taken round by round", () => assert.deepEqual(ratiosOf([1, 20, 9], [1, 10, 3]), [1, 2, 3]));

test("a cost leaves its line where it is a fifth above it", () => {
  const points = [256, 512, 1024, 2048].map((x) => ({ x, y: 10 + x + (x / 1000) ** 4 * 60 }));
  assert.equal(leavesLine(points)?.x, 2048);
  assert.equal(leavesLine(points.slice(0, 3)), undefined);
  assert.equal(leavesLine(points.slice(0, 1)), undefined);
  assert.deepEqual(lineThrough({ x: 1, y: 3 }, { x: 3, y: 7 }), { slope: 2, intercept: 1 });
});

test("ticks are round and reach the largest value", () => {
  assert.deepEqual(ticks(8192), [0, 2000, 4000, 6000, 8000, 10000]);
  assert.deepEqual(ticks(0.62), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
});

test("every point is in the plot, and names in it are text", () => {
  const points = [1, 2, 4].map((x) => ({ x, y: x * x }));
  const svg = svgPlot({ title: "a < b", x: "x", y: "y", points });
  assert.equal(svg.match(/<circle/g)?.length, points.length);
  assert.ok(svg.includes("a &lt; b") && svg.includes("stroke-dasharray"));
  for (const [, at] of svg.matchAll(/c[xy]="([\d.]+)"/g)) assert.ok(Number(at) >= 0 && Number(at) <= 480);
});

test("of routed experts the chosen ones count, and the table of embeddings does not", () => {
  const info = (dtype: "uint8" | "float32" | "bfloat16", sizeBytes: number, shape: number[]) => ({
    ...{ dtype, sizeBytes, shape },
    offset: 0,
  });
  const stored = new Map([
    ["model.embed_tokens.weight_packed", info("uint8", 999, [999])],
    ["visual.blocks.0.attn.proj.weight", info("bfloat16", 8, [2, 2])],
    ["model.layers.0.mlp.up_proj.weight_packed", info("uint8", 64, [64])],
    ["model.layers.0.mlp.up_proj.weight_scale", info("float32", 4, [1])],
    ["model.layers.0.mlp.up_proj.weight_zero_point", info("uint8", 1, [1])],
    ["model.layers.0.moe.experts.3.up_proj.weight_packed", info("uint8", 40, [40])],
    ["lm_head.weight", info("bfloat16", 20, [2, 5])],
  ]);
  const shapes = new Map([
    ["model.layers.0.mlp.up_proj.weight", [2, 64]],
    ["model.layers.0.moe.experts.3.up_proj.weight", [2, 40]],
    ["model.layers.0.mlp.up_proj.bias", [7]],
  ]);
  assert.deepEqual(
    sumActive(stored, shapes, (name) => (name.includes(".experts.") ? 0.5 : 1)),
    {
      layerWeights: 128 + 40,
      layerBytes: 64 + 4 + 1 + 20,
      tokenBytes: 64 + 4 + 1 + 20 + 40,
      layerKernelBytes: 64 + 8 + 20,
      tokenKernelBytes: 64 + 8 + 20 + 40,
    },
  );
});
