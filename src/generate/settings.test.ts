import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError, RequestError } from "../errors.ts";
import { type GenerateOptions, generationDefaults, resolveSettings } from "./settings.ts";

const noSeed = () => 42;
/** What Qwen2-VL-7B-Instruct ships. */
const released = {
  bos_token_id: 151643,
  pad_token_id: 151643,
  do_sample: true,
  eos_token_id: [151645, 151643],
  repetition_penalty: 1.05,
  temperature: 0.01,
  top_p: 0.001,
  top_k: 1,
};

test("what the checkpoint says holds where the request says nothing", () => {
  assert.deepEqual(resolveSettings({}, generationDefaults(released, []), noSeed), {
    maxNewTokens: 1024,
    temperature: 0.01,
    topK: 1,
    topP: 0.001,
    repetitionPenalty: 1.05,
    calculator: false,
    seed: 42,
    stop: [],
    pixels: {},
  });
});

test("what the request says holds, zeros included", () => {
  const wanted = {
    maxNewTokens: 1,
    temperature: 0,
    topK: 7,
    topP: 0.5,
    repetitionPenalty: 2,
    calculator: true,
    seed: 0,
    stop: ["。"],
    pixels: { maxPixels: 9 },
  };
  const settings = resolveSettings(wanted, generationDefaults(released, []), () => assert.fail("seed given"));
  assert.deepEqual(settings, wanted);
});

test("without do_sample the checkpoint is greedy, whatever else it says", () => {
  const { temperature, topK, topP } = generationDefaults({ ...released, do_sample: false }, []);
  assert.deepEqual({ temperature, topK, topP }, { temperature: 0, topK: null, topP: 1 });
});

test("a request's temperature is not undone by the checkpoint's filters", () => {
  const defaults = generationDefaults(released, []);
  const { topK, topP } = resolveSettings({ temperature: 0.8 }, defaults, noSeed);
  assert.deepEqual({ topK, topP }, { topK: null, topP: 1 });
  assert.equal(resolveSettings({ temperature: 0.8, topK: 20 }, defaults, noSeed).topK, 20);
});

test("do_sample alone means the reference's defaults: top-k 50, temperature 1; 0 or null switches top-k off", () => {
  const { temperature, topK, topP, repetitionPenalty } = generationDefaults({ do_sample: true }, []);
  assert.deepEqual([temperature, topK, topP, repetitionPenalty], [1, 50, 1, 1]);
  assert.equal(generationDefaults({ do_sample: true, top_k: 0 }, []).topK, null);
});

test("products are computed where the checkpoint or the request says so, the request last", () => {
  const calculator = (json: object, options: GenerateOptions = {}) =>
    resolveSettings(options, generationDefaults(json, []), noSeed).calculator;
  assert.equal(calculator({}), false);
  assert.equal(calculator({ calculator: true }), true);
  assert.equal(calculator({ calculator: true }, { calculator: false }), false);
  assert.equal(calculator({}, { calculator: true }), true);
});

test("end tokens: one, several, or the fallback", () => {
  assert.deepEqual(generationDefaults({ eos_token_id: 5 }, [9]).endTokens, [5]);
  assert.deepEqual(generationDefaults({ eos_token_id: [5, 6] }, [9]).endTokens, [5, 6]);
  for (const json of [undefined, {}, { eos_token_id: null }, { eos_token_id: [] }])
    assert.deepEqual(generationDefaults(json, [9]).endTokens, [9]);
});

test("every invalid value of a request is named at once", () => {
  const bad = {
    maxNewTokens: 0,
    temperature: Number.NaN,
    topK: 1.5,
    topP: "0.5",
    repetitionPenalty: 0,
    seed: 2 ** 32,
    stop: ["ok", ""],
    logprobs: -1,
  } as unknown as GenerateOptions;
  assert.throws(
    () => resolveSettings(bad, generationDefaults({}, []), noSeed),
    (error) => {
      assert.ok(error instanceof RequestError);
      assert.deepEqual(
        error.problems.map((problem) => problem.split(":")[0]),
        Object.keys(bad),
      );
      assert.match(error.message, /temperature: expected a number of 0 or more, got NaN/);
      return true;
    },
  );
});

test("wrong settings of guesses are named, too", () => {
  for (const [lookup, wanted] of [
    [{ most: -1 }, /lookup\.most: expected a whole number from 0 to 64, got -1/],
    [{ most: 65 }, /lookup\.most/],
    [{ most: 2.5 }, /lookup\.most/],
    [{ texts: "report" }, /lookup\.texts: expected a list of texts/],
    [{ texts: ["a", ""] }, /lookup\.texts/],
  ] as const) {
    const options = { lookup } as unknown as GenerateOptions;
    assert.throws(() => resolveSettings(options, generationDefaults({}, []), noSeed), wanted);
  }
  for (const most of [0, 8, 64])
    resolveSettings({ lookup: { most, texts: [] } }, generationDefaults({}, []), noSeed);
});

for (const [name, value] of [
  ["maxNewTokens", 1.5],
  ["maxNewTokens", Infinity],
  ["temperature", -0.1],
  ["temperature", Infinity],
  ["temperature", "1"],
  ["topK", 0],
  ["topP", 0],
  ["topP", 1.01],
  ["repetitionPenalty", -1],
  ["repetitionPenalty", 1e-300],
  ["repetitionPenalty", 1e300],
  ["calculator", "yes"],
  ["seed", -1],
  ["seed", 0.5],
  ["stop", "。"],
  ["stop", [1]],
  ["pixels", { maxPixels: 0 }],
  ["pixels", { minPixels: Number.NaN }],
  ["pixels", { maxPixels: "784" }],
  ["pixels", { minPixels: 785, maxPixels: 784 }],
] as const)
  test(`refused: ${name} ${JSON.stringify(value) ?? value}`, () => {
    assert.throws(
      () => resolveSettings({ [name]: value }, generationDefaults({}, []), noSeed),
      (error) => error instanceof RequestError && error.problems.length === 1,
    );
  });

test("a generation_config.json that cannot be meant is refused, with its own names", () => {
  const json = {
    do_sample: true,
    temperature: "hot",
    top_p: 5,
    top_k: -2,
    repetition_penalty: 0,
    calculator: 1,
    eos_token_id: "x",
  };
  assert.throws(
    () => generationDefaults(json, []),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /^generation_config\.json: /);
      assert.deepEqual(
        error.problems.map((problem) => problem.split(":")[0]),
        ["temperature", "top_k", "top_p", "repetition_penalty", "calculator", "eos_token_id"],
      );
      return true;
    },
  );
  assert.throws(() => generationDefaults([], []), ConfigError);
});
