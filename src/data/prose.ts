/** @file What a language must be able to say for a report. */

import type { Facts, Finding, StructureFact } from "./facts.ts";
import type { Look } from "./looks.ts";
import type { FactRegion, Form } from "./vocabulary.ts";
import type { Choose } from "./wording.ts";

/** Everything told of the diagnosis of one kind of finding. */
export interface Conclusion {
  readonly finding: Finding;
  readonly name: string;
  readonly form: Form;
  /** How many findings this line stands for. */
  readonly count: number;
  /** Whether the name leaves the diagnosis open. */
  readonly isUnspecific: boolean;
  /** Absent where it is not known, or where the labels disagree. */
  readonly pathology: Finding["pathology"] | undefined;
}

/** Sentences end with their own stop; lines of the impression do not. */
export interface Prose {
  /** Between sentences. */
  readonly space: string;
  /**
   * Region, mode, view and side.
   *
   * @param isAll whether nothing follows
   */
  opening(facts: Facts, isAll: boolean, choose: Choose): string;
  /** Structures of which nothing but their presence is known. */
  structures(names: readonly string[], choose: Choose): string;
  /** A structure with a place, a size or an echogenicity. */
  structure(fact: StructureFact, choose: Choose): string;
  finding(region: FactRegion, finding: Finding, look: Look, choose: Choose): string;
  /** Findings known not to be there. */
  absent(names: readonly string[], choose: Choose): string;
  /** The picture shows no anatomy. */
  empty(name: string, choose: Choose): string;
  /** Findings and impression as one text. */
  report(findings: string, impression: string): string;
  /** The impression as a diagnosis, with the findings as what it rests on. */
  diagnosis(impression: string, findings: string): string;

  conclusion(conclusion: Conclusion, choose: Choose): string;
  /** Nothing abnormal. */
  normal(region: FactRegion, choose: Choose): string;
  absentConclusion(names: readonly string[], choose: Choose): string;
  /** Head circumference, whole millimetres. */
  headCircumference(mm: string): string;
  /** Only what is imaged is known, not whether it is well. */
  undecided(facts: Facts, names: readonly string[], choose: Choose): string;
  emptyConclusion(choose: Choose): string;
  /** Lines of the impression as one text. */
  impression(lines: readonly string[]): string;
}
