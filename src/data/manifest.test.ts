import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { RequestError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import type { GreyImage } from "./echo.ts";
import { labelledFacts, ManifestRow, readFacts, readManifest, withMeasures } from "./manifest.ts";
import { ellipseCircumference, type Mask } from "./outline.ts";
import { reportOf } from "./report_text.ts";

const row = (more: Partial<ManifestRow>): ManifestRow => ({
  file: "a.png",
  region: "breast",
  dataset: "mine",
  labels: {},
  width: 100,
  height: 80,
  group: "patient 1",
  ...more,
});

/** A dark ellipse, wide as half the picture, on grey. */
function picture(): { grey: GreyImage; mask: Mask } {
  const [width, height] = [100, 80];
  const inside = (pixel: number) =>
    (((pixel % width) - 49.5) / 25) ** 2 + ((Math.floor(pixel / width) - 29.5) / 14) ** 2 <= 1;
  const data = Uint8Array.from({ length: width * height }, (_, pixel) => (inside(pixel) ? 255 : 0));
  const grey = data.map((value) => (value ? 50 : 100));
  return { grey: { width, height, data: grey }, mask: { width, height, data } };
}

test("labels become facts, by name", () => {
  const { facts, unknown } = labelledFacts(
    row({
      labels: { pathology: "benign", birads: 3 },
      meta: { histology: "fibroadenoma", side: "left" },
    }),
  );
  assert.deepEqual(unknown, []);
  assert.deepEqual(facts.findings, [
    { kind: "fibroadenoma", pathology: "benign", birads: "3", histology: "fibroadenoma" },
  ]);
  assert.equal(facts.side, "left");
  assert.equal(labelledFacts(row({ region: "vessels" })).facts.region, "vessel");
  assert.equal(labelledFacts(row({ region: "obgyn" })).facts.region, "gynaecology");
  assert.equal(labelledFacts(row({ region: "nerve" })).facts.region, "other");
  assert.equal(labelledFacts(row({ labels: { pathology: "normal" } })).facts.normal, true);
  const atresia = row({
    region: "liver",
    labels: { organ: "gallbladder", diagnosis: "non-biliary-atresia" },
  });
  assert.deepEqual(labelledFacts(atresia).facts.absent, ["biliaryAtresia"]);
  const blank = labelledFacts(
    row({ region: "obgyn", labels: { preset: "OB", content: "blank (probe in air)" } }),
  );
  assert.equal(blank.facts.empty, "noContact");
  assert.equal(blank.facts.region, "other");
});

test("a label or value that is not understood is named, and the others still count", () => {
  const { facts, unknown } = labelledFacts(
    row({ labels: { pathology: "odd", colour: "red", birads: 4 }, mask_values: { 7: "thing" } }),
  );
  assert.equal(unknown.length, 2);
  assert.match(unknown[0] ?? "", /a\.png: pathology "odd"/);
  assert.match(unknown[1] ?? "", /a\.png: colour "red"/);
  assert.equal(facts.findings?.[0]?.birads, "4");
  const { grey, mask } = picture();
  const thing = row({ mask: "m.png", mask_values: { 255: "thing" } });
  const measured = withMeasures(thing, labelledFacts(thing), grey, mask);
  assert.match(measured.unknown[0] ?? "", /mask value 255 "thing"/);
});

test("a finding without a diagnosis is what its region calls it, or named where the region has no such word", () => {
  const found = (region: string, labels: object, meta?: ManifestRow["meta"]) =>
    labelledFacts(row({ region, labels: { ...labels }, ...(meta ? { meta } : {}) }));
  for (const [region, kind] of [
    ["breast", "mass"],
    ["Breast", "mass"],
    ["thyroid", "nodule"],
    ["kidney", "mass"],
  ] as const) {
    const { facts, unknown } = found(region, { pathology: "malignant" });
    assert.equal(facts.region, region.toLowerCase());
    assert.deepEqual(facts.findings, [{ pathology: "malignant", kind }]);
    assert.deepEqual(unknown, []);
  }
  for (const region of ["liver", "heart"]) {
    const { facts, unknown } = found(region, { pathology: "malignant" });
    assert.equal(facts.findings, undefined);
    assert.deepEqual(unknown, [
      `a.png: pathology "malignant": expected a diagnosis beside it in region ${region}, got none`,
    ]);
  }
  assert.equal(
    found("liver", { pathology: "benign" }, { histology: "cyst" }).facts.findings?.[0]?.kind,
    "cyst",
  );
  assert.equal(found("thyroid", {}, { histology: "lipoma" }).facts.findings?.[0]?.kind, "nodule");
});

test("labels say what a finding is and how it looks, in English or Chinese, in capitals or not", () => {
  const found = (region: string, labels: object) => labelledFacts(row({ region, labels: { ...labels } }));
  for (const [region, labels, finding] of [
    ["kidney", { finding: "kidney stone" }, { kind: "stone" }],
    ["thyroid", { diagnosis: "Thyroid carcinoma" }, { kind: "carcinoma" }],
    ["liver", { diagnosis: "脂肪肝", grade: "中度" }, { kind: "steatosis", grade: "moderate" }],
    [
      "liver",
      { finding: "Hepatic cyst", echogenicity: "anechoic" },
      { kind: "cyst", echogenicity: "anechoic" },
    ],
    ["breast", { finding: "mass", diagnosis: "fibroadenoma" }, { kind: "fibroadenoma" }],
    ["breast", { diagnosis: "ductEctasia", finding: "breast mass" }, { kind: "ductEctasia" }],
    [
      "breast",
      {
        pathology: "Malignant",
        shape: "Irregular",
        orientation: "not parallel",
        margin: "spiculated",
        echogenicity: "低回声",
        posterior_features: "posterior shadowing",
        calcifications: "microcalcifications",
      },
      {
        kind: "mass",
        pathology: "malignant",
        shape: "irregular",
        orientation: "notParallel",
        margin: "notCircumscribed",
        echogenicity: "hypoechoic",
        posterior: "shadow",
        calcification: "micro",
      },
    ],
  ] as const) {
    const { facts, unknown } = found(region, labels);
    assert.deepEqual(facts.findings, [finding]);
    assert.deepEqual(unknown, []);
  }
  for (const labels of [{ finding: "Normal" }, { diagnosis: "正常" }])
    assert.equal(found("kidney", labels).facts.normal, true);
  const { facts } = found("liver", { view: "Subcostal view", structure: "门静脉", mode: "Colour Doppler" });
  assert.deepEqual(
    [facts.view, facts.structures, facts.mode],
    ["subcostal", [{ kind: "portalVein" }], "colourDoppler"],
  );
  const { facts: told, unknown } = found("kidney", { finding: "bright thing", margin: "odd", shape: "oval" });
  assert.deepEqual(told.findings, [{ shape: "oval", kind: "mass" }]);
  assert.deepEqual(unknown, [
    'a.png: finding "bright thing": not understood',
    'a.png: margin "odd": not understood',
  ]);
});

test("a tissue diagnosis of the breast is no finding of another region", () => {
  const histology = (region: string, word: string) =>
    labelledFacts(row({ region, meta: { histology: word } })).facts.findings?.[0]?.kind;
  assert.equal(histology("breast", "adenocarcinoma"), "carcinoma");
  assert.equal(histology("thyroid", "adenocarcinoma"), "nodule");
  assert.equal(histology("thyroid", "thyroid adenoma"), "adenoma");
});

test("labels that contradict one another are refused", () => {
  for (const labels of [
    { finding: "cyst", diagnosis: "stone" },
    { posterior: "shadow", posterior_features: "enhancement" },
    { view: "transverse", plane: "longitudinal" },
  ])
    assert.throws(
      () => labelledFacts(row({ region: "kidney", labels })),
      (error) =>
        error instanceof RequestError && /expected the same \w+ as of another label/.test(error.message),
    );
});

test("a region that is not known is named, one outside the seven is not", () => {
  const { facts, unknown } = labelledFacts(row({ region: "Brest" }));
  assert.equal(facts.region, "other");
  assert.match(unknown.join(), /^a\.png: region "Brest": no region of that name is known/);
  assert.deepEqual(labelledFacts(row({ region: "nerve" })).unknown, []);
  assert.equal(labelledFacts(row({ region: "constructor" })).unknown.length, 1);
});

test("labels: BI-RADS with its subcategories, null as absent, names of every object's own as any other", () => {
  const birads = (value: unknown, region = "breast") =>
    labelledFacts(row({ region, labels: { birads: value } })).facts.findings?.[0]?.birads;
  assert.deepEqual(
    ["4A", "4B", "4C", 4, "5"].map((value) => birads(value)),
    ["4A", "4B", "4C", "4", "5"],
  );
  assert.deepEqual([birads("4D"), birads([4]), birads("4", "thyroid")], [undefined, undefined, undefined]);
  assert.deepEqual(labelledFacts(row({ labels: { pathology: null } })).unknown, []);
  const { unknown } = labelledFacts(row({ labels: { constructor: "benign", plane: "toString" } }));
  assert.equal(unknown.length, 2);
});

test("millimetres are told only with the size of a square pixel", () => {
  const head = { region: "obgyn", labels: { plane: "fetal head (HC standard plane)", hc_mm: 180 } };
  const scaled = labelledFacts(row({ ...head, meta: { pixel_mm: 0.1 } }));
  assert.equal(scaled.facts.structures?.[0]?.circumferenceMm, 180);
  assert.equal(scaled.facts.mmPerPixel, 0.1);
  for (const meta of [{}, { pixel_mm: 0.1, square_pixels: false }]) {
    const { facts, unknown } = labelledFacts(row({ ...head, meta }));
    assert.deepEqual(facts.structures, [{ kind: "fetalHead" }]);
    assert.equal(facts.mmPerPixel, undefined);
    assert.match(unknown.join(), /hc_mm: expected meta\.pixel_mm/);
  }
});

test("a row: null counts as absent, and a mask comes with what its levels outline", () => {
  const { meta: _meta, ...plain } = row({});
  const nulls = ManifestRow.safeParse({ ...plain, meta: null, mask: null, mask_values: null });
  assert.deepEqual(nulls.data, plain);
  assert.deepEqual(ManifestRow.safeParse({ ...plain, meta: { side: null } }).data, { ...plain, meta: {} });
  for (const half of [{ mask: "m.png" }, { mask_values: { 255: "lesion" } }])
    assert.match(ManifestRow.safeParse({ ...plain, ...half }).error?.message ?? "", /expected it beside/);
});

/** Discs of 10 pixels' radius in an empty picture, and pixels of their own. */
function discs(centres: readonly (readonly [x: number, y: number])[], dots: readonly number[] = []): Mask {
  const [width, height] = [100, 80];
  const data = Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const isInside = centres.some(([left, top]) => Math.hypot(x - left, y - top) <= 10);
    return isInside || dots.includes(pixel) ? 255 : 0;
  });
  return { width, height, data };
}

test("a lesion is measured without specks; of several parts none is, which is named", () => {
  const { grey } = picture();
  const lesion = row({
    labels: { pathology: "benign" },
    meta: { pixel_mm: 0.1 },
    mask: "m.png",
    mask_values: { 255: "lesion" },
  });
  const measured = (mask: Mask) => withMeasures(lesion, labelledFacts(lesion), grey, mask);
  const alone = measured(discs([[30, 40]]));
  assert.equal(alone.facts.findings?.[0]?.shape, "round");
  assert.deepEqual(measured(discs([[30, 40]], [0, 7999])), alone);
  const two = measured(
    discs([
      [30, 40],
      [70, 40],
    ]),
  );
  assert.deepEqual(two.facts, labelledFacts(lesion).facts);
  assert.match(two.unknown.join(), /mask value 255 "lesion": expected one part .*, got 2/);
  const dot = measured(discs([], [4040]));
  assert.deepEqual(dot.facts, labelledFacts(lesion).facts);
  assert.match(dot.unknown.join(), /expected a part of at least 20 pixels, got none/);
  assert.deepEqual(measured(discs([])).unknown, []);
  const unlabelled = { ...lesion, labels: {} };
  const { unknown } = withMeasures(unlabelled, labelledFacts(unlabelled), grey, discs([[30, 40]]));
  assert.match(unknown.join(), /mask value 255 "lesion": expected a label that says what it is, got none/);
});

test("levels of one name are one mask: two nerves are two structures", () => {
  const { grey } = picture();
  const nerves = row({ region: "nerve", mask: "m.png", mask_values: { 1: "nerve", 2: "nerve (right)" } });
  const { data, ...size } = discs([
    [30, 40],
    [70, 40],
  ]);
  const levels = { ...size, data: data.map((value, pixel) => (value ? (pixel % 100 < 50 ? 1 : 2) : 0)) };
  const { facts } = withMeasures(nerves, labelledFacts(nerves), grey, levels);
  assert.deepEqual(
    facts.structures?.map(({ kind, position }) => [kind, position?.x]),
    [
      ["nerve", 0.305],
      ["nerve", 0.705],
    ],
  );
});

test("axes below a tenth of a millimetre are left out", () => {
  const { grey, mask } = picture();
  const tiny = row({
    labels: { pathology: "benign" },
    meta: { pixel_mm: 0.001 },
    mask: "m.png",
    mask_values: { 255: "lesion" },
  });
  const [finding] = withMeasures(tiny, labelledFacts(tiny), grey, mask).facts.findings ?? [];
  assert.equal(finding?.shape, "oval");
  assert.equal(finding?.axesMm, undefined);
});

test("a lesion is measured; of a stretched picture nothing that depends on its aspect is said", () => {
  const { grey, mask } = picture();
  const lesion = row({ labels: { pathology: "benign" }, mask: "m.png", mask_values: { 255: "lesion" } });
  const whole = withMeasures(lesion, labelledFacts(lesion), grey, mask).facts;
  const [finding] = whole.findings ?? [];
  assert.equal(finding?.shape, "oval");
  assert.equal(finding?.orientation, "parallel");
  assert.equal(finding?.echogenicity, "hypoechoic");
  assert.equal(whole.source, "labelled");
  assert.equal(whole.sourceOf?.["findings.0.shape"], "measured");
  assert.equal(whole.sourceOf?.["findings.0.pathology"], undefined);
  const named = { ...lesion, dataset: "BUSI" };
  assert.deepEqual(
    withMeasures(named, labelledFacts(named), grey, mask).facts,
    whole,
    "a data set's name says nothing of its pixels",
  );
  const stretched = { ...lesion, meta: { square_pixels: false } };
  const [seen] = withMeasures(stretched, labelledFacts(stretched), grey, mask).facts.findings ?? [];
  assert.deepEqual([seen?.shape, seen?.orientation, seen?.axesMm], [undefined, undefined, undefined]);
  assert.deepEqual(seen?.position, finding?.position);
  assert.equal(seen?.echogenicity, "hypoechoic");
  const cyst = { ...lesion, meta: { histology: "cyst" } };
  const [filled] = withMeasures(cyst, labelledFacts(cyst), grey, mask).facts.findings ?? [];
  assert.equal(filled?.echogenicity, undefined, "a cyst under high gain is not called hypoechoic");
  const black = { ...grey, data: grey.data.map((value) => (value === 50 ? 2 : value)) };
  const echoOf = (histology?: string) => {
    const one = histology ? { ...lesion, meta: { histology } } : lesion;
    return withMeasures(one, labelledFacts(one), black, mask).facts.findings?.[0]?.echogenicity;
  };
  assert.deepEqual([echoOf("cyst"), echoOf("lipoma"), echoOf()], ["anechoic", undefined, "anechoic"]);
});

test("a manifest names every line that is no row", async (t) => {
  const path = join(temporaryFolder(t), "manifest.jsonl");
  writeFileSync(path, `${JSON.stringify(row({}))}\nnot json\n\n${JSON.stringify({ file: "b.png" })}\n`);
  await assert.rejects(readManifest(path), (error: unknown) => {
    assert.ok(error instanceof RequestError);
    assert.match(
      error.message,
      /: line 2: expected JSON, got .*; line 4: region: expected string, got nothing/,
    );
    return true;
  });
});

test("a manifest that is not there, is a folder or holds nothing is refused", async (t) => {
  const folder = temporaryFolder(t);
  const empty = join(folder, "empty.jsonl");
  writeFileSync(empty, "");
  for (const [path, problem] of [
    [join(folder, "none.jsonl"), "expected a manifest, got ENOENT"],
    [folder, "expected a manifest, got EISDIR"],
    [empty, "expected records, got an empty file"],
  ] as const)
    await assert.rejects(
      readManifest(path),
      (error) => error instanceof RequestError && error.message === `${path}: ${problem}`,
    );
});

test("picture and mask may have absolute paths", async (t) => {
  const folder = temporaryFolder(t);
  const { grey, mask } = picture();
  const files = { file: join(folder, "a.png"), mask: join(folder, "m.png") };
  const { width, height } = grey;
  for (const [file, { data }] of [
    [files.file, grey],
    [files.mask, mask],
  ] as const)
    await sharp(data, { raw: { width, height, channels: 1 } }).toFile(file);
  const lesion = row({ ...files, labels: { pathology: "benign" }, mask_values: { 255: "lesion" } });
  const { facts } = await readFacts(join(folder, "elsewhere"), lesion);
  assert.equal(facts.findings?.[0]?.shape, "oval");
});

const folder = fileURLToPath(new URL("../../../../shared/us-data/", import.meta.url));
const skip = existsSync(join(folder, "manifest.jsonl")) ? false : "no ../shared/us-data beside this checkout";

test("every row of the shared manifest is understood, and each report tells something", {
  skip,
}, async () => {
  const rows = await readManifest(join(folder, "manifest.jsonl"));
  assert.equal(rows.length, 3326);
  const untold = new Map<string, number>();
  for (const one of rows) {
    const { facts, unknown } = labelledFacts(one);
    assert.deepEqual(unknown, []);
    if (reportOf(facts, "en", createRandom(1)) === undefined)
      untold.set(one.dataset, (untold.get(one.dataset) ?? 0) + 1);
  }
  // Captions only, a thumbnail, and one colour box: nothing that a report could be about.
  assert.ok([...untold.values()].reduce((sum, count) => sum + count, 0) <= 5, JSON.stringify([...untold]));
});

test("head circumference from the mask is within 3 mm of the label", { skip }, async () => {
  const rows = (await readManifest(join(folder, "manifest.jsonl"))).filter(
    ({ dataset }) => dataset === "HC18",
  );
  assert.equal(rows.length, 324);
  // One of 27: all 324 give a mean of 1.40 mm and a maximum of 2.95 mm.
  for (const one of rows.filter((_, index) => index % 27 === 0)) {
    const [head] = (await readFacts(folder, one)).facts.structures ?? [];
    assert.ok(head?.axesMm && head.circumferenceMm);
    const measured = ellipseCircumference(head.axesMm.long, head.axesMm.short);
    assert.ok(
      Math.abs(measured - head.circumferenceMm) < 3,
      `${one.file}: ${measured} of ${head.circumferenceMm}`,
    );
  }
});
