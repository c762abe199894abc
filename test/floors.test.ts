import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { test } from "node:test";

/** Bottom first: a file may import from its own floor or any floor below it. */
const pureFloors = ["errors.ts", "tensor", "graph", "onnx", "nn", "model", "processor"];
const floors = [
  ...pureFloors,
  "runtime",
  "image",
  "http",
  "checkpoint",
  "generate",
  "tasks",
  "data",
  "train",
  "quantise",
  "eval",
  "server",
  "cli",
  "index.ts",
];

/** `from "x"`, `import "x"`, `import("x")`, `new URL("./x.js", import.meta.url)`. */
const imports = [
  /(?:\bfrom|\bimport)\s*\(?\s*["'`]([^"'`]+)["'`]/g,
  /\bnew\s+URL\(\s*["'`]([^"'`]+)["'`]\s*,\s*import\.meta\.url/g,
];

/** Every broken rule of a set of source files, given by their path below src/. */
function brokenRules(files: ReadonlyMap<string, string>): string[] {
  const floorOf = (path: string) => floors.indexOf(path.split("/")[0]!);
  return [...files].flatMap(([path, source]) => {
    if (floorOf(path) < 0) return [`${path} is on no floor`];
    const isPure = floorOf(path) < pureFloors.length;
    const specifiers = imports.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1]!));
    return specifiers.flatMap((specifier) => {
      if (!specifier.startsWith(".")) {
        const isEffect = specifier.startsWith("node:") || builtinModules.includes(specifier);
        return isPure && isEffect ? [`${path} is pure and imports ${specifier}`] : [];
      }
      const target = posix.join(posix.dirname(path), specifier);
      if (floorOf(target) < 0) return [`${path} imports ${target}, which is on no floor`];
      return floorOf(target) > floorOf(path) ? [`${path} imports ${target}, which is above it`] : [];
    });
  });
}

test("imports of src/ only go down, and pure floors import no effects", () => {
  const root = new URL("../../src/", import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  assert.ok(paths.includes("graph/value.ts"), "the sources are where this test looks for them");
  const files = new Map(paths.map((path) => [path, readFileSync(new URL(path, root), "utf8")]));
  assert.deepEqual(brokenRules(files), []);
});

const broken: readonly [path: string, source: string, rule: string][] = [
  ["tensor/a.ts", 'import { x } from "../graph/b.ts";', "tensor/a.ts imports graph/b.ts, which is above it"],
  [
    "nn/a.ts",
    'const x = await import("../runtime/b.ts");',
    "nn/a.ts imports runtime/b.ts, which is above it",
  ],
  ["nn/a.ts", 'import "../model/b.ts";', "nn/a.ts imports model/b.ts, which is above it"],
  ["graph/a.ts", 'export * from\n  "../onnx/b.ts";', "graph/a.ts imports onnx/b.ts, which is above it"],
  [
    "runtime/a.ts",
    'new Worker(new URL("../cli/b.js", import.meta.url))',
    "runtime/a.ts imports cli/b.js, which is above it",
  ],
  ["model/a.ts", 'import { join } from "node:path";', "model/a.ts is pure and imports node:path"],
  ["processor/a.ts", 'import fs from "fs";', "processor/a.ts is pure and imports fs"],
  ["helpers/a.ts", "", "helpers/a.ts is on no floor"],
  ["cli/a.ts", 'import { x } from "../../test/b.ts";', "cli/a.ts imports ../test/b.ts, which is on no floor"],
];
for (const [path, source, rule] of broken)
  test(`the rules see that ${rule}`, () => assert.deepEqual(brokenRules(new Map([[path, source]])), [rule]));

test("the rules allow imports on the same floor and below, and effects above the waterline", () => {
  const files = new Map([
    ["model/a.ts", 'import { x } from "./b.ts"; import { y } from "../tensor/c.ts";'],
    ["runtime/a.ts", 'import { readFileSync } from "node:fs"; new URL("./worker.js", import.meta.url);'],
    ["index.ts", 'export { x } from "./cli/b.ts";'],
  ]);
  assert.deepEqual(brokenRules(files), []);
});
