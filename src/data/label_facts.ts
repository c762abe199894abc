/**
 * @file Labels of a picture to facts: which label says what, for the closed set of values that are understood.
 * A value that is not understood is named, not guessed.
 */

import type { Facts, Finding, StructureFact } from "./facts.ts";
import {
  type FactRegion,
  type FindingKind,
  factRegionNames,
  isUnspecific,
  kindOf,
  kindsOf,
  type Structure,
  structureNames,
  type View,
} from "./vocabulary.ts";

/** What labels add to a picture's facts; `finding` adds to its one lesion. */
type Piece = Partial<Omit<Facts, "findings" | "structures">> & {
  readonly finding?: Partial<Finding>;
  readonly structures?: readonly StructureFact[];
};

/** The value of a table's own key: words come from files, and "constructor" is a key of every object. */
const ownValue = <V>(values: Readonly<Record<string, V>>, word: string): V | undefined =>
  Object.hasOwn(values, word) ? values[word] : undefined;

/** The manifest's words for regions, where they are not the project's. */
const regionWords: Readonly<Record<string, FactRegion>> = {
  vessels: "vessel",
  obgyn: "gynaecology",
  abdomen: "other",
  musculoskeletal: "other",
  nerve: "other",
  superficial: "other",
  "test-pattern": "other",
};

/**
 * A region by its name, in capitals or not.
 *
 * @returns undefined when no region is called that
 */
function regionOfWord(word: string): FactRegion | undefined {
  const lower = word.toLowerCase();
  return (
    ownValue(regionWords, lower) ??
    (Object.keys(factRegionNames) as FactRegion[]).find((region) => region === lower)
  );
}

/** What a finding without a diagnosis is called in a region: a mass or a nodule. Some regions have no such word. */
const unspecificKind = (region: FactRegion): FindingKind | undefined => kindsOf(region).find(isUnspecific);

/** Tissue diagnoses of BUS-BRA that are a kind of finding here; the others name no kind. */
const kindOfHistology: Readonly<Record<string, FindingKind>> = {
  cyst: "cyst",
  fibroadenoma: "fibroadenoma",
  "invasive ductal carcinoma": "carcinoma",
  "invasive lobular carcinoma": "carcinoma",
  "papillary carcinoma": "carcinoma",
  "mucinous carcinoma": "carcinoma",
  "medullary carcinoma": "carcinoma",
  "ductal carcinoma in situ": "carcinoma",
  "lobular carcinoma in situ": "carcinoma",
  adenocarcinoma: "carcinoma",
  "fibrocystic changes": "hyperplasia",
  "sclerosing adenosis": "hyperplasia",
  hyperplasia: "hyperplasia",
  "ductal hyperplasia": "hyperplasia",
  "intraductal papilloma": "papilloma",
  "phyllodes tumor": "phyllodes",
  lipoma: "lipoma",
  "duct ectasia": "ductEctasia",
};

const structure = (kind: Structure): Piece => ({ structures: [{ kind }] });
const fetal = (view: View): Piece => ({ view, finding: { kind: "pregnancy" } });

const planes: Readonly<Record<string, Piece>> = {
  "fetal head (HC standard plane)": { ...fetal("headCircumference"), ...structure("fetalHead") },
  "fetal heart three-vessel view": fetal("fetalThreeVessel"),
  "fetal heart four-chamber view": fetal("fetalFourChamber"),
  "fetal abdomen": fetal("fetalAbdomen"),
  "fetal brain transcerebellar": fetal("fetalTranscerebellar"),
  "fetal brain transventricular": fetal("fetalTransventricular"),
  "fetal femur": fetal("fetalFemur"),
  "fetal kidneys": fetal("fetalKidneys"),
  "fetal lips": fetal("fetalLips"),
  "fetal left ventricular outflow tract": fetal("fetalLeftOutflow"),
  "fetal profile": fetal("fetalProfile"),
  "fetal right ventricular outflow tract": fetal("fetalRightOutflow"),
  "fetal spine coronal": fetal("fetalSpineCoronal"),
  "fetal spine sagittal": fetal("fetalSpineSagittal"),
};

const views: Readonly<Record<string, Piece>> = {
  transverse: { view: "transverse" },
  longitudinal: { view: "longitudinal" },
  "apical four-chamber": { view: "apicalFourChamber" },
  "parasternal long axis": { view: "parasternalLongAxis" },
  transoesophageal: { view: "transoesophageal" },
  "transoesophageal echocardiogram": { view: "transoesophageal" },
  conical: { mode: "spectralDoppler" },
  Doppler: { mode: "colourDoppler" },
};

const modes: Readonly<Record<string, Piece>> = {
  "B-mode": { mode: "bMode" },
  "B-mode with ECG": { mode: "bMode" },
  "B-mode dual image": { mode: "bMode" },
  "colour Doppler": { mode: "colourDoppler" },
  "power Doppler": { mode: "powerDoppler" },
};

const contents: Readonly<Record<string, Piece>> = {
  "blank (probe in air)": { empty: "noContact" },
  "cardiac preset, blank (probe in air)": { empty: "noContact" },
  "colour Doppler box, no anatomy in contact": { empty: "noContact", mode: "colourDoppler" },
  "colour test pattern, not ultrasound": { empty: "notUltrasound" },
  "60x80 thumbnail of US-RGB-8-epicard": {},
};

/** A structure by its English name, with the view that some labels append: "pancreas, transverse". */
function structureWord(value: string): Piece | undefined {
  const [name, ...rest] = value.split(", ");
  const kind = structureOfWord(name ?? "");
  return kind && { ...structure(kind), ...(rest[0] === undefined ? {} : ownValue(views, rest[0])) };
}

/** Other words for structures than their English names. */
const structureWords: Readonly<Record<string, Structure>> = { vessel: "bloodVessel" };

/** @returns undefined when no structure is called that */
export const structureOfWord = (word: string): Structure | undefined =>
  ownValue(structureWords, word) ??
  (Object.keys(structureNames) as Structure[]).find((key) => structureNames[key].en === word);

const table =
  (values: Readonly<Record<string, Piece>>) =>
  (value: unknown): Piece | undefined =>
    typeof value === "string" ? ownValue(values, value) : undefined;

/** ACR BI-RADS categories of a finding, which is of the breast. */
const biradsCategories = ["2", "3", "4", "4A", "4B", "4C", "5", "6"] as const;

function biradsPiece(value: unknown, region: FactRegion): Piece | undefined {
  if (region !== "breast" || (typeof value !== "string" && typeof value !== "number")) return undefined;
  const birads = biradsCategories.find((category) => category === String(value));
  return birads && { finding: { birads } };
}

/** The tissue diagnosis, and the kind of finding that it is where the region has that kind. */
function histologyPiece(value: unknown, region: FactRegion): Piece | undefined {
  if (typeof value !== "string") return undefined;
  const kind = ownValue(kindOfHistology, value);
  return { finding: { histology: value, ...(kind && kindOf(region, kind) ? { kind } : {}) } };
}

/** Labels, and the part of `meta` that is a label, by name. A reader returns undefined for what it does not know. */
const readers: Readonly<Record<string, (value: unknown, region: FactRegion) => Piece | undefined>> = {
  pathology: (value) => {
    if (value === "normal") return { normal: true };
    return value === "benign" || value === "malignant" ? { finding: { pathology: value } } : undefined;
  },
  birads: biradsPiece,
  histology: histologyPiece,
  side: (value) =>
    value === "left" || value === "right" ? { side: value } : value === "single" ? {} : undefined,
  plane: table(planes),
  view: (value) => (typeof value === "string" ? ownValue(views, value.split(/,? \(|, /)[0]!) : undefined),
  mode: table(modes),
  content: table(contents),
  structure: (value) => (typeof value === "string" ? structureWord(value) : undefined),
  organ: (value) => (typeof value === "string" ? structureWord(value) : undefined),
  structures: (value) => {
    if (!Array.isArray(value)) return undefined;
    const kinds = value.map((name) => structureOfWord(String(name)));
    return kinds.includes(undefined) ? undefined : { structures: kinds.map((kind) => ({ kind: kind! })) };
  },
  finding: table({ "healthy volunteer": { normal: true }, "lumen outlined, no lesion label": {} }),
  diagnosis: table({
    "biliary atresia": { finding: { kind: "biliaryAtresia" } },
    "non-biliary-atresia": { absent: ["biliaryAtresia"] },
  }),
  hc_mm: (value) =>
    typeof value === "number" ? { structures: [{ kind: "fetalHead", circumferenceMm: value }] } : undefined,
};

/** Labels that repeat another one or say nothing of the picture. */
const silent = ["hc_band", "class", "caption_zh", "burned_in", "label_source", "preset"];

/**
 * Facts from a picture's labels alone.
 *
 * @param labels by name; null counts as absent
 * @returns the facts, and a sentence for every label or value that is not understood
 */
export function factsOfLabels(
  regionWord: string,
  labels: Readonly<Record<string, unknown>>,
): { readonly facts: Facts; readonly unknown: readonly string[] } {
  const named = regionOfWord(regionWord);
  const region = named ?? "other";
  const unknown: string[] = [];
  if (named === undefined)
    unknown.push(`region ${JSON.stringify(regionWord)}: no region of that name is known, taken as other`);
  let whole: Partial<Facts> = {};
  let finding: Partial<Finding> | undefined;
  const ofFinding: string[] = [];
  const structures = new Map<Structure, StructureFact>();
  for (const [name, value] of Object.entries(labels)) {
    if (silent.includes(name) || value === null) continue;
    const said = `${name} ${JSON.stringify(value)}`;
    const reader = ownValue(readers, name);
    const piece = reader?.(value, region);
    if (piece === undefined) {
      const what = reader === undefined ? "no label of that name is understood" : "not understood";
      unknown.push(`${said}: ${what}`);
      continue;
    }
    const { finding: more, structures: seen = [], ...rest } = piece;
    whole = { ...whole, ...rest };
    if (more) {
      finding = { ...finding, ...more };
      ofFinding.push(said);
    }
    for (const fact of seen) structures.set(fact.kind, { ...structures.get(fact.kind), ...fact });
  }
  if (whole.empty) return { facts: { region: "other", source: "labelled", empty: whole.empty }, unknown };
  // A pathology without a diagnosis is of a mass or nodule: that is what is biopsied.
  const kind = finding?.kind ?? unspecificKind(region);
  if (kind === undefined)
    unknown.push(
      ...ofFinding.map((said) => `${said}: expected a diagnosis beside it in region ${region}, got none`),
    );
  return {
    facts: {
      region,
      source: "labelled",
      ...whole,
      ...(structures.size > 0 ? { structures: [...structures.values()] } : {}),
      ...(finding && kind ? { findings: [{ ...finding, kind }] } : {}),
    },
    unknown,
  };
}
