/**
 * @file The closed words of facts, in both languages. A word is written here and nowhere else; a fact names it by its key.
 * Findings follow the label lists of the EchoVLM paper (arXiv 2509.14977, figure 3), a part of them.
 */

import { type Language, type Region, regionNames } from "../tasks/regions.ts";

/** One term in both languages; English without an article. */
export type Name = Readonly<Record<Language, string>>;

/** The seven regions, and what lies outside them: described plainly, never diagnosed. */
export const factRegionNames = { ...regionNames, other: { zh: "其他部位", en: "other" } } as const;
export type FactRegion = Region | "other";

/** How a finding shows, which decides how it is told. */
export type Form =
  /** A thing with an outline: place, size, shape, margin, echo. */
  | "focal"
  /** A change of a whole organ: grade, echogenicity. */
  | "diffuse"
  /** A space or chamber wider than it should be: grade, diameter. */
  | "dilated"
  /** A layer thicker than it should be: thickness. */
  | "thickened"
  /** Free fluid: depth, grade. */
  | "fluid"
  /** A passage narrower than it should be: percent. */
  | "narrowed";

export interface Kind extends Name {
  readonly form: Form;
}

/** What can be found, by region, the commonest first. The same key in two regions is told with each region's own name. */
export const findingKinds = {
  breast: {
    mass: { zh: "乳腺肿块", en: "breast mass", form: "focal" },
    cyst: { zh: "乳腺囊肿", en: "breast cyst", form: "focal" },
    fibroadenoma: { zh: "乳腺纤维腺瘤", en: "fibroadenoma", form: "focal" },
    carcinoma: { zh: "乳腺癌", en: "breast carcinoma", form: "focal" },
    calcifications: { zh: "乳腺钙化", en: "breast calcifications", form: "focal" },
    hyperplasia: { zh: "乳腺增生结节", en: "hyperplastic breast nodule", form: "focal" },
    papilloma: { zh: "导管内乳头状瘤", en: "intraductal papilloma", form: "focal" },
    phyllodes: { zh: "叶状肿瘤", en: "phyllodes tumour", form: "focal" },
    lipoma: { zh: "脂肪瘤", en: "lipoma", form: "focal" },
    mastitis: { zh: "乳腺炎", en: "mastitis", form: "diffuse" },
    ductEctasia: { zh: "乳腺导管扩张", en: "duct ectasia", form: "dilated" },
  },
  gynaecology: {
    leiomyoma: { zh: "子宫肌瘤", en: "uterine leiomyoma", form: "focal" },
    ovarianCyst: { zh: "卵巢囊肿", en: "ovarian cyst", form: "focal" },
    endometrialThickening: { zh: "子宫内膜增厚", en: "endometrial thickening", form: "thickened" },
    pelvicEffusion: { zh: "盆腔积液", en: "pelvic effusion", form: "fluid" },
    adenomyosis: { zh: "子宫腺肌症", en: "adenomyosis", form: "diffuse" },
    teratoma: { zh: "卵巢囊性畸胎瘤", en: "ovarian cystic teratoma", form: "focal" },
    endometrialPolyp: { zh: "子宫内膜息肉", en: "endometrial polyp", form: "focal" },
    iud: { zh: "宫内节育器", en: "intrauterine device", form: "focal" },
    pregnancy: { zh: "宫内妊娠", en: "intrauterine pregnancy", form: "diffuse" },
  },
  heart: {
    pericardialEffusion: { zh: "心包积液", en: "pericardial effusion", form: "fluid" },
    leftVentricularEnlargement: { zh: "左心室增大", en: "left ventricular enlargement", form: "dilated" },
    rightVentricularEnlargement: { zh: "右心室增大", en: "right ventricular enlargement", form: "dilated" },
    leftAtrialEnlargement: { zh: "左心房增大", en: "left atrial enlargement", form: "dilated" },
    rightAtrialEnlargement: { zh: "右心房增大", en: "right atrial enlargement", form: "dilated" },
    wallThickening: { zh: "左心室壁增厚", en: "left ventricular wall thickening", form: "thickened" },
    aorticDilation: { zh: "主动脉增宽", en: "aortic dilation", form: "dilated" },
  },
  kidney: {
    cyst: { zh: "肾囊肿", en: "renal cyst", form: "focal" },
    stone: { zh: "肾结石", en: "renal stone", form: "focal" },
    hydronephrosis: { zh: "肾积水", en: "hydronephrosis", form: "dilated" },
    angiomyolipoma: { zh: "肾血管平滑肌脂肪瘤", en: "renal angiomyolipoma", form: "focal" },
    mass: { zh: "肾占位性病变", en: "solid renal mass", form: "focal" },
    chronicDisease: { zh: "慢性肾病改变", en: "chronic kidney disease", form: "diffuse" },
  },
  liver: {
    cyst: { zh: "肝囊肿", en: "hepatic cyst", form: "focal" },
    haemangioma: { zh: "肝血管瘤", en: "hepatic haemangioma", form: "focal" },
    gallstone: { zh: "胆囊结石", en: "gallstone", form: "focal" },
    steatosis: { zh: "脂肪肝", en: "hepatic steatosis", form: "diffuse" },
    carcinoma: { zh: "肝细胞癌", en: "hepatocellular carcinoma", form: "focal" },
    gallbladderPolyp: { zh: "胆囊息肉", en: "gallbladder polyp", form: "focal" },
    cirrhosis: { zh: "肝硬化", en: "cirrhosis", form: "diffuse" },
    metastasis: { zh: "肝转移瘤", en: "hepatic metastasis", form: "focal" },
    calcification: { zh: "肝内钙化灶", en: "hepatic calcification", form: "focal" },
    cholecystitis: { zh: "胆囊炎", en: "cholecystitis", form: "thickened" },
    biliaryAtresia: { zh: "胆道闭锁", en: "biliary atresia", form: "diffuse" },
  },
  thyroid: {
    nodule: { zh: "甲状腺结节", en: "thyroid nodule", form: "focal" },
    cyst: { zh: "甲状腺囊肿", en: "thyroid cyst", form: "focal" },
    nodularGoitre: { zh: "结节性甲状腺肿", en: "nodular goitre", form: "focal" },
    carcinoma: { zh: "甲状腺癌", en: "thyroid carcinoma", form: "focal" },
    enlargement: { zh: "甲状腺肿大", en: "thyroid enlargement", form: "diffuse" },
    thyroiditis: { zh: "甲状腺炎", en: "thyroiditis", form: "diffuse" },
    adenoma: { zh: "甲状腺腺瘤", en: "thyroid adenoma", form: "focal" },
  },
  vessel: {
    plaque: { zh: "颈动脉斑块", en: "carotid plaque", form: "focal" },
    intimaThickening: { zh: "颈动脉内中膜增厚", en: "carotid intima-media thickening", form: "thickened" },
    thrombus: { zh: "血栓", en: "thrombus", form: "focal" },
    stenosis: { zh: "颈动脉狭窄", en: "carotid stenosis", form: "narrowed" },
  },
} as const satisfies Record<Region, Record<string, Kind>>;
export type FindingKind = { [R in Region]: keyof (typeof findingKinds)[R] }[Region];

/** Kinds of finding a region knows; none outside the seven. */
export const kindsOf = (region: FactRegion): FindingKind[] =>
  region === "other" ? [] : (Object.keys(findingKinds[region]) as FindingKind[]);

/**
 * A kind as its region names it.
 *
 * @returns undefined when the region has no such finding
 */
export const kindOf = (region: FactRegion, kind: FindingKind): Kind | undefined =>
  region === "other" ? undefined : (findingKinds[region] as Partial<Record<FindingKind, Kind>>)[kind];

/** What is imaged without being abnormal: organs, chambers, vessels, fetal parts. */
export const structureNames = {
  breast: { zh: "乳腺腺体", en: "breast parenchyma" },
  thyroid: { zh: "甲状腺", en: "thyroid gland" },
  isthmus: { zh: "甲状腺峡部", en: "thyroid isthmus" },
  trachea: { zh: "气管", en: "trachea" },
  liver: { zh: "肝脏", en: "liver" },
  gallbladder: { zh: "胆囊", en: "gallbladder" },
  portalVein: { zh: "门静脉", en: "portal vein" },
  hepaticVein: { zh: "肝静脉", en: "hepatic vein" },
  diaphragm: { zh: "膈肌", en: "diaphragm" },
  pancreas: { zh: "胰腺", en: "pancreas" },
  kidney: { zh: "肾脏", en: "kidney" },
  renalSinus: { zh: "肾窦", en: "renal sinus" },
  leftVentricle: { zh: "左心室", en: "left ventricle" },
  rightVentricle: { zh: "右心室", en: "right ventricle" },
  leftAtrium: { zh: "左心房", en: "left atrium" },
  rightAtrium: { zh: "右心房", en: "right atrium" },
  aorta: { zh: "主动脉", en: "aorta" },
  mitralValve: { zh: "二尖瓣", en: "mitral valve" },
  interventricularSeptum: { zh: "室间隔", en: "interventricular septum" },
  uterus: { zh: "子宫", en: "uterus" },
  endometrium: { zh: "子宫内膜", en: "endometrium" },
  ovary: { zh: "卵巢", en: "ovary" },
  bladder: { zh: "膀胱", en: "urinary bladder" },
  femalePelvis: { zh: "女性盆腔", en: "female pelvis" },
  gestationalSac: { zh: "妊娠囊", en: "gestational sac" },
  fetalHead: { zh: "胎头", en: "fetal head" },
  carotidArtery: { zh: "颈动脉", en: "carotid artery" },
  commonCarotid: { zh: "颈总动脉", en: "common carotid artery" },
  internalJugular: { zh: "颈内静脉", en: "internal jugular vein" },
  vein: { zh: "静脉", en: "vein" },
  bloodVessel: { zh: "血管", en: "blood vessel" },
  nerve: { zh: "神经", en: "nerve" },
  softTissue: { zh: "浅表软组织", en: "superficial soft tissue" },
  lymphNode: { zh: "淋巴结", en: "lymph node" },
} as const satisfies Record<string, Name>;
export type Structure = keyof typeof structureNames;

/** Sections and standard planes. */
export const viewNames = {
  transverse: { zh: "横切面", en: "transverse view" },
  longitudinal: { zh: "纵切面", en: "longitudinal view" },
  subcostal: { zh: "肋缘下切面", en: "subcostal view" },
  intercostal: { zh: "肋间切面", en: "intercostal view" },
  apicalFourChamber: { zh: "心尖四腔心切面", en: "apical four-chamber view" },
  parasternalLongAxis: { zh: "胸骨旁左室长轴切面", en: "parasternal long-axis view" },
  parasternalShortAxis: { zh: "胸骨旁短轴切面", en: "parasternal short-axis view" },
  transoesophageal: { zh: "经食管切面", en: "transoesophageal view" },
  headCircumference: { zh: "胎头标准测量切面", en: "standard plane of the fetal head" },
  fetalThreeVessel: { zh: "胎儿心脏三血管切面", en: "three-vessel view of the fetal heart" },
  fetalFourChamber: { zh: "胎儿四腔心切面", en: "four-chamber view of the fetal heart" },
  fetalLeftOutflow: {
    zh: "胎儿左室流出道切面",
    en: "left ventricular outflow tract view of the fetal heart",
  },
  fetalRightOutflow: {
    zh: "胎儿右室流出道切面",
    en: "right ventricular outflow tract view of the fetal heart",
  },
  fetalAbdomen: { zh: "胎儿腹部横切面", en: "transverse view of the fetal abdomen" },
  fetalTranscerebellar: { zh: "胎儿经小脑横切面", en: "transcerebellar view of the fetal brain" },
  fetalTransventricular: { zh: "胎儿经侧脑室横切面", en: "transventricular view of the fetal brain" },
  fetalFemur: { zh: "胎儿股骨长轴切面", en: "view of the fetal femur" },
  fetalKidneys: { zh: "胎儿双肾切面", en: "view of the fetal kidneys" },
  fetalLips: { zh: "胎儿口唇切面", en: "view of the fetal lips" },
  fetalProfile: { zh: "胎儿面部正中矢状切面", en: "profile view of the fetal face" },
  fetalSpineCoronal: { zh: "胎儿脊柱冠状切面", en: "coronal view of the fetal spine" },
  fetalSpineSagittal: { zh: "胎儿脊柱矢状切面", en: "sagittal view of the fetal spine" },
} as const satisfies Record<string, Name>;
export type View = keyof typeof viewNames;

export const modeNames = {
  bMode: { zh: "二维灰阶", en: "B-mode" },
  colourDoppler: { zh: "彩色多普勒", en: "colour Doppler" },
  powerDoppler: { zh: "能量多普勒", en: "power Doppler" },
  spectralDoppler: { zh: "频谱多普勒", en: "spectral Doppler" },
} as const satisfies Record<string, Name>;

/** Pictures that show no anatomy. */
export const emptyNames = {
  noContact: { zh: "探头未接触体表的空白图像", en: "blank image without contact between probe and skin" },
  notUltrasound: { zh: "非超声图像", en: "picture that is not an ultrasound image" },
} as const satisfies Record<string, Name>;

export const sideNames = {
  left: { zh: "左侧", en: "left" },
  right: { zh: "右侧", en: "right" },
} as const satisfies Record<string, Name>;

export const shapeNames = {
  oval: { zh: "椭圆形", en: "oval" },
  round: { zh: "类圆形", en: "round" },
  irregular: { zh: "不规则形", en: "irregular" },
} as const satisfies Record<string, Name>;

/** Long axis along the skin, or not. */
export const orientationNames = {
  parallel: { zh: "平行于皮肤", en: "parallel to the skin" },
  notParallel: { zh: "不平行于皮肤", en: "not parallel to the skin" },
} as const satisfies Record<string, Name>;

export const marginNames = {
  circumscribed: { zh: "边界清晰", en: "circumscribed" },
  notCircumscribed: { zh: "边界不清", en: "not circumscribed" },
} as const satisfies Record<string, Name>;

/** Against the surroundings. */
export const echogenicityNames = {
  anechoic: { zh: "无回声", en: "anechoic" },
  hypoechoic: { zh: "低回声", en: "hypoechoic" },
  isoechoic: { zh: "等回声", en: "isoechoic" },
  hyperechoic: { zh: "高回声", en: "hyperechoic" },
  complex: { zh: "混合回声", en: "mixed-echo" },
} as const satisfies Record<string, Name>;

export const posteriorNames = {
  enhancement: { zh: "后方回声增强", en: "posterior enhancement" },
  shadow: { zh: "后方伴声影", en: "posterior shadowing" },
  none: { zh: "后方回声无改变", en: "no posterior change" },
} as const satisfies Record<string, Name>;

export const calcificationNames = {
  none: { zh: "无钙化", en: "no calcification" },
  micro: { zh: "点状强回声", en: "punctate echogenic foci" },
  coarse: { zh: "粗大钙化", en: "coarse calcification" },
  rim: { zh: "边缘环状钙化", en: "rim calcification" },
} as const satisfies Record<string, Name>;

export const gradeNames = {
  mild: { zh: "轻度", en: "mild" },
  moderate: { zh: "中度", en: "moderate" },
  severe: { zh: "重度", en: "severe" },
} as const satisfies Record<string, Name>;

/** A grade of free fluid. */
export const amountNames = {
  mild: { zh: "少量", en: "small" },
  moderate: { zh: "中量", en: "moderate" },
  severe: { zh: "大量", en: "large" },
} as const satisfies Record<keyof typeof gradeNames, Name>;

export const pathologyNames = {
  benign: { zh: "良性", en: "benign" },
  malignant: { zh: "恶性", en: "malignant" },
} as const satisfies Record<string, Name>;
export type Pathology = keyof typeof pathologyNames;

/** What a diagnosis says of itself, where it does. */
export const impliedPathology = (kind: FindingKind): Pathology | undefined =>
  kind === "carcinoma" || kind === "metastasis" ? "malignant" : undefined;

/** Findings that a healthy woman may have. */
export const isNormalFinding = (kind: FindingKind): boolean => kind === "pregnancy" || kind === "iud";

/** Kinds that are said once however many there are. */
export const isUncounted = (kind: FindingKind): boolean =>
  kind === "nodularGoitre" || kind === "calcifications";

/** Kinds that name no diagnosis, only that something is there. */
export const isUnspecific = (kind: FindingKind): boolean => kind === "mass" || kind === "nodule";
