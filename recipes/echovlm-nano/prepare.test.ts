import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Facts } from "../../src/data/facts.ts";
import { labelledFacts, type ManifestRow, readManifest, withMeasures } from "../../src/data/manifest.ts";
import type { Mask } from "../../src/data/outline.ts";
import type { Question } from "../../src/data/questions.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import { parts } from "../../src/data/split.ts";
import { languages } from "../../src/tasks/regions.ts";
import { drawAugmentation, unchanged } from "./augmentation.ts";
import { conversationOf, questionAlone, shareOfLongest } from "./conversation.ts";
import { emptyPicture } from "./empty_picture.ts";
import { factsLine } from "./facts_line.ts";
import { drawCrop, longestSide, moved } from "./geometry.ts";
import { emptyShare, planPictures, splitGroups } from "./plan.ts";
import { rowOfCopy } from "./real_picture.ts";
import { type KnownPicture, measureRecordsOf } from "./records.ts";
import { sumsOf, withDrawnScale } from "./scales.ts";
import { toned } from "./tone.ts";

const properties = { numRuns: 60, seed: 7 };
const draw = (seed = 1) => openStream(seed, "test");

/** A filled rectangle in an empty mask. */
function maskOf(width: number, height: number, box: readonly [number, number, number, number]): Mask {
  const data = new Uint8Array(width * height);
  const [left, top, right, bottom] = box;
  for (let y = top; y < bottom; y++) data.fill(255, y * width + left, y * width + right);
  return { width, height, data };
}

const picture = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => (Math.floor(at / 3) * 7) % 200),
});

const masks = fc
  .tuple(fc.integer({ min: 40, max: 200 }), fc.integer({ min: 40, max: 200 }))
  .chain(([width, height]) =>
    fc
      .tuple(
        fc.integer({ min: 0, max: width - 12 }),
        fc.integer({ min: 0, max: height - 12 }),
        fc.integer({ min: 10, max: width }),
        fc.integer({ min: 10, max: height }),
      )
      .map(([left, top, across, down]) =>
        maskOf(width, height, [left, top, Math.min(width, left + across), Math.min(height, top + down)]),
      ),
  );

const count = (mask: Mask, from = 0, to = mask.width, top = 0, bottom = mask.height) => {
  let pixels = 0;
  for (let y = top; y < bottom; y++)
    for (let x = from; x < to; x++) pixels += mask.data[y * mask.width + x] ? 1 : 0;
  return pixels;
};

test("a crop never cuts what the mask outlines, and keeps as much as it was told to", () => {
  fc.assert(
    fc.property(masks, fc.integer({ min: 0, max: 1e6 }), (mask, seed) => {
      const { left, top, width, height } = drawCrop(mask, mask, 0.7, draw(seed));
      assert.equal(count(mask, left, left + width, top, top + height), count(mask));
      assert.ok(left >= 0 && top >= 0 && left + width <= mask.width && top + height <= mask.height);
      assert.ok(width >= 0.7 * mask.width && height >= 0.7 * mask.height);
    }),
    properties,
  );
});

test("without a mask crops move about and keep their share", () => {
  const crops = Array.from({ length: 40 }, (_, seed) =>
    drawCrop({ width: 100, height: 80 }, undefined, 0.87, draw(seed)),
  );
  assert.ok(new Set(crops.map(({ left }) => left)).size > 3);
  for (const { width, height } of crops) assert.ok(width >= 87 && height >= 0.87 * 80);
});

const row: ManifestRow = {
  file: "a.png",
  region: "breast",
  dataset: "BUS-BRA",
  labels: { pathology: "benign" },
  meta: { side: "left" },
  width: 200,
  height: 100,
  mask: "m.png",
  mask_values: { "255": "lesion" },
  group: "g",
};

test("a flip moves the lesion to the other side of the picture and leaves the side of the body", async () => {
  const mask = maskOf(200, 100, [20, 40, 60, 60]);
  const facts = await Promise.all(
    [false, true].map(async (isFlipped) => {
      const copy = await moved(picture(200, 100), mask, { ...unchanged, isFlipped }, draw());
      const own = rowOfCopy(row, copy.image, copy.shrunk, 1);
      return withMeasures(own, labelledFacts(own), { ...copy.image, data: copy.mask!.data }, copy.mask!)
        .facts;
    }),
  );
  const [straight, flipped] = facts.map(({ findings }) => findings![0]!);
  assert.deepEqual(straight!.position, { x: 0.2, y: 0.5 });
  assert.deepEqual(flipped!.position, { x: 0.8, y: 0.5 });
  assert.deepEqual(flipped!.size, straight!.size);
  assert.deepEqual(
    facts.map(({ side }) => side),
    ["left", "left"],
  );
});

test("the line of facts says what is known, places and sizes in tenths, and nothing else", () => {
  const facts = Facts.parse({
    region: "breast",
    source: "measured",
    view: "transverse",
    findings: [
      {
        kind: "carcinoma",
        pathology: "malignant",
        shape: "irregular",
        position: { x: 0.39, y: 1 },
        size: { width: 0.2, height: 0.19 },
      },
    ],
  });
  assert.equal(
    factsLine(facts),
    "breast; transverse; malignant; carcinoma; irregular; place 4 10; size 2 2.",
  );
  assert.equal(factsLine({ region: "liver", source: "labelled", normal: true }), "liver; normal.");
  assert.equal(factsLine({ region: "other", source: "labelled", empty: "notUltrasound" }), "notUltrasound.");
});

test("picture and mask move together, at most as large as a saved picture may be", async () => {
  const mask = maskOf(400, 300, [150, 100, 260, 180]);
  const data = new Uint8Array(400 * 300 * 3);
  for (const [at, level] of mask.data.entries()) data.fill(level, at * 3, at * 3 + 3);
  for (let seed = 0; seed < 8; seed++) {
    const augmentation = { ...drawAugmentation(row, draw(seed)), angle: seed - 4 };
    const copy = await moved({ width: 400, height: 300, data }, mask, augmentation, draw(seed));
    const { width, height } = copy.image;
    assert.ok(Math.max(width, height) <= longestSide);
    assert.deepEqual([copy.mask!.width, copy.mask!.height], [width, height]);
    assert.equal(copy.mask!.data.length, width * height);
    const differing = copy.mask!.data.filter(
      (level, at) => level > 0 !== copy.image.data[at * 3]! > 127,
    ).length;
    assert.ok(differing < 0.06 * count(copy.mask!), `${differing} of ${count(copy.mask!)}`);
  }
});

test("another scale multiplies every millimetre, and nothing else does", async () => {
  const head: ManifestRow = {
    ...row,
    region: "obgyn",
    dataset: "HC18",
    labels: { plane: "fetal head (HC standard plane)", hc_mm: 180 },
    meta: { pixel_mm: 0.3 },
    mask_values: { "255": "fetal head" },
  };
  const mask = maskOf(400, 300, [100, 80, 300, 220]);
  const measured = async (millimetres: number, leastKept: number) => {
    const copy = await moved(picture(400, 300), mask, { ...unchanged, leastKept }, draw(3));
    const own = rowOfCopy(head, copy.image, copy.shrunk, millimetres);
    return withMeasures(own, labelledFacts(own), { ...copy.image, data: copy.mask!.data }, copy.mask!).facts;
  };
  const [plain, cropped, scaled] = await Promise.all([measured(1, 1), measured(1, 0.7), measured(1.4, 1)]);
  const headOf = (facts: Facts | undefined) => facts!.structures![0]!;
  assert.equal(headOf(plain).circumferenceMm, 180);
  assert.equal(headOf(cropped).circumferenceMm, 180);
  assert.ok(Math.abs(headOf(scaled).circumferenceMm! - 252) < 1e-9);
  const near = (a: number, b: number, share: number) => assert.ok(Math.abs(a / b - 1) < share, `${a} ${b}`);
  near(headOf(cropped).axesMm!.long, headOf(plain).axesMm!.long, 0.02);
  near(headOf(scaled).axesMm!.long, 1.4 * headOf(plain).axesMm!.long, 0.01);
  near(scaled!.mmPerPixel!, 1.4 * plain!.mmPerPixel!, 1e-9);
  // The picture was made smaller: a pixel of it covers more.
  near(plain!.mmPerPixel! * plain!.picture!.width, 400 * 0.3, 0.01);
  assert.deepEqual(headOf(scaled).position, headOf(plain).position);
});

test("a tone leaves black black and grey grey", async () => {
  const image = picture(40, 30);
  image.data.fill(0, 0, 300);
  for (const speckle of [0, 0.1]) {
    const { data } = await toned(image, { gamma: 1.3, gain: 1.2, blur: 0, speckle }, draw());
    assert.ok(data.subarray(0, 300).every((level) => level === 0));
    assert.notDeepEqual(data, image.data);
  }
  const same = await toned(image, unchanged.tone, draw());
  assert.deepEqual(same.data, image.data);
});

const rows = Array.from(
  { length: 60 },
  (_, index): ManifestRow => ({
    ...row,
    file: `${index}.png`,
    group: `g${index % 25}`,
    labels: { pathology: index % 2 ? "benign" : "malignant" },
  }),
);
const photographs = Array.from({ length: 20 }, (_, index) => ({
  file: `p${index}.jpg`,
  hash: `hash${index}`,
}));
const options = { simulated: 200, heads: 40, copies: 4, seed: 5 };
const plan = planPictures(rows, splitGroups(rows, 5), photographs, options);

test("no group is in two parts, and no picture has the name of another", () => {
  const partOf = new Map<string, string>();
  for (const { group, part } of plan) {
    assert.equal(partOf.get(group) ?? part, part, group);
    partOf.set(group, part);
  }
  assert.equal(new Set(plan.map(({ file }) => file)).size, plan.length);
  for (const part of parts) {
    const own = plan.filter((one) => one.part === part);
    const empty = own.filter(({ job }) => job.kind === "painted" || job.kind === "photograph").length;
    assert.ok(
      Math.abs(empty - emptyShare * (own.length - empty)) <= 0.5,
      `${part}: ${empty} without anatomy`,
    );
    if (part !== "train")
      assert.ok(
        own.every(({ job }) => job.kind !== "real" || job.copy === 0),
        "only training pictures vary",
      );
  }
});

test("the same seed plans the same pictures; more copies keep those there are", () => {
  const again = planPictures(rows, splitGroups(rows, 5), photographs, options);
  assert.deepEqual(again, plan);
  const more = planPictures(rows, splitGroups(rows, 5), photographs, {
    ...options,
    copies: 8,
    simulated: 400,
    heads: 60,
  });
  const files = new Set(more.map(({ file }) => file));
  assert.ok(plan.every(({ file }) => files.has(file)));
  const other = planPictures(rows, splitGroups(rows, 6), photographs, { ...options, seed: 6 });
  assert.ok(other.every(({ file, job }) => !files.has(file) || job.kind === "photograph"));
});

test("a conversation repeats no topic, is short, and begins with a report or a diagnosis in nearly half of all", () => {
  const facts = Facts.parse({
    region: "breast",
    source: "labelled",
    side: "left",
    findings: [{ kind: "mass", pathology: "benign", position: { x: 0.5, y: 0.5 }, shape: "oval" }],
  });
  const first = { report: 0, diagnose: 0 };
  const firsts = new Set<string>();
  for (let seed = 0; seed < 400; seed++) {
    const turns = conversationOf(facts, languages[seed % 2]!, draw(seed));
    assert.ok(turns.length >= 1 && turns.length <= 4);
    assert.equal(turns[0]!.language, languages[seed % 2]);
    const abouts = turns.map(({ about }) => about ?? "whole");
    assert.equal(new Set(abouts).size, abouts.length, abouts.join(", "));
    assert.ok(shareOfLongest(turns.map(({ prompt, answer }) => `${prompt} ${answer}`).join(" ")) <= 1.001);
    const [{ form }] = turns as [Question];
    if (form === "report" || form === "diagnose") first[form]++;
    firsts.add(abouts[0]!);
  }
  const { report, diagnose } = first;
  assert.ok(Math.abs((report + diagnose) / 400 - 0.45) < 0.08, `${report} + ${diagnose} of 400`);
  assert.ok(diagnose > 20 && diagnose < report, `${diagnose} diagnoses, ${report} reports`);
  for (const about of ["region", "pathology", "lesion", "shape"]) assert.ok(firsts.has(about), about);
});

test("alone, a breast is asked for its pathology, a head for its circumference, all else for region or lesion", () => {
  const asked = (facts: Facts) =>
    new Set(
      Array.from({ length: 40 }, (_, seed) =>
        questionAlone(facts, "en", draw(seed)).map(({ about }) => about),
      ).flat(),
    );
  const breast = Facts.parse({
    region: "breast",
    source: "labelled",
    findings: [{ kind: "mass", pathology: "benign" }],
  });
  const liver = Facts.parse({ region: "liver", source: "labelled", normal: true });
  assert.deepEqual(asked(breast), new Set(["pathology"]));
  assert.deepEqual(asked(liver), new Set(["region", "lesion"]));
});

test("sums are right, differ, and stand as answers on sizes end", () => {
  const answers = Array.from({ length: 50 }, (_, seed) => {
    const { prompt, answer } = sumsOf(draw(seed));
    const tasks = answer.replaceAll(/ = [\d.]+ mm/g, "");
    const [, seen, told] = /^([\d.]+) × ([\d.]+)\.$/.exec(tasks) ?? [];
    if (seen === undefined) assert.equal(tasks, `${prompt}.`);
    else assert.match(prompt, new RegExp(`(is |宽)${told} mm.* ${seen}\\?$`));
    for (const [, seen, told, mm] of answer.matchAll(/([\d.]+) × ([\d.]+) = ([\d.]+) mm/g)) {
      const exact = Number(seen) * Number(told);
      assert.ok(Math.abs(Number(mm) - exact) <= Math.max(0.51, 0.03 * exact), `${seen} × ${told} = ${mm}`);
    }
    return answer;
  });
  assert.equal(new Set(answers).size, answers.length);
});

/** A head half as wide as its picture, which is 150 mm wide. */
const headOf = (circumferenceMm: number): Facts =>
  Facts.parse({
    region: "gynaecology",
    source: "measured",
    structures: [{ kind: "fetalHead", size: { width: 0.5, height: 0.6 }, circumferenceMm }],
    picture: { width: 300, height: 200 },
    mmPerPixel: 0.5,
  });

test("a head is measured under other scales: its length in picture widths stays", () => {
  const facts = headOf(198);
  const common = {
    file: `pictures/aa/${"a".repeat(20)}.jpg`,
    group: "g",
    part: "train",
    dataset: "d",
  } as const;
  const records = measureRecordsOf([{ ...common, facts } as unknown as KnownPicture], "", 1);
  assert.deepEqual(new Set(records.map(({ language }) => language)), new Set(["en", "zh"]));
  const widths = records.map(({ messages: [asked, told] }) => {
    const [, seen, width] = / ?([\d.]+) × ([\d.]+) = /.exec(String(told!.content))!;
    assert.ok(String(asked!.content).includes(width!), "the scale is in the prompt");
    assert.ok(Math.abs(Number(seen) - 198 / 150) < 0.006, seen);
    return width;
  });
  assert.equal(new Set(widths).size, records.length);
  const { mmPerPixel: _, ...unscaled } = facts;
  assert.deepEqual(measureRecordsOf([{ ...common, facts: unscaled } as unknown as KnownPicture], "", 1), []);
});

test("the length around is told in picture widths", () => {
  const facts = headOf(200);
  assert.equal(factsLine(facts), "gynaecology; around 1.3.");
});

test("a drawn scale gives a size its millimetres, and is left out where one is known", () => {
  const facts = Facts.parse({
    region: "breast",
    source: "labelled",
    findings: [{ kind: "mass", size: { width: 0.2, height: 0.5 } }],
    picture: { width: 300, height: 100 },
  });
  const drawn = Array.from({ length: 60 }, (_, seed) => withDrawnScale(facts, draw(seed))).filter(
    ({ mmPerPixel }) => mmPerPixel !== undefined,
  );
  assert.ok(drawn.length > 10 && drawn.length < 35, String(drawn.length));
  for (const one of drawn) {
    const { long, short } = Facts.parse(one).findings![0]!.axesMm!;
    assert.ok(Math.abs(long - 60 * one.mmPerPixel!) <= 0.051);
    assert.ok(Math.abs(short - 50 * one.mmPerPixel!) <= 0.051);
  }
  const known = { ...facts, mmPerPixel: 0.1 };
  for (let seed = 0; seed < 20; seed++) assert.equal(withDrawnScale(known, draw(seed)), known);
});

test("painted pictures are whole, differ, and say that there is no anatomy", async () => {
  const all = await Promise.all(Array.from({ length: 30 }, (_, seed) => emptyPicture(draw(seed))));
  for (const { image, facts } of all) {
    assert.equal(image.data.length, image.width * image.height * 3);
    assert.ok(Facts.parse(facts).empty);
  }
  assert.ok(new Set(all.map(({ image }) => image.data.join())).size > 24);
});

const manifest = fileURLToPath(new URL("../../../../shared/us-data/manifest.jsonl", import.meta.url));
test("the real pictures: every data set with several groups is in training, most are in the test", {
  skip: existsSync(manifest) ? false : "no ../shared/us-data beside this checkout",
}, async () => {
  const real = (await readManifest(manifest)).filter(({ file }) => !file.endsWith(".dcm"));
  const parts = splitGroups(real, 1);
  const shown = (part: string) =>
    new Set(real.filter(({ group }) => parts.get(group) === part).map(({ dataset }) => dataset));
  for (const dataset of ["BUSI", "BUS-BRA", "HC18", "CCAUS", "BA gallbladder", "usgra-seg"])
    for (const part of ["train", "test"]) assert.ok(shown(part).has(dataset), `${dataset} in ${part}`);
});
