import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../errors.ts";
import { parseConfig } from "./parse_config.ts";

/** config.json of the released EchoVLM, with the two vision keys that its class does not read. */
const released = {
  architectures: ["Qwen2VLMOEForConditionalGeneration"],
  attention_dropout: 0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: "silu",
  hidden_size: 3584,
  image_token_id: 151655,
  intermediate_size: 18944,
  max_position_embeddings: 32768,
  max_window_layers: 28,
  model_type: "qwen2_vl",
  moe_intermediate_size: 1408,
  norm_topk_prob: false,
  num_attention_heads: 28,
  num_experts: 4,
  num_experts_per_tok: 2,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  rms_norm_eps: 1e-6,
  rope_scaling: { mrope_section: [16, 24, 24], rope_type: "default", type: "default" },
  rope_theta: 1e6,
  router_aux_loss_coef: 0.001,
  shared_expert_intermediate_size: 5632,
  sliding_window: 32768,
  tie_word_embeddings: false,
  use_sliding_window: false,
  video_token_id: 151656,
  vision_config: { in_chans: 1, model_type: "qwen2_vl", spatial_patch_size: 7 },
  vision_end_token_id: 151653,
  vision_start_token_id: 151652,
  vocab_size: 152064,
};
const {
  architectures: _1,
  moe_intermediate_size: _2,
  shared_expert_intermediate_size: _3,
  num_experts: _4,
  num_experts_per_tok: _5,
  norm_topk_prob: _6,
  ...dense
} = released;
const windowed = {
  ...dense,
  model_type: "qwen2_5_vl",
  vision_config: { hidden_size: 1280, tokens_per_second: 2, hidden_act: "silu" },
};

function problemsOf(json: unknown): readonly string[] {
  try {
    parseConfig(json, "config.json");
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

test("the released EchoVLM configuration", () => {
  assert.deepEqual(parseConfig(released, "config.json"), {
    family: "echovlm",
    decoder: {
      vocabSize: 152064,
      hiddenDim: 3584,
      mlpDim: 18944,
      layers: 28,
      heads: 28,
      kvHeads: 4,
      headDim: 128,
      rmsEps: 1e-6,
      ropeTheta: 1e6,
      mropeSection: [16, 24, 24],
      maxPositions: 32768,
      slidingWindow: 32768,
      tiedHead: false,
    },
    vision: {
      depth: 32,
      embedDim: 1280,
      outDim: 3584,
      heads: 16,
      mlpDim: 5120,
      channels: 3,
      patchSize: 14,
      temporalPatchSize: 2,
      mergeSize: 2,
      window: null,
      tokensPerSecond: null,
    },
    moe: { experts: 4, topK: 2, expertDim: 1408, sharedDim: 5632, normTopK: false },
    tokens: { image: 151655, video: 151656, visionStart: 151652, visionEnd: 151653 },
  });
});

test("only the experts tell EchoVLM from dense Qwen2-VL", () => {
  const family = (json: object) => parseConfig(json, "config.json").family;
  assert.equal(family(dense), "qwen2-vl");
  assert.equal(parseConfig(dense, "config.json").moe, null);
  assert.equal(family(windowed), "qwen2.5-vl");
  assert.equal(family({ ...dense, architectures: ["Qwen2VLMOEForConditionalGeneration"] }), "echovlm");
  for (const field of ["moe_intermediate_size", "shared_expert_intermediate_size", "num_experts_per_tok"])
    assert.equal(family({ ...dense, [field]: 2 }), "echovlm", field);
  assert.match(problemsOf({ ...windowed, num_experts_per_tok: 2 })[0]!, /mixture of experts/);
  assert.match(problemsOf({ ...dense, model_type: "llava" })[0]!, /model_type: expected .*found "llava"/);
});

test("what is absent has the value of the reference's configuration class", () => {
  const rope_scaling = { type: "mrope", mrope_section: [16, 24, 24] };
  const bare = { model_type: "qwen2_vl", rope_scaling, vision_config: { hidden_size: 8192 } };
  const { decoder, vision } = parseConfig(bare, "config.json");
  assert.deepEqual(
    [decoder.vocabSize, decoder.hiddenDim, decoder.mlpDim, decoder.layers, decoder.heads, decoder.kvHeads],
    [152064, 8192, 29568, 80, 64, 8],
  );
  assert.deepEqual([decoder.rmsEps, decoder.ropeTheta, decoder.maxPositions], [1e-5, 1e6, 32768]);
  assert.deepEqual([vision.depth, vision.embedDim, vision.mlpDim, vision.heads], [32, 1280, 5120, 16]);
  const moe = parseConfig({ ...bare, architectures: ["Qwen2VLMOE"] }, "config.json");
  assert.deepEqual(moe.moe, { experts: 4, topK: 2, expertDim: 1408, sharedDim: 5632, normTopK: false });
  assert.equal(moe.decoder.slidingWindow, 4096);

  const newer = parseConfig({ ...dense, model_type: "qwen2_5_vl", vision_config: undefined }, "config.json");
  assert.deepEqual(newer.vision, {
    ...vision,
    embedDim: 3584,
    outDim: 3584,
    mlpDim: 3420,
    window: { sizePx: 112, fullBlocks: [7, 15, 23, 31] },
    tokensPerSecond: 4,
  });
});

test("values in the file win over the class, the number of experts included", () => {
  const config = parseConfig({ ...released, num_experts: 8, num_experts_per_tok: 3 }, "config.json");
  assert.deepEqual([config.moe?.experts, config.moe?.topK], [8, 3]);
  const other = parseConfig(
    { ...dense, num_key_value_heads: null, tie_word_embeddings: true },
    "config.json",
  );
  assert.deepEqual([other.decoder.kvHeads, other.decoder.tiedHead], [28, true]);
});

test("a sliding window: EchoVLM applies any, the dense models only on request, and then it must not matter", () => {
  const windowOf = (json: object) => parseConfig(json, "config.json").decoder.slidingWindow;
  assert.equal(windowOf({ ...released, sliding_window: 100 }), 100);
  assert.equal(windowOf({ ...released, sliding_window: null, use_sliding_window: true }), null);
  assert.equal(windowOf({ ...dense, sliding_window: 100 }), null);
  assert.equal(windowOf({ ...dense, use_sliding_window: true }), null);
  const refused = problemsOf({ ...dense, sliding_window: 100, use_sliding_window: true });
  assert.match(refused.join(), /use_sliding_window: not supported .*100.*32768/);
});

test("the newer layout with text_config and rope_parameters reads the same", () => {
  const { vision_config, architectures, model_type, rope_scaling, rope_theta, ...text } = released;
  const tokens = { image_token_id: 151655, video_token_id: 151656 };
  const nested = {
    ...tokens,
    architectures,
    model_type,
    vision_config,
    hidden_size: "ignored outside text_config",
    text_config: {
      ...text,
      moe_intermediate_size: 1400,
      image_token_id: null,
      rope_parameters: { ...rope_scaling, rope_theta: 5e5 },
    },
  };
  const expected = parseConfig({ ...released, moe_intermediate_size: 1400, rope_theta: 5e5 }, "config.json");
  assert.deepEqual(parseConfig(nested, "config.json"), expected);
  for (const holder of [{ text_config: { ...nested.text_config, num_experts: 3 } }, { num_experts: 3 }]) {
    const { architectures: _, ...unnamed } = nested;
    const { moe } = parseConfig({ ...unnamed, ...holder }, "config.json");
    assert.deepEqual([moe?.experts, moe?.expertDim], [3, 1400]);
  }
  const disagreeing = { ...nested, tie_word_embeddings: true };
  assert.match(problemsOf(disagreeing).join(), /text_config.tie_word_embeddings: expected true/);
});

test("rotary sections: three, or any multiple of three", () => {
  const mrope_section = [8, 8, 8, 8, 16, 16];
  const config = parseConfig(
    { ...released, rope_scaling: { ...released.rope_scaling, mrope_section } },
    "config.json",
  );
  assert.deepEqual(config.decoder.mropeSection, mrope_section);
});

test("each impossible value is refused by name", () => {
  const rope = (change: object) => ({ rope_scaling: { ...released.rope_scaling, ...change } });
  const cases: [change: object, problem: RegExp][] = [
    [{ hidden_act: "gelu" }, /^hidden_act: expected "silu", found "gelu"$/],
    [{ vision_config: { hidden_act: "gelu" } }, /^vision_config.hidden_act: expected "quick_gelu"/],
    [{ num_attention_heads: 24 }, /^hidden_size: expected a multiple of num_attention_heads 24/],
    [{ num_key_value_heads: 5 }, /^num_key_value_heads: expected a divisor/],
    [{ num_attention_heads: 512, num_key_value_heads: 512 }, /even head size, found 7/],
    [{ num_experts_per_tok: 5 }, /^num_experts_per_tok: expected at most num_experts 4, found 5/],
    [{ num_hidden_layers: -1 }, /^num_hidden_layers: expected an integer from 1 to 4096, found -1/],
    [{ intermediate_size: 10.5 }, /^intermediate_size: expected an integer .*found 10.5/],
    [{ vocab_size: 1e18 }, /^vocab_size: expected .*found 1000000000000000000/],
    [{ max_position_embeddings: "32768" }, /^max_position_embeddings: .*found "32768"/],
    [{ rms_norm_eps: 0 }, /^rms_norm_eps: expected a number/],
    [{ rope_theta: null }, /^rope_theta: expected a number .*found null/],
    [{ tie_word_embeddings: "no" }, /^tie_word_embeddings: expected true or false, found "no"/],
    [{ rope_scaling: null }, /^rope_scaling: expected an object .*found null/],
    [{ rope_scaling: [] }, /^rope_scaling: expected an object such as .*, found \[\]/],
    [rope({ type: "yarn" }), /^rope_scaling.type: expected "mrope" or "default", found "yarn"/],
    [rope({ rope_type: "linear" }), /^rope_scaling.rope_type: expected .*found "linear"/],
    [{ rope_scaling: { mrope_section: [16, 24, 24] } }, /^rope_scaling.type: expected .*found nothing/],
    [rope({ mrope_section: [16, 24, 23] }), /^rope_scaling.mrope_section: .*sum 64, .*\[16,24,23\]/],
    [rope({ mrope_section: [32, 32] }), /^rope_scaling.mrope_section: expected 3 integers/],
    [
      rope({ mrope_section: undefined }),
      /^rope_scaling.mrope_section: expected a list of integers .*found nothing/,
    ],
    [{ vision_config: { hidden_size: 1024 } }, /^vision_config.hidden_size: .*hidden_size 3584, found 1024/],
    [{ vision_config: { num_heads: 12 } }, /^vision_config.embed_dim: expected a multiple of 4 \* num_heads/],
    [{ vision_config: 7 }, /^vision_config: expected an object, found 7/],
    [{ image_token_id: 152064 }, /^image_token_id: expected less than vocab_size 152064/],
    [{ video_token_id: 151655 }, /expected all different/],
  ];
  for (const [change, problem] of cases) {
    const problems = problemsOf({ ...released, ...change });
    assert.equal(problems.length, 1, `${JSON.stringify(change)}: ${problems.join(" | ")}`);
    assert.match(problems[0]!, problem);
  }
  const vision = (change: object) => ({
    ...windowed,
    vision_config: { ...windowed.vision_config, ...change },
  });
  assert.match(
    problemsOf(vision({ window_size: 100 })).join(),
    /^vision_config.window_size: .*28, found 100$/,
  );
  assert.match(
    problemsOf(vision({ fullatt_block_indexes: [32] })).join(),
    /fullatt_block_indexes: .*0 to 31/,
  );
  assert.match(problemsOf(vision({ out_hidden_size: 9 })).join(), /^vision_config.out_hidden_size: /);
  assert.match(problemsOf(vision({ hidden_act: "quick_gelu" })).join(), /hidden_act: expected "silu"/);
});

test("all problems are reported at once, each once", () => {
  const problems = problemsOf({
    ...released,
    hidden_size: "wide",
    num_hidden_layers: 0,
    hidden_act: "relu",
    rope_scaling: { type: "yarn", mrope_section: [1] },
    vision_config: { depth: 1.5, num_heads: null },
  });
  assert.deepEqual(problems.map((problem) => problem.slice(0, problem.indexOf(":"))).sort(), [
    "hidden_act",
    "hidden_size",
    "num_hidden_layers",
    "rope_scaling.mrope_section",
    "rope_scaling.type",
    "vision_config.depth",
    "vision_config.num_heads",
  ]);
});

test("no JSON makes anything but a ConfigError, wherever it stands", () => {
  const field = fc.constantFrom(...Object.keys(released).filter((name) => name !== "model_type"));
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), fc.jsonValue(), (change, whole) => {
      problemsOf({ ...released, ...change });
      problemsOf({ ...windowed, text_config: change });
      problemsOf(whole);
    }),
    { numRuns: 500 },
  );
});

const golden = new URL("../../../../shared/golden/", import.meta.url);
test("the golden configurations", { skip: !existsSync(golden) && "../shared/golden is absent" }, () => {
  const read = (folder: string) =>
    parseConfig(JSON.parse(readFileSync(new URL(`${folder}/config.json`, golden), "utf8")), folder);
  const echo = read("echovlm-tiny");
  assert.deepEqual([echo.family, echo.decoder.headDim, echo.decoder.slidingWindow], ["echovlm", 16, 512]);
  assert.deepEqual(echo.moe, { experts: 4, topK: 2, expertDim: 16, sharedDim: 40, normTopK: false });
  const dense = read("qwen2-vl-tiny");
  assert.deepEqual([dense.family, dense.decoder.tiedHead, dense.moe], ["qwen2-vl", true, null]);
  const newer = read("qwen2_5-vl-tiny");
  assert.deepEqual([newer.family, newer.vision.mlpDim, newer.vision.outDim], ["qwen2.5-vl", 48, 64]);
  assert.deepEqual(newer.vision.window, { sizePx: 112, fullBlocks: [1, 3] });
});
