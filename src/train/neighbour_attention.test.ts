import assert from "node:assert/strict";
import { test } from "node:test";
import { randomConfig } from "../../test/random_model.ts";
import { visionFrequencies } from "../model/vision.ts";
import { neighbourBias } from "./neighbour_attention.ts";

const vision = { ...randomConfig("neighbours", "echovlm").vision, embedDim: 256, heads: 4 };
const headDim = 64;
const { axes, frequencies } = visionFrequencies(headDim);

/** A bias turned to a place, as rotary positions turn queries and keys. */
function turned(half: Float32Array, head: number, place: readonly [number, number]): number[] {
  const own = half.subarray(head * headDim, (head + 1) * headDim);
  const pairs = frequencies.map((frequency, j) => {
    const angle = frequency * place[axes[j]!]!;
    const [a, b] = [own[j]!, own[j + headDim / 2]!];
    return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)] as const;
  });
  return pairs.flat();
}

const grid = Array.from({ length: 64 }, (_, n) => [Math.floor(n / 8), n % 8] as const);

test("each head scores one neighbour highest from every place, and all eight are looked at", () => {
  const seen = new Set<string>();
  for (const [block, head] of [0, 1].flatMap((b) => [0, 1, 2, 3].map((h) => [b, h] as const))) {
    const bias = neighbourBias(vision, block);
    const offsets = grid
      .filter(([row, column]) => row > 0 && row < 7 && column > 0 && column < 7)
      .map((from) => {
        const query = turned(bias.subarray(0, 256), head, from);
        const score = (place: readonly [number, number]) =>
          turned(bias.subarray(256, 512), head, place).reduce((sum, key, j) => sum + key * query[j]!, 0);
        const best = grid.reduce((a, b) => (score(a) >= score(b) ? a : b));
        return `${best[0] - from[0]} ${best[1] - from[1]}`;
      });
    assert.equal(new Set(offsets).size, 1);
    seen.add(offsets[0]!);
  }
  assert.equal(seen.size, 8);
  assert.ok(!seen.has("0 0"));
});

test("values have no bias", () => {
  assert.ok(
    neighbourBias(vision, 3)
      .subarray(512)
      .every((value) => value === 0),
  );
});
