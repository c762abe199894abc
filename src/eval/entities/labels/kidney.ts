/** @file How reports express the labels of kidney, bladder and prostate. */

import type { LabelPhrases } from "../phrase.ts";

export const kidney = {
  "renal cyst": {
    en: [
      "(renal |kidney |simple |cortical |parapelvic )*cyst",
      "cystic lesion",
      "polycystic kidney( disease)?",
    ],
    zh: ["(肾|肾脏|肾盂旁)?囊肿", "多囊肾", "囊性(病变|占位)"],
  },
  "prostatic calcification": {
    en: [
      "prostat(e|ic) (calcification|calcul(us|i)|stone)",
      "calcification( is| are)? (in|within|of) the prostate",
    ],
    zh: ["前列腺(内)?(伴)?(钙化|结石)(灶)?"],
  },
  nephrolithiasis: {
    en: ["nephrolithiasis", "(renal|kidney) (stone|calcul(us|i))", "stone", "calcul(us|i)", "urolithiasis"],
    zh: ["肾(脏)?(内|多发)*结石", "结石", "肾(内)?结晶"],
  },
  hydronephrosis: {
    en: [
      "hydronephro(sis|tic)( kidney)?",
      "hydroureteronephrosis",
      "pelvicalyceal dilat(at)?ion",
      "dilated renal pelvis",
      "pelviectasis",
    ],
    zh: ["肾(盂)?(轻度|中度|重度|少量)?积水", "积水", "肾盂(肾盏)?(分离|扩张)", "集合系统(分离|扩张)"],
  },
  BPH: {
    en: [
      "bph",
      "(benign )?prostat(e|ic) (hyperplasia|hypertrophy|enlargement)",
      "enlarged prostate",
      "prostatomegaly",
      "prostate … enlarged",
    ],
    zh: ["前列腺(良性)?(增生|肥大|增大)", "前列腺体积增大"],
  },
  CKD: {
    en: [
      "ckd",
      "chronic (kidney|renal) (disease|failure|insufficiency)",
      "medical renal disease",
      "(diffuse )?renal parenchymal (disease|damage)",
    ],
    zh: ["慢性肾(脏)?病(改变)?", "慢性肾(功能)?衰(竭)?", "肾(脏)?(弥漫性|实质)*(损害|病变)"],
  },
  atrophy: {
    en: ["(renal |kidney )?atroph(y|ic)( kidney)?", "(shrunken|small) kidney"],
    zh: ["肾(脏)?(体积)?(萎缩|缩小)", "萎缩肾", "萎缩"],
  },
  "post-nephrectomy": {
    en: [
      "(post |status post |partial )*nephrectomy",
      "absent (left |right )?kidney",
      "kidney (has been |was |is )?(surgically )?removed",
    ],
    zh: ["肾(脏|部分)*切除(术)?(后)?", "肾术后", "肾缺如"],
  },
  angiomyolipoma: { en: ["angiomyolipoma", "aml", "(renal )?hamartoma"], zh: ["血管平滑肌脂肪瘤", "错构瘤"] },
  nutcracker: {
    en: ["nutcracker( syndrome| phenomenon)?", "left renal vein (entrapment|compression)"],
    zh: ["胡桃夹(综合征|现象)?", "左肾静脉受压(综合征)?"],
  },
  "bladder carcinoma": {
    en: ["(bladder|urothelial|transitional cell) (cancer|carcinoma|tumou?r|malignancy)"],
    zh: ["膀胱(恶性)?(癌|肿瘤)", "膀胱(内)?(占位|肿物)(性病变)?", "尿路上皮癌"],
  },
  "vesical calculi": {
    en: [
      "(vesical|bladder) (stone|calcul(us|i))",
      "(stones?|calcul(us|i)) (with)?in( the)?( urinary)? bladder",
      "bladder (contains|shows|has|with)( an?| multiple| several| small| large)* (stone|calcul(us|i))",
      "cystolithiasis",
    ],
    zh: ["膀胱(腔|内|可见|见|有|多发|一|多个|枚|个|强回声|的)*结石"],
  },
  "medullary sponge kidney": { en: ["medullary sponge kidney"], zh: ["髓质海绵肾", "海绵肾"] },
  "ureteral calculi": {
    en: [
      "ureter(al|ic)? (stone|calcul(us|i))",
      "(stones?|calcul(us|i)) (with)?in( the)?( left| right| upper| mid| middle| lower| proximal| distal)* ureter",
      "ureter (contains|shows|has|with)( an?| multiple| several| small| large)* (stone|calcul(us|i))",
      "ureterolithiasis",
    ],
    zh: ["输尿管(上段|中段|下段|末端|腔|内|可见|见|有|多发|一|多个|枚|个|强回声|的)*结石"],
  },
  "horseshoe kidney": { en: ["horseshoe kidney"], zh: ["马蹄肾", "蹄铁形肾"] },
  mass: {
    en: [
      "(solid |renal |kidney )*mass",
      "solid lesion",
      "space occupying lesion",
      "renal (cell )?(carcinoma|cancer)",
    ],
    zh: ["肾(脏)?(恶性)?(肿瘤|肿块|肿物)", "肾(细胞)?癌", "(肾|肾脏)?占位(性病变)?"],
  },
} as const satisfies LabelPhrases;
