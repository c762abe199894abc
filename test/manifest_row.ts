/** @file A row of a manifest, made up. */

import type { ManifestRow } from "../src/data/manifest.ts";

export const row = (more: Partial<ManifestRow>): ManifestRow => ({
  file: "a.png",
  region: "breast",
  dataset: "mine",
  labels: {},
  width: 100,
  height: 80,
  group: "patient 1",
  ...more,
});
