/**
 * @file Labels of a picture to facts: which label says what, for the closed set of values that are understood.
 * A value that is not understood is named, not guessed.
 */

import { isDeepStrictEqual } from "node:util";
import { RequestError } from "../errors.ts";
import type { Facts, Finding, StructureFact } from "./facts.ts";
import { kindOfWord, labelWords, regionWords } from "./label_words.ts";
import {
  type FactRegion,
  type FindingKind,
  isUnspecific,
  kindsOf,
  type Structure,
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

/** What a finding without a diagnosis is called in a region: a mass or a nodule. Some regions have no such word. */
const unspecificKind = (region: FactRegion): FindingKind | undefined => kindsOf(region).find(isUnspecific);

/** Tissue diagnoses of the breast, as BUS-BRA writes them, that are a kind of finding here; the others name no kind. */
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

/** A reader of one label: what it adds to the facts, undefined when the value says nothing that is known. */
type Reader = (value: unknown, region: FactRegion) => Piece | undefined;

/** A reader of the words of a field of the finding. */
const ofFinding =
  (field: keyof typeof labelWords & keyof Finding): Reader =>
  (value) => {
    const key = labelWords[field].keyOf(value);
    return key && { finding: { [field]: key } };
  };

const table =
  (values: Readonly<Record<string, Piece>>): Reader =>
  (value) =>
    typeof value === "string" ? ownValue(values, value) : undefined;

/** @returns undefined when no structure is called that */
export const structureOfWord = (word: string): Structure | undefined => labelWords.structure.keyOf(word);

/** A structure by its name, with the view that some labels append: "pancreas, transverse". */
const structurePiece: Reader = (value) => {
  if (typeof value !== "string") return undefined;
  const [name = "", view] = value.split(", ");
  const kind = structureOfWord(name);
  const seen = labelWords.view.keyOf(view);
  return kind && { structures: [{ kind }], ...(seen ? { view: seen } : {}) };
};

const isFetal = (view: View): boolean => view === "headCircumference" || view.startsWith("fetal");

/** Labels of a view that tell the mode instead. */
const viewModes = table({
  "conical (sector image with spectral Doppler)": { mode: "spectralDoppler" },
  "Doppler (colour)": { mode: "colourDoppler" },
});

/** A view, with remarks behind it or not: "parasternal long axis, ascending aorta measured". */
const viewPiece: Reader = (value, region) => {
  if (typeof value !== "string") return undefined;
  const view = labelWords.view.keyOf(value) ?? labelWords.view.keyOf(value.split(/,? \(|, /)[0]);
  if (view === undefined) return viewModes(value, region);
  return {
    view,
    ...(isFetal(view) ? { finding: { kind: "pregnancy" } } : {}),
    ...(view === "headCircumference" ? { structures: [{ kind: "fetalHead" }] } : {}),
  };
};

const normalPiece: Reader = (value) => (labelWords.normal.keyOf(value) ? { normal: true } : undefined);

/** Labels of a finding that name none. */
const noKinds = table({
  "lumen outlined, no lesion label": {},
  "non-biliary-atresia": { absent: ["biliaryAtresia"] },
});

const kindPiece: Reader = (value, region) => {
  const kind = kindOfWord(value, region);
  return kind ? { finding: { kind } } : (normalPiece(value, region) ?? noKinds(value, region));
};

const contents = table({
  "colour Doppler box, no anatomy in contact": { empty: "noContact", mode: "colourDoppler" },
  "60x80 thumbnail of US-RGB-8-epicard": {},
});

/** ACR BI-RADS categories of a finding, which is of the breast. */
const biradsCategories = ["2", "3", "4", "4A", "4B", "4C", "5", "6"] as const;

const biradsPiece: Reader = (value, region) => {
  if (region !== "breast" || (typeof value !== "string" && typeof value !== "number")) return undefined;
  const birads = biradsCategories.find((category) => category === String(value));
  return birads && { finding: { birads } };
};

/** The tissue diagnosis, and the kind of finding that it is where the region has that kind. */
const histologyPiece: Reader = (value, region) => {
  if (typeof value !== "string") return undefined;
  const kind =
    region === "breast" ? ownValue(kindOfHistology, value.toLowerCase()) : kindOfWord(value, region);
  return { finding: { histology: value, ...(kind ? { kind } : {}) } };
};

/** Labels, and the part of `meta` that is a label, by name. A reader returns undefined for what it does not know. */
const readers: Readonly<Record<string, Reader>> = {
  finding: kindPiece,
  diagnosis: kindPiece,
  pathology: (value, region) => normalPiece(value, region) ?? ofFinding("pathology")(value, region),
  shape: ofFinding("shape"),
  orientation: ofFinding("orientation"),
  margin: ofFinding("margin"),
  echogenicity: ofFinding("echogenicity"),
  posterior: ofFinding("posterior"),
  posterior_features: ofFinding("posterior"),
  calcification: ofFinding("calcification"),
  calcifications: ofFinding("calcification"),
  grade: ofFinding("grade"),
  birads: biradsPiece,
  histology: histologyPiece,
  side: (value) => {
    if (value === "single") return {};
    const side = labelWords.side.keyOf(value);
    return side && { side };
  },
  plane: viewPiece,
  view: viewPiece,
  mode: (value) => {
    const mode = labelWords.mode.keyOf(value);
    return mode && { mode };
  },
  content: (value, region) => {
    const empty = labelWords.content.keyOf(value);
    return empty ? { empty } : contents(value, region);
  },
  structure: structurePiece,
  organ: structurePiece,
  structures: (value) => {
    if (!Array.isArray(value)) return undefined;
    const kinds = value.map((name) => structureOfWord(String(name)));
    return kinds.includes(undefined) ? undefined : { structures: kinds.map((kind) => ({ kind: kind! })) };
  },
  hc_mm: (value) =>
    typeof value === "number" ? { structures: [{ kind: "fetalHead", circumferenceMm: value }] } : undefined,
};

/** Labels that repeat another one or say nothing of the picture. */
const silent = ["hc_band", "class", "caption_zh", "burned_in", "label_source", "preset"];

/**
 * What two labels say together.
 *
 * @throws RequestError when they contradict one another
 */
function merged<T extends Partial<Facts> | Partial<Finding>>(known: T, more: T, said: string): T {
  for (const [field, value] of Object.entries(more)) {
    const before: unknown = (known as Record<string, unknown>)[field];
    if (before !== undefined && !isDeepStrictEqual(before, value))
      throw new RequestError(
        "labels",
        `${said}: expected the same ${field} as of another label, ${JSON.stringify(before)}, got ${JSON.stringify(value)}`,
      );
  }
  return { ...known, ...more };
}

/** What labels say of the finding; a diagnosis takes the place of "mass" and "nodule". */
function mergedFinding(known: Partial<Finding>, more: Partial<Finding>, said: string): Partial<Finding> {
  if (known.kind === undefined || more.kind === undefined) return merged(known, more, said);
  const { kind: first, ...others } = known;
  const { kind: second, ...rest } = more;
  if (isUnspecific(second)) return merged(known, rest, said);
  return merged(isUnspecific(first) ? others : known, more, said);
}

/**
 * Facts from a picture's labels alone.
 *
 * @param labels by name; null counts as absent
 * @returns the facts, and a sentence for every label or value that is not understood
 * @throws RequestError when labels contradict one another
 */
export function factsOfLabels(
  regionWord: string,
  labels: Readonly<Record<string, unknown>>,
): { readonly facts: Facts; readonly unknown: readonly string[] } {
  const named = regionWords.keyOf(regionWord);
  const region = named ?? "other";
  const unknown: string[] = [];
  if (named === undefined)
    unknown.push(`region ${JSON.stringify(regionWord)}: no region of that name is known, taken as other`);
  let whole: Partial<Facts> = {};
  let finding: Partial<Finding> | undefined;
  const saidOfFinding: string[] = [];
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
    whole = merged(whole, rest, said);
    if (more) {
      finding = mergedFinding(finding ?? {}, more, said);
      saidOfFinding.push(said);
    }
    for (const fact of seen) structures.set(fact.kind, { ...structures.get(fact.kind), ...fact });
  }
  if (whole.empty) return { facts: { region: "other", source: "labelled", empty: whole.empty }, unknown };
  // A pathology without a diagnosis is of a mass or nodule: that is what is biopsied.
  const kind = finding?.kind ?? unspecificKind(region);
  if (kind === undefined)
    unknown.push(
      ...saidOfFinding.map((said) => `${said}: expected a diagnosis beside it in region ${region}, got none`),
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
