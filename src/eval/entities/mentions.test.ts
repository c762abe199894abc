import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findingKinds, type Kind } from "../../data/vocabulary.ts";
import { languages, type Region, regions } from "../../tasks/regions.ts";
import { labelsOf, patterns } from "./labels.ts";
import { labelsIn, mentionsIn, type Status } from "./mentions.ts";

/** Sentences with the labels they say are there. */
const sentences: readonly [region: Region, text: string, labels: readonly string[]][] = [
  // Stated
  ["breast", "A simple cyst in the left breast.", ["cyst"]],
  ["breast", "Two fibroadenomas and a lipoma.", ["fibroadenoma", "lipoma"]],
  [
    "breast",
    "Invasive ductal carcinoma with metastatic axillary lymph nodes.",
    ["cancer", "metastatic lymphadenopathy"],
  ],
  ["breast", "左侧乳腺实性肿块，考虑纤维腺瘤。", ["mass", "fibroadenoma"]],
  ["breast", "双侧乳腺增生结节伴钙化灶", ["hyperplasia nodule", "calcifications"]],
  ["thyroid", "Hashimoto's thyroiditis; multinodular goiter.", ["thyroiditis", "nodular goitre"]],
  ["thyroid", "甲状腺右叶乳头状癌，颈部淋巴结转移。", ["carcinoma", "metastatic nodes"]],
  ["thyroid", "甲状腺弥漫性肿大", ["enlargement"]],
  ["liver", "Fatty liver. Gallstones. Splenomegaly.", ["steatosis", "cholelithiasis", "splenomegaly"]],
  ["liver", "脂肪肝，胆囊多发结石，脾大。", ["steatosis", "cholelithiasis", "splenomegaly"]],
  ["kidney", "Bilateral renal calculi with mild hydronephrosis", ["nephrolithiasis", "hydronephrosis"]],
  ["kidney", "右肾结石，左肾囊肿，前列腺增生伴钙化。", ["nephrolithiasis", "renal cyst", "BPH"]],
  [
    "heart",
    "The left atrium and the left ventricle are enlarged.",
    ["atrial enlargement", "ventricular enlargement"],
  ],
  [
    "heart",
    "左房、左室增大，二尖瓣轻度反流，三尖瓣少量反流",
    ["atrial enlargement", "ventricular enlargement", "mitral regurgitation", "tricuspid regurgitation"],
  ],
  ["gynaecology", "Multiple uterine fibroids, IUD in situ.", ["leiomyoma", "IUD"]],
  ["gynaecology", "子宫肌瘤，宫内节育器位置正常，盆腔少量积液。", ["leiomyoma", "IUD", "pelvic effusion"]],
  ["vessel", "Intima-media thickening with carotid plaques.", ["intima-media thickening", "carotid plaque"]],
  ["vessel", "双侧颈动脉内中膜增厚伴斑块形成", ["intima-media thickening", "carotid plaque"]],
  // Denied
  ["breast", "No focal lesion.", []],
  ["vessel", "No evidence of thrombus.", []],
  ["breast", "No calcification, cyst or mass.", []],
  ["breast", "No calcification, cyst, mass.", []],
  ["thyroid", "Thyroid without nodules.", []],
  ["kidney", "Hydronephrosis is absent.", []],
  ["vessel", "Thrombus was ruled out.", []],
  ["vessel", "Deep vein thrombosis has been excluded.", []],
  ["liver", "Neither gallstones nor gallbladder polyps.", []],
  ["liver", "Gallstones, polyps and cysts are not seen.", []],
  ["kidney", "The study is negative for stones or hydronephrosis.", []],
  ["kidney", "No stone or hydronephrosis was seen.", []],
  ["liver", "Gallstones: none", []],
  ["liver", "The previously seen cyst has resolved.", []],
  ["liver", "The cyst is no longer visible.", []],
  ["breast", "未见囊肿、钙化及肿块。", []],
  ["breast", "未见明显肿块", []],
  ["vessel", "管腔内无血栓形成", []],
  ["heart", "未探及心包积液", []],
  ["liver", "未发现肝内占位性病变", []],
  ["gynaecology", "排除异位妊娠。", []],
  ["gynaecology", "异位妊娠已排除。", []],
  ["liver", "胆囊结石：无", []],
  ["liver", "胆囊结石未见。", []],
  ["liver", "囊肿及结节均未见。", []],
  ["thyroid", "不考虑甲状腺癌", []],
  ["heart", "The left atrium is not enlarged.", []],
  ["heart", "左房未见增大", []],
  // Where a denial ends
  ["kidney", "No hydronephrosis but a renal stone on the left.", ["nephrolithiasis"]],
  ["kidney", "No hydronephrosis; renal stone on the left.", ["nephrolithiasis"]],
  ["kidney", "No hydronephrosis. Renal cyst.", ["renal cyst"]],
  ["kidney", "No hydronephrosis, there is a renal cyst.", ["renal cyst"]],
  ["kidney", "No stones, mild hydronephrosis.", ["hydronephrosis"]],
  ["kidney", "No stones, however, hydronephrosis is seen.", ["hydronephrosis"]],
  ["kidney", "No stones and a 2 cm renal cyst.", ["renal cyst"]],
  ["breast", "No abnormality except for a cyst.", ["cyst"]],
  ["breast", "A cyst without calcification.", ["cyst"]],
  ["breast", "A mass, no calcification.", ["mass"]],
  ["breast", "The cyst does not show calcifications.", ["cyst"]],
  ["breast", "There is a cyst, and calcification is absent.", ["cyst"]],
  ["breast", "The mass contains a cyst, calcification is not seen.", ["mass", "cyst"]],
  ["thyroid", "No calcification within the nodule.", ["nodule"]],
  ["liver", "No cysts in the liver or stones in the gallbladder.", []],
  ["breast", "No cyst, a mass is seen in the right breast.", ["mass"]],
  ["breast", "No, there is a cyst.", ["cyst"]],
  ["breast", "未见囊肿，但可见肿块。", ["mass"]],
  ["breast", "未见囊肿而有钙化灶", ["calcifications"]],
  ["breast", "未见囊肿，左侧乳腺肿块。", ["mass"]],
  ["liver", "肝内未见占位，胆囊内见息肉", ["gallbladder polyp"]],
  ["liver", "未见结石,胆囊息肉", ["gallbladder polyp"]],
  ["thyroid", "结节内未见血流信号", ["nodule"]],
  ["thyroid", "无血流信号的结节", ["nodule"]],
  ["thyroid", "未见明显的结节", []],
  ["liver", "除肝囊肿外未见异常", ["cyst"]],
  // Looks like a denial
  ["thyroid", "No change in the nodule.", ["nodule"]],
  ["thyroid", "No significant interval change of the thyroid nodule.", ["nodule"]],
  ["breast", "Not only a cyst is seen.", ["cyst"]],
  ["breast", "A mass that is not well circumscribed.", ["mass"]],
  ["breast", "Not well defined mass.", ["mass"]],
  ["breast", "无回声囊肿", ["cyst"]],
  ["thyroid", "无明显变化的结节", ["nodule"]],
  ["liver", "不仅有囊肿", ["cyst"]],
  ["liver", "The cyst was not seen previously.", ["cyst"]],
  // Doubted, which counts as there
  ["breast", "Possible fibroadenoma.", ["fibroadenoma"]],
  ["breast", "Malignancy cannot be excluded.", ["cancer"]],
  ["breast", "Cannot rule out carcinoma.", ["cancer"]],
  ["breast", "可能为纤维腺瘤", ["fibroadenoma"]],
  ["breast", "不排除乳腺癌", ["cancer"]],
  ["thyroid", "结节性甲状腺肿可能", ["nodular goitre"]],
  ["gynaecology", "宫外孕待排", ["ectopic pregnancy"]],
  ["gynaecology", "异位妊娠可能性不大", []],
  ["gynaecology", "Ectopic pregnancy is unlikely.", []],
  // The longest phrase wins
  ["liver", "Hepatocellular carcinoma.", ["HCC"]],
  ["liver", "Cholangiocarcinoma.", ["cholangiocarcinoma"]],
  ["gynaecology", "Mature cystic teratoma.", ["cystic teratoma"]],
  ["gynaecology", "卵巢囊性畸胎瘤", ["cystic teratoma"]],
  ["gynaecology", "Dermoid cyst", ["cystic teratoma"]],
  ["breast", "积乳囊肿", ["galactocele"]],
  ["breast", "乳腺癌术后", ["postoperative"]],
  ["breast", "导管内乳头状瘤", ["intraductal papilloma"]],
  ["liver", "Renal cyst. The liver is unremarkable.", ["normal"]],
  ["liver", "右肾囊肿，肝囊肿", ["cyst"]],
  ["thyroid", "A solid mass.", ["nodule"]],
  ["liver", "肝内胆管结石", ["intrahepatic stones"]],
  ["kidney", "膀胱结石", ["vesical calculi"]],
  // Health
  ["breast", "Normal.", ["normal"]],
  ["breast", "正常", ["normal"]],
  ["liver", "No abnormality seen on this ultrasound image.", ["normal"]],
  ["thyroid", "Thyroid within normal limits. No nodule.", ["normal"]],
  ["thyroid", "双侧甲状腺未见明显异常。", ["normal"]],
  ["thyroid", "甲状腺大小正常，内见结节，余未见异常。", ["nodule"]],
  ["thyroid", "甲状腺大小正常，形态规则", []],
  ["liver", "The liver is normal in size.", []],
  ["liver", "The liver is not normal.", []],
  ["liver", "Abnormal liver.", []],
  ["liver", "", []],
];
for (const [region, text, labels] of sentences)
  test(`${region}: ${text}`, () => assert.deepEqual(labelsIn(text, region).sort(), [...labels].sort()));

const statuses: readonly [region: Region, text: string, mentions: readonly [string, Status][]][] = [
  [
    "breast",
    "A cyst, no mass, possible lipoma.",
    [
      ["cyst", "present"],
      ["mass", "negated"],
      ["lipoma", "uncertain"],
    ],
  ],
  [
    "breast",
    "见囊肿，未见肿块，脂肪瘤可能。",
    [
      ["cyst", "present"],
      ["mass", "negated"],
      ["lipoma", "uncertain"],
    ],
  ],
  ["breast", "Carcinoma cannot be excluded.", [["cancer", "uncertain"]]],
  ["breast", "乳腺癌不除外", [["cancer", "uncertain"]]],
  ["breast", "囊肿？", [["cyst", "uncertain"]]],
  ["breast", "考虑纤维腺瘤", [["fibroadenoma", "uncertain"]]],
];
for (const [region, text, mentions] of statuses)
  test(`${region}: what of ${text}`, () =>
    assert.deepEqual(
      mentionsIn(text, region).map(({ label, status }) => [label, status]),
      mentions,
    ));

test("a mention is where the text names it, whatever its case", () => {
  const text = "Findings: CYST.";
  assert.deepEqual(
    mentionsIn(text, "breast").map(({ start, end }) => text.slice(start, end)),
    ["CYST"],
  );
});

/** What the project's own reports call findings, as some region's word in some language. */
const named = regions.flatMap((region) =>
  Object.values<Kind>(findingKinds[region]).flatMap((kind) =>
    languages.map((language) => ({ region, language, name: kind[language] })),
  ),
);

for (const { region, language, name } of named)
  test(`${region}: ${name} is one label, and none when it is denied`, () => {
    assert.equal(labelsIn(name, region).length, 1);
    const denied = language === "zh" ? `未见${name}征象。` : `No sign of ${name}.`;
    assert.deepEqual(labelsIn(denied, region), []);
  });

const anySentence = fc.constantFrom(...sentences.filter(([, text]) => text !== ""));
const anyName = fc.constantFrom(...named);

test("a denied sentence adds no label, wherever it stands", () => {
  fc.assert(
    fc.property(anySentence, anyName, ([region, text], { language, name }) => {
      const denied = language === "zh" ? `未见${name}。` : `No ${name}. `;
      const labels = labelsIn(text, region).sort();
      assert.deepEqual(labelsIn(`${denied}${text}`, region).sort(), labels);
      assert.deepEqual(labelsIn(`${text}\n${denied}`, region).sort(), labels);
    }),
    { numRuns: 150 },
  );
});

test("a stated sentence adds its label and takes none away but normal", () => {
  fc.assert(
    fc.property(anySentence, anyName, ([region, text], other) => {
      fc.pre(other.region === region);
      const before = labelsIn(text, region).filter((label) => label !== "normal");
      const added = labelsIn(other.name, region);
      const stated = other.language === "zh" ? `${other.name}。` : `There is ${other.name}. `;
      assert.deepEqual(new Set(labelsIn(`${stated}${text}`, region)), new Set([...before, ...added]));
    }),
    { numRuns: 150 },
  );
});

test("a list under one denial is denied as a whole, in any order", () => {
  for (const region of regions)
    for (const language of languages) {
      const names = named.filter((one) => one.region === region && one.language === language);
      fc.assert(
        fc.property(fc.shuffledSubarray(names, { minLength: 2 }), (some) => {
          const [last, ...rest] = some.map(({ name }) => name);
          const text =
            language === "zh" ? `未见${rest.join("、")}及${last}。` : `No ${rest.join(", ")} or ${last}.`;
          assert.deepEqual(labelsIn(text, region), []);
        }),
        { numRuns: 15 },
      );
    }
});

test("every label of every region has phrases, and every answer is of the region's list", () => {
  for (const region of regions) {
    const labels = labelsOf(region);
    assert.equal(new Set(labels).size, labels.length);
    for (const label of labels.slice(0, -1))
      assert.ok(patterns.some((one) => one.region === region && one.label === label));
    for (const [, text] of sentences)
      for (const label of labelsIn(text, region)) assert.ok(labels.includes(label));
  }
});
