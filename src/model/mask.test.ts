import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { causalMask, type MaskRow, UNSEEN } from "./mask.ts";

/** Which keys each query sees, a line per query: "x" seen, "." not. */
function picture(row: MaskRow, window: number | null): string[] {
  const total = row.past.length + row.fresh.length;
  const { shape, data } = causalMask([row], window);
  assert.deepEqual(shape, [1, 1, row.fresh.length, total]);
  return row.fresh.map((_, q) =>
    Array.from(data.subarray(q * total, (q + 1) * total), (m) =>
      m === 0 ? "x" : m === UNSEEN ? "." : "?",
    ).join(""),
  );
}
const exists = (text: string): boolean[] => Array.from(text, (c) => c === "x");

const pictures: readonly [
  what: string,
  past: string,
  fresh: string,
  window: number | null,
  seen: string[],
][] = [
  ["a token sees itself and what came before", "", "xxx", null, ["x..", "xx.", "xxx"]],
  ["cached tokens are seen, spare capacity is not", "xx..", "xx", null, ["xx..x.", "xx..xx"]],
  ["padding on the left is not seen and sees nothing", "", "..xx", null, ["....", "....", "..x.", "..xx"]],
  ["padding on the right is not seen", "x", "xx.", null, ["xx..", "xxx.", "xxx."]],
  ["a window of two sees itself and one before", "", "xxxx", 2, ["x...", "xx..", ".xx.", "..xx"]],
  ["a window of one sees itself only", "xx", "xx", 1, ["..x.", "...x"]],
  ["windows reach back into the cache", "xxx", "x", 3, [".xxx"]],
];
for (const [what, past, fresh, window, seen] of pictures)
  test(what, () => assert.deepEqual(picture({ past: exists(past), fresh: exists(fresh) }, window), seen));

test("spare capacity and padding do not count as distance in a window", () => {
  const seen = picture({ past: exists("xx.."), fresh: exists(".xx") }, 2);
  assert.deepEqual(seen.slice(1), [".x...x.", ".....xx"]);
});

test("rows have masks of their own", () => {
  const rows = [
    { past: exists("x."), fresh: exists("xx") },
    { past: exists("xx"), fresh: exists(".x") },
  ];
  const { shape, data } = causalMask(rows, null);
  assert.deepEqual(shape, [2, 1, 2, 4]);
  for (const [b, row] of rows.entries())
    assert.deepEqual(data.slice(b * 8, (b + 1) * 8), causalMask([row], null).data);
});

test("tokens see each other exactly as without the gaps between them", () => {
  const gaps = fc.array(fc.nat({ max: 2 }), { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(gaps, fc.nat(), fc.option(fc.integer({ min: 1, max: 5 })), (before, cut, window) => {
      const spread = before.flatMap((gap) => [...Array<boolean>(gap).fill(false), true]);
      const place = cut % spread.length; // where the past ends
      const row = { past: spread.slice(0, place), fresh: spread.slice(place) };
      const kept = (line: string) => [...line].filter((_, key) => spread[key]).join("");
      const seen = picture(row, window).filter((_, q) => row.fresh[q]);
      const past = row.past.filter(Boolean);
      const dense = picture({ past, fresh: row.fresh.filter(Boolean) }, window);
      assert.deepEqual(seen.map(kept), dense);
      assert.ok(seen.every((line) => [...line].every((c, key) => c === "." || spread[key])));
    }),
    { seed: 1, numRuns: 200 },
  );
});
