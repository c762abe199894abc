/** @file `echovlm data preview`: some records, readable. */

import { Command } from "commander";
import { createPictureCheck } from "../../data/check_pictures.ts";
import { type Place, placeName } from "../../data/place.ts";
import { recordFiles } from "../../data/read_records.ts";
import { type DataRecord, picturesOf } from "../../data/record.ts";
import { RequestError } from "../../errors.ts";
import { nameOf } from "../../image/read_source.ts";
import { createRandom } from "../../tensor/random.ts";
import { interruptible } from "../interrupt.ts";
import { numeric } from "../model_options.ts";
import { type InputOptions, type OnError, onErrorOption, startReading, withInput } from "./input.ts";

interface PreviewOptions extends InputOptions {
  readonly count: number;
  readonly seed?: number;
  readonly onError: OnError;
}

export const previewCommand = (): Command =>
  withInput(new Command("preview").description("Show some records as they will be read."))
    .option("--count <n>", "how many", numeric, 3)
    .option("--seed <n>", "choose them by chance from all (default: the first)", numeric)
    .addOption(onErrorOption("skip"))
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm data preview train.jsonl
  $ echovlm data preview --count 10 --seed 1 train.jsonl`,
    )
    .action(preview);

type Placed = { readonly place: Place; readonly record: DataRecord };

async function preview(inputs: string[], options: PreviewOptions): Promise<void> {
  const { count, seed, json } = options;
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RequestError("--count", `expected a whole number from 1, got ${count}`);
  const files = await recordFiles(inputs);
  await interruptible(async (signal) => {
    const { records } = startReading(files, options, signal);
    const chosen = seed === undefined ? await first(records, count) : await drawn(records, count, seed);
    if (json) process.stdout.write(`${JSON.stringify(chosen.map(plain), null, 2)}\n`);
    else for (const placed of chosen) process.stdout.write(`${await describe(placed)}\n\n`);
  }, null);
}

async function first(records: AsyncGenerator<Placed>, count: number): Promise<Placed[]> {
  const chosen: Placed[] = [];
  for await (const placed of records) {
    chosen.push(placed);
    if (chosen.length === count) break;
  }
  return chosen;
}

/** Every record with the same chance (reservoir sampling), in the order of the files. */
async function drawn(records: AsyncGenerator<Placed>, count: number, seed: number): Promise<Placed[]> {
  const random = createRandom(seed);
  const chosen: { at: number; placed: Placed }[] = [];
  let at = 0;
  for await (const placed of records) {
    const slot = at < count ? at : Math.floor(random() * (at + 1));
    if (slot < count) chosen[slot] = { at, placed };
    at++;
  }
  return chosen.sort((a, b) => a.at - b.at).map(({ placed }) => placed);
}

/** Pictures that are bytes by name only. */
const plain = ({ place, record }: Placed) => ({
  ...place,
  record: { ...record, ...(record.images && { images: record.images.map(nameOf) }) },
});

async function describe({ place, record }: Placed): Promise<string> {
  const { messages, images: _images, videos: _videos, facts, ...rest } = record;
  const look = createPictureCheck();
  const pictures = await Promise.all(
    picturesOf(record).map(async (source) => {
      const looked = await look(source);
      return "problem" in looked
        ? `  ! ${looked.problem}`
        : `  ${nameOf(source)}, ${looked.header.width} x ${looked.header.height} ${looked.header.format}`;
    }),
  );
  const about = Object.entries(rest).map(([field, value]) => `${field} ${value}`);
  return [
    `${placeName(place)}`,
    ...(about.length > 0 ? [`  ${about.join(" · ")}`] : []),
    ...pictures,
    ...messages.map(({ role, content }) => `${role}: ${content.replaceAll("\n", "\n  ")}`),
    ...(facts === undefined ? [] : [`facts: ${JSON.stringify(facts)}`]),
  ].join("\n");
}
