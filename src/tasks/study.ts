/** @file One study: a report, a diagnosis and questions about the same pictures, which are looked at once. */

import { RequestError } from "../errors.ts";
import type { Answer } from "../generate/answer.ts";
import type { Conversation } from "../generate/conversation.ts";
import type { LoadedModel } from "../generate/load_model.ts";
import { type Pieces, readAhead, wholeAnswer } from "../generate/pieces.ts";
import type { GenerateOptions } from "../generate/settings.ts";
import { type DecodedImage, decodeImage } from "../image/decode.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Message } from "../processor/message.ts";
import { questionPrompt, type Task, taskPrompt, userMessage } from "./prompts.ts";
import type { Language, Region } from "./regions.ts";
import { withScale } from "./scale.ts";

/** What holds for everything that is asked about a study. */
export interface StudyOptions {
  readonly language: Language;
  readonly region?: Region;
  /** System prompt instead of the template's own. */
  readonly system?: string;
  /** Side of one pixel of the picture file, so that sizes can be told; for a study of one picture. */
  readonly mmPerPixel?: number;
}

/** A task, or a question in the user's own words. */
export type StudyRequest = Task | { readonly question: string };

/**
 * Pictures that several things are asked about, one after another or at once. Every answer is the one that a request of its own
 * would get: it does not see the earlier ones. What they share is not computed again: the pictures are decoded and
 * encoded once, the decoder's cache is kept up to where the requests part, behind the pictures, and what earlier answers
 * say is guessed first. Close it.
 */
export class Study {
  private readonly conversation: Conversation;

  constructor(
    model: LoadedModel,
    private readonly pictures: readonly DecodedImage[],
    private readonly options: StudyOptions,
  ) {
    this.conversation = model.openConversation();
  }

  /**
   * Ask one thing, piece by piece.
   *
   * @returns the pieces, and as the generator's value the whole answer
   * @throws RequestError as `Conversation.stream`: one answer at a time
   */
  stream(asked: StudyRequest, options: GenerateOptions = {}): Pieces {
    return this.conversation.stream(this.messages(asked), options);
  }

  /** The whole answer. @throws RequestError as `stream` */
  async ask(asked: StudyRequest, options: GenerateOptions = {}): Promise<Answer> {
    return wholeAnswer(this.stream(asked, options));
  }

  /**
   * Ask everything at once: the pictures are read first, then every answer is written in a branch of its own, and the
   * branches share the decoder's runs. Writing does not wait for readers.
   *
   * @returns the pieces of each answer, in the order of the requests
   * @throws RequestError as `Conversation.stream`
   */
  async streamAll(requests: readonly StudyRequest[], options: GenerateOptions = {}): Promise<Pieces[]> {
    const [first] = requests;
    if (first === undefined) return [];
    await this.conversation.read(this.messages(first), options);
    const branches: Conversation[] = [];
    for (const _ of requests) branches.push(await this.conversation.fork());
    return requests.map((request, n) =>
      readAhead(thenClose(branches[n]!, branches[n]!.stream(this.messages(request), options))),
    );
  }

  /** The whole answers of `streamAll`. */
  async askAll(requests: readonly StudyRequest[], options: GenerateOptions = {}): Promise<Answer[]> {
    return Promise.all((await this.streamAll(requests, options)).map(wholeAnswer));
  }

  /** What a request of its own would send. */
  messages(asked: StudyRequest): Message<DecodedImage>[] {
    const { language, region, system, mmPerPixel } = this.options;
    const [first] = this.pictures;
    const text =
      typeof asked === "string"
        ? taskPrompt(asked, this.pictures.length, language, region)
        : questionPrompt(asked.question, language, region);
    const scaled =
      mmPerPixel === undefined || !first ? text : withScale(text, language, { ...first, mmPerPixel });
    const message = userMessage(scaled, this.pictures);
    return system === undefined ? [message] : [{ role: "system", content: system }, message];
  }

  /** Free what is kept. */
  close(): Promise<void> {
    return this.conversation.close();
  }
}

/**
 * Read the pictures of a study.
 *
 * @param pictures of one examination, in the order in which the model sees them
 * @throws RequestError when a picture cannot be read, or `mmPerPixel` is given for several
 */
export async function openStudy(
  model: LoadedModel,
  pictures: readonly ImageSource[],
  options: StudyOptions,
): Promise<Study> {
  if (options.mmPerPixel !== undefined && pictures.length !== 1)
    throw new RequestError(
      "mmPerPixel",
      `expected one picture, got ${pictures.length}`,
      "pictures may differ in scale; open a study for each",
    );
  return new Study(model, await Promise.all(pictures.map((picture) => decodeImage(picture))), options);
}

async function* thenClose(conversation: Conversation, pieces: Pieces): Pieces {
  try {
    return yield* pieces;
  } finally {
    await conversation.close();
  }
}
