/** @file The seven regions of EchoVLM, by what stands before "ultrasound" in both languages. */

export const languages = ["zh", "en"] as const;
export type Language = (typeof languages)[number];

export const regionNames = {
  breast: { zh: "乳腺", en: "breast" },
  gynaecology: { zh: "妇科", en: "gynaecological" },
  heart: { zh: "心脏", en: "cardiac" },
  kidney: { zh: "肾脏", en: "renal" },
  liver: { zh: "肝脏", en: "liver" },
  thyroid: { zh: "甲状腺", en: "thyroid" },
  vessel: { zh: "血管", en: "vascular" },
} as const satisfies Record<string, Record<Language, string>>;
export type Region = keyof typeof regionNames;
export const regions = Object.keys(regionNames) as Region[];
