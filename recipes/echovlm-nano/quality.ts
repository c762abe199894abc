/** @file How good a model is on the test part of the data set: pictures whose groups were never trained on. */

import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { keepRecords, readRecords, recordFiles } from "../../src/data/read_records.ts";
import { type DataRecord, messagesOf } from "../../src/data/record.ts";
import type { Answer } from "../../src/generate/answer.ts";
import { loadModel } from "../../src/generate/load_model.ts";
import { type Answered, measuresOf, table } from "./measures.ts";

interface Options {
  readonly model: string;
  readonly batch: string;
  readonly most?: string;
  readonly out?: string;
}

/** Alternatives of each token that are reported: enough that no class name is missing. */
const mostAlternatives = 24;

const command = new Command("quality")
  .description("Measure a model on the test part of the nano data set.")
  .argument("<test.jsonl>", "records that prepare.js wrote for the test")
  .requiredOption("--model <folder>", "checkpoint to measure")
  .option("--batch <count>", "records answered at once", "16")
  .option("--most <count>", "take only so many records, evenly spread")
  .option("--out <file.json>", "also write the figures and every answer")
  .action(run);
await command.parseAsync();

async function run(path: string, options: Options): Promise<void> {
  const all: DataRecord[] = [];
  const items = readRecords(await recordFiles([path]));
  for await (const { record } of keepRecords(items, "fail")) all.push(record);
  const most = Math.min(all.length, Number(options.most ?? all.length));
  const records = Array.from({ length: most }, (_, n) => all[Math.floor((n * all.length) / most)]!);
  // Like beside like, so that no row of a batch waits long for another.
  records.sort((a, b) => String(a.task).localeCompare(String(b.task)) || lengthOf(a) - lengthOf(b));

  const model = await loadModel(options.model);
  const withAlternatives = (record: DataRecord, answer: Answer): Answered => {
    const textOf = (id: number) => model.processor.tokenizer.decode([id], { skipSpecial: true });
    const alternatives = (answer.logprobs ?? []).map(({ top }) =>
      top.map(({ id, logprob }) => ({ text: textOf(id), logprob })),
    );
    return { record, answer, alternatives };
  };
  const answered: Answered[] = [];
  const started = performance.now();
  for (let start = 0; start < records.length; start += Number(options.batch)) {
    const batch = records.slice(start, start + Number(options.batch));
    const asked = batch.map((record) => messagesOf(record).slice(0, -1));
    const answers = await model.generateBatch(asked, {
      temperature: 0,
      maxNewTokens: 220,
      logprobs: mostAlternatives,
    });
    answered.push(...batch.map((record, i) => withAlternatives(record, answers[i]!)));
    const perRecord = (performance.now() - started) / answered.length / 1000;
    process.stderr.write(
      `\r${answered.length}/${records.length} records, ${((records.length - answered.length) * perRecord).toFixed(0)} s left   `,
    );
  }
  process.stderr.write("\n");
  const measures = measuresOf(answered);
  process.stdout.write(`${table(measures)}\n`);
  if (options.out !== undefined) {
    const answers = answered.map(({ record, answer: { text } }) => ({
      id: record.id,
      dataset: record.dataset,
      image: record.images?.[0],
      asked: record.messages[0]?.content,
      expected: record.messages[1]?.content,
      answered: text,
    }));
    const figures = { model: model.identity, measures, answers };
    await writeFile(options.out, `${JSON.stringify(figures, null, 1)}\n`);
  }
  await model.close();
}

function lengthOf({ messages }: DataRecord): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}
