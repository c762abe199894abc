/**
 * @file What is seen of a finding before it is named: the noun of the findings section, where the impression has the
 * diagnosis. English of a focal finding has no article, so that adjectives can stand before it; the rest is as it is said.
 */

import type { Region } from "../tasks/regions.ts";
import type { FactRegion, FindingKind, findingKinds, Name } from "./vocabulary.ts";

type Look = readonly [zh: string, en: string];

const looks: { readonly [R in Region]: Readonly<Record<keyof (typeof findingKinds)[R], Look>> } = {
  breast: {
    mass: ["肿块", "mass"],
    cyst: ["囊性结节", "cystic lesion"],
    fibroadenoma: ["结节", "nodule"],
    carcinoma: ["肿块", "mass"],
    hyperplasia: ["结节", "nodule"],
    papilloma: ["导管内结节", "intraductal nodule"],
    phyllodes: ["肿块", "mass"],
    lipoma: ["结节", "nodule"],
    mastitis: ["乳腺实质回声改变", "a change of the breast parenchyma"],
    calcifications: ["钙化灶", "cluster of calcifications"],
    ductEctasia: ["乳腺导管扩张", "a dilated duct"],
  },
  gynaecology: {
    leiomyoma: ["肌层结节", "myometrial nodule"],
    adenomyosis: ["子宫肌层弥漫性回声改变", "a diffuse change of the myometrium"],
    ovarianCyst: ["附件区囊性包块", "adnexal cystic mass"],
    teratoma: ["附件区包块", "adnexal mass"],
    endometrialPolyp: ["宫腔内团块", "intracavitary mass"],
    endometrialThickening: ["子宫内膜增厚", "a thickened endometrium"],
    iud: ["宫内节育器回声", "intrauterine device echo"],
    pregnancy: ["胎儿结构", "fetal structure"],
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
    cyst: ["囊性结节", "cystic lesion"],
    stone: ["结石样回声", "stone-like echo"],
    hydronephrosis: ["肾集合系统分离", "a dilated collecting system"],
    angiomyolipoma: ["结节", "nodule"],
    mass: ["实性团块", "solid mass"],
    chronicDisease: ["肾实质弥漫性回声改变", "a diffuse change of the renal parenchyma"],
  },
  liver: {
    steatosis: ["肝实质弥漫性回声改变", "a diffuse change of the liver parenchyma"],
    cirrhosis: ["肝实质弥漫性回声改变", "a diffuse change of the liver parenchyma"],
    cyst: ["囊性结节", "cystic lesion"],
    haemangioma: ["结节", "nodule"],
    carcinoma: ["团块", "mass"],
    metastasis: ["结节", "nodule"],
    calcification: ["钙化灶", "calcified focus"],
    gallstone: ["胆囊内结石样回声", "stone-like echo in the gallbladder"],
    gallbladderPolyp: ["胆囊壁隆起样结节", "polypoid nodule of the gallbladder wall"],
    cholecystitis: ["胆囊壁增厚", "a thickened gallbladder wall"],
    biliaryAtresia: ["胆囊形态异常", "an abnormal gallbladder"],
  },
  thyroid: {
    nodule: ["结节", "nodule"],
    nodularGoitre: ["结节", "nodule"],
    adenoma: ["结节", "nodule"],
    cyst: ["囊性结节", "cystic nodule"],
    carcinoma: ["结节", "nodule"],
    thyroiditis: ["甲状腺实质弥漫性回声改变", "a diffuse change of the thyroid parenchyma"],
    enlargement: ["甲状腺体积增大", "an enlarged thyroid gland"],
  },
  vessel: {
    plaque: ["斑块样回声", "plaque"],
    intimaThickening: ["血管内中膜增厚", "a thickened intima-media complex"],
    thrombus: ["管腔内团块", "intraluminal mass"],
    stenosis: ["管腔变窄", "a narrowed lumen"],
  },
};

/**
 * How a kind looks in a region.
 *
 * @returns undefined when the region has no such finding
 */
export function lookOf(region: FactRegion, kind: FindingKind): Name | undefined {
  if (region === "other") return undefined;
  const look = (looks[region] as Partial<Record<FindingKind, Look>>)[kind];
  return look && { zh: look[0], en: look[1] };
}
