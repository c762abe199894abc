/** @file A way to look at the answers of an evaluation: what is read from each, and the metrics of that. */

import { VERSION } from "../generate/answer.ts";
import type { Exchange } from "./exchange.ts";
import { everyRow, type Metric, perItem, type Scored } from "./metrics/metric.ts";
import { bootstrap, type Draws, type Interval } from "./statistics/bootstrap.ts";
import { type Difference, exchangeTest, pairedBootstrap } from "./statistics/paired.ts";

/** What is said of a metric beside its numbers. */
export type MetricText = Pick<Metric<never>, "name" | "signature" | "better" | "isDetail">;

/** Metrics of what is read from some of an evaluation's answers. All lists are of exchanges that `takes` accepts. */
export interface View {
  readonly takes: (exchange: Exchange) => boolean;
  /** Whether an answer cannot be read as what was asked for. */
  readonly isUnread: (exchange: Exchange) => boolean;
  /** A metric by the name that scores give it; undefined where this view has none of that name. */
  readonly scored: (metric: string, exchanges: readonly Exchange[]) => Scored | undefined;
  readonly score: (exchanges: readonly Exchange[], draws: Draws) => (MetricText & Interval)[];
  /** The first model's scores less the second's, on the same questions in the same order. */
  readonly compare: (
    first: readonly Exchange[],
    second: readonly Exchange[],
    draws: Draws,
  ) => (MetricText & Difference)[];
  /** Each answer's own score by the first metric: what the worst are found by. */
  readonly each: (exchanges: readonly Exchange[]) => number[];
}

export interface ViewDefinition<Item> {
  /** Stands behind the metrics' names where an evaluation has several views, such as "zh, characters". */
  readonly label?: string;
  /** All answers when absent. */
  readonly takes?: (exchange: Exchange) => boolean;
  /**
   * How answers are read, for signatures, with the hash of all tables and patterns they are read by; what else decides
   * is the version's. None: as they are.
   */
  readonly reading?: string;
  readonly read: (exchange: Exchange) => Item;
  /** When absent, an answer of no words is unread. */
  readonly isUnread?: (item: Item) => boolean;
  /** The first is what the worst answers are found by. */
  readonly metrics: readonly Metric<Item>[];
}

/** A view from what is read and measured. */
export function viewOf<Item>(definition: ViewDefinition<Item>): View {
  const { label, takes = () => true, reading, isUnread, metrics } = definition;
  const read = perItem(definition.read);
  const textOf = ({ name, signature, better, isDetail }: Metric<Item>): MetricText => ({
    name: label === undefined ? name : `${name} (${label})`,
    signature: reading === undefined ? signature : `read:${reading}|${signature}|version:echovlm-${VERSION}`,
    better,
    ...(isDetail && { isDetail }),
  });
  const groupsOf = (exchanges: readonly Exchange[]) => exchanges.map(({ question }) => question.group);
  return {
    takes,
    isUnread: (exchange) => (isUnread ? isUnread(read(exchange)) : exchange.given.text.trim() === ""),
    scored: (name, exchanges) =>
      metrics.find((metric) => textOf(metric).name === name)?.of(exchanges.map(read)),
    score(exchanges, draws) {
      const items = exchanges.map(read);
      return metrics.map((metric) => ({
        ...textOf(metric),
        ...bootstrap(metric.of(items), groupsOf(exchanges), draws),
      }));
    },
    compare(first, second, draws) {
      const pair = { first: first.map(read), second: second.map(read), groups: groupsOf(first) };
      return metrics.map((metric) => {
        const { p } = exchangeTest(metric, pair, draws);
        return { ...textOf(metric), ...pairedBootstrap(metric, pair, draws), p };
      });
    },
    each(exchanges) {
      const items = exchanges.map(read);
      const scored = metrics[0]?.of(items);
      return everyRow(items).map((row) => scored?.score([row]) ?? Number.NaN);
    },
  };
}
