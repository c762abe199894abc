/** @file The scores of a run as one page: no script, nothing from outside, the same offline and on paper. */

import { RESEARCH_NOTICE } from "../../generate/answer.ts";
import type { Problem, RunScores, Selection, WorstCase } from "../scores.ts";
import { confusionTable } from "./confusion_table.ts";
import { expertLoadMaps } from "./expert_load.ts";
import { type Markup, markup } from "./markup.ts";
import { colourClass, type ModelKeys, modelKeys } from "./model_keys.ts";
import { grouped, ordered } from "./order.ts";
import { pageStyle } from "./page_style.ts";
import { provenanceRows } from "./provenance.ts";
import { readingNotes } from "./reading_notes.ts";
import { regionBars } from "./region_bars.ts";
import { reliabilityDiagram, reliabilityTable } from "./reliability.ts";
import { dataTable, differenceTable, type Footnote, scoreTable } from "./score_tables.ts";
import { idsText, modelsOf, regionTitle, type Section, sectionsOf, signaturesOf } from "./sections.ts";
import { worstCase } from "./worst_cases.ts";

/**
 * The page as text.
 *
 * @param pictureOf a small copy of the picture at a path as a data: URL; undefined where it cannot be read
 * @throws Error when two scores are of the same model, selection, metric and signature
 */
export async function scoresPage(
  unordered: RunScores,
  pictureOf: (path: string) => Promise<string | undefined>,
): Promise<string> {
  const run = ordered(unordered);
  const pictures = await readPictures(run.worst, pictureOf);
  const sections = sectionsOf(run);
  const signatures = signaturesOf(sections);
  const keys = modelKeys(modelsOf(run.scores));
  const footnote: Footnote = (signature) => {
    const number = signatures.indexOf(signature) + 1;
    return markup`<sup><a href="#signature-${number}" aria-label="signature ${number}">${number}</a></sup>`;
  };
  const chapters = chaptersOf(run).map((title, place) => ({
    title,
    id: `evaluation-${place + 1}`,
    parts: [
      scoreParts(sections.filter(sameChapter(title)), keys, footnote),
      calibrationPart(run.calibrations.filter(sameChapter(title)), keys),
      confusionPart(run.confusions.filter(sameChapter(title))),
      worstPart(run.worst.filter(sameChapter(title)), pictures),
    ],
  }));
  const body = markup`<header><h1>Evaluation</h1><p class="notice">${RESEARCH_NOTICE}</p><nav aria-label="Contents"><ul>${chapters.map(
    ({ title, id }) => markup`<li><a href="#${id}">${chapterTitle(title)}</a></li>`,
  )}<li><a href="#problems">Problems</a></li></ul></nav></header>
<main><h2>Provenance</h2>${provenanceTable(run)}
<h2>How to read it</h2>${(sections.length === 0 ? ["No question was scored."] : readingNotes).map((note) => markup`<p>${note}</p>`)}
${chapters.map(({ title, id, parts }) => markup`<h2 id="${id}">${chapterTitle(title)}</h2>${parts}`)}
${expertPart(run)}<h2 id="problems">Problems</h2>${problemTable(run.problems)}
${signatures.length > 0 ? markup`<h2>Signatures</h2><ol>${signatures.map((signature, place) => markup`<li id="signature-${place + 1}"><code>${signature}</code></li>`)}</ol>` : undefined}</main>`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/><title>EchoVLM evaluation</title><style>${pageStyle}</style></head>
<body>${body.markup}</body></html>
`;
}

/** One after another: a run names a few dozen at most. */
async function readPictures(
  worst: readonly WorstCase[],
  pictureOf: (path: string) => Promise<string | undefined>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const pictures = new Map<string, string | undefined>();
  for (const path of new Set(worst.flatMap(({ images }) => images)))
    pictures.set(path, await pictureOf(path));
  return pictures;
}

/** What is told together: an evaluation on one kind of picture. */
type Chapter = Pick<Selection, "evaluation" | "pictures">;

const chapterTitle = ({ evaluation, pictures }: Chapter): string => `${evaluation}: ${pictures} pictures`;

const sameChapter =
  ({ evaluation, pictures }: Chapter) =>
  (one: Chapter): boolean =>
    one.evaluation === evaluation && one.pictures === pictures;

/** @param run in its printed order */
const chaptersOf = ({ scores, differences, confusions, calibrations, worst }: RunScores): Chapter[] =>
  grouped<Chapter>(
    [...scores, ...differences, ...confusions, ...calibrations, ...worst],
    ({ evaluation, pictures }) => [evaluation, pictures],
  ).map((group) => group[0]!);

const provenanceTable = ({ provenance }: RunScores): Markup =>
  markup`<table class="facts"><caption>What makes the numbers again</caption><tbody>${provenanceRows(
    provenance,
  ).map(
    ([path, text]) => markup`<tr><th scope="row"><bdi>${path}</bdi></th><td><bdi>${text}</bdi></td></tr>`,
  )}</tbody></table>`;

/** Closed until it is opened: a run has more plots and tables than anyone reads. */
const folded = (summary: string, content: Markup): Markup =>
  markup`<details><summary>${summary}</summary>${content}</details>`;

function scoreParts(sections: readonly Section[], keys: ModelKeys, footnote: Footnote): Markup {
  const [first, ...others] = grouped(
    sections.flatMap((section) =>
      section.metrics.flatMap((lines) => (lines.isDetail ? [] : [{ section, lines }])),
    ),
    ({ lines }) => [lines.metric, lines.signature],
  ).map(
    (regions) =>
      markup`<figure><figcaption><strong><bdi>${regions[0]!.lines.metric}</bdi></strong>${footnote(regions[0]!.lines.signature)} by region, with 95 % intervals; ${regions[0]!.lines.better} is better</figcaption>${regionBars(regions, keys)}</figure>`,
  );
  const tables = (section: Section) =>
    markup`${scoreTable(section, keys, footnote)}${section.differences.length > 0 ? differenceTable(section, footnote) : undefined}`;
  const [whole, parts] = [true, false].map((isWhole) =>
    sections.filter(({ region }) => (region === "all") === isWhole),
  );
  return markup`${first}${others.length > 0 ? folded(`Plots of ${others.length} other metrics`, markup`${others}`) : undefined}${(whole ?? []).map(tables)}${(parts ?? []).map((section) => folded(`${regionTitle(section.region)}: scores and controls`, tables(section)))}`;
}

/** Whose answers, to which questions. */
const whose = ({ model, condition, region }: Selection): string =>
  `${model}, ${condition}, ${regionTitle(region)}`;

const calibrationPart = (calibrations: RunScores["calibrations"], keys: ModelKeys): Markup | undefined =>
  calibrations.length === 0
    ? undefined
    : markup`<h3>Calibration</h3><p>Share of right answers by the probability the model stated; on the dashed line both are equal. The bars above count the answers.</p><div class="grid-of">${calibrations.map(
        (one) =>
          markup`<figure class="${colourClass(keys, one.model)}"><figcaption><bdi>${whose(one)}</bdi></figcaption>${reliabilityDiagram(one)}${folded("Numbers", reliabilityTable(one, whose(one)))}</figure>`,
      )}</div>`;

const confusionPart = (confusions: RunScores["confusions"]): Markup | undefined =>
  confusions.length === 0
    ? undefined
    : markup`<h3>Confusion</h3><div class="grid-of">${confusions.map((one) => confusionTable(one, whose(one)))}</div>`;

const worstPart = (
  worst: readonly WorstCase[],
  pictures: ReadonlyMap<string, string | undefined>,
): Markup | undefined =>
  worst.length === 0
    ? undefined
    : markup`<h3>Worst cases</h3><p><mark class="lacking">Dashed</mark>: expected and not answered. <mark class="added">Bold and doubly underlined</mark>: answered and not expected.</p>${worst.map((one) => worstCase(one, pictures))}`;

const expertPart = ({ expertLoads = [] }: RunScores): Markup | undefined =>
  expertLoads.length === 0
    ? undefined
    : markup`<h2>Expert load</h2><p>Share of a layer's choices that fell on each expert, in percent, by region; the stronger the shade, the larger.</p>${grouped(
        expertLoads,
        ({ model }) => [model],
      ).map(
        (loads) =>
          markup`<h3><bdi>${loads[0]!.model}</bdi></h3><div class="grid-of">${expertLoadMaps(loads)}</div>`,
      )}`;

const problemTable = (problems: readonly Problem[]): Markup =>
  problems.length === 0
    ? markup`<p>None.</p>`
    : dataTable(
        "What is wrong with questions or answers",
        ["Problem", "Model", "Shown", "Questions", "Which"].map((title) => markup`${title}`),
        [
          markup`<tbody>${problems.map(
            ({ kind, model, condition, ids }) =>
              markup`<tr><th scope="row">${kind}</th><td><bdi>${model}</bdi></td><td>${condition}</td><td>${ids.length}</td><td class="ids"><bdi>${idsText(ids).join(", ")}</bdi></td></tr>`,
          )}</tbody>`,
        ],
      );
