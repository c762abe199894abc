import assert from "node:assert/strict";
import { test } from "node:test";
import { input } from "../src/graph/value.ts";
import { routing } from "../src/nn/loss.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { interpret } from "./interpreter.ts";

const [layers, experts] = [2, 4];
/** Logits that choose the given experts of each token, strongest first. */
const choosing = (choices: readonly (readonly number[])[]) =>
  float32(
    [choices.length, experts],
    choices.flatMap((chosen) =>
      Array.from({ length: experts }, (_, e) => (chosen.includes(e) ? 3 - chosen.indexOf(e) : 0)),
    ),
  );

function run(choices: readonly (readonly (readonly number[])[])[], attended: readonly number[]) {
  const logits = choices.map((_, i) => input(`router.${i}`, "float32", ["T", experts]));
  return interpret(
    { ...routing(logits, input("attended", "float32", ["T"]), 2) },
    {
      ...Object.fromEntries(choices.map((layer, i) => [`router.${i}`, choosing(layer)])),
      attended: float32([attended.length], attended),
    },
  );
}

test("the load counts who was chosen, per layer, and leaves padding out", () => {
  const first = [
    [0, 1],
    [0, 2],
    [3, 2],
  ];
  const second = [
    [1, 0],
    [1, 0],
    [2, 3],
  ];
  const { load } = run([first, second], [1, 1, 0]);
  assert.deepEqual(load!.shape, [layers, experts]);
  assert.deepEqual([...load!.data], [0.5, 0.25, 0.25, 0, 0.5, 0.5, 0, 0]);
});

test("a balanced load has the least balance, top-k", () => {
  const even = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
  ];
  const { load, balance } = run([even], [1, 1, 1, 1]);
  assert.deepEqual([...load!.data], [0.25, 0.25, 0.25, 0.25]);
  assert.ok(Math.abs(Number(balance!.data[0]) - 2) < 1e-6);
  const uneven = run([even.map(() => [0, 1])], [1, 1, 1, 1]);
  assert.ok(Number(uneven.balance!.data[0]) > 2.5);
});
