/** @file Interim. */
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "../checkpoint/safetensors.ts";
import type { Tensors } from "../runtime/program.ts";
import type { OpenRun } from "./open_run.ts";
import type { Recipe } from "./recipe.ts";
export async function saveModel(
  folder: string,
  recipe: Recipe,
  _run: OpenRun,
  values: Tensors,
): Promise<void> {
  const temporary = `${folder}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  for (const { name: file } of (await readdir(recipe.model, { withFileTypes: true })).filter((e) =>
    e.isFile(),
  ))
    if (!file.endsWith(".safetensors")) await cp(join(recipe.model, file), join(temporary, file));
  await writeSafetensors(join(temporary, "model.safetensors"), new Map(Object.entries(values)), {
    format: "pt",
  });
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
}
