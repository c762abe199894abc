/**
 * @file What a checkpoint is made of, from config.json alone or with its weights; nothing is loaded.
 *
 * npm run build && node dist/examples/inspect.js <checkpoint>
 */

import { inspectFolder } from "../src/index.ts";

const [checkpoint] = process.argv.slice(2);
if (checkpoint === undefined) throw new Error("give a checkpoint");

const { config, tensors, parameters, activeParameters, parts, stored } = await inspectFolder(checkpoint);
console.log(`${config.family}: ${parameters} parameters in ${tensors} tensors, ${activeParameters} active`);
for (const { part, parameters: count } of parts)
  console.log(`  ${part}: ${count} (${((100 * count) / parameters).toFixed(1)}%)`);
for (const [dtype, bytes] of stored?.sizeBytes ?? []) console.log(`  stored as ${dtype}: ${bytes} bytes`);
if (stored === null) console.log("  no weight files");
