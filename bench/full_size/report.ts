/** @file Everything a run found, as data and as tables. */

import { table } from "../../src/cli/table.ts";
import { median, quantile } from "../statistics.ts";
import type { Comparison } from "./compare.ts";
import {
  type LayerSpeed,
  layerRatios,
  layerSpeeds,
  type Ratios,
  type Speed,
  speedOf,
  tokenRatios,
} from "./derive.ts";
import type { Effort } from "./effort.ts";
import { type Curve, layerCurves } from "./growth.ts";
import type { Machine } from "./machine.ts";
import type { Format } from "./models.ts";
import type { ModelSize } from "./released.ts";
import { ratiosOf } from "./rounds.ts";
import type { Crowd, Loading, Studies, StudyResult } from "./serving.ts";
import type { BesideTorch } from "./torch.ts";

/** Parts that were not asked for are absent. */
export interface FullSizeReport {
  readonly machine: Machine;
  readonly threads: number;
  readonly size: ModelSize;
  /** Of the weights; null: float32. */
  readonly format: Format | null;
  readonly effort: Effort;
  /** At work before each part and at the end, while nothing was measured. */
  readonly busyCores: readonly number[];
  readonly seconds: number;
  /** Why llama.cpp was not measured, if it was not. */
  readonly noLlama?: string;
  readonly loading?: Loading;
  /** The whole model beside the peers; models of fewer layers beside them, for what a layer takes. */
  readonly whole?: Comparison;
  readonly layers?: Comparison;
  readonly crowds?: readonly Crowd[];
  readonly studies?: Studies;
  readonly growth?: readonly Curve[];
  readonly torch?: readonly BesideTorch[] | { readonly missing: string };
  /** What parts could not be measured, by name: why. */
  readonly failed?: Readonly<Record<string, string>>;
}

const fixed = (value: number, digits = 1): string => value.toFixed(digits);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const inGB = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
/** The median of several rounds, and between which bounds the middle half of them lies. */
const spread = (values: readonly number[]): string =>
  `${fixed(median(values), 2)} (${fixed(quantile(values, 0.25), 2)} to ${fixed(quantile(values, 0.75), 2)})`;
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** How cost grows; with layers from what was measured beside the peers, since one number of layers is no curve. */
export function curvesOf({ growth = [], whole, layers }: FullSizeReport): Curve[] {
  const compared = layers ? [...layers.programs, ...(whole?.programs ?? [])] : [];
  return [...growth, ...(compared.length > 0 ? layerCurves(compared) : [])];
}

/** A title and its lines. */
export interface Section {
  readonly title: string;
  readonly text: string;
}

/** Each part that was measured, in a fixed order. */
export function sectionsOf(report: FullSizeReport): Section[] {
  const { whole, layers, loading, crowds, studies, torch, failed = {}, effort } = report;
  const curves = curvesOf(report);
  const goals = goalsOf(report);
  const failures = Object.entries(failed).map(([name, why]) => `${name}: ${why.trim()}`);
  return [
    { title: "Machine", text: machineText(report) },
    ...(goals.length > 0 ? [{ title: "Goals", text: goalsText(goals) }] : []),
    ...(loading ? [{ title: "Loading and one answer", text: loadingText(loading, effort) }] : []),
    ...(whole ? [{ title: "Whole tokens beside llama.cpp", text: wholeText(whole, report) }] : []),
    ...(layers ? [{ title: "One layer beside llama.cpp", text: layersText(layers, effort) }] : []),
    ...(crowds ? [{ title: "Requests at once", text: crowdsText(crowds, effort) }] : []),
    ...(studies ? [{ title: "A study of two pictures", text: studiesText(studies, report) }] : []),
    ...(curves.length > 0 ? [{ title: "How cost grows", text: curvesText(curves) }] : []),
    ...(torch ? [{ title: "Beside PyTorch, float32", text: torchText(torch, effort) }] : []),
    ...(failures.length > 0 ? [{ title: "Not measured", text: failures.join("\n") }] : []),
  ];
}

/** Cores at work beside the measurements that make figures worthless. */
const BUSY = 0.2;

function machineText({
  machine,
  threads,
  size,
  format,
  effort,
  seconds,
  busyCores,
  whole,
}: FullSizeReport): string {
  const peer = whole?.programs.find(({ model }) => model.program === "llama");
  const weights = format ? `${format.bits} bit in blocks of ${format.block}` : "float32";
  return [
    `${machine.cpu}, ${plural(machine.cores, "core")}, ${inGB(machine.memoryBytes)}; ${machine.system}`,
    `echovlm ${machine.echovlm}, onnxruntime ${machine.onnxruntime}, node ${machine.node}; ${plural(threads, "thread")}`,
    `${plural(size.layers, "layer")} of width ${size.width}, ${plural(size.blocks, "vision block")}; weights ${weights}`,
    ...(peer ? [`llama.cpp ${peer.version}, its keys and values float16, ours float32`] : []),
    `after one that warms up ${effort.decodeRounds} rounds of bursts of ${effort.burst} tokens (layers ${effort.layerRounds}) and ${effort.prefillRounds} of prompts; ${fixed(seconds / 60)} minutes with the making of models`,
    `other programs used at most ${fixed(Math.max(...busyCores), 2)} cores between the parts`,
    ...(Math.max(...busyCores) > BUSY
      ? ["THE MACHINE WAS BUSY: these figures say nothing; run it again alone"]
      : []),
  ].join("\n");
}

function loadingText(
  { storedBytes, usual, huge, memoryLoaded, answers, peak }: Loading,
  { side, idleSeconds }: Effort,
): string {
  const rows = answers.map(({ promptTokens, firstMs, tokenMs }, i) => [
    i === 0 ? "first of the process" : "after it",
    String(promptTokens),
    fixed(firstMs / 1000, 2),
    String(tokenMs.length + 1),
    tokenMs.length > 0 ? fixed((1000 * tokenMs.length) / total(tokenMs), 2) : "–",
  ]);
  return [
    `${inGB(storedBytes)} of weights on disk, in the system's cache; medians of ${usual.loadMs.length}`,
    table(
      [
        "pages",
        `load s after ${idleSeconds} s of rest`,
        "that much memory alone s",
        "load s into memory just given back",
      ],
      [["as usual", usual] as const, ["2 MiB", huge] as const].map(
        ([pages, { loadMs, touchMs, reloadMs }]) => [
          pages,
          ...[loadMs, touchMs, reloadMs].map((ms) => fixed(median(ms) / 1000)),
        ],
      ),
    ),
    `memory: ${inGB(memoryLoaded.resident)} loaded, of it ${inGB(memoryLoaded.anonymous)} anonymous; at most ${inGB(peak)} until the answers' end`,
    table(
      [`answer about a ${side} x ${side} picture`, "prompt tokens", "first token s", "tokens", "tokens/s"],
      rows,
    ),
  ].join("\n");
}

const ratioTable = (ratios: readonly Ratios[]): string =>
  table(
    ["EchoVLM over", "decode time per byte", "prefill tokens/s per weight"],
    ratios.map(({ peer, timePerByte, prefillPerWeight }) => [
      peer,
      spread(timePerByte),
      spread(prefillPerWeight),
    ]),
  );

const bandwidthText = ({ bandwidth, kernel }: Comparison): string =>
  [
    `memory reads: ${fixed(median(bandwidth))} GB/s (median of the same rounds, at most ${fixed(Math.max(...bandwidth))})`,
    ...(kernel
      ? [
          `the matrix kernel alone, on the dense path of all layers: ${fixed(median(kernel))} GB/s, ${percent(median(ratiosOf(kernel, bandwidth)))} of it`,
        ]
      : []),
  ].join("\n");

function wholeText(whole: Comparison, { effort, noLlama }: FullSizeReport): string {
  const speeds = whole.programs.map((program) => speedOf(program, median(whole.bandwidth), effort.prefill));
  const row = (speed: Speed, i: number) => [
    speed.name,
    inGB(whole.programs[i]!.model.active.tokenBytes),
    ...[speed.shortMs, speed.longMs].map((ms) => fixed(ms)),
    fixed(speed.nsPerKB, 2),
    percent(speed.bandwidthShare),
    fixed(speed.prefillTokensPerSecond, 2),
    fixed(speed.prefillGigaweights),
  ];
  const header = [
    "program",
    "active bytes",
    "ms/token",
    `behind ${effort.longContext}`,
    "ns/kB",
    "of bandwidth",
  ];
  return [
    bandwidthText(whole),
    table([...header, "prefill tok/s", "10⁹ weights/s"], speeds.map(row)),
    ...(noLlama === undefined ? [ratioTable(tokenRatios(whole))] : [noLlama]),
  ].join("\n");
}

function layersText(layers: Comparison, effort: Effort): string {
  const row = ({ name, ...speed }: LayerSpeed) => [
    name,
    ...[speed.shortMs, speed.longMs].map((ms) => fixed(ms, 2)),
    fixed(speed.nsPerKB, 2),
    percent(speed.bandwidthShare),
    fixed(speed.prefillMs),
    fixed(speed.prefillGigaweights),
  ];
  const header = [
    "program",
    "ms/layer",
    `behind ${effort.longContext}`,
    "ns/kB",
    "of bandwidth",
    "prefill ms",
  ];
  const ratios = layerRatios(layers);
  return [
    bandwidthText(layers),
    table([...header, "10⁹ weights/s"], layerSpeeds(layers, effort.prefill).map(row)),
    ...(ratios.length > 0 ? [ratioTable(ratios)] : []),
  ].join("\n");
}

function crowdsText(crowds: readonly Crowd[], { requestPrompt, requestAnswer }: Effort): string {
  const rate = ({ newTokens, ms }: { newTokens: number; ms: number }) => (1000 * newTokens) / ms;
  const alone = crowds[0] && rate(crowds[0].together);
  const cells = (served: Crowd["together"]) => [
    fixed(rate(served), 2),
    fixed(rate(served) / (alone ?? 1), 2),
  ];
  return [
    `prompts of about ${requestPrompt} words, answers of ${requestAnswer} tokens; "times" is over the first row's \`generate\`; prompts count in the time`,
    table(
      ["requests", "generate tok/s", "times", "generateBatch tok/s", "times", "peak"],
      crowds.map(({ requests, together, batch }) => [
        String(requests),
        ...[together, batch].flatMap(cells),
        inGB(Math.max(together.memory.peak, batch.memory.peak)),
      ]),
    ),
  ].join("\n");
}

function studiesText({ measured, shipped }: Studies, { effort }: FullSizeReport): string {
  const { studyAnswer, side } = effort;
  const rows = (results: readonly StudyResult[]) =>
    results.map(({ way, wholeMs, seeMs, prefillMs, stepMs, verifyMs, tokens, passes }) => [
      way,
      ...[wholeMs, seeMs, prefillMs, stepMs + verifyMs].map((ms) => fixed(ms / 1000, 2)),
      ...[tokens, passes].map(String),
      fixed(results[0]!.wholeMs / wholeMs, 2),
    ]);
  const header = ["seconds", "pictures", "prompts", "writing", "tokens", "passes", "times faster"];
  return [
    `report, diagnosis, two questions: ${studyAnswer} tokens each, pictures of ${side} x ${side}, nothing guessed ahead (random weights repeat themselves)`,
    table(["this model", ...header], rows(measured)),
    "the model that ships: all pairs of samples in both languages, the same texts in every way",
    table(["echovlm-nano", ...header], rows(shipped)),
  ].join("\n");
}

/** What was to be reached. */
interface Goal {
  readonly what: string;
  readonly measured: number;
  readonly goal: number;
  readonly isMost: boolean;
}

function goalsOf({ loading, whole, layers, studies }: FullSizeReport): Goal[] {
  const most = (what: string, measured: number, goal: number): Goal => ({
    ...{ what, measured, goal, isMost: true },
  });
  const least = (what: string, measured: number, goal: number): Goal => ({
    ...{ what, measured, goal, isMost: false },
  });
  const ours = layers && layerSpeeds(layers, 1)[0];
  const faster = (results: readonly StudyResult[]) =>
    results[0]!.wholeMs / Math.min(...results.map(({ wholeMs }) => wholeMs));
  return [
    ...(layers ? layerRatios(layers) : []).map(({ peer, timePerByte }) =>
      most(`decode time per byte over ${peer}'s, layers`, median(timePerByte), 0.92),
    ),
    ...(ours ? [least("share of the read bandwidth, layers", ours.bandwidthShare, 0.88)] : []),
    ...(whole
      ? [
          ...tokenRatios(whole).flatMap(({ peer, timePerByte, prefillPerWeight }) => [
            most(`decode time per byte over ${peer}'s, whole tokens`, median(timePerByte), 0.92),
            least(`prefill per weight over ${peer}'s`, median(prefillPerWeight), 1.2),
          ]),
          least(
            "share of the read bandwidth, whole tokens",
            speedOf(whole.programs[0]!, median(whole.bandwidth), 1).bandwidthShare,
            0.8,
          ),
        ]
      : []),
    ...(loading
      ? [
          most("load, s", median(loading.usual.loadMs) / 1000, 12),
          most("load in pages of 2 MiB, s", median(loading.huge.loadMs) / 1000, 12),
          most("the same into memory just given back, s", median(loading.huge.reloadMs) / 1000, 12),
          most("most memory, GB", loading.peak / 1e9, 7.5),
          most("memory over the weights, GB", (loading.peak - loading.storedBytes) / 1e9, 1.5),
        ]
      : []),
    ...(studies
      ? [
          least("a study faster than its requests one by one", faster(studies.measured), 3),
          least("the same with the model that ships", faster(studies.shipped), 3),
        ]
      : []),
  ];
}

const goalsText = (goals: readonly Goal[]): string =>
  table(
    ["goal", "at", "measured", ""],
    goals.map(({ what, measured, goal, isMost }) => [
      what,
      `${isMost ? "most" : "least"} ${goal}`,
      fixed(measured, 2),
      (isMost ? measured <= goal : measured >= goal) ? "reached" : "missed",
    ]),
  );

function curvesText(curves: readonly Curve[]): string {
  const lines = curves.map(({ title, x, y, points, leavesLineAt }) => [
    title,
    `${y} by ${x}`,
    points.map((point) => `${point.x}: ${Number(point.y.toPrecision(3))}`).join(", "),
    leavesLineAt === null ? "no" : `at ${leavesLineAt}`,
  ]);
  return table(["cost", "of", "points", "leaves its line"], lines);
}

function torchText(torch: readonly BesideTorch[] | { readonly missing: string }, effort: Effort): string {
  if ("missing" in torch) return torch.missing;
  const rows = torch.flatMap(({ model, programs, bandwidth }) => {
    const speeds = programs.map((program) => speedOf(program, median(bandwidth), effort.prefill));
    return speeds.map(({ name, shortMs, longMs, prefillTokensPerSecond }, i) => {
      const of = (figure: (speed: Speed) => number) => fixed(figure(speeds[0]!) / figure(speeds[i]!), 2);
      return [
        model,
        name === "PyTorch" ? `PyTorch ${programs[i]!.version}` : name,
        ...[fixed(shortMs, 2), fixed(longMs, 2), fixed(prefillTokensPerSecond, 0)],
        ...(i === 0 ? ["", ""] : [of((speed) => speed.longMs), of((speed) => speed.prefillTokensPerSecond)]),
      ];
    });
  });
  const header = ["model", "program", "ms/token", `behind ${effort.longContext}`, "prefill tok/s"];
  return table([...header, "EchoVLM's time over it", "prefill over it"], rows);
}
