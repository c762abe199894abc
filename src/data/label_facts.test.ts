import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "../../test/manifest_row.ts";
import { RequestError } from "../errors.ts";
import { labelledFacts, type ManifestRow } from "./manifest.ts";

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

test("BI-RADS is read with its subcategories, of the breast alone", () => {
  const birads = (value: unknown, region = "breast") =>
    labelledFacts(row({ region, labels: { birads: value } })).facts.findings?.[0]?.birads;
  assert.deepEqual(
    ["4A", "4B", "4C", 4, "5"].map((value) => birads(value)),
    ["4A", "4B", "4C", "4", "5"],
  );
  assert.deepEqual([birads("4D"), birads([4]), birads("4", "thyroid")], [undefined, undefined, undefined]);
});

test("a label that is null is absent", () =>
  assert.deepEqual(labelledFacts(row({ labels: { pathology: null } })).unknown, []));

test("a label or value named as what every object has (constructor, toString) is not understood", () => {
  const { unknown } = labelledFacts(row({ labels: { constructor: "benign", plane: "toString" } }));
  assert.equal(unknown.length, 2);
});
