import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { picture } from "../../test/model_fixture.ts";
import { arbitrarySet, lookAtNames, recordOf, setOf } from "../../test/question_fixture.ts";
import { createPictureCheck } from "../data/check_pictures.ts";
import type { DataRecord } from "../data/record.ts";
import { RequestError } from "../errors.ts";
import { decodeImage } from "../image/decode.ts";
import type { ImageSource } from "../image/read_source.ts";
import { type Message, mapImages } from "../processor/message.ts";
import { type AskedCondition, showUnder } from "./conditions.ts";
import type { Question } from "./exchange.ts";
import { hashOfShown, noisePicture, renderShown, type Shown } from "./shown.ts";

const shownIn = (messages: readonly Message<Shown>[]): Shown[] => {
  const all: Shown[] = [];
  mapImages(messages, (shown) => all.push(shown));
  return all;
};
const sourcesIn = (messages: readonly Message<Shown>[]) =>
  shownIn(messages).map((shown) => ("source" in shown ? shown.source : "noise"));
const textsIn = (messages: readonly Message<unknown>[]) =>
  messages.flatMap(({ content }) =>
    typeof content === "string"
      ? [content]
      : content.flatMap((part) => (part.type === "text" ? part.text : [])),
  );
const ownSources = ({ record: { images = [] } }: Question) => images;

/** Shown by every question that can be shown. */
async function showAll(
  records: readonly DataRecord[],
  condition: AskedCondition,
  { seed = 1, missing = [] as string[] } = {},
): Promise<(readonly Message<Shown>[] | string)[]> {
  const set = setOf(records, missing);
  const show = showUnder(set, { seed, look: lookAtNames });
  return Promise.all(
    set.questions.map((question) => show(question, condition).catch((error: Error) => error.message)),
  );
}

test("under `pictures` a question is what it is, and under no condition do the words change", async () => {
  const conditions: AskedCondition[] = ["pictures", "no picture", "noise", "other picture"];
  await fc.assert(
    fc.asyncProperty(arbitrarySet, fc.constantFrom(...conditions), async (set, condition) => {
      const show = showUnder(set, { seed: 5, look: lookAtNames });
      for (const question of set.questions) {
        const shown = await show(question, condition).catch((error) => {
          assert.ok(error instanceof RequestError && condition === "other picture");
        });
        if (!shown) continue;
        assert.deepEqual(textsIn(shown), textsIn(question.messages));
        const count = condition === "no picture" ? 0 : ownSources(question).length;
        assert.equal(shownIn(shown).length, count);
        if (condition === "pictures") assert.deepEqual(await renderShown(shown), question.messages);
      }
    }),
  );
});

test("`other picture` shows pictures of one question of another group and of the same kind, always the same", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySet, fc.nat(), async (set, seed) => {
      const show = showUnder(set, { seed, look: lookAtNames });
      const reversed = { ...set, questions: [...set.questions].reverse() };
      const showAgain = showUnder(reversed, { seed, look: lookAtNames });
      for (const question of set.questions) {
        const own = ownSources(question);
        if (own.length === 0) continue;
        const { group, record } = question;
        const possible = set.questions.filter(
          (other) =>
            other.group !== group &&
            other.record.simulated === record.simulated &&
            ownSources(other).length > 0,
        );
        const shown = await show(question, "other picture").catch(() => undefined);
        assert.equal(shown === undefined, possible.length === 0);
        if (!shown) continue;
        const sources = sourcesIn(shown);
        assert.ok(
          possible.some((other) => sources.every((source) => ownSources(other).includes(source))),
          "all of one other group",
        );
        const alike = possible.filter((other) => ownSources(other).length === own.length);
        if (alike.length > 0)
          assert.ok(
            alike.some((other) => String(ownSources(other)) === String(sources)),
            "as many pictures, where there are",
          );
        assert.deepEqual(shown, await showAgain(question, "other picture"));
      }
    }),
  );
});

test("`other picture` takes no equal file of another group, and no noise in place of ultrasound", async () => {
  const facts = { region: "other", source: "labels", empty: "noise" } as never;
  const records = [
    recordOf({ group: "a", images: ["same.png"] }),
    recordOf({ group: "b", images: ["same.png"] }),
    recordOf({ group: "c", images: ["noise.png"], facts }),
  ];
  const refused = "other picture: expected real pictures of another group, got none";
  assert.deepEqual((await showAll(records, "other picture")).slice(0, 2), [refused, refused]);
  const [first] = await showAll([...records, recordOf({ group: "d", images: ["d.png"] })], "other picture");
  assert.deepEqual(sourcesIn(first as Message<Shown>[]), ["d.png"]);
});

test("`other picture` stays in the region where another group has one, unless the region is asked", async () => {
  const shownTo = async (asked: string, others: readonly string[]) => {
    const records = [
      recordOf({ group: "own", images: ["own.png"], region: "liver", language: "en", asked }),
      ...others.map((region, n) =>
        recordOf({ group: `${n}`, images: [`${region} ${n}.png`], region: region as "liver" }),
      ),
    ];
    const shown = await Promise.all(
      Array.from({ length: 12 }, (_, seed) => showAll(records, "other picture", { seed })),
    );
    return new Set(shown.flatMap(([first]) => sourcesIn(first as Message<Shown>[])));
  };
  const mixed = ["liver", "heart", "liver", "breast", "heart", "heart"];
  assert.deepEqual([...(await shownTo("Is there a cyst?", mixed))].sort(), ["liver 0.png", "liver 2.png"]);
  assert.deepEqual([...(await shownTo("Is there a cyst?", ["heart"]))], ["heart 0.png"]);
  for (const asked of [
    "Which body region does this picture show?",
    "True or false? This is cardiac ultrasound.",
  ])
    assert.ok(
      [...(await shownTo(asked, mixed))].some((source) => !String(source).startsWith("liver")),
      asked,
    );
});

test("where no question has as many pictures, one replaces them all, and frames of a video stay of one size", async () => {
  const film: DataRecord = {
    messages: [
      { role: "user", content: "<video> What is it?" },
      { role: "assistant", content: "A heart." },
    ],
    videos: [["f1.png", "f2.png", "f3.png"]],
  };
  const [first] = await showAll(
    [film, recordOf({ group: "b", images: ["b1.png", "b2.png"] })],
    "other picture",
  );
  assert.deepEqual(sourcesIn(first as Message<Shown>[]), ["b1.png", "b1.png", "b1.png"]);
});

test("other seeds show other pictures", async () => {
  const records = Array.from({ length: 20 }, (_, n) => recordOf({ images: [`${n}.png`] }));
  const [one, two] = [
    await showAll(records, "other picture"),
    await showAll(records, "other picture", { seed: 2 }),
  ];
  assert.notDeepEqual(one, two);
});

test("noise is the same for the same seed and picture, another for others, and of the picture's size", async () => {
  const noise = { seed: 3, name: "a", width: 40, height: 30 };
  const pixels = async (one: typeof noise) => (await decodeImage(await noisePicture(one))).data;
  assert.deepEqual(await pixels(noise), await pixels({ ...noise }));
  assert.notDeepEqual(await pixels(noise), await pixels({ ...noise, seed: 4 }));
  assert.notDeepEqual(await pixels(noise), await pixels({ ...noise, name: "b" }));

  const set = setOf([recordOf({ images: [picture("liver"), picture("breast")] })]);
  const show = showUnder(set, { seed: 3, look: createPictureCheck() });
  const made: ImageSource[] = [];
  mapImages(await renderShown(await show(set.questions[0]!, "noise")), (source) => made.push(source));
  for (const [index, name] of (["liver", "breast"] as const).entries()) {
    const got = await decodeImage(made[index]!);
    const own = await decodeImage(picture(name));
    assert.deepEqual([got.width, got.height], [own.width, own.height]);
    assert.notDeepEqual(got.data, own.data);
    const mean = got.data.reduce((sum, grey) => sum + grey, 0) / got.data.length;
    assert.ok(Math.abs(mean - 127.5) < 5, `noise is of all greys, got a mean of ${mean}`);
  }
});

test("a picture that is not there is missing under every condition that shows pictures, and is shown to nobody", async () => {
  const records = [
    recordOf({ id: "gone", group: "a", images: ["gone.png"] }),
    recordOf({ id: "there", group: "b", images: ["there.png"] }),
  ];
  const missing = "missing picture: expected gone.png, got no such file";
  for (const condition of ["pictures", "noise", "other picture"] as const)
    assert.equal((await showAll(records, condition, { missing: ["gone"] }))[0], missing);
  assert.notEqual((await showAll(records, "no picture", { missing: ["gone"] }))[0], missing);
  assert.match(String((await showAll(records, "other picture", { missing: ["gone"] }))[1]), /got none$/);
});

test("the hash tells words, pictures, their order and noise apart, and nothing else", () => {
  const told = (text: string, ...shown: Shown[]): Message<Shown>[] => [
    {
      role: "user",
      content: [...shown.map((image) => ({ type: "image", image }) as const), { type: "text", text }],
    },
  ];
  const file = (source: string, hash: string): Shown => ({ source, hash });
  const noise = (seed: number): Shown => ({ seed, name: "x", width: 2, height: 2 });
  const hash = hashOfShown(told("t", file("a", "1"), file("b", "2")));
  assert.equal(hashOfShown(told("t", file("elsewhere/a", "1"), file("b", "2"))), hash);
  const others = [
    told("u", file("a", "1"), file("b", "2")),
    told("t", file("b", "2"), file("a", "1")),
    told("t", file("a", "1")),
    told("t", noise(1)),
    told("t", noise(2)),
    told("t"),
  ].map(hashOfShown);
  assert.equal(new Set([hash, ...others]).size, 7);
});
