// Runs every compiled test file with node's test runner; arguments filter files by substring.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js") && wanted.every((word) => file.includes(word)))
  .sort()
  .map((file) => dist + file);
if (files.length === 0) {
  console.error(`no test file matches ${JSON.stringify(wanted)} under dist/`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-concurrency=2", "--test-reporter=spec", ...files],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
