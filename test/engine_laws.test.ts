import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../src/generate/engine.ts";
import type { PromptRow } from "../src/generate/prompt_row.ts";
import type { Family, ModelConfig } from "../src/model/config.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { assertClose, distance } from "./close.ts";
import { roundedToHalf } from "./execute.ts";
import { pick } from "./prng.ts";
import { longConfig, openEngine, type Part, randomConfig, randomRow, weightsOf } from "./random_model.ts";

const tolerance = 2e-5;
const models: readonly { name: string; family: Family; window?: number }[] = [
  { name: "a", family: "echovlm" },
  { name: "b", family: "echovlm", window: 2 },
  { name: "c", family: "qwen2.5-vl" },
  { name: "d", family: "qwen2-vl" },
];
const configOf = ({ name, family, window }: (typeof models)[number]): ModelConfig => {
  const config = randomConfig(name, family);
  return { ...config, decoder: { ...config.decoder, slidingWindow: window ?? null } };
};
const prompts: readonly (readonly Part[])[] = [
  [5, { kind: "image", cells: [2, 3] }, 4, { kind: "video", cells: [1, 2] }, 3],
  [1],
  [{ kind: "image", cells: [3, 1] }, 2],
  [9],
];

/** Tokens start..end−1 of a row with what belongs to them. */
function part(row: PromptRow, start: number, end: number, { tokens, decoder }: ModelConfig): PromptRow {
  const isVisual = (id: number) => id === tokens.image || id === tokens.video;
  const before = row.ids.slice(0, start).filter(isVisual).length;
  const until = row.ids.slice(0, end).filter(isVisual).length;
  const [t, h, w] = row.positions.axes.map((axis) => axis.slice(start, end)) as [
    number[],
    number[],
    number[],
  ];
  return {
    ids: row.ids.slice(start, end),
    positions: { axes: [t, h, w] },
    ...(row.visual && { visual: row.visual.slice(before * decoder.hiddenDim, until * decoder.hiddenDim) }),
  };
}

/** A row with padding: `places` says which places of the result hold a token of the row, the others `filler`. */
function padded(row: PromptRow, places: readonly boolean[], filler: number): PromptRow {
  const spread = (values: readonly number[], otherwise: number) => {
    let next = 0;
    return places.map((real) => (real ? values[next++]! : otherwise));
  };
  const [t, h, w] = row.positions.axes.map((axis) => spread(axis, 1)) as [number[], number[], number[]];
  return { ...row, ids: spread(row.ids, filler), positions: { axes: [t, h, w] }, attended: places };
}

const gapsOf: Readonly<Record<string, (gap: number, length: number, name: string) => boolean[]>> = {
  left: (gap, length) => Array.from({ length: gap + length }, (_, s) => s >= gap),
  right: (gap, length) => Array.from({ length: gap + length }, (_, s) => s < length),
  anywhere(gap, length, name) {
    const places = Array<boolean>(length).fill(true);
    for (let n = 0; n < gap; n++) places.splice(pick(`${name} gap ${n}`, 0, places.length), 0, false);
    return places;
  },
};

/** Logits of a prompt and of some tokens after it, in a cache of its own. */
async function alone(engine: Engine, row: PromptRow, after: readonly number[]): Promise<Float32Array[]> {
  const cache = engine.openCache(1);
  const all = [(await engine.prefill(cache, [row])).data];
  for (const token of after) all.push((await engine.step(cache, [token])).data);
  await engine.closeCache(cache);
  return all;
}

const wholePass = async (engine: Engine, row: PromptRow) => {
  const cache = engine.openCache(1);
  const passed = await engine.forward(cache, [row], { logits: "all", router: true });
  await engine.closeCache(cache);
  return passed;
};

for (const model of models)
  test(`laws of ${model.family} ${model.name}`, async (t) => {
    const config = configOf(model);
    const { vocabSize } = config.decoder;
    const weights = weightsOf(config, model.name);
    const engine = await openEngine(config, weights);
    t.after(() => engine.dispose());
    const rows = await Promise.all(prompts.map((parts, n) => randomRow(engine, `prompt ${n}`, parts)));
    const [first] = rows as [PromptRow, ...PromptRow[]];
    const after = [3, 1, 4];
    const solo = await Promise.all(rows.map((row) => alone(engine, row, after)));
    const row = (logits: Float32Array, b: number) => logits.subarray(b * vocabSize, (b + 1) * vocabSize);

    await t.test("prompts matter: logits differ between prompts, and pictures are seen", async () => {
      assert.ok(distance(solo[0]![0]!, solo[3]![0]!) > 1e-2);
      const other = { ...first, visual: first.visual!.map((x) => -x) };
      const [seen, unseen] = await Promise.all([first, other].map((one) => wholePass(engine, one)));
      assert.ok(distance(unseen!.logits.data, seen!.logits.data) > 1e-2);
    });

    await t.test(
      "what lies behind the sliding window of every layer is not seen, and without one all is",
      async () => {
        const { slidingWindow, layers } = config.decoder;
        const [ids, reach] = [
          rows[3]!.ids,
          slidingWindow === null ? Number.POSITIVE_INFINITY : layers * (slidingWindow - 1),
        ];
        for (const place of [0, ids.length - 2]) {
          const other = { ...rows[3]!, ids: ids.with(place, (ids[place]! + 1) % config.tokens.visionEnd) };
          const far = distance((await alone(engine, other, []))[0]!, solo[3]![0]!);
          assert.equal(
            far > 1e-4,
            ids.length - 1 - place <= reach,
            `token ${place} moves the logits by ${far}`,
          );
        }
      },
    );

    await t.test("any split of a prompt gives the logits of one pass", async () => {
      const whole = await wholePass(engine, first);
      const length = first.ids.length;
      const { experts } = config.moe ?? { experts: 0 };
      for (let run = 0; run < 12; run++) {
        const cache = engine.openCache(1);
        for (let start = 0, end = 0; start < length; start = end) {
          end = Math.min(length, start + pick(`${model.name} split ${run} ${start}`, 1, run < 2 ? 1 : 7));
          const piece = part(first, start, end, config);
          const what = `run ${run}, tokens ${start} to ${end}`;
          const isStep = end - start === 1 && piece.ids[0]! < config.tokens.visionEnd;
          if (isStep || pick(`${what} way`, 0, 1) === 0) {
            const { data } = await (isStep ? engine.step(cache, piece.ids) : engine.prefill(cache, [piece]));
            assertClose(data, row(whole.logits.data, end - 1), what, tolerance);
            continue;
          }
          const passed = await engine.forward(cache, [piece], { logits: "all", router: true });
          const expected = whole.logits.data.subarray(start * vocabSize, end * vocabSize);
          assertClose(passed.logits.data, expected, what, tolerance);
          passed.router.forEach(({ data }, i) => {
            const wanted = whole.router[i]!.data.subarray(start * experts, end * experts);
            assertClose(data, wanted, `${what}, router ${i}`, tolerance);
          });
        }
        await engine.closeCache(cache);
      }
    });

    for (const [side, gaps] of Object.entries(gapsOf))
      await t.test(`padding (${side}) and batch mates change nothing`, async () => {
        const longest = Math.max(...rows.map(({ ids }) => ids.length)) + 2;
        const cache = engine.openCache(rows.length);
        const batch = rows.map((one, b) =>
          padded(one, gaps(longest - one.ids.length, one.ids.length, `${side} ${b}`), config.tokens.image),
        );
        let { data } = await engine.prefill(cache, batch);
        for (const [n, token] of [...after, 0].entries()) {
          for (const b of rows.keys())
            assertClose(row(data, b), solo[b]![n]!, `row ${b}, step ${n}`, tolerance);
          data = (
            await engine.step(
              cache,
              rows.map(() => token),
            )
          ).data;
        }
        await engine.closeCache(cache);
      });

    await t.test("a row that has ended stays as it is while others go on", async () => {
      const cache = engine.openCache(2);
      const gap = Math.abs(rows[0]!.ids.length - rows[3]!.ids.length);
      const second = padded(rows[3]!, gapsOf.left!(gap, rows[3]!.ids.length, ""), 0);
      await engine.prefill(cache, [first, second]);
      for (const token of after) {
        const { data } = await engine.step(cache, [token, undefined]);
        assertClose(row(data, 0), solo[0]![1 + after.indexOf(token)]!, "row 0", tolerance);
      }
      const { data } = await engine.step(cache, [undefined, after[0]]);
      assertClose(row(data, 1), solo[3]![1]!, "row 1", tolerance);
      await engine.closeCache(cache);
    });

    await t.test("requests that take turns, or run at once, do not disturb each other", async () => {
      const [a, b] = [engine.openCache(1), engine.openCache(1)];
      const inTurn: Float32Array[][] = [[], []];
      for (const [n, cache] of [a, b].entries())
        inTurn[n]!.push((await engine.prefill(cache, [rows[n]!])).data);
      for (const token of after)
        for (const [n, cache] of [b, a].entries())
          inTurn[1 - n]!.push((await engine.step(cache, [token])).data);
      const atOnce = await Promise.all(rows.map((one) => alone(engine, one, after)));
      for (const [n, all] of [...inTurn, ...atOnce].entries())
        all.forEach((logits, s) => {
          assertClose(logits, solo[n < 2 ? n : n - 2]![s]!, `request ${n}, step ${s}`, tolerance);
        });
      await Promise.all([a, b].map((cache) => engine.closeCache(cache)));
    });

    await t.test("to cut a cache back equals never having gone on", async () => {
      const cache = engine.openCache(1);
      await engine.prefill(cache, [first]);
      const [length, next] = [cache.state.length, [...cache.next]];
      await engine.step(cache, [9]);
      await engine.prefill(cache, [rows[3]!]);
      engine.truncate(cache, length, next);
      for (const [n, token] of after.entries())
        assertClose((await engine.step(cache, [token])).data, solo[0]![n + 1]!, `step ${n}`, tolerance);
      await engine.closeCache(cache);
    });

    await t.test("fused equals plain, in pictures, logits and routers", async (t) => {
      const plain = await openEngine(config, weights, { kernels: "plain" });
      t.after(() => plain.dispose());
      for (const [n, parts] of prompts.entries()) {
        const again = await randomRow(plain, `prompt ${n}`, parts);
        const visual = rows[n]!.visual ?? new Float32Array();
        assertClose(again.visual ?? [], visual, `pictures of ${n}`, tolerance);
        const [ours, theirs] = await Promise.all([wholePass(engine, rows[n]!), wholePass(plain, again)]);
        assertClose(theirs.logits.data, ours.logits.data, `logits of ${n}`, tolerance);
        assert.equal(theirs.router.length, config.moe ? config.decoder.layers : 0);
        theirs.router.forEach(({ data }, i) => {
          assertClose(data, ours.router[i]!.data, `router ${i} of ${n}`, tolerance);
        });
      }
    });
  });

test("with the gate forced to the dense side the logits are the dense model's", async (t) => {
  const config = randomConfig("gate", "echovlm");
  const weights = weightsOf(config);
  const forced = new Map(
    [...weights].map(([name, { shape, data }]) => {
      if (name.endsWith("coefficient.weight"))
        return [
          name,
          float32(
            shape,
            data.map(() => 0),
          ),
        ];
      if (name.endsWith("coefficient.bias")) return [name, float32(shape, [-1e4, 1e4])];
      return [name, float32(shape, data)];
    }),
  );
  const dense: ModelConfig = { ...config, family: "qwen2-vl", moe: null };
  const engines = await Promise.all([
    openEngine(config, weights),
    openEngine(config, forced),
    openEngine(dense, weights),
  ]);
  t.after(() => Promise.all(engines.map((engine) => engine.dispose())));
  const [mixed, gated, base] = await Promise.all(
    engines.map(async (engine) => {
      const row = await randomRow(engine, "prompt", prompts[0]!);
      return [(await wholePass(engine, row)).logits.data, ...(await alone(engine, row, [1, 2]))];
    }),
  );
  for (const [n, logits] of base!.entries()) {
    assertClose(gated![n]!, logits, `pass ${n}`, tolerance);
    assert.ok(distance(mixed![n]!, logits) > 1e-2, "the sparse path matters when it is not closed");
  }
});

test("weights stored in half precision are the rounded weights", async (t) => {
  const config = randomConfig("half", "echovlm");
  const weights = weightsOf(config);
  const [half, rounded] = await Promise.all([
    openEngine(config, weights, { storage: "float16" }),
    openEngine(config, roundedToHalf(weights)),
  ]);
  t.after(() => Promise.all([half.dispose(), rounded.dispose()]));
  const [ours, theirs] = await Promise.all(
    [half, rounded].map(async (engine) => wholePass(engine, await randomRow(engine, "prompt", prompts[0]!))),
  );
  assertClose(ours!.logits.data, theirs!.logits.data, "logits", tolerance);
});

test("prompts longer than a chunk, pictures across its end, and caches that grow", async (t) => {
  const config = longConfig();
  const engine = await openEngine(config, weightsOf(config));
  t.after(() => engine.dispose());
  const row = await randomRow(engine, "long", [490, { kind: "image", cells: [5, 8] }, 70]);
  const length = row.ids.length;
  assert.ok(length > 600 && row.ids[511] === config.tokens.image && row.ids[512] === config.tokens.image);
  const { vocabSize } = config.decoder;
  const whole = (await wholePass(engine, row)).logits.data;
  const at = (place: number) => whole.subarray(place * vocabSize, (place + 1) * vocabSize);

  await t.test("one prefill", async () => {
    const cache = engine.openCache(1);
    assertClose((await engine.prefill(cache, [row])).data, at(length - 1), "last token", tolerance);
    assert.equal(cache.state.length, length);
    await engine.closeCache(cache);
  });

  await t.test(
    "a short row beside a long one, padded on either side, has the logits it has alone",
    async () => {
      const short = await randomRow(engine, "short", [7]);
      const [expected, next] = await alone(engine, short, [5]);
      for (const side of ["left", "right"]) {
        const cache = engine.openCache(2);
        const { data } = await engine.prefill(cache, [
          row,
          padded(short, gapsOf[side]!(length - short.ids.length, short.ids.length, ""), 0),
        ]);
        assertClose(data.subarray(0, vocabSize), at(length - 1), "long row", tolerance);
        assertClose(data.subarray(vocabSize), expected!, `${side}, short row`, tolerance);
        const stepped = await engine.step(cache, [5, 5]);
        assertClose(stepped.data.subarray(vocabSize), next!, `${side}, step of the short row`, tolerance);
        await engine.closeCache(cache);
      }
    },
  );

  await t.test("growing by small passes, then cut back across a growth and on again", async () => {
    const cache = engine.openCache(1);
    const kept: { length: number; next: number[] }[] = [];
    const go = async (from: number, to: number, by: number) => {
      for (let start = from; start < to; start += by) {
        kept.push({ length: cache.state.length, next: [...cache.next] });
        const end = Math.min(start + by, to);
        const { data } = await engine.prefill(cache, [part(row, start, end, config)]);
        assertClose(data, at(end - 1), `tokens ${start} to ${end}`, tolerance);
      }
    };
    await go(0, length, 101);
    const { length: back, next } = kept[2]!;
    engine.truncate(cache, back, next);
    kept.length = 0;
    await go(back, length, 77);
    await engine.closeCache(cache);
  });
});
