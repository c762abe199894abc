/** @file What is said and asked of general pictures, in both languages. */

import type { Draw } from "../../src/data/simulator/draw.ts";
import type { Language } from "../../src/tasks/regions.ts";
import { type kinds as allKinds, kinds, type Thing } from "./shapes.ts";

/** A question and its answer. */
export interface Turn {
  readonly prompt: string;
  readonly answer: string;
}

type Kind = (typeof allKinds)[number];

const names = {
  en: {
    kind: { disc: "disc", square: "square", triangle: "triangle", bar: "bar", ring: "ring", cross: "cross" },
    size: { small: "small", medium: "medium-sized", large: "large" },
    tone: { black: "black", dark: "dark grey", bright: "bright" },
  },
  zh: {
    kind: {
      disc: "圆盘",
      square: "正方形",
      triangle: "三角形",
      bar: "长条",
      ring: "圆环",
      cross: "十字",
    },
    size: { small: "小", medium: "中等大小", large: "大" },
    tone: { black: "黑色", dark: "暗灰色", bright: "亮白色" },
  },
} as const satisfies Record<
  Language,
  {
    kind: Record<Kind, string>;
    size: Record<Thing["size"], string>;
    tone: Record<Thing["tone"], string>;
  }
>;

const zhRows = { upper: "上", middle: "中", lower: "下" } as const satisfies Record<Thing["row"], string>;
const zhColumns = { left: "左", centre: "中", right: "右" } as const satisfies Record<
  Thing["column"],
  string
>;

function placeOf({ row, column }: Thing, language: Language): string {
  if (language === "en") return row === "middle" && column === "centre" ? "centre" : `${row} ${column}`;
  if (row === "middle" && column === "centre") return "正中";
  if (column === "centre") return `${zhRows[row]}方中部`;
  return row === "middle" ? `${zhColumns[column]}侧中部` : `${zhColumns[column]}${zhRows[row]}方`;
}

const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);

function phraseOf(thing: Thing, language: Language): string {
  const { kind, size, tone } = names[language];
  const [what, large, bright] = [kind[thing.kind], size[thing.size], tone[thing.tone]];
  if (language === "zh") return `${placeOf(thing, language)}有一个${large}的${bright}${what}`;
  return `${article(`${large} ${bright} ${what}`)} at the ${placeOf(thing, language)}`;
}

export const captionPrompts = { en: "Describe this picture.", zh: "请描述这张图片。" } as const;

export const captionOf = (things: readonly Thing[], language: Language): string =>
  language === "zh"
    ? `图中${things.map((thing) => phraseOf(thing, language)).join("，")}。`
    : `The picture shows ${things.map((thing) => phraseOf(thing, language)).join(" and ")}.`;

/** Every word of it depends on the picture: what the model first learns to look from. */
export const factsOf = (things: readonly Thing[]): string =>
  `${[things.length, ...things.map(({ kind, size, tone, row, column }) => [kind, size, tone, row, column].join(" "))].join("; ")}.`;

/** One question on one shape, or on whether there is one. */
export function questionOn(things: readonly Thing[], language: Language, draw: Draw): Turn {
  const thing = draw.pick(things);
  const { kind, size, tone } = names[language];
  const [what, place] = [kind[thing.kind], placeOf(thing, language)];
  const asked = draw.pick([
    thing.kind,
    draw.pick(kinds.filter((one) => things.every((other) => other.kind !== one))),
  ]);
  const isThere = asked === thing.kind;
  const count = String(things.length);
  const turns: Record<Language, readonly Turn[]> = {
    en: [
      { prompt: `What is at the ${place}?`, answer: `${article(what)}.` },
      { prompt: `Where is the ${what}?`, answer: `At the ${place}.` },
      { prompt: `How large is the ${what}?`, answer: `The ${what} is ${size[thing.size]}.` },
      { prompt: `How bright is the ${what}?`, answer: `The ${what} is ${tone[thing.tone]}.` },
      { prompt: `Is there ${article(kind[asked])}?`, answer: isThere ? "Yes." : "No." },
      { prompt: "How many shapes are there?", answer: `${count}.` },
    ],
    zh: [
      { prompt: `${place}是什么？`, answer: `${what}。` },
      { prompt: `${what}在哪里？`, answer: `在${place}。` },
      { prompt: `${what}有多大？`, answer: `${what}是${size[thing.size]}的。` },
      { prompt: `${what}是什么亮度？`, answer: `${what}是${tone[thing.tone]}的。` },
      { prompt: `图中有${kind[asked]}吗？`, answer: isThere ? "有。" : "没有。" },
      { prompt: "图中有几个形状？", answer: `${count}个。` },
    ],
  };
  return draw.pick(turns[language]);
}
