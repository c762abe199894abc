/** @file What a question shows under each condition. */

import type { Looked } from "../data/check_pictures.ts";
import { RequestError } from "../errors.ts";
import { type ImageSource, nameOf } from "../image/read_source.ts";
import { framesOf, type Message, mapImages, partsOf } from "../processor/message.ts";
import { namedRandom } from "../tensor/random.ts";
import type { Condition, Question } from "./exchange.ts";
import { asksRegion, kindOf, type QuestionSet, regionIn } from "./questions.ts";
import type { Shown } from "./shown.ts";

/** A condition in which a model is asked. */
export type AskedCondition = Exclude<Condition, "majority">;

/** The conversation to ask under a condition. @throws RequestError when a picture for it is missing or unreadable */
export type Show = (question: Question, condition: AskedCondition) => Promise<readonly Message<Shown>[]>;

export interface ShowOptions {
  /** Of noise, and of which other pictures are taken; whole number, 0 to 2³² − 1. */
  readonly seed: number;
  /** From `createPictureCheck`. */
  readonly look: (source: ImageSource) => Promise<Looked>;
}

/** Pixels of the largest picture that noise is made for: larger ones are not decoded either. */
const mostPixels = 100e6;

/**
 * What questions show under each condition. A picture's noise and the pictures in its place depend on the seed and the
 * picture, so that all questions on one picture meet the same, but for those on its region; the words never change.
 *
 * `no picture` leaves the words. `noise` is grey and uniform, of each picture's size in pixels. `other picture` takes
 * those of one question of another group that shows no equal file, of the same kind (real, simulated, or without
 * anatomy) and of the same region where there is one: otherwise a model that tells regions apart and nothing else would
 * seem to look. Questions that ask the region get any, since one of the same would leave their answer right. As many
 * pictures, and videos as long, are taken where some question has them; elsewhere one picture replaces them all.
 *
 * A question with a picture that is not there cannot be asked under any condition that shows pictures, so that the
 * questions of these are the same.
 */
export function showUnder({ questions, missing }: QuestionSet, { seed, look }: ShowOptions): Show {
  const donors = donorsOf(questions.filter(({ id }) => !missing.has(id)));

  async function fileOf(source: ImageSource): Promise<File> {
    const looked = await look(source);
    if ("problem" in looked) throw new RequestError("unreadable picture", looked.problem);
    return { source, ...looked.header };
  }
  const filesOf = ({ messages }: Question) => Promise.all(picturesIn(messages).map(fileOf));

  async function othersFor(question: Question, own: readonly File[]): Promise<readonly Shown[]> {
    const hashes = new Set(own.map(({ hash }) => hash));
    const kind = kindOf(question.record);
    const layout = layoutOf(question);
    const region = asksRegion(question) ? undefined : regionIn(question.record);
    const near = region === undefined ? [] : [`${layout} ${region}`, `${kind} ${region}`];
    for (const pool of [...near, layout, kind].map((key) => donors.get(key) ?? [])) {
      const start = Math.floor(namedRandom(seed, `other ${[...hashes].join(" ")}`)() * pool.length);
      for (let step = 0; step < pool.length; step++) {
        const donor = pool[(start + step) % pool.length]!;
        if (donor.group === question.group) continue;
        const files = await filesOf(donor).catch(() => []); // whoever asks the damaged one is told
        if (files.length === 0 || files.some(({ hash }) => hashes.has(hash))) continue;
        const isAlike = layoutOf(donor) === layout;
        return own.map((_, index) => shownFile(files[isAlike ? index : 0]!));
      }
    }
    throw new RequestError("other picture", `expected ${kind} pictures of another group, got none`);
  }

  return async (question, condition) => {
    if (condition === "no picture") return withoutPictures(question.messages);
    const absent = missing.get(question.id);
    if (absent) throw new RequestError("missing picture", `expected ${absent.join(", ")}, got no such file`);
    const own = await filesOf(question);
    if (own.length === 0) return withoutPictures(question.messages);
    const shown = {
      pictures: () => own.map(shownFile),
      noise: () => own.map((file) => noiseFor(file, seed)),
      "other picture": () => othersFor(question, own),
    } as const satisfies Record<typeof condition, unknown>;
    const pictures = await shown[condition]();
    let next = 0;
    return mapImages(question.messages, () => pictures[next++]!);
  };
}

/** A picture's file and what its header says. */
interface File {
  readonly source: ImageSource;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
}

const shownFile = ({ source, hash }: File): Shown => ({ source, hash });

function noiseFor({ source, hash, width, height }: File, seed: number): Shown {
  if (width * height > mostPixels)
    throw new RequestError(nameOf(source), `expected at most ${mostPixels} pixels, got ${width} x ${height}`);
  return { seed, name: `noise ${hash}`, width, height };
}

function picturesIn(messages: readonly Message<ImageSource>[]): ImageSource[] {
  const sources: ImageSource[] = [];
  mapImages(messages, (source) => sources.push(source));
  return sources;
}

const withoutPictures = (messages: readonly Message<ImageSource>[]): Message<Shown>[] =>
  messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? content : content.filter((part) => part.type === "text"),
  }));

/** The kind, and how many pictures and frames stand where. */
const layoutOf = (question: Question): string =>
  [
    kindOf(question.record),
    ...question.messages
      .flatMap((message) => partsOf(message))
      .filter((part) => part.type !== "text")
      .map((part) => `${part.type} ${framesOf(part).length}`),
  ].join(", ");

function keysOf(question: Question): string[] {
  const keys = [layoutOf(question), kindOf(question.record)];
  const region = regionIn(question.record);
  return region === undefined ? keys : [...keys, ...keys.map((key) => `${key} ${region}`)];
}

/** Questions with pictures by layout, and by kind alone, both of each region and of any, in the order of their ids. */
function donorsOf(questions: readonly Question[]): ReadonlyMap<string, readonly Question[]> {
  const donors = new Map<string, Question[]>();
  const sorted = [...questions].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const question of sorted.filter(({ messages }) => picturesIn(messages).length > 0))
    for (const key of keysOf(question)) {
      const pool = donors.get(key);
      if (pool) pool.push(question);
      else donors.set(key, [question]);
    }
  return donors;
}
