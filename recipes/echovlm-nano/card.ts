/** @file The model card of echovlm-nano. */

import { fieldTable, type ModelCard } from "../../src/checkpoint/model_card.ts";
import { findingsOf } from "../../src/data/simulator/simulate.ts";
import type { RunScores, Score } from "../../src/eval/scores.ts";
import { regions } from "../../src/tasks/regions.ts";
import { isTraining } from "../../src/train/trained_card.ts";

/** What the simulator can show, each of its region. */
const simulatedFindings = regions.flatMap(findingsOf).filter((finding) => finding !== "normal");

const data = `
| data | what of it | licence | source |
|---|---|---|---|
| BUSI | breast: normal, benign, malignant | CC BY 4.0 (article); a mirror says CC0 | Al-Dhabyani et al. 2020, doi.org/10.1016/j.dib.2019.104863 |
| BUS-BRA | breast lesions: pathology, BI-RADS, histology, masks | its own, free use with citation; Zenodo CC BY 4.0 | W. Gómez-Flores, M. J. Gregorio-Calas, W. Coelho de Albuquerque Pereira: BUS-BRA: A Breast Ultrasound Dataset for Assessing Computer-aided Diagnosis Systems. Medical Physics (2023), doi.org/10.5281/zenodo.8231412 |
| BrEaST-Lesions-USG | breast lesions, three pictures | CC BY 4.0 | doi.org/10.7937/9WKK-Q141 |
| HC18 | fetal heads: circumference, mm per pixel, masks | CC BY 4.0 | van den Heuvel et al. 2018, doi.org/10.5281/zenodo.1327317 |
| SonoNet examples | fetal standard planes | Apache-2.0 | github.com/baumgach/SonoNet-weights |
| CCAUS | common carotid artery, transverse: lumen masks | CC BY 4.0 | Momot 2022, doi.org/10.17632/d4xt63mgjm |
| CTU carotids samples | common carotid artery: view | MIT | github.com/kostelansky17/carotids |
| BA gallbladder | gallbladder: biliary atresia or not | MIT | github.com/youngyzzZ/Sonographic-Gallbladder-Images-for-BA-Diagnosis, doi.org/10.5281/zenodo.4445734 |
| ImFusion liver sweep | liver of one healthy volunteer (test only) | CC BY 4.0 | github.com/ImFusionGmbH/public-ultrasound-demos |
| usgra-seg | nerves and vessels: masks | CC BY 4.0 | github.com/tmkand/usgra-seg |
| DICOM sample frames | hearts and others | MIT, MS-PL | test files of pydicom, pydicom-data, fo-dicom, cornerstone3D |
| photographs | told to be no ultrasound | MIT, BSD-3-Clause, CC0, CC BY 2.0 | recipes/echovlm-nano/photos.md |
| EchoVLM simulator | all seven regions, ${simulatedFindings.length} findings and normal pictures | Apache-2.0 | this project; simulated, not real |`.trim();

const limits = `
- It is small and was trained for hours on two processor cores: it shows the whole path, and is no tool for work with patients.
- **Heart disease, kidney and thyroid were learnt from simulated pictures only.** What it says of real ones there is not measured.
- It sees pictures at 128 x 128 pixels: fine texture and small calcifications are lost.
- Facts of real pictures come from labels and from measuring picture and mask; nothing else was taught of them. Descriptions of shape, margin and echogenicity follow such measures, not a radiologist's words.
- It measures roughly, and only where the prompt gives the scale (\`--pixel-mm\`): of the head circumferences of the test a third are more than 10 % off. It reads the length in widths of the picture; the product with the width in millimetres is computed by the program (\`calculator\` in generation_config.json).
- The liver sweep of the test, of a kind that was not in the training data, is nearly always taken for gynaecology. Photographs and noise are now and then given a region.
- Whether a picture shows a lesion and what the lesion is (single choice) it answers little better than with another patient's picture; asked openly for benign or malignant it does look.
- BUSI's copies had lost their aspect ratio: orientation is not learnt from them.
- It knows the questions and the wording of this project's generator; other questions may be misunderstood.`.trim();

/** A line of the table of quality: what it is called, and where its score is found. */
interface Line {
  readonly name: string;
  readonly evaluation: string;
  readonly metric: string;
  readonly region?: string;
  readonly pictures?: "simulated" | "empty";
}

const lines: readonly Line[] = [
  { name: "region named", evaluation: "region", metric: "accuracy" },
  {
    name: "region named, simulated pictures",
    evaluation: "region",
    metric: "accuracy",
    pictures: "simulated",
  },
  {
    name: "photograph, painted shape or probe in air called so",
    evaluation: "region",
    metric: "accuracy",
    pictures: "empty",
  },
  {
    name: "breast: normal, benign or malignant, balanced accuracy",
    evaluation: "nature",
    metric: "balanced accuracy",
    region: "breast",
  },
  {
    name: "breast: benign against malignant, AUC",
    evaluation: "nature",
    metric: "AUROC malignant (benign against malignant)",
    region: "breast",
  },
  { name: "lesion or none, accuracy", evaluation: "lesion", metric: "accuracy" },
  {
    name: "lesion or none, accuracy, pictures without anatomy",
    evaluation: "lesion",
    metric: "accuracy",
    pictures: "empty",
  },
  {
    name: "fetal head circumference, mean absolute error in mm",
    evaluation: "head circumference",
    metric: "mean absolute error in mm",
  },
  { name: "report in the language asked", evaluation: "report", metric: "in the language asked" },
  { name: "report with findings and impression", evaluation: "report", metric: "with all its parts" },
  { name: "report, BLEU-1, English", evaluation: "report", metric: "BLEU-1 (en)" },
  { name: "report, BLEU-1, Chinese characters", evaluation: "report", metric: "BLEU-1 (zh, characters)" },
  { name: "report, ROUGE-L, English", evaluation: "report", metric: "ROUGE-L (en)" },
  { name: "report, micro F1 of labels", evaluation: "report", metric: "micro F1 of labels (entities)" },
];

/** @throws Error when the run has no such score */
function scoreOf(
  { scores }: RunScores,
  { evaluation, metric, region, pictures }: Line,
  condition: string,
): Score {
  const of = (where: string) =>
    scores.find(
      (one) =>
        one.evaluation === evaluation &&
        one.metric === metric &&
        one.condition === condition &&
        one.pictures === (pictures ?? "real") &&
        one.region === where,
    );
  const found = of(region ?? "all") ?? of("all");
  if (found === undefined)
    throw new Error(`expected ${metric} of ${evaluation} under ${condition}, found none`);
  return found;
}

const shown = (value: number | null): string =>
  value === null ? "not defined" : String(Number(value.toPrecision(3)));

function qualityTable(run: RunScores): string {
  const rows = lines.map((line) => {
    const own = scoreOf(run, line, "pictures");
    const [low, high] = own.interval ?? [null, null];
    const other = scoreOf(run, line, "other picture");
    return `| ${line.name} | ${shown(own.value)} (${shown(low)} to ${shown(high)}) | ${shown(other.value)} | ${own.questions} | ${own.groups} |`;
  });
  return [
    "| figure | value (95 % interval) | with another patient's picture | questions | groups |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

const quality = (run: RunScores): string =>
  `On pictures of patients and sequences that it was not trained on, real ones unless the line says otherwise. Intervals are from drawing whole groups; a score that stays with another patient's picture is not owed to looking.

${qualityTable(run)}

Every score, its definition and the controls: [docs/nano-evaluation.md](../../docs/nano-evaluation.md). To get them again: recipes/echovlm-nano/README.md.`;

/** The card of the trained model, with what is known of it. */
export function shippedCard(trained: ModelCard, run: RunScores): ModelCard {
  const section = (title: string) => trained.sections.filter((one) => one.title === title);
  return {
    metadata: trained.metadata,
    title: "echovlm-nano",
    summary:
      "EchoVLM's architecture (Qwen2-VL with a dual-path mixture of experts in every decoder layer) at 11 million parameters, trained from random weights by this package: it ships so that every command works at once. It writes reports, gives diagnoses and answers questions about ultrasound pictures, in Chinese and English.",
    sections: [
      ...section("Use"),
      { title: "Quality", text: quality(run) },
      { title: "Limits", text: limits },
      {
        title: "Data",
        text: `Weights trained on these data; the pictures themselves are not part of the package, but for samples/. Each data set is split by patient, sequence or sweep, and near duplicates stay together.\n\n${data}`,
      },
      ...section("Model"),
      ...section("Start"),
      ...trained.sections.filter(isTraining),
      {
        title: "Recipe",
        text: fieldTable({
          how: "recipes/echovlm-nano in the project's repository",
          runs: "lines of facts, then conversations, then more questions than reports, at 128 x 128 pixels",
        }),
      },
    ],
  };
}
