import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainingRecord } from "../../src/train/training_data.ts";
import { costOf, forwardFlops, trainedParameters } from "./compute.ts";
import { bases, configOf, paperPath, parametersOf } from "./model_config.ts";
import { planRuns, type Run } from "./runs.ts";
import { scales } from "./scale.ts";
import { isShared } from "./start.ts";
import { learntIn, recipeOf } from "./train_run.ts";

const scale = scales.full;
const { layers } = scale;
const runs = planRuns(scale);
const named = (name: string): Run => {
  const run = runs.find((one) => one.name === name);
  assert.ok(run, name);
  return run;
};
const data = { fileOf: (name: string) => `/data/${name}.jsonl`, pixels: { mean: 0.2, deviation: 0.2 } };
const recipesOf = (run: Run) =>
  run.phases.map((phase) => recipeOf(run, phase, "/base", `/runs/${phase.name}`, data, scale));

test("every run has a name of its own and is compared with runs before it", () => {
  const names = runs.map(({ name }) => name);
  assert.equal(new Set([...names, ...bases]).size, names.length + bases.length);
  for (const [at, { against }] of runs.entries())
    for (const other of against) assert.ok(names.slice(0, at).includes(other), other);
});

test("runs differ in model, stage, seed and balance loss; data, steps, batches and rates are one", () => {
  const shared = (run: Run) =>
    recipesOf(run).map(({ stage: _stage, seed: _seed, balance: _balance, frozen: _frozen, ...rest }) => rest);
  for (const run of runs.filter(({ name }) => name !== "a-compute"))
    assert.deepEqual(shared(run), shared(named("a-1")), run.name);
});

test("dense runs train everything, the others the paper's two stages", () => {
  for (const run of runs) {
    const expected = run.name.startsWith("a-") ? ["full", "full"] : ["stage1-merger", "stage2"];
    assert.deepEqual(
      run.phases.map(({ stage }) => stage),
      expected,
    );
  }
});

test("an ablation changes one thing of b", () => {
  const changes = (run: Run) => {
    const [own, paper] = [run.sparse, paperPath] as const;
    if (own === null) return ["no path"];
    const keys = Object.keys(paper) as (keyof typeof paper)[];
    return keys.filter((key) => own[key] !== paper[key]);
  };
  assert.deepEqual(changes(named("b-1")), []);
  assert.deepEqual(changes(named("no-experts")), ["no path"]);
  assert.deepEqual(changes(named("experts-2")), ["experts"]);
  assert.deepEqual(changes(named("experts-6")), ["experts"]);
  assert.deepEqual(changes(named("top-1")), ["topK"]);
  assert.deepEqual(changes(named("no-shared")), ["hasShared"]);
  assert.deepEqual(changes(named("random-start")), ["start", "denseShare"]);
  assert.deepEqual(changes(named("no-balance")), []);
  assert.equal(named("no-balance").balance, 0);
});

test("a-compute learns with as many operations as b, a-parameters with as many parameters", () => {
  const flops = ({ base, sparse, phases }: Run) =>
    phases.reduce((sum, { steps }) => sum + steps, 0) *
    costOf(configOf(base, sparse, layers)).trainingFlopsPerToken;
  const [b, compute] = [flops(named("b-1")), flops(named("a-compute"))];
  assert.ok(Math.abs(compute / b - 1) < 0.002, `${compute / b}`);
  const wide = parametersOf(configOf("wide-base", null, layers));
  assert.ok(Math.abs(wide / parametersOf(configOf("base", paperPath, layers)) - 1) < 0.002);
});

test("operations are those counted by hand", () => {
  const [tokens, patches] = [100, 64];
  const [dim, keys, mlp, vocabulary] = [128, 64, 384, 2048];
  const attention = 2 * dim * dim + 2 * dim * keys;
  const decoder = tokens * (attention + 3 * dim * mlp) + 2 * tokens * tokens * dim;
  const vision = patches * (4 * dim * dim + 2 * dim * 3 * dim) + 2 * patches * patches * dim;
  const patchEmbed = patches * dim * 3 * 2 * 14 * 14;
  const merger = (patches / 4) * (512 * 512 + 512 * dim);
  const head = tokens * dim * vocabulary;
  const dense = 2 * (layers * (decoder + vision) + patchEmbed + merger + head);
  assert.equal(forwardFlops(configOf("base", null, layers), { tokens, patches }), dense);

  const { experts, topK, expertDim, sharedDim } = paperPath;
  const path = 3 * dim * (topK * expertDim + sharedDim) + dim * (experts + 1 + 2);
  const sparse = dense + 2 * layers * tokens * path;
  assert.equal(forwardFlops(configOf("base", paperPath, layers), { tokens, patches }), sparse);
});

test("a shared expert that is left out costs nothing", () => {
  const config = configOf("base", paperPath, layers);
  const [whole, without] = [costOf(config), costOf(config, isShared)];
  const left = layers * (3 * 128 * paperPath.sharedDim + 128);
  assert.equal(whole.parameters - without.parameters, left);
  assert.ok(Math.abs(whole.trainingFlopsPerToken - without.trainingFlopsPerToken - 6 * left) < 1e-3);
});

test("a run without shared expert keeps it frozen in every layer, other runs freeze nothing", () => {
  for (const run of runs)
    for (const recipe of recipesOf(run)) {
      const frozen = "frozen" in recipe ? recipe.frozen : [];
      assert.equal(frozen.length, run.name === "no-shared" ? layers : 0, run.name);
    }
});

test("an epoch's batches hold every record's tokens once", () => {
  const lengths = [50, 120, 80, 30, 200, 75, 66];
  const records = lengths.map(
    (length): TrainingRecord => ({
      length,
      region: "",
      record: { messages: [] },
      place: { file: "records.jsonl", line: 1 },
    }),
  );
  const options = { seed: 3, regions: "proportional", tokenBudget: 1, groupSize: 1 } as const;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  assert.deepEqual(learntIn(records, 7, options), { tokens: total, records: 7 });
  assert.deepEqual(learntIn(records, 14, options), { tokens: 2 * total, records: 14 });
});

test("trained parameters are those counted by hand", () => {
  const dense = configOf("base", null, layers);
  assert.equal(
    trainedParameters(dense, "full", () => false),
    parametersOf(dense),
  );
  assert.equal(
    trainedParameters(dense, "stage1-merger", () => false),
    512 * 512 + 512 + 512 * 128 + 128,
  );
  const [dim, keys, rank] = [128, 64, 8];
  const attention = 2 * (dim + dim) + 2 * (dim + keys);
  const vision = dim + 3 * dim + (dim + dim) + 2 * (dim + 3 * dim);
  const merger = 512 + 512 + (512 + dim);
  assert.equal(
    trainedParameters(dense, "stage2", () => false),
    rank * (layers * (attention + vision) + merger),
  );
  const sparse = configOf("base", paperPath, layers);
  const added = parametersOf(sparse) - parametersOf(dense);
  assert.equal(
    trainedParameters(sparse, "stage1", () => false),
    added,
  );
});
