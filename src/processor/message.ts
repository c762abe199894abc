/** @file What a conversation is: messages of text, pictures and videos in any order. */

import { RequestError } from "../errors.ts";
import { isJsonObject } from "../model/json_fields.ts";

export const roles = ["system", "user", "assistant"] as const;
export type Role = (typeof roles)[number];

/** One piece of a message; `I` is how a picture is given: a path, file bytes, or decoded pixels. */
export type Part<I> =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly image: I }
  | {
      readonly type: "video";
      /** In order of time, all of one size. */
      readonly frames: readonly I[];
      /** Frames per second, positive; 2 when absent. */
      readonly fps?: number;
    };

/** One turn. A string stands for a single text part. */
export interface Message<I> {
  readonly role: Role;
  readonly content: string | readonly Part<I>[];
}

/** The parts of a message's content, with a plain string as one text part. */
export const partsOf = <I>({ content }: Message<I>): readonly Part<I>[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : content;

/** The pictures of a part: none of a text, one of an image. */
export function framesOf<I>(part: Part<I>): readonly I[] {
  switch (part.type) {
    case "text":
      return [];
    case "image":
      return [part.image];
    case "video":
      return part.frames;
  }
}

/**
 * The same conversation with every picture replaced, for example paths by decoded pixels.
 *
 * @param image called once for each picture and frame, in order
 */
export function mapImages<I, J>(messages: readonly Message<I>[], image: (source: I) => J): Message<J>[] {
  function mapPart(part: Part<I>): Part<J> {
    switch (part.type) {
      case "text":
        return part;
      case "image":
        return { type: "image", image: image(part.image) };
      case "video":
        return { ...part, frames: part.frames.map((frame) => image(frame)) };
    }
  }
  return messages.map(({ role, content }) => ({
    role,
    content: typeof content === "string" ? content : content.map(mapPart),
  }));
}

/**
 * Refuse a conversation that is not one, whatever its static type says: it may come from a file or over a wire.
 * The pictures themselves are not looked at.
 *
 * @throws RequestError naming every message and part at fault
 */
export function assertMessages(messages: unknown): asserts messages is readonly Message<unknown>[] {
  if (!Array.isArray(messages) || messages.length === 0)
    throw new RequestError("messages", "expected a list of at least one message, got none");
  const problems = messages.flatMap((message: unknown, index) =>
    messageProblems(message, `message ${index}`),
  );
  if (problems.length > 0) throw new RequestError("messages", problems);
}

/**
 * Refuse a conversation that asks nothing: no user has spoken, or the last one said and showed nothing.
 *
 * @throws RequestError
 */
export function assertAsksSomething(messages: readonly Message<unknown>[]): void {
  const lastUser = messages.findLast(({ role }) => role === "user");
  if (lastUser === undefined)
    throw new RequestError("messages", "expected at least one message with role user, got none");
  if (!partsOf(lastUser).some((part) => part.type !== "text" || part.text.trim() !== ""))
    throw new RequestError(
      "messages",
      "expected text, an image or a video in the last user message, got none",
    );
}

/** What was found, briefly: a value may be megabytes of picture. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isJsonObject(value)) return "an object";
  return value === undefined ? "nothing" : String(value);
}

function messageProblems(message: unknown, where: string): string[] {
  if (!isJsonObject(message))
    return [`${where}: expected an object with role and content, got ${show(message)}`];
  const problems: string[] = [];
  if (!roles.some((role) => role === message.role))
    problems.push(`${where}: expected role to be one of ${roles.join(", ")}, got ${show(message.role)}`);
  if (Array.isArray(message.content))
    problems.push(
      ...message.content.flatMap((part: unknown, index) => partProblems(part, `${where} part ${index}`)),
    );
  else if (typeof message.content !== "string")
    problems.push(`${where}: expected content to be text or a list of parts, got ${show(message.content)}`);
  return problems;
}

function partProblems(part: unknown, where: string): string[] {
  if (!isJsonObject(part)) return [`${where}: expected an object with a type, got ${show(part)}`];
  const { type, text, image, frames, fps } = part;
  switch (type) {
    case "text":
      return typeof text === "string" ? [] : [`${where}: expected text to be a string, got ${show(text)}`];
    case "image":
      return image === undefined || image === null ? [`${where}: expected an image, got ${show(image)}`] : [];
    case "video": {
      const problems: string[] = [];
      if (!Array.isArray(frames) || frames.length === 0)
        problems.push(`${where}: expected frames to be a list of at least one image, got ${show(frames)}`);
      if (fps !== undefined && !(typeof fps === "number" && Number.isFinite(fps) && fps > 0))
        problems.push(`${where}: expected fps to be a positive number, got ${show(fps)}`);
      return problems;
    }
    default:
      return [`${where}: expected type to be one of text, image, video, got ${show(type)}`];
  }
}
