/** @file Reports in English: findings in sentences, impression in notes. */

import { mmText } from "../generate/calculator.ts";
import type { Finding } from "./facts.ts";
import type { Look } from "./looks.ts";
import type { Prose } from "./prose.ts";
import {
  type Form,
  factRegionNames,
  isNormalFinding,
  kindOf,
  modeNames,
  pathologyNames,
  sideNames,
  structureNames,
  viewNames,
} from "./vocabulary.ts";
import {
  type Choose,
  gradeText,
  listText,
  say,
  sizeText,
  type TermField,
  thirdNames,
  thirdOf,
} from "./wording.ts";

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const sentence = (text: string): string => `${capital(text)}.`;

/** An article; adjectives are all from closed lists, in which the first letter tells. */
const withArticle = (noun: string): string =>
  `${/^[aeio]/i.test(noun) || noun.startsWith("ultra") ? "an" : "a"} ${noun}`;

const placeText = ({ position }: Pick<Finding, "position">, choose: Choose): string | undefined =>
  position && choose(thirdNames[thirdOf(position)].en);

const words = (parts: readonly (string | undefined | false)[]): string =>
  parts.filter((part) => part !== undefined && part !== false).join(" ");

const given = (parts: readonly (string | undefined | false)[]): string[] =>
  parts.filter((part): part is string => typeof part === "string");

const term = (finding: Finding, choose: Choose) => (field: TermField) => say(finding, field, "en", choose);

function focal(finding: Finding, { what, site }: Look, choose: Choose): string {
  const word = term(finding, choose);
  const place = placeText(finding, choose);
  const where = given([site?.en, place]).join(", ") || undefined;
  const adjectives = given([word("echogenicity"), word("shape")]).join(", ");
  const noun = withArticle(words([adjectives || undefined, what.en]));
  const size = sizeText(finding, "en", choose);
  const first = choose([
    words([noun, "is seen", where]),
    words([where && `${where}${site && place ? "," : ""} there is`, where ? undefined : "there is", noun]),
    words(["the image shows", noun, where]),
  ]);
  const is = given([word("margin"), word("orientation")]);
  const shows = listText(given([word("calcification"), word("posterior")]), "en");
  const isText =
    is.length > 0 ? `it is ${shows && is.length > 1 ? `${is.join(", ")},` : listText(is, "en")}` : "";
  const showsText = shows && `${isText ? "and shows" : choose(["it shows", "there is"])} ${shows}`;
  const second = given([isText, showsText]).filter(Boolean).join(" ");
  return given([sentence(size ? `${first}, ${size}` : first), second && sentence(second)])
    .filter(Boolean)
    .join(" ");
}

/** How a form calls its one dimension. */
const dimensionNames = {
  fluid: "deep",
  thickened: "thick",
  dilated: "across",
  narrowed: "residual diameter",
  diffuse: "thick",
  focal: "thick",
} as const satisfies Record<Form, string>;

function formed(form: Form, finding: Finding, look: string, choose: Choose): string {
  const { thicknessMm, stenosisPercent, axesMm } = finding;
  const word = term(finding, choose);
  const posterior = word("posterior");
  const grade = gradeText(finding, form, "en");
  const where = placeText(finding, choose);
  const seen = choose([
    words([look, "is seen", where]),
    words(["the image shows", look, where]),
    words(["there is", look, where]),
  ]);
  const parts = given([
    grade && `${grade} in ${form === "fluid" ? "amount" : "degree"}`,
    thicknessMm !== undefined && `about ${mmText(thicknessMm)} mm ${dimensionNames[form]}`,
    axesMm && sizeText(finding, "en", choose),
    stenosisPercent !== undefined && `diameter reduced by about ${Math.round(stenosisPercent)}%`,
    word("echogenicity"),
    posterior && `with ${posterior}`,
  ]);
  return sentence([seen, ...parts].join(", "));
}

/** A diagnosis with its nature and as much doubt as a picture leaves. */
function natured(
  name: string,
  isUnspecific: boolean,
  nature: string | undefined,
  { kind }: Finding,
  choose: Choose,
): string {
  if (nature === undefined)
    return isNormalFinding(kind)
      ? name
      : choose([name, `consistent with ${name}`, `suggestive of ${name}`, `probable ${name}`]);
  return isUnspecific
    ? choose([`${name}, probably ${nature}`, `${name}, likely ${nature}`, `${name}, favouring ${nature}`])
    : choose([
        `${nature} lesion, probably ${name}`,
        `probable ${name} (${nature})`,
        `${name}, likely ${nature}`,
      ]);
}

export const en: Prose = {
  space: " ",
  opening({ region, mode, view, side }, _isAll, choose) {
    const where = region === "other" ? undefined : factRegionNames[region].en;
    const picture = words([mode && modeNames[mode].en, where, choose(["ultrasound image", "ultrasound"])]);
    return sentence(
      [picture, ...given([view && viewNames[view].en, side && `${sideNames[side].en} side`])].join(", "),
    );
  },
  structures: (names, choose) =>
    sentence(`${choose(["the image shows the", "the section includes the"])} ${listText(names, "en")}`),
  structure(fact, choose) {
    const name = structureNames[fact.kind].en;
    const where = placeText(fact, choose);
    const echo =
      fact.echogenicity &&
      say({ kind: "mass", echogenicity: fact.echogenicity }, "echogenicity", "en", choose);
    const circumference =
      fact.circumferenceMm !== undefined &&
      `${fact.kind === "fetalHead" ? "head circumference" : "circumference"} about ${mmText(fact.circumferenceMm)} mm`;
    const noun = echo ? withArticle(`${echo} ${name}`) : withArticle(name);
    const first = choose([
      words([noun, where ? "lies" : "is seen", where]),
      words(["the image shows", noun, where]),
    ]);
    return sentence([first, ...given([sizeText(fact, "en", choose), circumference])].join(", "));
  },
  finding(region, finding, look, choose) {
    const form = kindOf(region, finding.kind)?.form ?? "focal";
    return form === "focal" ? focal(finding, look, choose) : formed(form, finding, look.what.en, choose);
  },
  absent: (names, choose) => {
    const list = listText(names, "en", "or");
    return sentence(
      choose([`no sign of ${list}`, `no ${list} is seen in this view`, `there is no evidence of ${list}`]),
    );
  },
  empty: (name, choose) =>
    sentence(
      `${withArticle(name)}; ${choose(["no anatomy can be recognised", "no anatomical structure is shown"])}`,
    ),
  report: (findings, impression) => `Findings: ${findings}\nImpression: ${impression}`,
  diagnosis: (impression, findings) => `Diagnosis: ${impression}\nBased on: ${findings}`,

  conclusion({ finding, form, name, count, isUnspecific, pathology }, choose) {
    const grade = gradeText(finding, form, "en");
    const full = words([count > 1 && "multiple", grade, count > 1 ? plural(name) : name]);
    const nature = pathology && pathologyNames[pathology].en;
    return capital(
      given([
        natured(full, isUnspecific, nature, finding, choose),
        finding.birads && `BI-RADS ${finding.birads}`,
      ]).join(", "),
    );
  },
  normal: (region, choose) => {
    const where = region === "other" ? "" : `${factRegionNames[region].en} `;
    return choose([
      `No abnormality seen on this ${where}ultrasound image`,
      `Normal ${where}ultrasound image`,
      `Unremarkable ${where}ultrasound image`,
    ]);
  },
  headCircumference: (mm) => `Fetal head circumference about ${mm} mm`,
  absentConclusion: (names) => `No sign of ${listText(names, "en", "or")}`,
  undecided({ region, view }, names, choose) {
    const picture = capital(
      [
        names.length > 0
          ? listText(names, "en")
          : region === "other"
            ? ""
            : `${factRegionNames[region].en} ultrasound image`,
        view ? viewNames[view].en : "",
      ]
        .filter((part) => part !== "")
        .join(", "),
    );
    return region === "other"
      ? choose([`${picture}; description only, no diagnosis`, `${picture}; no diagnosis is given`])
      : choose([`${picture}; presence of disease not assessed`, `${picture}; no statement on disease`]);
  },
  emptyConclusion: (choose) =>
    choose(["Not suitable for ultrasound diagnosis", "No diagnosis possible; a new image is needed"]),
  impression: (lines) =>
    lines.length < 2 ? `${lines.join("")}.` : lines.map((line, index) => `${index + 1}. ${line}.`).join(" "),
};

/** Of the names in the vocabulary: metastasis, and words that take an s. */
function plural(name: string): string {
  return name.endsWith("sis") ? `${name.slice(0, -2)}es` : `${name}s`;
}
