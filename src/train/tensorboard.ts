/** @file Event files that TensorBoard shows: scalars and texts by step. */

import { type FileHandle, open, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { writeFully } from "../checkpoint/file_access.ts";
import { EventSchema, type Summary_ValueSchema } from "./generated/tensorboard_pb.ts";
import type { LogValues } from "./logs.ts";
import { frameRecord } from "./tfrecord.ts";

/** Appends events to a file of its own. Close it after use. */
export interface EventFile {
  /** @param at when it was, which TensorBoard shows beside the step */
  write(step: number, at: Date, values: LogValues): Promise<void>;
  close(): Promise<void>;
}

type EventInit = MessageInitShape<typeof EventSchema>;
type ValueInit = MessageInitShape<typeof Summary_ValueSchema>;

/**
 * Begin an event file. TensorBoard reads a folder's files in the order of their names and, at the start of a session,
 * forgets what earlier files say of that session's steps.
 *
 * @param folder must exist
 * @param firstStep the first step this session writes
 */
export async function openEventFile(folder: string, firstStep: number, at: Date): Promise<EventFile> {
  const before = (await readdir(folder)).filter((name) => name.startsWith("events.out.tfevents.")).length;
  const started = String(Math.floor(at.getTime() / 1000)).padStart(10, "0");
  const name = `events.out.tfevents.${started}.${hostname()}.${process.pid}.${before}`;
  const handle = await open(join(folder, name), "wx");
  try {
    await append(handle, { ...eventAt(0, at), what: { case: "fileVersion", value: "brain.Event:2" } });
    await append(handle, { ...eventAt(firstStep, at), what: { case: "sessionLog", value: { status: 1 } } });
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    write: (step, time, values) =>
      append(handle, {
        ...eventAt(step, time),
        what: { case: "summary", value: { value: Object.entries(values).flatMap(summaryValues) } },
      }),
    close: () => handle.close(),
  };
}

const eventAt = (step: number, at: Date) => ({ step: BigInt(step), wallTime: at.getTime() / 1000 });

const append = (handle: FileHandle, event: EventInit): Promise<void> =>
  writeFully(handle, frameRecord(toBinary(EventSchema, create(EventSchema, event))));

/** A number as one scalar, a list as one per place, a text for the text plug-in. */
function summaryValues([tag, value]: [string, LogValues[string]]): ValueInit[] {
  if (typeof value === "string") return [textValue(tag, value)];
  if (typeof value === "number") return [scalarValue(tag, value)];
  return value.map((one, index) => scalarValue(`${tag}/${index}`, one));
}

const scalarValue = (tag: string, value: number): ValueInit => ({
  tag,
  value: { case: "simpleValue", value },
});

const stringType = 7;

const textValue = (tag: string, text: string): ValueInit => ({
  tag,
  metadata: { pluginData: { pluginName: "text" } },
  value: {
    case: "tensor",
    value: {
      dtype: stringType,
      tensorShape: { dim: [{ size: 1n }] },
      stringVal: [new TextEncoder().encode(text)],
    },
  },
});
