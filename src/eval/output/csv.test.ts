import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryRun, emptyRun, hostileTexts, identity, score } from "../../../test/run_scores.ts";
import type { Score } from "../scores.ts";
import { scoresCsv } from "./csv.ts";

/** Rows of RFC 4180 text, each ended by CR LF. */
function parsed(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end !== ",") rows.push([]);
  }
  assert.deepEqual(rows.pop(), []);
  return rows;
}

const number = (text: string) => (text === "" ? null : Number(text));

function scoreOf(fields: Readonly<Record<string, string>>): unknown {
  const { value, low, high, undefined: left, questions, groups, unread, ...rest } = fields;
  const interval = low === "" ? null : [number(low!), number(high!)];
  const counts = { questions: number(questions!), groups: number(groups!), unread: number(unread!) };
  const undefinedDraws = left === "" ? {} : { undefinedDraws: number(left!) };
  return { ...rest, value: number(value!), interval, ...undefinedDraws, ...counts };
}

const byIdentity = (scores: readonly Score[]) =>
  [...scores].sort((a, b) => (identity(a) < identity(b) ? -1 : 1));
/** Zero has no sign in text. */
const unsigned = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("every score is one row, and reading the rows gives the scores", () => {
  const hostile = fc.array(fc.constantFrom(...hostileTexts, 'a,"b"', '"', ","), { maxLength: 4 });
  fc.assert(
    fc.property(arbitraryRun, hostile, ({ scores }, texts) => {
      const strange = texts.map((model, place) =>
        score({
          model,
          metric: model,
          region: `${model}${place}`,
          evaluation: "strange",
          undefinedDraws: place + 1,
        }),
      );
      const all = [...scores, ...strange];
      const [names, ...rows] = parsed(scoresCsv({ ...emptyRun, scores: all }));
      const read = rows.map((row) =>
        scoreOf(Object.fromEntries(row.map((cell, column) => [names![column]!, cell]))),
      );
      assert.equal(rows.length, all.length);
      assert.deepEqual(byIdentity(read as Score[]), byIdentity(unsigned(all) as Score[]));
    }),
  );
});

test("a run without scores is a row of names", () => {
  assert.match(scoresCsv(emptyRun), /^evaluation,pictures,region,model,[a-z,]+,signature\r\n$/);
});
