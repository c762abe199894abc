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
  ["thyroid", "无明显的结节", []],
  ["thyroid", "未见结节内的钙化", []],
  ["breast", "未见左侧的肿块", []],
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
  // Whole reports
  [
    "thyroid",
    "The thyroid gland is normal in size and echotexture. A 1.2 x 0.8 cm hypoechoic nodule with microcalcifications is seen in the right lobe. No enlarged cervical lymph nodes.",
    ["nodule", "calcifications"],
  ],
  [
    "thyroid",
    "甲状腺左叶见一低回声结节，大小约1.2×0.8cm，边界不清，形态不规则，内见点状强回声，未见明显血流信号。双侧颈部未见明显肿大淋巴结。",
    ["nodule"],
  ],
  ["thyroid", "甲状腺双侧叶弥漫性病变，考虑桥本氏甲状腺炎，未见明确占位性病变。", ["thyroiditis"]],
  [
    "liver",
    "Gallbladder is well distended with no calculi or wall thickening. CBD not dilated. Liver shows increased echogenicity consistent with fatty infiltration. No focal lesion.",
    ["steatosis"],
  ],
  [
    "liver",
    "胆囊大小正常，壁光滑，腔内未见结石及息肉样病变，胆总管不扩张。肝实质回声增强，后方衰减，提示脂肪肝。",
    ["steatosis"],
  ],
  [
    "liver",
    "肝右叶可见一高回声结节，边界清，考虑血管瘤可能，其余肝实质未见明显占位。",
    ["nodule", "haemangioma"],
  ],
  [
    "liver",
    "Status post cholecystectomy. No intrahepatic biliary dilatation. Simple hepatic cyst in segment 7, unchanged.",
    ["post-cholecystectomy", "cyst"],
  ],
  [
    "liver",
    "Cirrhotic liver without focal lesion or ascites; spleen enlarged.",
    ["cirrhosis", "splenomegaly"],
  ],
  ["liver", "The gallbladder is normally distended without stones, sludge, or polyps.", []],
  [
    "kidney",
    "Both kidneys are normal in size. There is no hydronephrosis, calculus or mass. A 3 cm simple cyst at the upper pole of the right kidney.",
    ["renal cyst"],
  ],
  [
    "kidney",
    "双肾大小形态正常，集合系统未见分离，未见结石回声。膀胱充盈好，壁光滑，内未见明显异常。前列腺增大伴钙化。",
    ["BPH"],
  ],
  [
    "kidney",
    "左肾集合系统分离1.5cm，左输尿管上段扩张，其内见结石，右肾未见积水。",
    ["hydronephrosis", "nephrolithiasis"],
  ],
  [
    "kidney",
    "Left kidney: no stones. Right kidney: 5 mm calculus in the lower pole without hydronephrosis.",
    ["nephrolithiasis"],
  ],
  [
    "heart",
    "Normal chamber sizes. No pericardial effusion. Mild mitral regurgitation and trace tricuspid regurgitation. No evidence of pulmonary hypertension.",
    ["mitral regurgitation", "tricuspid regurgitation"],
  ],
  ["heart", "各房室腔大小正常，室间隔与左室后壁不厚，二尖瓣、三尖瓣未见明显反流，心包腔未见积液。", []],
  [
    "heart",
    "左房增大，余房室腔内径正常，主动脉瓣退行性变伴轻度反流，左室舒张功能减低。",
    ["atrial enlargement", "valvular degeneration", "aortic regurgitation"],
  ],
  [
    "heart",
    "The left ventricle is mildly dilated with global hypokinesis; the right atrium is normal in size.",
    ["ventricular enlargement"],
  ],
  ["heart", "Aortic valve is sclerotic without stenosis; no aortic regurgitation is present.", []],
  [
    "gynaecology",
    "Uterus anteverted, normal size. Endometrium 8 mm, not thickened. A 2 cm intramural fibroid is noted. Both ovaries normal; no adnexal mass or free fluid.",
    ["leiomyoma"],
  ],
  [
    "gynaecology",
    "子宫前位，大小正常，肌层回声均匀，内膜厚0.8cm，宫腔内未见异常回声。双侧附件区未见明显囊性及实性包块。盆腔未见积液。",
    ["normal"],
  ],
  ["gynaecology", "宫内可见妊娠囊，见胎芽及胎心搏动，提示宫内早孕，活胎。", ["early pregnancy"]],
  ["gynaecology", "右侧附件区囊肿，巧克力囊肿不除外，未见盆腔积液", ["cyst", "endometriosis"]],
  [
    "gynaecology",
    "No intrauterine pregnancy identified; ectopic pregnancy cannot be excluded. Small amount of free fluid in the pouch of Douglas.",
    ["ectopic pregnancy", "pelvic effusion"],
  ],
  ["vessel", "双侧颈动脉内中膜不厚，未见斑块及狭窄，血流通畅。", []],
  [
    "vessel",
    "Bilateral carotid arteries show mild intimal thickening but no hemodynamically significant stenosis. Calcified plaque at the left bulb.",
    ["intima-media thickening", "carotid plaque"],
  ],
  [
    "vessel",
    "The common femoral, femoral and popliteal veins are compressible with no intraluminal thrombus.",
    [],
  ],
  [
    "vessel",
    "右侧颈动脉分叉处见一混合回声斑块，未引起管腔明显狭窄。左侧颈动脉未见斑块形成。",
    ["carotid plaque"],
  ],
  ["vessel", "右侧椎动脉内径较左侧细，考虑发育不良。双下肢深静脉未见血栓。", ["vertebral artery hypoplasia"]],
  [
    "breast",
    "Dense breasts. Multiple bilateral simple cysts. No suspicious solid mass, architectural distortion, or malignant calcification. BI-RADS 2.",
    ["cyst"],
  ],
  [
    "breast",
    "Hypoechoic irregular mass with spiculated margins at 2 o'clock, highly suspicious for malignancy. No axillary lymphadenopathy.",
    ["mass", "cancer"],
  ],
  [
    "breast",
    "双乳腺体层增厚，结构紊乱，未见明显肿块及导管扩张，双侧腋窝未见肿大淋巴结。提示：双乳增生。",
    ["hyperplasia nodule"],
  ],
  [
    "breast",
    "左乳外上象限见低回声结节，形态不规则，边缘毛刺，内见微钙化，BI-RADS 5类，乳腺癌待排。",
    ["calcifications", "cancer"],
  ],
  [
    "breast",
    "The mass does not demonstrate posterior shadowing or calcifications. No dilated ducts.",
    ["mass"],
  ],
  ["breast", "There are no cysts. There is a fibroadenoma.", ["fibroadenoma"]],
  ["breast", "Findings are consistent with fibroadenoma rather than carcinoma.", ["fibroadenoma"]],
  ["breast", "没有发现恶性肿块的征象", []],
  ["breast", "This is not a cyst but a solid mass.", ["mass"]],
  ["thyroid", "未见甲状腺结节或囊肿，亦无钙化。", []],
  ["thyroid", "No nodules are identified in the thyroid, and there is no calcification.", []],
  [
    "thyroid",
    "Heterogeneous thyroid parenchyma with increased vascularity, suggestive of Graves disease. No discrete nodule.",
    ["hyperthyroidism"],
  ],
  [
    "thyroid",
    "甲状腺右叶切除术后，左叶代偿性增大，内见多发囊性结节，未见钙化。",
    ["partial thyroidectomy", "cyst"],
  ],
  [
    "thyroid",
    "Post total thyroidectomy; no residual tissue, no suspicious lymph nodes in the neck.",
    ["partial thyroidectomy"],
  ],
  [
    "thyroid",
    "Spongiform nodule in the left lobe, unlikely to be malignant. Nodal metastasis not identified.",
    ["nodule"],
  ],
  ["liver", "肝硬化，脾大，门静脉增宽，未见腹水，肝内未见确切占位。", ["cirrhosis", "splenomegaly"]],
  [
    "liver",
    "Multiple metastases in both lobes; no biliary obstruction. Gallbladder surgically absent.",
    ["metastasis", "post-cholecystectomy"],
  ],
  ["liver", "胆囊壁毛糙增厚，考虑慢性胆囊炎伴结石形成，未除外息肉。", ["cholecystitis", "gallbladder polyp"]],
  [
    "liver",
    "Echogenic lesion in the right lobe likely representing a hemangioma; metastasis is considered less likely.",
    ["haemangioma"],
  ],
  [
    "kidney",
    "Atrophic right kidney with cortical thinning. No obstructing calculus. Left kidney compensatory hypertrophy.",
    ["atrophy"],
  ],
  [
    "kidney",
    "右肾切除术后，左肾未见积水及结石，膀胱内见一占位性病变，考虑膀胱癌。",
    ["post-nephrectomy", "bladder carcinoma", "mass"],
  ],
  [
    "kidney",
    "Hyperechoic cortical lesion, typical of angiomyolipoma. Neither kidney shows hydronephrosis.",
    ["angiomyolipoma"],
  ],
  [
    "heart",
    "Dilated aortic root, moderate aortic insufficiency, left ventricle not dilated. A small pericardial effusion, no tamponade.",
    ["aortic dilation", "aortic regurgitation", "pericardial effusion"],
  ],
  [
    "heart",
    "二尖瓣置换术后，人工瓣功能良好，未见瓣周漏，三尖瓣中度反流，肺动脉高压（中度）。",
    ["postoperative", "tricuspid regurgitation", "pulmonary hypertension"],
  ],
  ["heart", "No ASD, VSD or PDA.", []],
  [
    "heart",
    "房间隔缺损（继发孔型），右房右室增大。",
    ["congenital disease", "atrial enlargement", "ventricular enlargement"],
  ],
  [
    "gynaecology",
    "Bulky uterus with heterogeneous myometrium, features suggestive of adenomyosis rather than fibroids.",
    ["adenomyosis"],
  ],
  [
    "gynaecology",
    "IUD in place. Polycystic ovaries. Endometrium is thickened, measuring 18 mm; polyp not excluded.",
    ["IUD", "PCOS", "endometrial thickening"],
  ],
  [
    "gynaecology",
    "左侧输卵管积水，右侧附件未见异常。子宫内膜息肉可能。",
    ["hydrosalpinx", "endometrial polyp"],
  ],
  [
    "vessel",
    "Acute occlusive thrombus in the left popliteal vein. The remaining deep veins are patent without thrombus.",
    ["thrombus"],
  ],
  [
    "vessel",
    "双侧颈动脉粥样硬化伴多发斑块形成，右侧颈内动脉狭窄（50%），未见动脉瘤。",
    ["atherosclerotic changes", "carotid plaque", "stenosis"],
  ],
  [
    "breast",
    "Bilateral implants intact with no evidence of rupture. No masses, cysts, or ductal dilatation in either breast.",
    ["implant"],
  ],
  [
    "breast",
    "左乳腋前副乳腺，未见占位；右乳哺乳期改变，导管扩张，无脓肿形成。",
    ["accessory breast", "lactational changes", "duct ectasia"],
  ],
  ["breast", "Complicated cyst versus fibroadenoma; malignancy thought unlikely.", ["cyst", "fibroadenoma"]],
  ["breast", "Impression: 1. No mass. 2. Duct ectasia. 3. No abscess or mastitis.", ["duct ectasia"]],
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

test("every label of every region has phrases, and no region has one twice", () => {
  for (const region of regions) {
    const labels = labelsOf(region);
    assert.equal(new Set(labels).size, labels.length);
    for (const label of labels.slice(0, -1))
      assert.ok(patterns.some((one) => one.region === region && one.label === label));
  }
});
