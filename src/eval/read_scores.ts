/** @file The scores of a run that lies on disk. */

import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { issueTexts } from "../data/place.ts";
import { CheckpointError } from "../errors.ts";
import { conditions } from "./exchange.ts";
import { pictureKinds } from "./questions.ts";
import type { RunScores } from "./scores.ts";

const list = z.array(z.looseObject({}));

/** Fields that comparisons read; whatever else is there is kept. */
const Scores = z.looseObject({
  provenance: z.looseObject({}),
  scores: z.array(
    z.looseObject({
      evaluation: z.string(),
      model: z.string(),
      condition: z.enum(conditions),
      pictures: z.enum(pictureKinds),
      region: z.string(),
      metric: z.string(),
      signature: z.string(),
      better: z.enum(["higher", "lower"]),
      isDetail: z.literal(true).exactOptional(),
      value: z.number().nullable(),
      interval: z.tuple([z.number(), z.number()]).nullable(),
      undefinedDraws: z.int().exactOptional(),
      questions: z.int(),
      groups: z.int(),
      unread: z.int(),
    }),
  ),
  differences: list,
  confusions: list,
  calibrations: list,
  problems: list,
  worst: list,
});

/**
 * Read `scores.json` of a run.
 *
 * @throws CheckpointError when there is none, or it is something else
 */
export async function readScores(folder: string): Promise<RunScores> {
  const path = join(folder, "scores.json");
  const value = await readJsonFile(path);
  if (value === undefined)
    throw new CheckpointError(
      path,
      "expected the scores of a run, found no such file",
      "`echovlm eval` writes it when every question is answered",
    );
  const parsed = Scores.safeParse(value, { reportInput: true });
  if (!parsed.success) throw new CheckpointError(path, issueTexts(parsed.error));
  return parsed.data as unknown as RunScores;
}
