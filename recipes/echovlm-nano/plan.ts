/** @file Which pictures the data set has: every one as a job whose outcome depends on nothing but the job. */

import { createHash } from "node:crypto";
import type { ManifestRow } from "../../src/data/manifest.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import { findingsOf, type SimulationRequest } from "../../src/data/simulator/simulate.ts";
import { type Part, partOf, type Shares, stratifiedParts } from "../../src/data/split.ts";
import { regions } from "../../src/tasks/regions.ts";
import type { Photograph } from "./photograph.ts";

/** One picture to be made. */
export type Job =
  | { readonly kind: "real"; readonly row: ManifestRow; readonly copy: number; readonly seed: number }
  | { readonly kind: "simulated"; readonly request: SimulationRequest }
  | { readonly kind: "painted"; readonly seed: number }
  | { readonly kind: "photograph"; readonly file: string; readonly seed: number };

export interface PlannedPicture {
  /** Its path below the output folder: another job, another name. */
  readonly file: string;
  readonly part: Part;
  readonly group: string;
  readonly dataset: string;
  readonly licence: string | undefined;
  readonly job: Job;
}

export interface PlanOptions {
  /** Simulated pictures for training; validation and test have `simulatedShares` of them beside. */
  readonly simulated: number;
  /** Simulated pregnancies for training beside them, most of them fetal heads: few are real. */
  readonly heads: number;
  /** Copies of a real picture for training, the first as it is. */
  readonly copies: number;
  readonly seed: number;
}

export const shares: Shares = { train: 0.8, val: 0.06, test: 0.14 };
/** Simulated pictures of each part, as a share of those for training. */
const simulatedShares: Shares = { train: 1, val: 0.03, test: 0.05 };
/** Pictures without anatomy, as a share of a part's others. */
export const emptyShare = 0.07;

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();
/** A seed of its own for everything with a name. */
export const seedOf = (...name: readonly (string | number)[]): number =>
  hashOf(name.join("\n")).readUInt32BE(0);

/** Each changes when the same job would make another picture than before. */
const versions: Readonly<Record<Job["kind"], number>> = { real: 1, simulated: 2, painted: 1, photograph: 1 };

/** @param key all that the picture depends on */
function named(key: unknown, picture: Omit<PlannedPicture, "file">): PlannedPicture {
  const name = hashOf(JSON.stringify([versions[picture.job.kind], key]))
    .toString("hex")
    .slice(0, 20);
  return { file: `pictures/${name.slice(0, 2)}/${name}.jpg`, ...picture };
}

/**
 * The part of each group: 80 % training, 6 % validation, 14 % test, within every data set and label as nearly as whole
 * groups allow.
 */
export function splitGroups(rows: readonly ManifestRow[], seed: number): Map<string, Part> {
  const strata = new Map(rows.map((row) => [row.group, `${row.dataset}/${labelOf(row)}`]));
  return stratifiedParts(strata, shares, seed);
}

const labelOf = ({ labels }: ManifestRow): string => String(labels.pathology ?? labels.diagnosis ?? "");

/** Data sets with few pictures, and one whose sequences repeat themselves. */
const weights: Readonly<Record<string, number>> = {
  HC18: 3,
  "BA gallbladder": 2.5,
  "usgra-seg": 3,
  "SonoNet examples": 6,
  "CTU carotids samples": 6,
  "DICOM sample frames": 6,
  CCAUS: 0.5,
};

/** How many times as many copies; of breasts the normal and the malignant are few among real ones. */
function weightOf({ dataset, labels }: ManifestRow): number {
  if (labels.pathology === "normal") return 3;
  if (labels.pathology === "malignant") return 1.5;
  return weights[dataset] ?? 1;
}

/**
 * Every picture of the data set.
 *
 * @param rows whose pictures can be decoded
 * @param parts of their groups, from `splitGroups`
 */
export function planPictures(
  rows: readonly ManifestRow[],
  parts: ReadonlyMap<string, Part>,
  photographs: readonly Photograph[],
  { simulated, heads, copies, seed }: PlanOptions,
): PlannedPicture[] {
  const real = rows.flatMap((row) => {
    const part = parts.get(row.group)!;
    const count = part === "train" ? Math.max(1, Math.round(copies * weightOf(row))) : 1;
    const { group, dataset, licence } = row;
    return Array.from({ length: count }, (_, copy) => {
      const job: Job = { kind: "real", row, copy, seed: seedOf(seed, row.file, copy) };
      return named(job, { part, group, dataset, licence, job });
    });
  });
  return (Object.keys(shares) as Part[]).flatMap((part) => {
    const others = [
      ...real.filter((picture) => picture.part === part),
      ...planSimulated(part, Math.round(simulated * simulatedShares[part]), seed),
      ...(part === "train" ? planHeads(heads, seed) : []),
    ];
    return [...others, ...planEmpty(part, Math.round(others.length * emptyShare), photographs, seed)];
  });
}

/** Evenly over all that the simulator can show, three times as many normal pictures. */
function planSimulated(part: Part, count: number, seed: number): PlannedPicture[] {
  const kinds = regions.flatMap((region) =>
    findingsOf(region).flatMap((finding) =>
      Array.from({ length: finding === "normal" ? 3 : 1 }, () => ({ region, finding })),
    ),
  );
  // From another kind in every part, so that few pictures are not always of the same ones.
  const first = { train: 0, val: 11, test: 23 }[part];
  return Array.from({ length: count }, (_, index) => {
    // Steps of a number without a common factor visit every kind before any comes again.
    const { region, finding } = kinds[(first + index * 37) % kinds.length]!;
    return simulatedOf(part, { region, finding, seed: seedOf(seed, "simulated", part, index) });
  });
}

const planHeads = (count: number, seed: number): PlannedPicture[] =>
  Array.from({ length: count }, (_, index) =>
    simulatedOf("train", {
      region: "gynaecology",
      finding: "pregnancy",
      seed: seedOf(seed, "heads", index),
    }),
  );

function simulatedOf(part: Part, shown: Omit<SimulationRequest, "size">): PlannedPicture {
  const request = { ...shown, size: openStream(shown.seed, "size").whole(224, 400) };
  const job: Job = { kind: "simulated", request };
  return named(job, { part, group: `simulated:${shown.seed}`, ...ours("EchoVLM simulator"), job });
}

/** Half painted, half parts of photographs. */
function planEmpty(
  part: Part,
  count: number,
  photographs: readonly Photograph[],
  seed: number,
): PlannedPicture[] {
  const own = photographs.filter(({ hash }) => partOf(hash, shares, seed) === part);
  return Array.from({ length: count }, (_, index) => {
    const ownSeed = seedOf(seed, "empty", part, index);
    const photograph = index % 2 === 0 ? undefined : own[((index - 1) / 2) % own.length];
    if (photograph === undefined) {
      const job: Job = { kind: "painted", seed: ownSeed };
      return named(job, { part, group: `painted:${ownSeed}`, ...ours("EchoVLM painted"), job });
    }
    const { file, hash } = photograph;
    // Where the file lies changes nothing.
    return named([hash, ownSeed], {
      part,
      group: `photograph:${hash.slice(0, 16)}`,
      dataset: "Photographs",
      licence: "recipes/echovlm-nano/photos.md",
      job: { kind: "photograph", file, seed: ownSeed },
    });
  });
}

/** Of what this project makes. */
export const ours = (dataset: string) => ({ dataset, licence: "Apache-2.0" });
