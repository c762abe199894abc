/**
 * @file What is seen of a finding before it is named: the noun of the findings section, where the impression has the
 * diagnosis. English of a focal finding has no article, so that adjectives can stand before it; the rest is as it is said.
 */

import type { Region } from "../tasks/regions.ts";
import type { FactRegion, FindingKind, findingKinds, Name } from "./vocabulary.ts";

export interface Look {
  /** The noun. */
  readonly what: Name;
  /** Where in the body, if the noun does not say it: 胆囊内, "in the gallbladder". */
  readonly site?: Name;
}

type Row = readonly [zh: string, en: string, zhSite?: string, enSite?: string];

const looks: { readonly [R in Region]: Readonly<Record<keyof (typeof findingKinds)[R], Row>> } = {
  breast: {
    mass: ["肿块", "mass", "乳腺内", "in the breast"],
    cyst: ["囊性结节", "cystic lesion", "乳腺内", "in the breast"],
    fibroadenoma: ["结节", "nodule", "乳腺内", "in the breast"],
    carcinoma: ["肿块", "mass", "乳腺内", "in the breast"],
    hyperplasia: ["结节", "nodule", "乳腺内", "in the breast"],
    papilloma: ["结节", "nodule", "乳腺导管内", "in a breast duct"],
    phyllodes: ["肿块", "mass", "乳腺内", "in the breast"],
    lipoma: ["结节", "nodule", "乳腺内", "in the breast"],
    mastitis: ["乳腺实质回声改变", "a change of the breast parenchyma"],
    calcifications: ["钙化灶", "cluster of calcifications", "乳腺内", "in the breast"],
    ductEctasia: ["乳腺导管扩张", "a dilated duct"],
  },
  gynaecology: {
    leiomyoma: ["结节", "nodule", "子宫肌层内", "in the myometrium"],
    adenomyosis: ["子宫肌层弥漫性回声改变", "a diffuse change of the myometrium"],
    ovarianCyst: ["囊性包块", "cystic mass", "附件区", "in the adnexal region"],
    teratoma: ["包块", "mass", "附件区", "in the adnexal region"],
    endometrialPolyp: ["团块", "mass", "宫腔内", "in the uterine cavity"],
    endometrialThickening: ["子宫内膜增厚", "a thickened endometrium"],
    iud: ["节育器结构", "device", "宫腔内", "in the uterine cavity"],
    pregnancy: ["宫腔内妊娠结构", "an intrauterine gestation"],
    pelvicEffusion: ["盆腔内液性暗区", "free fluid in the pelvis"],
  },
  heart: {
    pericardialEffusion: ["心包腔内液性暗区", "fluid in the pericardial space"],
    leftVentricularEnlargement: ["左心室腔扩大", "a dilated left ventricle"],
    rightVentricularEnlargement: ["右心室腔扩大", "a dilated right ventricle"],
    leftAtrialEnlargement: ["左心房腔扩大", "a dilated left atrium"],
    rightAtrialEnlargement: ["右心房腔扩大", "a dilated right atrium"],
    wallThickening: ["左心室壁增厚", "a thickened left ventricular wall"],
    aorticDilation: ["主动脉内径增宽", "a dilated aorta"],
  },
  kidney: {
    cyst: ["囊性结节", "cystic lesion", "肾内", "in the kidney"],
    stone: ["结石样光团", "stone-like echo", "肾内", "in the kidney"],
    hydronephrosis: ["肾集合系统分离", "a dilated collecting system"],
    angiomyolipoma: ["结节", "nodule", "肾内", "in the kidney"],
    mass: ["实性团块", "solid mass", "肾内", "in the kidney"],
    chronicDisease: ["肾实质弥漫性回声改变", "a diffuse change of the renal parenchyma"],
  },
  liver: {
    steatosis: ["肝实质弥漫性回声改变", "a diffuse change of the liver parenchyma"],
    cirrhosis: ["肝实质弥漫性回声改变", "a diffuse change of the liver parenchyma"],
    cyst: ["囊性结节", "cystic lesion", "肝内", "in the liver"],
    haemangioma: ["结节", "nodule", "肝内", "in the liver"],
    carcinoma: ["团块", "mass", "肝内", "in the liver"],
    metastasis: ["结节", "nodule", "肝内", "in the liver"],
    calcification: ["钙化灶", "calcified focus", "肝内", "in the liver"],
    gallstone: ["结石样光团", "stone-like echo", "胆囊内", "in the gallbladder"],
    gallbladderPolyp: ["隆起样结节", "polypoid nodule", "胆囊壁", "on the gallbladder wall"],
    cholecystitis: ["胆囊壁增厚", "a thickened gallbladder wall"],
    biliaryAtresia: ["胆囊形态异常", "an abnormal gallbladder"],
  },
  thyroid: {
    nodule: ["结节", "nodule", "甲状腺内", "in the thyroid gland"],
    nodularGoitre: ["结节", "nodule", "甲状腺内", "in the thyroid gland"],
    adenoma: ["结节", "nodule", "甲状腺内", "in the thyroid gland"],
    cyst: ["囊性结节", "cystic nodule", "甲状腺内", "in the thyroid gland"],
    carcinoma: ["结节", "nodule", "甲状腺内", "in the thyroid gland"],
    thyroiditis: ["甲状腺实质弥漫性回声改变", "a diffuse change of the thyroid parenchyma"],
    enlargement: ["甲状腺体积增大", "an enlarged thyroid gland"],
  },
  vessel: {
    plaque: ["斑块", "plaque", "血管壁", "on the vessel wall"],
    intimaThickening: ["血管内中膜增厚", "a thickened intima-media complex"],
    thrombus: ["团块", "mass", "管腔内", "in the lumen"],
    stenosis: ["管腔变窄", "a narrowed lumen"],
  },
};

/**
 * How a kind looks in a region.
 *
 * @returns undefined when the region has no such finding
 */
export function lookOf(region: FactRegion, kind: FindingKind): Look | undefined {
  if (region === "other") return undefined;
  const row = (looks[region] as Partial<Record<FindingKind, Row>>)[kind];
  if (row === undefined) return undefined;
  const [zh, en, zhSite, enSite] = row;
  const site = zhSite === undefined || enSite === undefined ? {} : { site: { zh: zhSite, en: enSite } };
  return { what: { zh, en }, ...site };
}
