/** @file How reports express the thyroid labels. */

import type { LabelPhrases } from "../phrase.ts";

export const thyroid = {
  nodule: { en: ["nodule", "(solid|focal) lesion", "mass"], zh: ["结节", "占位(性病变)?", "肿块"] },
  "nodular goitre": {
    en: [
      "(multi)?nodular goit(re|er)",
      "adenomatous (goit(re|er)|hyperplasia)",
      "colloid (goit(re|er)|nodule)",
    ],
    zh: ["结节性甲状腺肿", "结甲", "腺瘤样甲状腺肿", "胶质结节"],
  },
  carcinoma: {
    en: [
      "(thyroid |papillary |follicular |medullary |anaplastic )*(cancer|carcinoma|microcarcinoma)",
      "malignant( thyroid)? (nodule|lesion|tumou?r|mass|neoplasm)",
      "malignancy",
    ],
    zh: [
      "(甲状腺)?(乳头状|滤泡(状|性)?|髓样|未分化)*(微小)?癌",
      "恶性(结节|肿瘤|病变|占位)",
      "甲状腺恶性肿瘤",
    ],
  },
  thyroiditis: {
    en: ["(hashimoto(s)? )?thyroiditis", "hashimoto(s)?( disease)?"],
    zh: ["(桥本(氏)?|亚急性|慢性淋巴细胞性)*甲状腺炎", "桥本(氏)?(病)?"],
  },
  cyst: { en: ["(thyroid |colloid )?cyst", "cystic (nodule|lesion)"], zh: ["囊肿", "囊性(结节|病变|占位)"] },
  adenoma: { en: ["(thyroid |follicular )*adenoma"], zh: ["(甲状腺|滤泡性)*腺瘤"] },
  hyperthyroidism: {
    en: ["hyperthyroid(ism)?", "graves(’s|'s)?( disease)?", "thyrotoxicosis", "thyroid inferno"],
    zh: ["甲亢", "甲状腺功能亢进(症)?", "格雷夫斯病", "火海征"],
  },
  "partial thyroidectomy": {
    en: ["(partial |subtotal |hemi ?|total )?thyroidectomy", "thyroid lobectomy", "post ?operative thyroid"],
    zh: [
      "甲状腺(部分|次全|大部|全|单侧|左叶|右叶|左侧叶|右侧叶)*切除(术后)?",
      "甲状腺(癌)?术后",
      "甲状腺缺如",
    ],
  },
  "reactive lymphadenopathy": {
    en: ["reactive( cervical| neck)? (lymph node|lymphadenopathy)"],
    zh: ["反应性(增生)?(肿大)?淋巴结(肿大|增生)?", "淋巴结反应性(增生|肿大)"],
  },
  "metastatic nodes": {
    en: ["metastatic( cervical| neck)? (lymph )?(node|lymphadenopathy)", "(lymph )?nod(e|al) metastas[ei]s"],
    zh: ["转移性(肿大)?淋巴结(肿大)?", "(颈部)?淋巴结转移(癌)?"],
  },
  calcifications: {
    en: ["((micro|macro) ?)?calcification", "calcified foc(us|i)", "psammoma bod(y|ies)"],
    zh: ["(微|粗大|点状)?钙化(灶|斑)?"],
  },
  enlargement: {
    en: [
      "thyroid(( is)?( diffusely)?) enlarge(ment|d)",
      "thyroid … enlarged(?!( cervical| neck)?( lymph)? node)",
      "(enlarged|enlargement of( the)?)( both lobes of the)? thyroid( gland)?",
      "(diffuse )?goit(re|er)",
      "thyromegaly",
    ],
    zh: ["甲状腺(弥漫性|体积)*(肿大|增大)", "甲状腺…(肿大|增大)", "弥漫性甲状腺肿"],
  },
  atrophy: {
    en: ["(thyroid )?atroph(y|ic)( thyroid)?", "shrunken thyroid"],
    zh: ["甲状腺…(萎缩|缩小)", "萎缩"],
  },
} as const satisfies LabelPhrases;
