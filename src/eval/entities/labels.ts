/**
 * @file The labels of each region: those of the EchoVLM paper's training distribution (arXiv 2509.14977, figure 3)
 * without "others", and with `mass` and `nodule` of breast, thyroid and kidney and `stenosis` of vessels, which are
 * what most labelled pictures show.
 */

import { type Language, languages, type Region, regions } from "../../tasks/regions.ts";
import { breast } from "./labels/breast.ts";
import { gynaecology } from "./labels/gynaecology.ts";
import { heart } from "./labels/heart.ts";
import { kidney } from "./labels/kidney.ts";
import { liver } from "./labels/liver.ts";
import { thyroid } from "./labels/thyroid.ts";
import { vessel } from "./labels/vessel.ts";
import { compile, isOpen, type LabelPhrases } from "./phrase.ts";

const phrases: Readonly<Record<Region, LabelPhrases>> = {
  breast,
  gynaecology,
  heart,
  kidney,
  liver,
  thyroid,
  vessel,
};

/** The label of a text that states health and has no other label. */
export const normalLabel = "normal";

/** The closed list of a region's labels, `normal` last. */
export const labelsOf = (region: Region): string[] => [...Object.keys(phrases[region]), normalLabel];

/** A phrase that stands for a label of a region. */
export interface Pattern {
  readonly region: Region;
  readonly label: string;
  readonly pattern: RegExp;
  /** What the pattern matches is only the thing; what is said of it follows further on. */
  readonly isOpen: boolean;
}

/** Every phrase of every region. */
export const patterns: readonly Pattern[] = regions.flatMap((region) =>
  Object.entries(phrases[region]).flatMap(([label, own]) =>
    languages.flatMap((language: Language) =>
      own[language].map((phrase) => ({
        region,
        label,
        pattern: compile(phrase, language),
        isOpen: isOpen(phrase),
      })),
    ),
  ),
);

/** Words that place a finding in a region: "renal cyst" is no finding of the liver. */
export const organWords: Readonly<Record<Region, RegExp>> = {
  breast: /breast|mammary|乳/,
  gynaecology: /uter|endometri|ovar|cervi(?:x|cal)|adnex|tubal|pelvi|宫|内膜|卵巢|附件|输卵管|盆腔/,
  heart: /cardi|atri|ventric|aort|mitral|tricuspid|valv|心|主动脉|二尖瓣|三尖瓣|瓣膜/,
  kidney: /renal|kidney|bladder|vesical|ureter|prostat|肾|膀胱|输尿管|前列腺/,
  liver: /liver|hepat|gallbladder|bile|biliary|spleen|pancrea|肝|胆|脾|胰/,
  thyroid: /thyroid|甲状腺/,
  vessel: /carotid|vertebral|intima|颈动脉|椎动脉|内中?膜/,
};
