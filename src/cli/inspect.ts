/** @file `echovlm inspect`: what a checkpoint folder holds, from its headers alone. */

import { Command } from "commander";
import { type CheckpointDescription, inspectFolder } from "../checkpoint/inspect.ts";
import { table } from "./table.ts";

export const inspectCommand = (): Command =>
  new Command("inspect")
    .description("Describe a checkpoint: family, sizes, parameters, and weights that are missing or unused.")
    .argument("<folder>", "checkpoint folder; config.json alone is enough")
    .option("--json", "print the description as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm inspect ./EchoVLM
  $ echovlm inspect --json ./EchoVLM | jq .parameters`,
    )
    .action(async (folder: string, { json }: { json?: boolean }) => {
      const description = await inspectFolder(folder);
      process.stdout.write(`${json ? JSON.stringify(plain(description), null, 2) : describe(description)}\n`);
    });

/** The description with its map as an object. */
const plain = ({ stored, ...rest }: CheckpointDescription) => ({
  ...rest,
  stored: stored && { ...stored, sizeBytes: Object.fromEntries(stored.sizeBytes) },
});

const grouped = (count: number): string => count.toLocaleString("en-US");

function describe({
  config,
  tensors,
  parameters,
  activeParameters,
  parts,
  stored,
}: CheckpointDescription): string {
  const { decoder, vision, moe, quantisation } = config;
  const lines = [
    `family      ${config.family}`,
    `decoder     ${decoder.layers} layers, width ${decoder.hiddenDim}, ${decoder.heads} heads, ${decoder.kvHeads} key/value heads, vocabulary ${grouped(decoder.vocabSize)}, context ${grouped(decoder.maxPositions)}`,
    `vision      ${vision.depth} blocks, width ${vision.embedDim}, ${vision.heads} heads, patch ${vision.patchSize} px`,
    ...(moe
      ? [
          `experts     ${moe.experts}, top ${moe.topK}${moe.normTopK ? " renormalised" : ""}, width ${moe.expertDim}, shared expert ${moe.sharedDim}`,
        ]
      : []),
    ...(quantisation
      ? [
          `weights     ${quantisation.bits} bits, block ${quantisation.block}, but for ${quantisation.kept.join(", ")}`,
        ]
      : []),
    `parameters  ${grouped(parameters)} in ${grouped(tensors)} tensors, ${grouped(activeParameters)} active per token`,
    "",
    table(
      ["part", "tensors", "parameters"],
      parts.map(({ part, tensors: count, parameters: size }) => [part, grouped(count), grouped(size)]),
    ),
    "",
  ];
  if (stored === null) return [...lines, "no weight files"].join("\n");
  const { missing, unused, misshapen } = stored.comparison;
  const bytes = [...stored.sizeBytes].map(([dtype, size]) => `${grouped(size)} bytes of ${dtype}`).join(", ");
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${names.length} ${title}:`, ...names.map((name) => `  ${name}`)];
  return [
    ...lines,
    `stored      ${grouped(stored.tensors)} tensors, ${bytes}`,
    ...list("missing", missing),
    ...list("unused", unused),
    ...list("do not fit", misshapen),
    ...(missing.length + unused.length + misshapen.length === 0 ? ["every weight is there and fits"] : []),
  ].join("\n");
}
