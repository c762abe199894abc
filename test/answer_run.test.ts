import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import sharp from "sharp";
import { createPictureCheck } from "../src/data/check_pictures.ts";
import { type AnswerProgress, type AnswerRun, type AnswerSet, answerRun } from "../src/eval/answer_run.ts";
import { failed, type ModelSource } from "../src/eval/answerer.ts";
import { endpointModel } from "../src/eval/endpoint_answerer.ts";
import { conditions } from "../src/eval/exchange.ts";
import { localModel } from "../src/eval/local_answerer.ts";
import { collectQuestions } from "../src/eval/questions.ts";
import { answersPath } from "../src/eval/run_folder.ts";
import { completion, openChatServer, send } from "./chat_server.ts";
import { fixtureFolder, picture } from "./model_fixture.ts";
import {
  arbitrarySet,
  fakeModel,
  inCompany,
  lookAtNames,
  ownWords,
  recordOf,
  setOf,
  taskOf,
} from "./question_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const settings = { maxNewTokens: 8, temperature: 0, seed: 1 };

const runOf = (folder: string, fields: Partial<AnswerRun>): AnswerRun => ({
  folder,
  set: setOf([]),
  models: [],
  conditions: ["pictures"],
  settings,
  kindOf: taskOf,
  keepsTokens: () => true,
  look: lookAtNames,
  signal: new AbortController().signal,
  onProgress: () => {},
  ...fields,
});

async function answers(run: AnswerRun): Promise<AnswerSet[]> {
  const sets: AnswerSet[] = [];
  for await (const set of answerRun(run)) sets.push(set);
  return sets;
}

const filesIn = (folder: string) =>
  readdirSync(join(folder, "answers"))
    .sort()
    .map((name) => [name, readFileSync(join(folder, "answers", name), "utf8")]);

const arbitraryAnswers = arbitrarySet.filter(({ questions }) => questions.length > 1);

test("stopped anywhere, any number of times, even in the middle of a line, and resumed: the bytes of an unbroken run", async (t) => {
  const stops = fc.array(fc.record({ calls: fc.nat(4), bytes: fc.nat(300), kills: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  });
  const [batches, underWay] = [fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })];
  await fc.assert(
    fc.asyncProperty(arbitraryAnswers, stops, batches, underWay, async (set, stops, batch, concurrency) => {
      const models = [fakeModel(inCompany, { name: "org/fake", batch, concurrency })];
      const run = { set, conditions, models };
      const [unbroken, broken] = [temporaryFolder(t), temporaryFolder(t)];
      const wanted = await answers(runOf(unbroken, run));

      for (const { calls, bytes, kills } of stops) {
        const stop = new AbortController();
        let [left, writing] = [calls, ""];
        const stopping = run.models.map(
          ({ name, open }): ModelSource => ({
            name,
            open: async (signal) => {
              const answerer = await open(signal);
              const answer: typeof answerer.answer = (...asked) => {
                if (left-- > 0) return answerer.answer(...asked);
                stop.abort(new Error("stopped"));
                throw stop.signal.reason;
              };
              return { ...answerer, answer };
            },
          }),
        );
        const onProgress = ({ model, condition }: AnswerProgress) => {
          writing = answersPath(broken, model, condition);
        };
        const { signal } = stop;
        const part = runOf(broken, { ...run, models: stopping, signal, onProgress });
        const ended = await answers(part).catch((error: Error) => assert.equal(error.message, "stopped"));
        if (ended || !kills || writing === "") continue;
        truncateSync(writing, Math.max(0, statSync(writing).size - bytes));
      }
      assert.deepEqual(await answers(runOf(broken, run)), wanted);
      assert.deepEqual(filesIn(broken), filesIn(unbroken));
    }),
    { numRuns: 20 },
  );
});

test("as many batches are under way as wanted, and the file is in the order of the questions", async (t) => {
  const set = setOf(Array.from({ length: 9 }, (_, n) => recordOf({ asked: `What is ${n}?` })));
  let [underWay, most] = [0, 0];
  const slow: ModelSource = {
    name: "fake",
    open: async () => ({
      identity: { sha256: "f00" },
      batch: 1,
      concurrency: 3,
      async answer(conversations) {
        most = Math.max(most, ++underWay);
        await pause(JSON.stringify(conversations).includes("What is 0?") ? 60 : 5);
        underWay--;
        return ownWords(conversations);
      },
      close: async () => {},
    }),
  };
  const [one, several] = [temporaryFolder(t), temporaryFolder(t)];
  await answers(runOf(one, { set, models: [fakeModel(ownWords)] }));
  await answers(runOf(several, { set, models: [slow] }));
  assert.equal(most, 3);
  assert.deepEqual(filesIn(several), filesIn(one));
});

test("what an endpoint answered before it broke is on disk, and is not asked again", async (t) => {
  const set = setOf(Array.from({ length: 9 }, (_, n) => recordOf({ asked: `What is ${n}?` })));
  let isBroken = true;
  const { url, posted } = await openChatServer(t, (response, _, count) =>
    isBroken && count >= 6 ? send(response, 503, "{}") : send(response, 200, completion("A cyst.")),
  );
  const endpoint = { url, model: "us-vl", concurrency: 4, timeoutMs: 60_000, backoffMs: 1 };
  const folder = temporaryFolder(t);
  const run = runOf(folder, { set, models: [endpointModel(endpoint)] });
  await assert.rejects(answers(run), /got 503: .*what was answered is kept/);
  const kept = readFileSync(answersPath(folder, "us-vl", "pictures"), "utf8").split("\n");
  assert.equal(kept.length - 1, 6);

  isBroken = false;
  posted.splice(0);
  const [{ given } = assert.fail()] = await answers(run);
  assert.equal(posted.length, 3);
  assert.deepEqual(
    given.map(({ id, text }) => [id, text]),
    set.questions.map(({ id }) => [id, "A cyst."]),
  );
});

test("the size of batches changes nothing", async (t) => {
  await fc.assert(
    fc.asyncProperty(arbitrarySet, fc.integer({ min: 2, max: 7 }), async (set, batch) => {
      const [one, many] = [temporaryFolder(t), temporaryFolder(t)];
      await answers(runOf(one, { set, conditions, models: [fakeModel(ownWords, { batch: 1 })] }));
      await answers(runOf(many, { set, conditions, models: [fakeModel(ownWords, { batch })] }));
      assert.deepEqual(filesIn(many), filesIn(one));
    }),
    { numRuns: 20 },
  );
});

test("questions that no model can tell apart are asked once, and every one of them is answered", async (t) => {
  const set = setOf([
    ...["a", "b", "c"].map((id) => recordOf({ id, images: [`${id}.png`] })),
    recordOf({ id: "d", images: ["a.png"], expected: "Another." }),
    recordOf({ id: "e", images: ["a.png"], asked: "Where?" }),
  ]);
  const asked = { pictures: 0, "no picture": 0 };
  for (const condition of ["pictures", "no picture"] as const) {
    const counting = fakeModel((conversations) => {
      asked[condition] += conversations.length;
      return ownWords(conversations);
    });
    const [{ given } = assert.fail()] = await answers(
      runOf(temporaryFolder(t), { set, conditions: [condition], models: [counting] }),
    );
    assert.deepEqual(
      given.map(({ id }) => id),
      ["a", "b", "c", "d", "e"],
    );
    assert.equal(given[0]?.text, given[3]?.text);
    assert.notEqual(given[0]?.text, given[4]?.text);
  }
  assert.deepEqual(asked, { pictures: 4, "no picture": 2 });
});

test("a run that is done asks nothing more; other weights and other pictures are asked anew, these alone", async (t) => {
  const folder = temporaryFolder(t);
  const set = setOf([recordOf({ images: ["a.png"] }), recordOf({ images: ["b.png"] })]);
  let asked = 0;
  const countFor = async (fields: Partial<AnswerRun> & { readonly sha256?: string }) => {
    asked = 0;
    const { sha256 = "f00", ...rest } = fields;
    const count = (conversations: Parameters<typeof ownWords>[0]) => {
      asked += conversations.length;
      return ownWords(conversations);
    };
    const model = fakeModel(count, { batch: 1, identity: { sha256 } });
    await answers(runOf(folder, { set, models: [model], ...rest }));
    return asked;
  };
  const repaired: AnswerRun["look"] = async (source) =>
    source === "b.png"
      ? { header: { width: 8, height: 6, format: "png", hash: "repaired" } }
      : lookAtNames(source);
  assert.equal(await countFor({}), 2);
  assert.equal(await countFor({}), 0);
  assert.equal(await countFor({ look: repaired }), 1);
  assert.equal(await countFor({ look: repaired, sha256: "ba5" }), 2);
});

test("the folder of another run is refused, and each difference is named", async (t) => {
  const folder = temporaryFolder(t);
  const records = [recordOf({ id: "a" }), recordOf({ id: "b" })];
  await answers(runOf(folder, { set: setOf(records), models: [fakeModel(ownWords)] }));
  const refusal = (fields: Partial<AnswerRun>) =>
    answers(runOf(folder, { set: setOf(records), models: [fakeModel(ownWords)], ...fields })).then(
      () => assert.fail("a run of something else"),
      ({ message }: Error) => message.slice(folder.length),
    );
  assert.equal(
    await refusal({ settings: { ...settings, maxNewTokens: 9, logprobs: 2 } }),
    "/run.json: maxNewTokens: expected 8 as in this run, got 9; logprobs: expected nothing as in this run, got 2" +
      " (give another folder, or remove this one to ask anew)",
  );
  assert.match(
    await refusal({ set: setOf(records.slice(1)) }),
    /^\/run\.json: questions: expected 2 .* got 1/,
  );
  const others = setOf([records[0]!, recordOf({ id: "b", asked: "Where?" })]);
  assert.match(await refusal({ set: others }), /^\/run\.json: questionsSha256: expected "[0-9a-f]+/);
});

test("models are opened one after another, each closed before the next and when the run is stopped", async (t) => {
  const events: string[] = [];
  const watched = (name: string): ModelSource => ({
    name,
    async open(signal) {
      events.push(`open ${name}`);
      const answerer = await fakeModel(ownWords, { name }).open(signal);
      return { ...answerer, close: async () => void events.push(`close ${name}`) };
    },
  });
  const run = { set: setOf([recordOf({})]), conditions, models: [watched("one"), watched("two")] };
  const sets = await answers(runOf(temporaryFolder(t), run));
  const asked = conditions.filter((condition) => condition !== "majority");
  assert.deepEqual(
    sets.map(({ model, condition }) => [model, condition]),
    [...["one", "two"].flatMap((name) => asked.map((condition) => [name, condition])), ["none", "majority"]],
  );
  assert.deepEqual(events.splice(0), ["open one", "close one", "open two", "close two"]);
  for await (const _ of answerRun(runOf(temporaryFolder(t), run))) break;
  assert.deepEqual(events, ["open one", "close one"]);
});

test("models of one name are refused before anything is asked", async (t) => {
  const unasked = fakeModel(() => assert.fail("asked"));
  const run = (...models: ModelSource[]) =>
    answers(runOf(temporaryFolder(t), { set: setOf([recordOf({})]), models }));
  await assert.rejects(run(unasked, unasked), /^ConfigError: models: .* got fake again/);
  await assert.rejects(run({ ...unasked, name: "none" }), /^ConfigError: models: .* got none again/);
});

test("progress counts every question once, those that cannot be asked first, up to all of them", async (t) => {
  const set = setOf(
    [recordOf({}), recordOf({}), recordOf({ asked: "Where?" }), recordOf({ id: "gone" })],
    ["gone"],
  );
  const told: AnswerProgress[] = [];
  const onProgress = (progress: AnswerProgress) => told.push(progress);
  await answers(runOf(temporaryFolder(t), { set, models: [fakeModel(ownWords, { batch: 1 })], onProgress }));
  assert.deepEqual(
    told.map(({ model, condition, done, total }) => [model, condition, done, total]),
    [
      ["fake", "pictures", 2, 4],
      ["fake", "pictures", 4, 4],
    ],
  );
  assert.deepEqual(told.at(-1)?.secondsLeft, 0);
});

test("a reply that failed is an answer like others, with its problem", async (t) => {
  const set = setOf([recordOf({})]);
  const model = fakeModel(() => [failed("too long")]);
  const [{ given } = assert.fail()] = await answers(runOf(temporaryFolder(t), { set, models: [model] }));
  assert.deepEqual(given, [{ id: "q0", text: "", finish: "failed", problem: "too long" }]);
});

/** Questions to the tiny model: good ones, a missing, a damaged and a truncated picture, and a prompt that is too long. */
async function tinyRun(
  t: Parameters<typeof temporaryFolder>[0],
  batch: number,
  fields: Partial<AnswerRun> = {},
) {
  const look = createPictureCheck();
  const whole = await sharp(picture("liver")).png().toBuffer();
  const records = [
    ...(["liver", "kidney", "breast"] as const).map((name) =>
      recordOf({ id: name, group: name, images: [picture(name)], asked: `What is ${name}?` }),
    ),
    recordOf({ id: "missing", images: ["gone.png"] }),
    recordOf({ id: "damaged", images: [Uint8Array.of(1, 2, 3)] }),
    recordOf({ id: "truncated", images: [new Uint8Array(whole.subarray(0, whole.length / 2))] }),
    recordOf({ id: "long", asked: "long ".repeat(40_000) }),
    recordOf({ id: "words", asked: "What is a cyst?" }),
  ];
  const set = await collectQuestions(records, look);
  const folder = temporaryFolder(t);
  const models = [localModel(fixtureFolder, { batch })];
  const withLogprobs = { ...settings, logprobs: 3 };
  return answers(runOf(folder, { set, models, look, settings: withLogprobs, ...fields }));
}

test("of the tiny model: what cannot be answered fails alone and says why; batches change rounding only", async (t) => {
  const [[alone = assert.fail()], [together = assert.fail()]] = [await tinyRun(t, 1), await tinyRun(t, 5)];
  assert.equal(together.model, "echovlm-tiny");
  assert.match(String(together.identity.sha256), /^[0-9a-f]{64}$/);
  const problems = Object.fromEntries(together.given.map(({ id, problem }) => [id, problem]));
  const { missing, damaged, truncated, long, ...good } = problems;
  assert.deepEqual(good, { liver: undefined, kidney: undefined, breast: undefined, words: undefined });
  assert.match(String(missing), /^missing picture: expected gone\.png, got no such file/);
  assert.match(String(damaged), /^unreadable picture: .* expected a PNG, /);
  assert.match(String(truncated), /^image bytes: expected an undamaged picture/);
  assert.match(String(long), /^prompt: expected at most \d+ tokens of context/);
  for (const [row, { tokens, ...given }] of together.given.entries()) {
    const { tokens: aloneTokens, ...wanted } = alone.given[row]!;
    assert.deepEqual(given, wanted);
    for (const [n, token] of (tokens ?? []).entries()) {
      assert.equal(token.text, aloneTokens?.[n]?.text);
      assert.equal(token.top.length, 3);
      assert.ok(Math.abs(token.logprob - aloneTokens![n]!.logprob) < 3e-4);
    }
    assert.equal(tokens === undefined, given.finish === "failed");
  }
  assert.ok(together.given.some(({ finish }) => finish === "length"));
});

test("of the tiny model: under every condition each question is answered or says why not", async (t) => {
  const sets = await tinyRun(t, 4, { conditions });
  assert.deepEqual(
    sets.map(({ model, condition }) => `${model} ${condition}`),
    [
      "echovlm-tiny pictures",
      "echovlm-tiny no picture",
      "echovlm-tiny noise",
      "echovlm-tiny other picture",
      "none majority",
    ],
  );
  const textsOf = (condition: string) =>
    sets.find((set) => set.condition === condition)?.given.map(({ text }) => text);
  assert.notDeepEqual(textsOf("noise"), textsOf("pictures"));
  for (const { given } of sets) {
    assert.equal(given.length, 8);
    for (const { finish, problem } of given) assert.equal(finish === "failed", problem !== undefined);
  }
});

test("of the tiny model: chosen experts are told with pictures, and kept; answers kept without them are not asked again", async (t) => {
  const folder = temporaryFolder(t);
  const sets = await tinyRun(t, 4, { folder, conditions: ["pictures", "noise"] });
  const [{ given: shown } = assert.fail(), { given: noise } = assert.fail()] = sets;
  for (const { finish, expertCounts } of shown) assert.equal(expertCounts === undefined, finish === "failed");
  assert.ok(noise.every((given) => !("expertCounts" in given)));

  const path = answersPath(folder, "echovlm-tiny", "pictures");
  const whole = readFileSync(path, "utf8");
  truncateSync(path, statSync(path).size - 9);
  assert.deepEqual(await tinyRun(t, 4, { folder, conditions: ["pictures"] }), [sets[0]]);
  assert.equal(readFileSync(path, "utf8"), whole);

  const old = whole.replaceAll(/,"expertCounts":\[[\d,[\]]*\]/g, "");
  assert.notEqual(old, whole);
  writeFileSync(path, old);
  const [{ given } = assert.fail()] = await tinyRun(t, 4, { folder, conditions: ["pictures"] });
  assert.deepEqual(
    given,
    shown.map(({ expertCounts: _, ...rest }) => rest),
  );
  assert.equal(readFileSync(path, "utf8"), old);
});

test("settings out of range are no question's failure", async (t) => {
  const wrong = { ...settings, maxNewTokens: 0 };
  await assert.rejects(tinyRun(t, 2, { settings: wrong }), /^RequestError: generation options: maxNewTokens/);
});
