/** @file Random facts that could be true of a picture, for properties of whatever is written from facts. */

import fc from "fast-check";
import { Facts, type Finding, type StructureFact } from "../src/data/facts.ts";
import {
  type FactRegion,
  type FindingKind,
  factRegionNames,
  impliedPathology,
  isNormalFinding,
  kindsOf,
  modeNames,
  sideNames,
  structureNames,
  viewNames,
} from "../src/data/vocabulary.ts";
import { termTables } from "../src/data/wording.ts";

const keys = <K extends string>(table: Readonly<Record<K, unknown>>) =>
  fc.constantFrom(...(Object.keys(table) as K[]));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const fraction = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const mm = fc.integer({ min: 10, max: 1500 }).map((tenths) => tenths / 10);

/** Without the fields that are undefined: absent is how a fact says that it is not known. */
const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));

const place = {
  position: maybe(fc.record({ x: fraction, y: fraction })),
  size: maybe(fc.record({ width: fraction, height: fraction })),
  axesMm: maybe(fc.tuple(mm, mm).map(([a, b]) => ({ long: Math.max(a, b), short: Math.min(a, b) }))),
};

const findingOf = (kind: fc.Arbitrary<FindingKind>): fc.Arbitrary<Finding> =>
  fc
    .record({
      kind,
      ...place,
      shape: maybe(keys(termTables.shape)),
      orientation: maybe(keys(termTables.orientation)),
      margin: maybe(keys(termTables.margin)),
      echogenicity: maybe(keys(termTables.echogenicity)),
      posterior: maybe(keys(termTables.posterior)),
      calcification: maybe(keys(termTables.calcification)),
      grade: maybe(keys(termTables.grade)),
      thicknessMm: maybe(mm),
      stenosisPercent: maybe(fc.integer({ min: 10, max: 95 })),
      pathology: maybe(keys(termTables.pathology)),
      birads: maybe(fc.constantFrom("2", "3", "4", "5") as fc.Arbitrary<NonNullable<Finding["birads"]>>),
    })
    .map((finding) => {
      const pathology = finding.pathology && (impliedPathology(finding.kind) ?? finding.pathology);
      return defined({ ...finding, pathology }) as Finding;
    });

const structure = fc
  .record({ kind: keys(structureNames), ...place, circumferenceMm: maybe(mm) })
  .map((fact) => defined(fact) as StructureFact);

/** Facts of any region, normal or with up to three findings. */
export const arbitraryFacts: fc.Arbitrary<Facts> = keys(factRegionNames).chain((region: FactRegion) => {
  const kinds = kindsOf(region);
  const findings: fc.Arbitrary<Finding[]> =
    kinds.length === 0 ? fc.constant([]) : fc.array(findingOf(fc.constantFrom(...kinds)), { maxLength: 3 });
  return fc
    .record({
      findings,
      structures: fc.array(structure, { maxLength: 3 }),
      absent: fc.subarray(kinds),
      isNormal: fc.boolean(),
      mode: maybe(keys(modeNames)),
      view: maybe(keys(viewNames)),
      side: maybe(keys(sideNames)),
    })
    .map(({ findings, structures, absent, isNormal, ...rest }) =>
      Facts.parse(
        defined({
          region,
          source: "simulated",
          mmPerPixel: 0.2,
          picture: { width: 400, height: 300 },
          ...rest,
          structures: structures.length > 0 ? structures : undefined,
          findings: isNormal ? findings.filter(({ kind }) => isNormalFinding(kind)) : findings,
          normal: isNormal && region !== "other" ? true : undefined,
          absent: isNormal
            ? undefined
            : absent.filter((kind) => findings.every((finding) => finding.kind !== kind)),
        }),
      ),
    );
});
