/** @file What was measured of training, as tables. */

import { table } from "../src/cli/table.ts";
import type { PartTimes, Trained, TrainReport } from "./train.ts";

export function describeTraining({ threads, ours, torch }: TrainReport): string {
  const header = ["training", "threads", "ms/step", "tokens/s", "peak MiB"];
  const row = (name: string, { ms, tokensPerSecond, peakMiB }: Trained) => [
    name,
    String(threads),
    ...[ms, tokensPerSecond, peakMiB].map((value) => value.toFixed(0)),
  ];
  if ("missing" in torch)
    return [
      table(header, [row("EchoVLM", ours)]),
      torch.missing,
      ...describeParts({ EchoVLM: ours.parts }),
    ].join("\n");
  const [low, middle, high] = torch.ratio.map((value) => value.toFixed(2));
  return [
    table(header, [row("EchoVLM", ours), row(`PyTorch ${torch.version}`, torch)]),
    `time of EchoVLM over PyTorch's: ${middle} (quartiles ${low} and ${high}; below 1 is faster)`,
    `same step: losses differ by ${torch.lossDifference.toExponential(1)}, gradient norms by ${torch.normDifference.toExponential(1)}`,
    ...describeParts({ EchoVLM: ours.parts, PyTorch: torch.parts }),
  ].join("\n");
}

/** Milliseconds and share of each part of a step: each was measured with those before it, whose time is taken off. */
function describeParts(programs: Readonly<Record<string, PartTimes | undefined>>): string[] {
  const known = Object.entries(programs).flatMap(([name, parts]) => (parts ? [{ name, parts }] : []));
  if (known.length === 0) return [];
  const rows = [
    ["handing inputs over", "inputs", undefined],
    ["forward", "forward", "inputs"],
    ["backward", "gradient", "forward"],
    ["clipping and AdamW", "step", "gradient"],
  ] as const;
  const cells = (parts: PartTimes, part: keyof PartTimes, before: keyof PartTimes | undefined) => {
    const whole = parts[part];
    if (whole === undefined) return ["–", "–"];
    const ms = whole - (before === undefined ? 0 : (parts[before] ?? 0));
    return [ms.toFixed(0), `${((100 * ms) / parts.step!).toFixed(0)}%`];
  };
  const header = ["where a step's time goes", ...known.flatMap(({ name }) => [`${name} ms`, "share"])];
  const body = rows.map(([title, part, before]) => [
    title,
    ...known.flatMap(({ parts }) => cells(parts, part, before)),
  ]);
  return ["", table(header, body)];
}
