import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { RequestError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import type { GreyImage } from "./echo.ts";
import { labelledFacts, type ManifestRow, readFacts, readManifest, withMeasures } from "./manifest.ts";
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
  for (const stretched of [
    { ...lesion, dataset: "BUSI" },
    { ...lesion, meta: { square_pixels: false } },
  ]) {
    const [seen] = withMeasures(stretched, labelledFacts(stretched), grey, mask).facts.findings ?? [];
    assert.deepEqual([seen?.shape, seen?.orientation, seen?.axesMm], [undefined, undefined, undefined]);
    assert.deepEqual(seen?.position, finding?.position);
    assert.equal(seen?.echogenicity, "hypoechoic");
  }
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
    assert.match(error.message, /line 2: .*; line 4: .*region/);
    return true;
  });
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
