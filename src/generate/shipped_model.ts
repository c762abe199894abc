/** @file The small model that is part of the package. */

import { fileURLToPath } from "node:url";

/** Folder of echovlm-nano. Its README.md says what it was trained on and how good it is. */
export const shippedModel = fileURLToPath(new URL("../../../models/echovlm-nano", import.meta.url));
