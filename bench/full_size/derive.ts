/** @file What measured times say: speed by weight and byte, the share of the memory's speed, and ratios to the peers. */

import { median } from "../statistics.ts";
import type { Compared, Comparison } from "./compare.ts";
import { ratiosOf } from "./rounds.ts";

/** One program with one model. */
export interface Speed {
  readonly name: string;
  readonly layers: number;
  /** Milliseconds of a token behind the short and the long context. */
  readonly shortMs: number;
  readonly longMs: number;
  /** Nanoseconds per kilobyte of active weights, layers and head, behind the long context. */
  readonly nsPerKB: number;
  /** Of the memory's speed, behind the long context: bytes that the kernels read. */
  readonly bandwidthShare: number;
  readonly prefillTokensPerSecond: number;
  /** Tokens a second times weights of the layers, in 10⁹: what is done for a prompt, whatever the model's size. */
  readonly prefillGigaweights: number;
}

/** One program's layers without head and start-up: the difference between two numbers of layers. */
export interface LayerSpeed {
  readonly name: string;
  /** Milliseconds of a layer behind the short and the long context. */
  readonly shortMs: number;
  readonly longMs: number;
  readonly nsPerKB: number;
  /** Of the memory's speed, behind the short context. */
  readonly bandwidthShare: number;
  readonly prefillMs: number;
  readonly prefillGigaweights: number;
}

/** This project over a peer, a ratio a round: below 1 is less time, above 1 more work done. */
export interface Ratios {
  readonly peer: string;
  readonly timePerByte: readonly number[];
  readonly prefillPerWeight: readonly number[];
}

export const speedOf = ({ model, ...times }: Compared, bandwidth: number, prefillTokens: number): Speed => {
  const { layerWeights, tokenBytes, tokenKernelBytes } = model.active;
  const longMs = median(times.longMs);
  const prefillTokensPerSecond = (1000 * prefillTokens) / median(times.prefillMs);
  return {
    name: model.name,
    layers: model.layers,
    shortMs: median(times.shortMs),
    longMs,
    nsPerKB: (1e9 * longMs) / tokenBytes,
    bandwidthShare: tokenKernelBytes / 1e6 / longMs / bandwidth,
    prefillTokensPerSecond,
    prefillGigaweights: (prefillTokensPerSecond * layerWeights) / 1e9,
  };
};

/** Figures of one layer, a round each. */
interface LayerTimes {
  readonly name: string;
  readonly shortMs: readonly number[];
  readonly longMs: readonly number[];
  readonly prefillMs: readonly number[];
  readonly bytes: number;
  readonly kernelBytes: number;
  readonly weights: number;
}

/** By program, from its models of the fewest and the most layers; those of one model only have no difference. */
function layerTimes({ programs }: Comparison): LayerTimes[] {
  const names = [...new Set(programs.map(({ model }) => model.name))];
  return names.flatMap((name) => {
    const sorted = programs
      .filter(({ model }) => model.name === name)
      .sort((a, b) => a.model.layers - b.model.layers);
    const [few, many] = [sorted[0]!, sorted.at(-1)!];
    const more = many.model.layers - few.model.layers;
    if (more === 0) return [];
    const each = (times: "shortMs" | "longMs" | "prefillMs") =>
      many[times].map((ms, round) => (ms - few[times][round]!) / more);
    // Not a share of the whole: some mixtures give some layers more bits.
    const grows = (what: "layerBytes" | "layerKernelBytes" | "layerWeights") =>
      (many.model.active[what] - few.model.active[what]) / more;
    return {
      ...{ name, shortMs: each("shortMs"), longMs: each("longMs"), prefillMs: each("prefillMs") },
      ...{
        bytes: grows("layerBytes"),
        kernelBytes: grows("layerKernelBytes"),
        weights: grows("layerWeights"),
      },
    };
  });
}

export const layerSpeeds = (comparison: Comparison, prefillTokens: number): LayerSpeed[] =>
  layerTimes(comparison).map((times) => {
    const [shortMs, prefillMs] = [median(times.shortMs), median(times.prefillMs)];
    return {
      name: times.name,
      shortMs,
      longMs: median(times.longMs),
      nsPerKB: (1e9 * shortMs) / times.bytes,
      bandwidthShare: times.kernelBytes / 1e6 / shortMs / median(comparison.bandwidth),
      prefillMs,
      prefillGigaweights: (prefillTokens * times.weights) / 1e6 / prefillMs,
    };
  });

/** What is compared of a program: times of a round, and what they are divided by. */
interface Sides {
  readonly name: string;
  readonly decodeMs: readonly number[];
  readonly prefillMs: readonly number[];
  readonly bytes: number;
  readonly weights: number;
}

/** The first against each other one. */
function ratios([ours, ...peers]: readonly Sides[]): Ratios[] {
  if (!ours) return [];
  const divided = (times: readonly number[], by: number) => times.map((ms) => ms / by);
  return peers.map((peer) => ({
    peer: peer.name,
    timePerByte: ratiosOf(divided(ours.decodeMs, ours.bytes), divided(peer.decodeMs, peer.bytes)),
    prefillPerWeight: ratiosOf(divided(peer.prefillMs, peer.weights), divided(ours.prefillMs, ours.weights)),
  }));
}

/** Of whole tokens behind the long context. */
export const tokenRatios = ({ programs }: Comparison): Ratios[] =>
  ratios(
    programs.map(({ model, longMs, prefillMs }) => ({
      ...{ name: model.name, decodeMs: longMs, prefillMs },
      ...{ bytes: model.active.tokenBytes, weights: model.active.layerWeights },
    })),
  );

/** Of layers behind the short context. */
export const layerRatios = (comparison: Comparison): Ratios[] =>
  ratios(layerTimes(comparison).map((times) => ({ ...times, decodeMs: times.shortMs })));
