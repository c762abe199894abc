/** @file The words by which an answer names a class; of natures the first is the one that the model's chances are read at. */

import { emptyNames, factRegionNames, pathologyNames } from "../../data/vocabulary.ts";
import type { Language } from "../../tasks/regions.ts";

export type ClassWords = Readonly<Record<string, Readonly<Record<Language, readonly string[]>>>>;

/** Pictures without anatomy. */
const emptyWords: ClassWords = {
  noContact: {
    zh: [emptyNames.noContact.zh, "空白图像", "未接触体表"],
    en: ["a blank image", emptyNames.noContact.en, "blank image"],
  },
  notUltrasound: {
    zh: [emptyNames.notUltrasound.zh, "非超声", "不是超声"],
    en: ["not an ultrasound image", emptyNames.notUltrasound.en, "not an ultrasound", "not ultrasound"],
  },
};

/** Other words for a region. */
const otherWords: ClassWords = {
  gynaecology: {
    zh: ["产科", "子宫", "胎儿"],
    en: ["gynecological", "obstetric", "fetal", "pelvic", "uterus"],
  },
  heart: { zh: [], en: ["heart", "echocardiogram"] },
  kidney: { zh: [], en: ["kidney"] },
  vessel: { zh: ["颈动脉"], en: ["vessel", "carotid"] },
  other: { zh: [], en: ["another region"] },
};

export const regionWords: ClassWords = {
  ...Object.fromEntries(
    Object.entries(factRegionNames).map(([region, { zh, en }]) => {
      const own = region === "other" ? { zh: [zh], en: [] } : { zh: [zh], en: [en] };
      const more = otherWords[region] ?? { zh: [], en: [] };
      return [region, { zh: [...own.zh, ...more.zh], en: [...own.en, ...more.en] }];
    }),
  ),
  ...emptyWords,
};

export const lesionWords: ClassWords = {
  present: { zh: ["病灶", "病变"], en: ["lesion", "lesions"] },
  absent: { zh: ["未见病灶", "无病灶"], en: ["no lesion"] },
  ...emptyWords,
};

export const natureWords: ClassWords = {
  normal: {
    zh: ["正常", "未见异常", "未见明显异常", "无异常"],
    en: ["normal", "no abnormality", "no abnormalities", "unremarkable"],
  },
  benign: { zh: [pathologyNames.benign.zh], en: [pathologyNames.benign.en] },
  malignant: { zh: [pathologyNames.malignant.zh], en: [pathologyNames.malignant.en] },
};
