/** @file Programs one after another as one: what an earlier one gives, a later one may read. */

import type { Growth, Program, State, Tensors } from "./program.ts";

/** A program and the names of what goes in and comes out. */
export interface Link {
  readonly program: Program;
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
}

/**
 * Links that run in this order for every run of the whole. Runs of different states may be under way in different links.
 *
 * @param chained at least one; names of outputs are unique
 */
export function chain(chained: readonly Link[]): Program {
  let states = 0;
  /** The state of a chain has a state in every link. */
  const inners = new Map<State, readonly State[]>();
  const running = new Set<State>();
  const open = (batch: number, inner: readonly State[]): State => {
    const state = { id: states++, batch, length: 0, capacity: 0 };
    inners.set(state, inner);
    return state;
  };
  const innerOf = (state: State): readonly State[] => {
    const inner = inners.get(state);
    if (!inner) throw new Error("the state is closed, or belongs to another program");
    return inner;
  };
  return {
    async run(feeds, fetch, grow = []) {
      for (const { state } of grow) {
        innerOf(state);
        if (running.has(state)) throw new Error("the state is in use by another run");
      }
      for (const { state } of grow) running.add(state);
      try {
        return await runLinks(chained, feeds, fetch, grow, innerOf);
      } finally {
        for (const { state } of grow) running.delete(state);
      }
    },
    async write(registers) {
      for (const { program, inputs } of chained) await program.write(picked(registers, inputs));
    },
    async read(registers) {
      const read = chained.map(({ program, inputs }) => program.read(registers.filter((n) => inputs.has(n))));
      return Object.assign({}, ...(await Promise.all(read)));
    },
    openState: (batch) =>
      open(
        batch,
        chained.map(({ program }) => program.openState(batch)),
      ),
    async copyState(state) {
      const inner = innerOf(state);
      if (running.has(state)) throw new Error("the state is in use by another run");
      const copies = await Promise.all(chained.map(({ program }, n) => program.copyState(inner[n]!)));
      return Object.assign(open(state.batch, copies), { length: state.length, capacity: state.capacity });
    },
    async closeState(state) {
      const inner = inners.get(state);
      inners.delete(state);
      await Promise.all(chained.map(({ program }, n) => inner && program.closeState(inner[n]!)));
    },
    async close() {
      await Promise.all(chained.map(({ program }) => program.close()));
    },
  };
}

async function runLinks(
  chained: readonly Link[],
  feeds: Tensors,
  fetch: readonly string[],
  grow: readonly Growth[],
  innerOf: (state: State) => readonly State[],
): Promise<Tensors> {
  let known = feeds;
  for (const [n, { program, inputs, outputs }] of chained.entries()) {
    const later = chained.slice(n + 1);
    const wanted = [...outputs].filter(
      (name) => fetch.includes(name) || later.some((link) => link.inputs.has(name)),
    );
    const inner = grow.map(({ state, rows }): Growth => {
      // A run that failed in a later link has left rows in the earlier ones: what holds is said by the whole.
      const own = Object.assign(innerOf(state)[n]!, { length: state.length, capacity: state.capacity });
      return { state: own, rows };
    });
    known = { ...known, ...(await program.run(picked(known, inputs), wanted, inner)) };
  }
  for (const { state } of grow) {
    const { length, capacity } = innerOf(state).at(-1)!;
    Object.assign(state, { length, capacity });
  }
  return picked(known, new Set(fetch));
}

const picked = (tensors: Tensors, names: ReadonlySet<string>): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)));
