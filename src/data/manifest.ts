/** @file The labelled-image manifest: a JSON line per picture, to facts. */

import { createReadStream } from "node:fs";
import { z } from "zod";
import { RequestError } from "../errors.ts";
import { decodeImage } from "../image/decode.ts";
import { withoutMillimetres } from "./context.ts";
import { type GreyImage, greyOf } from "./echo.ts";
import { Facts } from "./facts.ts";
import { withoutNulls } from "./fields.ts";
import { jsonLineRows } from "./json_lines.ts";
import { factsOfLabels, structureOfWord } from "./label_facts.ts";
import type { PixelScale } from "./measure.ts";
import { withLesion, withStructure } from "./measured_facts.ts";
import { leastPixels, type Mask, maskParts } from "./outline.ts";
import { pathFrom } from "./path_from.ts";
import { issueTexts } from "./place.ts";

/** What is known of a picture beside its labels. */
const meta = z.object({
  histology: z.string().optional(),
  side: z.string().optional(),
  /** Millimetres, of a pixel of this file. */
  pixel_mm: z.number().positive().optional(),
  /** False when the picture was stretched; square when absent. */
  square_pixels: z.boolean().optional(),
});

const manifestFields = z.object({
  /** Path from the manifest's folder, or an absolute one. */
  file: z.string().min(1),
  region: z.string().min(1),
  dataset: z.string().min(1),
  labels: z.record(z.string(), z.unknown()),
  meta: z.preprocess(withoutNulls, meta).optional(),
  width: z.int().positive(),
  height: z.int().positive(),
  /** Path of a PNG of the picture's size, as `file`. */
  mask: z.string().optional(),
  /** What each grey level of the mask outlines: "lesion", or the English name of a structure. */
  mask_values: z.record(z.string(), z.string()).optional(),
  licence: z.string().optional(),
  group: z.string().min(1),
});

/**
 * One picture. Fields that are null count as absent; those that are not named here are kept out of the facts and cause
 * no complaint.
 */
export const ManifestRow = z.preprocess(
  withoutNulls,
  manifestFields.superRefine(({ mask, mask_values: values }, context) => {
    const missing = (field: string, given: string) =>
      context.addIssue({
        code: "custom",
        path: [field],
        message: `expected it beside ${given}, got nothing`,
      });
    if (mask !== undefined && values === undefined) missing("mask_values", "mask");
    if (mask === undefined && values !== undefined) missing("mask", "mask_values");
  }),
);
export type ManifestRow = z.infer<typeof ManifestRow>;

/**
 * Read a manifest.
 *
 * @throws RequestError naming every line that is not a row, or a file that cannot be read
 */
export async function readManifest(path: string): Promise<ManifestRow[]> {
  const problems: string[] = [];
  const rows: ManifestRow[] = [];
  try {
    for await (const item of jsonLineRows(createReadStream(path), path, { lenient: false })) {
      const parsed = item.kind === "value" ? parseRow(item.value) : item;
      if ("row" in parsed) rows.push(parsed.row);
      else {
        const { line } = item.place;
        problems.push(`${line === undefined ? "" : `line ${line}: `}${parsed.problems.join(", ")}`);
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new RequestError(path, `expected a manifest, got ${code}`);
  }
  if (problems.length > 0) throw new RequestError(path, problems);
  return rows;
}

/** A row as it is checked, or what is wrong with it. */
export function parseRow(
  value: unknown,
): { readonly row: ManifestRow } | { readonly problems: readonly string[] } {
  const parsed = ManifestRow.safeParse(value, { reportInput: true });
  return parsed.success ? { row: parsed.data } : { problems: issueTexts(parsed.error) };
}

/** Facts of one row and what could not be understood. */
export interface RowFacts {
  readonly facts: Facts;
  /** A sentence each, with the file's name. */
  readonly unknown: readonly string[];
}

/**
 * What the row's labels say, without opening a picture. Lengths are left out unless the size of a square pixel is
 * known: no prompt could give the scale that they need.
 *
 * @throws RequestError when labels contradict one another
 */
export function labelledFacts(row: ManifestRow): RowFacts {
  const { histology, side, pixel_mm: pixelMm } = row.meta ?? {};
  const { facts, unknown } = factsOfLabels(row.region, {
    ...row.labels,
    ...(histology === undefined ? {} : { histology }),
    ...(side === undefined ? {} : { side }),
  });
  const checked = checkedFacts(row, { ...facts, picture: { width: row.width, height: row.height } });
  const named = unknown.map((sentence) => `${row.file}: ${sentence}`);
  if (pixelMm !== undefined && isSquare(row))
    return { facts: { ...checked, mmPerPixel: pixelMm }, unknown: named };
  if (!checked.structures?.some(({ circumferenceMm }) => circumferenceMm !== undefined))
    return { facts: checked, unknown: named };
  named.push(
    `${row.file}: hc_mm: expected meta.pixel_mm of square pixels beside it, got none, and told no length`,
  );
  return { facts: withoutMillimetres(checked), unknown: named };
}

/** @throws RequestError when facts contradict one another or cannot be */
function checkedFacts(row: ManifestRow, facts: Facts): Facts {
  const checked = Facts.safeParse(facts);
  if (!checked.success) throw new RequestError(row.file, issueTexts(checked.error));
  return checked.data;
}

/** Whether a pixel of the row's picture is as high as it is wide. */
const isSquare = ({ meta }: ManifestRow) => meta?.square_pixels ?? true;

/**
 * Facts of a row from labels, picture and mask.
 *
 * @param folder where the manifest lies
 * @throws RequestError when a file is missing, damaged or of another size than its mask
 */
export async function readFacts(folder: string, row: ManifestRow): Promise<RowFacts> {
  const labelled = labelledFacts(row);
  if (row.mask === undefined || row.mask_values === undefined) return labelled;
  const [picture, mask] = await Promise.all(
    [row.file, row.mask].map((file) => decodeImage(pathFrom(folder, file))),
  );
  if (picture === undefined || mask === undefined) return labelled;
  if (picture.width !== mask.width || picture.height !== mask.height)
    throw new RequestError(
      row.mask,
      `expected a mask of ${picture.width} x ${picture.height} pixels, got ${mask.width} x ${mask.height}`,
    );
  return withMeasures(row, labelled, greyOf(picture), redOf(mask));
}

/** Grey levels of a picture without colour, such as a mask. */
export function redOf({ width, height, data }: GreyImage): Mask {
  const red = new Uint8Array(width * height);
  for (let pixel = 0; pixel < red.length; pixel++) red[pixel] = data[pixel * 3]!;
  return { width, height, data: red };
}

/** Labels and measurements of one row together, by what the mask's grey levels mean. */
export function withMeasures(row: ManifestRow, labelled: RowFacts, grey: GreyImage, levels: Mask): RowFacts {
  let { facts } = labelled;
  const unknown = [...labelled.unknown];
  const scale: PixelScale = {
    isSquare: isSquare(row),
    ...(facts.mmPerPixel === undefined ? {} : { mmPerPixel: facts.mmPerPixel }),
  };
  for (const [name, values] of valuesByName(row)) {
    if (name === "background") continue;
    const complain = (problem: string) =>
      unknown.push(`${row.file}: mask value ${values.join(", ")} ${JSON.stringify(name)}: ${problem}`);
    const kind = structureOfWord(name);
    if (kind === undefined && name !== "lesion") {
      complain("not understood");
      continue;
    }
    const mask = { ...levels, data: levels.data.map((value) => (values.includes(value) ? 1 : 0)) };
    const parts = maskParts(mask);
    if (parts.length === 0 && mask.data.includes(1))
      complain(`expected a part of at least ${leastPixels} pixels, got none, and measured nothing`);
    if (kind) facts = withStructure(facts, kind, grey, parts, scale);
    else {
      const problem = lesionProblem(facts, parts.length);
      if (problem !== undefined) complain(problem);
      facts = withLesion(facts, grey, parts, scale);
    }
  }
  return { facts: checkedFacts(row, facts), unknown };
}

/** Why a lesion's outline is not measured, if it is not. */
function lesionProblem({ findings }: Facts, parts: number): string | undefined {
  if (parts > 0 && findings === undefined)
    return "expected a label that says what it is, got none, and measured nothing";
  if (parts > 1) return `expected one part for the labels to be of, got ${parts}, and measured none`;
  return undefined;
}

/** The grey levels of a row's mask by what they outline; data sets add remarks in brackets. */
function valuesByName({ mask_values: words = {} }: ManifestRow): Map<string, number[]> {
  const values = new Map<string, number[]>();
  for (const [value, text] of Object.entries(words)) {
    const name = text.replace(/ \(.*\)$/, "");
    values.set(name, [...(values.get(name) ?? []), Number(value)]);
  }
  return values;
}
