/** @file Every evaluation, by name. */

import { RequestError } from "../errors.ts";
import type { Evaluation } from "./evaluation.ts";
import { choiceEvaluations } from "./evaluations/choices.ts";
import { factEvaluations } from "./evaluations/facts.ts";
import { textEvaluations } from "./evaluations/texts.ts";
import { u2BenchEvaluations } from "./evaluations/u2_bench.ts";

export const evaluations: readonly Evaluation[] = [
  ...textEvaluations,
  ...choiceEvaluations,
  ...factEvaluations,
  ...u2BenchEvaluations,
];

/** @throws RequestError naming those that there are */
export function evaluationsNamed(names: readonly string[]): Evaluation[] {
  const known = new Map(evaluations.map((one) => [one.name, one]));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new RequestError(
      "evaluations",
      `expected some of ${[...known.keys()].join(", ")}, got ${unknown.join(", ")}`,
    );
  return evaluations.filter(({ name }) => names.includes(name));
}
