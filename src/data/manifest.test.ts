import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { row } from "../../test/manifest_row.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { RequestError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import type { GreyImage } from "./echo.ts";
import { labelledFacts, ManifestRow, readFacts, readManifest, withMeasures } from "./manifest.ts";
import { ellipseCircumference, type Mask } from "./outline.ts";
import { reportOf } from "./report_text.ts";

/** A dark ellipse, wide as half the picture, on grey. */
function picture(): { grey: GreyImage; mask: Mask } {
  const [width, height] = [100, 80];
  const inside = (pixel: number) =>
    (((pixel % width) - 49.5) / 25) ** 2 + ((Math.floor(pixel / width) - 29.5) / 14) ** 2 <= 1;
  const data = Uint8Array.from({ length: width * height }, (_, pixel) => (inside(pixel) ? 255 : 0));
  const grey = data.map((value) => (value ? 50 : 100));
  return { grey: { width, height, data: grey }, mask: { width, height, data } };
}

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
