/** @file How reports express the labels of liver, gallbladder, spleen and pancreas. */

import type { LabelPhrases } from "../phrase.ts";

export const liver = {
  steatosis: {
    en: ["(hepatic )?steatosis", "fatty (liver|infiltration|change)", "nafld", "steatotic liver( disease)?"],
    zh: ["脂肪肝", "脂肪浸润", "脂肪变(性)?", "肝脂肪沉积"],
  },
  "post-cholecystectomy": {
    en: [
      "(post |status post )?cholecystectomy",
      "(surgically absent gallbladder|gallbladder (is |has been |was )?(surgically )?(removed|absent))",
    ],
    zh: ["胆囊切除(术)?(后)?", "胆囊术后", "胆囊已切除", "胆囊缺如"],
  },
  "gallbladder polyp": {
    en: ["(gallbladder |cholesterol )*polyp", "polypoid lesion( of the gallbladder)?"],
    zh: ["(胆囊|胆固醇)*息肉(样病变)?", "胆囊(壁)?隆起(样|性)病变"],
  },
  cyst: {
    en: ["(hepatic |liver |simple )*cyst", "cystic lesion"],
    zh: ["(肝|肝脏|肝内)?囊肿", "多囊肝", "囊性(病变|病灶|占位)"],
  },
  cholelithiasis: {
    en: [
      "cholelithiasis",
      "gall ?(stone|bladder (stone|calcul(us|i)))",
      "(stones?|calcul(us|i)) (with)?in( the)? gallbladder",
      "gallbladder( with| containing)? … (?<!duct |renal |kidney |ureteric |ureteral )(stone|calcul(us|i))",
      "biliary (sludge|stone)",
    ],
    zh: ["胆囊(内)?(多发|泥沙样)*结石", "胆囊…(?<!胆管|胆总管|肝内|肾)结石", "胆石(症)?", "胆囊泥沙"],
  },
  splenomegaly: {
    en: [
      "(hepato)?splenomegaly",
      "enlarged spleen",
      "enlargement of the spleen",
      "spleen(?<=(enlarged|enlargement of( the)?) liver and( the)? spleen)",
      "spleen … enlarged",
    ],
    zh: ["脾(脏)?(体积)?(肿大|增大|大)(?!小)", "巨脾"],
  },
  transplantation: {
    en: ["(liver )?transplant(ation|ed)?( liver)?", "liver graft"],
    zh: ["肝移植(术)?(后)?", "移植肝"],
  },
  "post-hepatectomy": {
    en: ["(post |partial )*hepatectomy", "(liver|hepatic) resection"],
    zh: ["肝(部分|左叶|右叶|癌)*(切除)?术后", "肝(部分|左叶|右叶)?切除"],
  },
  "calcific focus": {
    en: ["(hepatic |intrahepatic |liver )?calcifi(c focus|c foci|cation|ed foc(us|i))"],
    zh: ["(肝内|肝)?钙化(灶|斑)?"],
  },
  cirrhosis: { en: ["(liver )?cirrhosis", "cirrhotic( liver)?"], zh: ["肝硬化", "肝纤维化结节"] },
  haemangioma: { en: ["(hepatic |liver |cavernous )*ha?emangioma"], zh: ["(肝|海绵状)*血管瘤"] },
  cholecystitis: {
    en: ["(acute |chronic )?cholecystitis", "inflamed gallbladder"],
    zh: ["(急性|慢性)?胆囊炎"],
  },
  nodule: {
    en: [
      "(hepatic |liver )?nodule",
      "focal (liver |hepatic )?lesion",
      "(liver |hepatic )?mass",
      "space occupying lesion",
    ],
    zh: ["(肝内)?结节", "占位(性病变)?", "肿块", "团块"],
  },
  "intrahepatic stones": {
    en: ["intrahepatic( bile duct| biliary)? (stone|calcul(us|i)|lithiasis)", "hepatolithiasis"],
    zh: ["肝内胆管(多发)?结石", "肝胆管结石"],
  },
  "biliary atresia": { en: ["biliary atresia"], zh: ["胆道闭锁", "胆管闭锁"] },
  HCC: {
    en: [
      "hepatocellular (cancer|carcinoma)",
      "hcc",
      "hepatoma",
      "(primary )?liver cancer",
      "malignant liver (lesion|tumou?r|mass)",
    ],
    zh: ["肝细胞(性)?(肝)?癌", "(原发性)?肝癌", "肝(脏)?恶性(肿瘤|占位|病变)"],
  },
  abscess: { en: ["(liver |hepatic )?abscess"], zh: ["(肝)?脓肿"] },
  "gallbladder distension": {
    en: [
      "(gallbladder disten(sion|tion)|distended gallbladder|gallbladder … distended)",
      "(enlarged gallbladder|gallbladder enlargement|gallbladder hydrops)",
    ],
    zh: ["胆囊(体积)?(明显)?(增大|肿大|膨大|胀大)", "胆囊积液"],
  },
  metastasis: {
    en: ["(hepatic |liver )?metastas[ei]s", "metastatic (liver )?(lesion|disease|tumou?r|nodule|deposit)"],
    zh: ["(肝|肝内)?转移(瘤|癌|灶)", "肝转移", "转移性肝癌"],
  },
  hepatoblastoma: { en: ["hepatoblastoma"], zh: ["肝母细胞瘤"] },
  cholangiocarcinoma: {
    en: ["(intrahepatic )?cholangiocarcinoma", "bile duct (cancer|carcinoma)", "klatskin tumou?r"],
    zh: ["(肝内|肝门部)?胆管(细胞)?癌"],
  },
  "gallbladder carcinoma": {
    en: ["gallbladder (cancer|carcinoma|malignancy)", "carcinoma of the gallbladder"],
    zh: ["胆囊癌", "胆囊恶性肿瘤"],
  },
  "pancreatic carcinoma": {
    en: ["pancreatic (ductal )?(cancer|carcinoma|adenocarcinoma|malignancy)", "carcinoma of the pancreas"],
    zh: ["胰腺癌", "胰(头|体|尾)癌", "胰腺恶性肿瘤"],
  },
} as const satisfies LabelPhrases;
