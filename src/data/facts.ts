/**
 * @file Facts: what is known of one picture, from labels, from measuring image and mask, or from the simulator.
 * Every field but region and source is optional, and absent means not known: it is never told and never asked.
 */

import { z } from "zod";
import {
  calcificationNames,
  echogenicityNames,
  emptyNames,
  type FindingKind,
  factRegionNames,
  findingKinds,
  gradeNames,
  impliedPathology,
  isNormalFinding,
  kindOf,
  marginNames,
  modeNames,
  orientationNames,
  pathologyNames,
  posteriorNames,
  shapeNames,
  sideNames,
  structureNames,
  viewNames,
} from "./vocabulary.ts";

const keyOf = <K extends string>(table: Readonly<Record<K, unknown>>) =>
  z.enum(Object.keys(table) as [K, ...K[]]);
const fraction = z.number().min(0).max(1);
const mm = z.number().positive();
const findingKind = z.enum(
  Object.values(findingKinds).flatMap((kinds) => Object.keys(kinds)) as [FindingKind, ...FindingKind[]],
);

/** Where a fact comes from. */
export const sources = ["labelled", "measured", "simulated"] as const;
export type Source = (typeof sources)[number];

/** Where a thing lies and how large it is, in the picture's own axes: x to the right, y away from the probe. */
const place = {
  /** Centroid as fractions of the picture's width and height, 0 at the left and at the top. */
  position: z.strictObject({ x: fraction, y: fraction }).exactOptional(),
  /** Bounding box as fractions of the picture's width and height. */
  size: z.strictObject({ width: fraction, height: fraction }).exactOptional(),
  /** Long and short axis in millimetres; only where a calibration is known. */
  axesMm: z.strictObject({ long: mm, short: mm }).exactOptional(),
};

/** Something abnormal, or worth a line in the impression. */
const finding = z.strictObject({
  kind: findingKind,
  ...place,
  shape: keyOf(shapeNames).exactOptional(),
  /** Only where the picture keeps the true aspect ratio. */
  orientation: keyOf(orientationNames).exactOptional(),
  margin: keyOf(marginNames).exactOptional(),
  echogenicity: keyOf(echogenicityNames).exactOptional(),
  posterior: keyOf(posteriorNames).exactOptional(),
  calcification: keyOf(calcificationNames).exactOptional(),
  grade: keyOf(gradeNames).exactOptional(),
  /** Depth of fluid, thickness of a layer, diameter of a dilated space. */
  thicknessMm: mm.exactOptional(),
  /** Narrowing of a vessel's diameter, percent. */
  stenosisPercent: z.number().min(0).max(100).exactOptional(),
  pathology: keyOf(pathologyNames).exactOptional(),
  /** ACR BI-RADS category. */
  birads: z.enum(["2", "3", "4", "4A", "4B", "4C", "5", "6"]).exactOptional(),
  /** Name of the tissue diagnosis as its data set writes it, in English. */
  histology: z.string().min(1).exactOptional(),
});
export type Finding = Readonly<z.infer<typeof finding>>;

/** Something imaged that is not abnormal in itself. */
const structure = z.strictObject({
  kind: keyOf(structureNames),
  ...place,
  echogenicity: keyOf(echogenicityNames).exactOptional(),
  /** Outer circumference in millimetres: of a fetal head, the head circumference. */
  circumferenceMm: mm.exactOptional(),
});
export type StructureFact = Readonly<z.infer<typeof structure>>;

/** Facts as JSON; refuses unknown fields and facts that contradict one another. */
export const Facts = z
  .strictObject({
    region: keyOf(factRegionNames),
    /** Where the facts come from, all but those of `sourceOf`. */
    source: z.enum(sources),
    /** Exceptions by path, such as "findings.0.shape": "measured". */
    sourceOf: z.record(z.string(), z.enum(sources)).exactOptional(),
    /** Present when the picture shows no anatomy; then nothing else is said of it. */
    empty: keyOf(emptyNames).exactOptional(),
    mode: keyOf(modeNames).exactOptional(),
    view: keyOf(viewNames).exactOptional(),
    side: keyOf(sideNames).exactOptional(),
    structures: z.array(structure).readonly().exactOptional(),
    /** True when the picture is known to show nothing abnormal. */
    normal: z.literal(true).exactOptional(),
    findings: z.array(finding).readonly().exactOptional(),
    /** Findings known not to be there. `normal` says it of all the region's findings. */
    absent: z.array(findingKind).readonly().exactOptional(),
    /** Pixels of the picture that `mmPerPixel` and fractions are of. */
    picture: z.strictObject({ width: z.int().positive(), height: z.int().positive() }).exactOptional(),
    /** Physical size of one square pixel of the picture. */
    mmPerPixel: mm.exactOptional(),
  })
  .superRefine((facts, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", message });
    const found = (facts.findings ?? []).map(({ kind }) => kind);
    for (const kind of [...found, ...(facts.absent ?? [])])
      if (kindOf(facts.region, kind) === undefined)
        refuse(`expected a finding of ${facts.region}, got ${kind}`);
    for (const kind of found)
      if (facts.absent?.includes(kind)) refuse(`expected ${kind} present or absent, got both`);
    if (facts.normal && !found.every(isNormalFinding))
      refuse(`expected no abnormal finding in a normal picture, got ${found.join(", ")}`);
    for (const { kind, pathology } of facts.findings ?? [])
      if (pathology !== undefined && (impliedPathology(kind) ?? pathology) !== pathology)
        refuse(`expected a ${impliedPathology(kind)} ${kind}, got a ${pathology} one`);
    if (facts.mmPerPixel === undefined)
      for (const { kind, axesMm } of [...(facts.findings ?? []), ...(facts.structures ?? [])])
        if (axesMm) refuse(`expected mmPerPixel beside millimetres, got axesMm of ${kind} alone`);
  });
export type Facts = Readonly<z.infer<typeof Facts>>;
