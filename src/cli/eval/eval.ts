/** @file `echovlm eval`: models and evaluations to answers, scores and a report; and two runs side by side. */

import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { replaceFile } from "../../checkpoint/replace_file.ts";
import { createPictureCheck } from "../../data/check_pictures.ts";
import { recordFiles } from "../../data/read_records.ts";
import type { DataRecord } from "../../data/record.ts";
import { CheckpointError, RequestError } from "../../errors.ts";
import type { AnswerProgress } from "../../eval/answer_run.ts";
import type { ModelSource } from "../../eval/answerer.ts";
import { endpointModel } from "../../eval/endpoint_answerer.ts";
import { evaluate } from "../../eval/evaluate.ts";
import { withSimilarity } from "../../eval/evaluations/similarity.ts";
import { evaluations, evaluationsNamed } from "../../eval/evaluations.ts";
import { type Condition, conditions } from "../../eval/exchange.ts";
import { localModel } from "../../eval/local_answerer.ts";
import { scoresCsv } from "../../eval/output/csv.ts";
import { scoresJson } from "../../eval/output/json.ts";
import { scoresMarkdown } from "../../eval/output/markdown.ts";
import { scoresPage } from "../../eval/output/page.ts";
import { sectionsOf } from "../../eval/output/sections.ts";
import { longestTimeoutMs } from "../../eval/post_completion.ts";
import type { RunScores } from "../../eval/scores.ts";
import { loadTokenEncoder } from "../../eval/token_encoder.ts";
import { generationDefaults, resolveSettings } from "../../generate/settings.ts";
import {
  createProgress,
  type InputOptions,
  type OnError,
  onErrorOption,
  startReading,
  withInput,
} from "../data/input.ts";
import { interruptible } from "../interrupt.ts";
import { countProblems, defined, numeric } from "../model_options.ts";
import { compareCommand } from "./compare.ts";
import { smallPicture } from "./small_picture.ts";

interface EvalOptions extends InputOptions {
  readonly out?: string;
  readonly onError: OnError;
  readonly model: readonly string[];
  readonly adapter: readonly string[];
  readonly endpoint?: string;
  readonly endpointModel: readonly string[];
  readonly keyVariable?: string;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly evaluations?: readonly string[];
  readonly conditions: readonly Condition[];
  readonly most?: number;
  readonly textEncoder?: string;
  readonly batch: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
  readonly logprobs: number;
  readonly draws: number;
}

export const evalCommand = (): Command =>
  withInput(new Command("eval").description("Ask models the questions of records, and score the answers."))
    .option("--out <folder>", "the run's folder; a run that was stopped goes on (required)")
    .addOption(onErrorOption("fail"))
    .optionsGroup("Models:")
    .option("--model <[name=]folder...>", "checkpoints", [])
    .option("--adapter <[name=]folder...>", "PEFT adapters of the first --model, each one model more", [])
    .option("--endpoint <url>", "an OpenAI-compatible address, such as http://localhost:8000/v1")
    .option("--endpoint-model <name...>", "models there", [])
    .option("--key-variable <name>", "environment variable that holds the endpoint's key")
    .option("--concurrency <n>", "questions under way at the endpoint", numeric, 4)
    .option("--timeout-seconds <s>", "for one answer of the endpoint", numeric, 120)
    .optionsGroup("Questions:")
    .option(
      "--evaluations <names...>",
      "some of those of `echovlm eval list` (default: all that records serve)",
    )
    .addOption(
      new Option("--conditions <names...>", "what the models are shown")
        .choices(conditions)
        .default(conditions),
    )
    .option("--most <n>", "questions of each evaluation at most, drawn by their ids", numeric)
    .option(
      "--text-encoder <folder>",
      "ONNX export of a text encoder (model.onnx, tokenizer.json): texts are scored by BERTScore too",
    )
    .optionsGroup("Answers:")
    .option("--batch <n>", "questions answered at once", numeric, 16)
    .option("--max-new-tokens <n>", "tokens of an answer at most", numeric, 256)
    .option("--temperature <t>", "0 takes the likeliest token", numeric, 0)
    .option("--seed <n>", "of answers, noise, other pictures and the bootstrap", numeric, 1)
    .option("--logprobs <n>", "alternatives of a token that are told, for calibration", numeric, 10)
    .option("--draws <n>", "of the bootstrap and of paired tests", numeric, 1000)
    .addHelpText(
      "after",
      `
Records come before the options. Writes into --out: questions.jsonl, answers/ (a file for each model and condition),
scores.json, scores.csv, report.md and report.html; docs/evaluation.md describes them.
Same inputs and seed, same files. Ctrl-C keeps every answer; the same command goes on.

Examples:
  $ echovlm eval test.jsonl --model ./EchoVLM --out runs/eval
  $ echovlm eval test.jsonl --model a=./runs/a/best b=./runs/b/best --evaluations report region --out runs/ab
  $ echovlm eval test.jsonl --endpoint http://localhost:8000/v1 --endpoint-model qwen2-vl --out runs/qwen
  $ echovlm eval compare runs/a runs/b
  $ echovlm eval list`,
    )
    .action((inputs: string[], options: EvalOptions) => run(inputs, options))
    .addCommand(compareCommand())
    .addCommand(listCommand());

const listCommand = (): Command =>
  new Command("list").description("List the evaluations.").action(() => {
    for (const { name, about } of evaluations) process.stdout.write(`${name}\n    ${about}\n`);
  });

async function run(inputs: readonly string[], options: EvalOptions): Promise<void> {
  const { most, draws, seed, maxNewTokens, temperature, logprobs } = options;
  const settings = { maxNewTokens, temperature, seed, logprobs };
  const { out } = checked(options);
  resolveSettings(settings, generationDefaults(undefined, []), () => 0);
  const asked = options.evaluations === undefined ? evaluations : evaluationsNamed(options.evaluations);
  const models = await modelsOf(options);
  const files = await recordFiles(inputs);
  const progress = createProgress();
  const encoder = options.textEncoder === undefined ? undefined : await loadTokenEncoder(options.textEncoder);
  await interruptible(async (signal) => {
    const records: DataRecord[] = [];
    for await (const { record } of startReading(files, options, signal).records) records.push(record);
    const scores = await evaluate(records, {
      folder: out,
      evaluations: encoder ? withSimilarity(asked, encoder) : asked,
      models,
      conditions: options.conditions,
      settings,
      draws,
      ...defined({ most }),
      look: createPictureCheck(),
      signal,
      onProgress: (now) => progress.show(() => progressText(now)),
    }).finally(() => Promise.all([progress.end(), encoder?.close()]));
    await writeRun(out, scores);
    for (const name of options.evaluations ?? [])
      if (!scores.scores.some(({ evaluation }) => evaluation === name))
        process.stderr.write(`no record asks anything of: ${name}\n`);
    process.stdout.write(
      options.json ? scoresJson(scores) : `${summaryOf(scores)}\n${join(out, "report.html")}\n`,
    );
  }, null);
}

/** What can be said of the options alone. @throws RequestError naming all that is wrong */
function checked(options: EvalOptions): { readonly out: string } {
  const { out, model, adapter, endpoint, endpointModel: there, batch, concurrency, timeoutSeconds } = options;
  const problems: string[] = [];
  if (out === undefined) problems.push("expected --out with a folder, got none");
  if (model.length + there.length === 0) problems.push("expected --model or --endpoint-model, got neither");
  if (adapter.length > 0 && model.length === 0) problems.push("expected --model with --adapter, got none");
  if ((endpoint === undefined) !== (there.length === 0))
    problems.push("expected --endpoint and --endpoint-model together, got one of them");
  problems.push(...countProblems({ batch, concurrency, draws: options.draws, most: options.most }));
  const longestSeconds = Math.floor(longestTimeoutMs / 1000);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= longestSeconds))
    problems.push(`expected --timeout-seconds above 0, ${longestSeconds} at most, got ${timeoutSeconds}`);
  if (problems.length > 0 || out === undefined) throw new RequestError("eval", problems);
  return { out };
}

/** @throws CheckpointError when a folder is none of a model: now, not after the models before it have answered */
async function modelsOf(options: EvalOptions): Promise<ModelSource[]> {
  const { model, adapter, endpoint, endpointModel: there, batch, concurrency, timeoutSeconds } = options;
  const locals = model.map(namedFolder);
  for (const [folders, file] of [
    [locals, "config.json"],
    [adapter.map(namedFolder), "adapter_config.json"],
  ] as const)
    for (const { folder } of folders)
      await access(join(folder, file)).catch(() => {
        throw new CheckpointError(folder, `expected a folder with ${file}, found no such file`);
      });
  return [
    ...locals.map(({ name, folder }) => localModel(folder, { ...defined({ name }), batch })),
    ...adapter
      .map(namedFolder)
      .map(({ name, folder }) =>
        localModel(locals[0]!.folder, { ...defined({ name }), adapter: folder, batch }),
      ),
    ...there.map((name) =>
      endpointModel({
        url: endpoint ?? "",
        model: name,
        ...defined({ keyVariable: options.keyVariable }),
        concurrency,
        timeoutMs: timeoutSeconds * 1000,
        backoffMs: 1000,
      }),
    ),
  ];
}

/** `name=folder`, or a folder alone, whose name may hold "=" where it exists. */
function namedFolder(text: string): { name: string | undefined; folder: string } {
  const [, name, folder] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  return name === undefined || folder === undefined || existsSync(text)
    ? { name: undefined, folder: text }
    : { name, folder };
}

function progressText({ model, condition, done, total, secondsLeft }: AnswerProgress): string {
  const left = secondsLeft === null ? "" : `, ${Math.round(secondsLeft)} s left`;
  return `${model}, ${condition}: ${done} of ${total} questions${left}`;
}

async function writeRun(out: string, run: RunScores): Promise<void> {
  const page = await scoresPage(run, smallPicture);
  const files = {
    "scores.json": scoresJson(run),
    "scores.csv": scoresCsv(run),
    "report.md": scoresMarkdown(run),
    "report.html": page,
  };
  for (const [name, text] of Object.entries(files)) await replaceFile(join(out, name), text);
}

/** The first metric of each evaluation, and what it is without the pictures. */
const summaryOf = (run: RunScores): string =>
  sectionsOf(run)
    .filter(({ region }) => region === "all")
    .flatMap(({ evaluation, pictures, models, metrics: [first] }) =>
      models.flatMap((model, place) => {
        const scoreUnder = (wanted: Condition) =>
          first?.lines.find(({ condition }) => condition === wanted)?.cells[place]?.score;
        const [seen, blind] = [scoreUnder("pictures"), scoreUnder("other picture")];
        if (seen === undefined) return [];
        const control = blind?.value == null ? "" : ` (other pictures: ${blind.value.toPrecision(3)})`;
        return [
          `${model}, ${evaluation}, ${pictures}: ${seen.metric} ${seen.value?.toPrecision(3) ?? "undefined"}${control}`,
        ];
      }),
    )
    .join("\n");
