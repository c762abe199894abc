import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../tensor/tensor.ts";
import { chain } from "./chain.ts";
import type { Program, State } from "./program.ts";

/** y = x + how many runs the state has had. */
function adder(from: string, to: string) {
  const calls = { fail: false, closed: 0, fetched: [] as string[][] };
  const program: Program = {
    async run(feeds, fetch, grow = []) {
      assert.deepEqual(Object.keys(feeds), [from]);
      calls.fetched.push([...fetch]);
      const { state } = grow[0]!;
      state.length += 1;
      state.capacity = 2 * state.length;
      if (calls.fail) throw new Error("no more");
      return { [to]: float32([1], [Number(feeds[from]!.data[0]) + state.length]) };
    },
    write: async () => {},
    read: async () => ({}),
    openState: (batch) => ({ id: 0, batch, length: 0, capacity: 0 }),
    copyState: async (state) => ({ ...state }),
    closeState: async () => {},
    close: async () => {
      calls.closed += 1;
    },
  };
  return { calls, program, inputs: new Set([from]), outputs: new Set([to, `other ${to}`]) };
}

function opened() {
  const parts = [adder("x", "y"), adder("y", "z")] as const;
  const whole = chain(parts);
  const run = async (state: State, x: number, fetch = ["z"]): Promise<Record<string, number>> => {
    const results = await whole.run({ x: float32([1], [x]) }, fetch, [{ state, rows: 1 }]);
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Number(data[0])]));
  };
  return { parts, whole, run };
}

test("what one link gives goes into the next, and what is wanted comes out", async () => {
  const { parts, whole, run } = opened();
  const state = whole.openState(1);
  assert.deepEqual(await run(state, 5), { z: 5 + 1 + 1 });
  assert.deepEqual(await run(state, 5, ["y", "z"]), { y: 5 + 2, z: 5 + 2 + 2 });
  assert.deepEqual(parts[0].calls.fetched, [["y"], ["y"]]);
  assert.deepEqual(parts[1].calls.fetched, [["z"], ["z"]]);
  await whole.close();
  assert.deepEqual([parts[0].calls.closed, parts[1].calls.closed], [1, 1]);
});

test("a run that fails in a later link has not happened in the earlier ones", async () => {
  const { parts, whole, run } = opened();
  const state = whole.openState(1);
  await run(state, 1);
  const before = { ...state };
  parts[1].calls.fail = true;
  await assert.rejects(run(state, 1), /no more/);
  assert.deepEqual(state, before);
  parts[1].calls.fail = false;
  assert.deepEqual(await run(state, 1, ["y"]), { y: 1 + 2 });
});

test("copies go on by themselves; a state in use or closed is refused", async () => {
  const { whole, run } = opened();
  const state = whole.openState(1);
  await run(state, 1);
  const copy = await whole.copyState(state);
  assert.deepEqual(await run(copy, 1), await run(state, 1));
  const refused = { message: "the state is in use by another run" };
  await Promise.all([
    run(state, 1),
    assert.rejects(run(state, 1), refused),
    assert.rejects(whole.copyState(state), refused),
  ]);
  await whole.closeState(state);
  await whole.closeState(state);
  await assert.rejects(run(state, 1), /closed/);
  await assert.rejects(run(opened().whole.openState(1), 1), /belongs to another program/);
  await run(copy, 1);
});
