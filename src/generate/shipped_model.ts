/** @file The small model that is part of the package. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder, from dist/src/generate. */
const packageFolder = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Folder of pictures to try a model on; its README.md says where they come from. */
export const shippedPictures = join(packageFolder, "samples");

/** Folder of echovlm-nano. Its README.md says what it was trained on and how good it is. */
export const shippedModel = join(packageFolder, "models", "echovlm-nano");
