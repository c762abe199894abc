/** @file Every model asked every question under every condition, going on where it was stopped. */

import { createHash } from "node:crypto";
import { ConfigError, RequestError } from "../errors.ts";
import { eachAtOnce } from "../http/each_at_once.ts";
import { type Answerer, type AnswerSettings, failed, type ModelSource, type Reply } from "./answerer.ts";
import { type Alike, type Asking, batchesOf } from "./batches.ts";
import { type AskedCondition, type Show, type ShowOptions, showUnder } from "./conditions.ts";
import type { Condition, Given, Question, TokenAlternatives } from "./exchange.ts";
import { finishJournal, type Journal, type JournalEntry, openJournal } from "./journal.ts";
import { majorityAnswers } from "./majority.ts";
import type { QuestionSet } from "./questions.ts";
import { answersPath, openRunFolder, runIdentityOf, writeQuestions } from "./run_folder.ts";
import { hashOfShown, renderShown } from "./shown.ts";
import { typicalAnswers } from "./typical.ts";

export interface AnswerRun {
  /** Where answers are kept; a run that was stopped goes on when it is given the same. */
  readonly folder: string;
  readonly set: QuestionSet;
  /** Opened one after another. */
  readonly models: readonly ModelSource[];
  readonly conditions: readonly Condition[];
  /** Its seed also draws noise and other pictures. */
  readonly settings: AnswerSettings;
  /** What is asked: the majority is taken among questions of one kind. */
  readonly kindOf: (question: Question) => string;
  /** Whether whole texts are expected: the most typical stands for the commonest. None are when absent. */
  readonly isText?: (question: Question) => boolean;
  /** Whether the probabilities of an answer's tokens are of use; of long answers they fill disks. */
  readonly keepsTokens: (question: Question) => boolean;
  readonly look: ShowOptions["look"];
  readonly signal: AbortSignal;
  readonly onProgress: (progress: AnswerProgress) => void;
}

/** How far one model is under one condition. */
export interface AnswerProgress {
  readonly model: string;
  readonly condition: Condition;
  /** Questions answered, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Until `total`; null while nothing tells how long a question takes. */
  readonly secondsLeft: number | null;
}

/** The answers of one model under one condition. */
export interface AnswerSet {
  /** "none" for the majority's. */
  readonly model: string;
  /** For provenance; empty for the majority's. */
  readonly identity: Answerer["identity"];
  readonly condition: Condition;
  /** One for each question, in order. */
  readonly given: readonly Given[];
}

/** What scores call the model of the majority's answers. */
const noModel = "none";

/**
 * Ask. Each set is given out once it is whole, and is then on disk in the order of the questions: the same bytes
 * whether the run was stopped in between or not, as long as batches are of one size. The number of batch mates may
 * change the last digits of probabilities, nothing else.
 *
 * @throws CheckpointError when the folder holds another run or cannot be written to
 * @throws InputError when a model cannot be opened or reached; what was answered is kept
 * @throws the signal's reason when it is aborted; what was answered is kept
 */
export async function* answerRun(run: AnswerRun): AsyncGenerator<AnswerSet> {
  const { folder, set, models, settings, signal } = run;
  assertNames(models.map(({ name }) => name));
  await openRunFolder(folder, runIdentityOf(set.questions, settings));
  await writeQuestions(folder, set.questions, run.kindOf);
  const show = showUnder(set, { seed: settings.seed, look: run.look });
  const conditions = run.conditions.filter((condition) => condition !== "majority");
  for (const { name, open } of conditions.length > 0 ? models : []) {
    const answerer = await open(signal);
    try {
      for (const condition of conditions) {
        const given = await answerPart(run, { name, answerer, condition, show });
        yield { model: name, identity: answerer.identity, condition, given };
      }
    } finally {
      await answerer.close();
    }
  }
  if (run.conditions.includes("majority"))
    yield { model: noModel, identity: {}, condition: "majority", given: await answerByMajority(run) };
}

function assertNames(names: readonly string[]): void {
  const problems = names
    .filter((name, index) => name === noModel || names.indexOf(name) !== index)
    .map((name) => `expected names of their own, none of them "${noModel}", got ${name} again`);
  if (problems.length > 0) throw new ConfigError("models", problems, "give one of them another name");
}

interface Part {
  readonly name: string;
  readonly answerer: Answerer;
  readonly condition: AskedCondition;
  readonly show: Show;
}

/** All answers of one model under one condition. */
async function answerPart(run: AnswerRun, part: Part): Promise<Given[]> {
  const { folder, set, settings, kindOf, signal, onProgress } = run;
  const { name, answerer, condition } = part;
  const path = answersPath(folder, name, condition);
  const { askings, refused } = await askingsOf(run, part);
  const journal = await openJournal(path);
  try {
    const total = set.questions.length;
    let [done, asked] = [refused.size, 0];
    const started = performance.now();
    const tell = () => {
      const secondsEach = (performance.now() - started) / 1000 / asked;
      const secondsLeft = asked === 0 ? null : (total - done) * secondsEach;
      onProgress({ model: name, condition, done, total, secondsLeft });
    };
    await eachAtOnce(
      batchesOf(askings, answerer.batch, kindOf),
      { concurrency: answerer.concurrency ?? 1, signal },
      async (batch, either) => {
        const count = batch.reduce((sum, same) => sum + same.length, 0);
        if (!isAnswered(batch, journal)) {
          const conversations = await Promise.all(batch.map(([{ messages }]) => renderShown(messages)));
          const asks = { ...settings, countsExperts: condition === "pictures" };
          const replies = await answerer.answer(conversations, asks, either);
          await journal.append(
            batch.flatMap((same, row) => entriesFor(same, replies[row]!, run.keepsTokens)),
          );
          asked += count;
        }
        done += count;
        tell();
      },
    );
    const entries = set.questions.map(({ id }) => refused.get(id) ?? journal.entries.get(id)!);
    await finishJournal(path, entries);
    return entries.map(({ given }) => given);
  } finally {
    await journal.close();
  }
}

/** What is asked of whom, and the entries of those who cannot be asked. */
async function askingsOf(
  { set: { questions }, settings, signal }: AnswerRun,
  { answerer: { identity }, condition, show }: Part,
): Promise<{ askings: Asking[]; refused: Map<string, JournalEntry> }> {
  const askings: Asking[] = [];
  const refused = new Map<string, JournalEntry>();
  for (const question of questions) {
    signal.throwIfAborted();
    try {
      const messages = await show(question, condition);
      const parts = JSON.stringify([hashOfShown(messages), settings, identity]);
      askings.push({ question, messages, asked: createHash("sha256").update(parts).digest("hex") });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      refused.set(question.id, entryOf(question.id, "", failed(error.message)));
    }
  }
  return { askings, refused };
}

/** Whether the whole batch is answered: the rest of one alone would be in other company than before. */
const isAnswered = (batch: readonly Alike[], { entries }: Journal): boolean =>
  batch.every((same) => same.every(({ question: { id }, asked }) => entries.get(id)?.asked === asked));

const entriesFor = (
  same: Alike,
  { tokens, ...reply }: Reply,
  keepsTokens: AnswerRun["keepsTokens"],
): JournalEntry[] =>
  same.map(({ question, asked }) =>
    entryOf(question.id, asked, tokens && keepsTokens(question) ? { ...reply, tokens } : reply),
  );

function entryOf(id: string, asked: string, { tokens, ...reply }: Reply): JournalEntry {
  return { asked, given: { id, ...reply, ...(tokens && { tokens: tokens.map(rounded) }) } };
}

/** To four digits: what is behind them depends on batch mates and makes files long. */
function rounded({ text, logprob, top }: TokenAlternatives): TokenAlternatives {
  const round = (value: number) => Math.round(Math.max(value, leastLogprob) * 1e4) / 1e4 + 0; // no −0
  return {
    text,
    logprob: round(logprob),
    top: top.map((other) => ({ text: other.text, logprob: round(other.logprob) })),
  };
}

/** Stands for the logarithm of 0, which JSON cannot hold. */
const leastLogprob = -9999;

async function answerByMajority(run: AnswerRun): Promise<Given[]> {
  const {
    folder,
    set: { questions },
    kindOf,
    isText = () => false,
  } = run;
  const answers = new Map([
    ...majorityAnswers(
      questions.filter((question) => !isText(question)),
      kindOf,
    ),
    ...typicalAnswers(questions.filter(isText), kindOf),
  ]);
  const entries = questions.map(({ id }) => {
    const text = answers.get(id);
    const none = "majority: expected such a question in another group, got none";
    return entryOf(id, "", text === undefined ? failed(none) : { text, finish: "stop" });
  });
  await finishJournal(answersPath(folder, noModel, "majority"), entries);
  return entries.map(({ given }) => given);
}
