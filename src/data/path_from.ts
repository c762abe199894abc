/** @file Paths that a file of records names. */

import { isAbsolute, join } from "node:path";

/** Where a path leads that is meant from a folder, unless it is absolute. */
export const pathFrom = (folder: string, file: string): string =>
  isAbsolute(file) ? file : join(folder, file);
