/** @file Whole reports, with the labels that they say are there. */

import type { LabelledText } from "./labelled_sentences.ts";

export const reports: readonly LabelledText[] = [
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
    ["mass", "calcifications", "cancer"],
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
];
