/** @file How reports express the breast labels. */

import type { LabelPhrases } from "../phrase.ts";

export const breast = {
  mass: {
    en: [
      "mass",
      "(solid|breast|focal) lesion",
      "space occupying lesion",
      "((hypo|iso|hyper) ?echoic|solid|breast) nodule",
    ],
    zh: [
      "肿块",
      "包块",
      "肿物",
      "团块",
      "占位(性病变)?",
      "(低|等|高|混合|不均质)回声的?(实性)?结节",
      "(实性|乳腺内?)结节",
    ],
  },
  "hyperplasia nodule": {
    en: ["hyperplas(ia|tic)( breast)?( nodule)?", "adenosis", "fibrocystic change", "fibroadenosis"],
    zh: ["增生(性)?(结节)?", "腺病(结节)?", "纤维囊性(改变|变)", "囊性增生"],
  },
  cyst: { en: ["cyst", "cystic (nodule|lesion)"], zh: ["囊肿", "囊性(结节|病变|病灶|占位)"] },
  fibroadenoma: { en: ["fibro ?adenoma", "fibro ?adenomata"], zh: ["纤维腺瘤", "腺纤维瘤"] },
  cancer: {
    en: [
      "(breast )?(cancer|carcinoma|malignancy|malignancies)",
      "malignant( breast)? (mass|lesion|tumou?r|nodule|neoplasm)",
      "(invasive|infiltrating|ductal|lobular)( ductal| lobular)? carcinoma",
      "carcinoma in situ",
      "dcis",
    ],
    zh: [
      "乳腺癌",
      "乳癌",
      "(浸润性|导管|小叶|髓样|粘液)*癌",
      "原位癌",
      "恶性(乳腺)?(肿块|肿瘤|病变|占位|结节)",
      "乳腺恶性肿瘤",
    ],
  },
  "phyllodes tumour": { en: ["phyllodes( tumou?r)?"], zh: ["叶状(囊)?肿瘤"] },
  postoperative: {
    en: [
      "post ?operative( change)?",
      "(status )?post (mastectomy|lumpectomy|surgery)",
      "(after|following) (mastectomy|lumpectomy|surgery)",
    ],
    zh: ["术后(改变)?", "(乳腺癌|乳腺|改良|根治|切除|保乳)*术后"],
  },
  galactocele: {
    en: ["galactoc(o)?ele", "milk retention cyst"],
    zh: ["积乳囊肿", "乳汁淤积(性)?囊肿", "乳汁潴留(性)?囊肿"],
  },
  "reactive lymphadenopathy": {
    en: [
      "reactive( axillary)? (lymph node|lymphadenopathy)",
      "reactive hyperplasia of( the)?( axillary)? lymph node",
    ],
    zh: ["反应性(增生)?(肿大)?淋巴结(肿大|增生)?", "淋巴结反应性(增生|肿大)"],
  },
  "metastatic lymphadenopathy": {
    en: [
      "metastatic( axillary)? (lymph node|lymphadenopathy)",
      "(lymph )?nodal metastas[ei]s",
      "(axillary )?lymph node metastas[ei]s",
    ],
    zh: ["转移性(肿大)?淋巴结(肿大)?", "(腋窝)?淋巴结转移(癌)?"],
  },
  "duct ectasia": {
    en: [
      "duct(al)? (ectasia|dilat(at)?ion)",
      "(dilated|ectatic)( mammary| lactiferous| breast)? duct",
      "dilat(at)?ion of( the)?( mammary| lactiferous)? duct",
    ],
    zh: ["导管扩张", "导管…(增宽|扩张)"],
  },
  mastitis: { en: ["mastitis", "inflammation of the breast"], zh: ["乳腺炎", "乳腺炎症"] },
  abscess: { en: ["abscess"], zh: ["脓肿"] },
  "intraductal papilloma": { en: ["(intraductal )?papilloma", "papillomata"], zh: ["(导管内)?乳头状瘤"] },
  "lactational changes": {
    en: ["lactational (change|breast)", "lactating (breast|adenoma)", "changes of lactation"],
    zh: ["哺乳期(改变|乳腺)?", "泌乳期(改变|乳腺)?"],
  },
  "accessory breast": {
    en: ["accessory (breast|mammary)( tissue| gland)?", "supernumerary breast"],
    zh: ["副乳(腺)?"],
  },
  calcifications: {
    en: ["((micro|macro) ?)?calcification", "calcified foc(us|i)"],
    zh: ["(微|粗大|点状)?钙化(灶|斑)?"],
  },
  gynecomastia: { en: ["gyna?ecomastia", "male breast development"], zh: ["男性乳(腺|房)(发育|肥大)(症)?"] },
  "fat island": { en: ["fat(ty)? (island|lobule)"], zh: ["脂肪岛", "脂肪小叶"] },
  implant: { en: ["(breast )?implant", "prosthes[ei]s"], zh: ["假体(植入)?", "隆胸术后", "隆乳术后"] },
  lipoma: { en: ["lipoma", "lipomata"], zh: ["脂肪瘤"] },
} as const satisfies LabelPhrases;
