/** @file Errors of many weights, by part of the model. */

import { type PartName, partOf } from "../checkpoint/inspect.ts";
import type { WeightError } from "./weight_error.ts";

interface NamedError extends WeightError {
  readonly name: string;
}

export interface PartError {
  readonly part: PartName;
  readonly weights: number;
  /** Over weights, each counting once. */
  readonly mean: WeightError;
  readonly worst: NamedError;
}

export interface ErrorSummary {
  /** In the order in which parts first occur. */
  readonly parts: readonly PartError[];
  readonly worst: NamedError;
}

/** A relative error as cards and tables tell it. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** @param errors of at least one weight, by name */
export function summarise(errors: ReadonlyMap<string, WeightError>): ErrorSummary {
  const groups = new Map<PartName, NamedError[]>();
  for (const [name, error] of errors) {
    const part = partOf(name);
    groups.set(part, [...(groups.get(part) ?? []), { name, ...error }]);
  }
  const parts = [...groups].map(([part, members]): PartError => {
    const mean = (field: keyof WeightError) =>
      members.reduce((sum, error) => sum + error[field], 0) / members.length;
    return {
      part,
      weights: members.length,
      mean: { relative: mean("relative"), cosine: mean("cosine") },
      worst: worstOf(members),
    };
  });
  return { parts, worst: worstOf([...groups.values()].flat()) };
}

const worstOf = (errors: readonly NamedError[]): NamedError =>
  errors.reduce((worst, error) => (error.relative > worst.relative ? error : worst));
