import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { crc32c } from "@node-rs/crc32";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { type Event, EventSchema } from "./generated/tensorboard_pb.ts";
import { openLogs } from "./logs.ts";
import { maskedCrc } from "./tfrecord.ts";

const linesOf = (folder: string): { step: number; wallTime: string; [name: string]: unknown }[] =>
  readFileSync(join(folder, "log.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The events of each file, oldest first; every checksum is looked at. */
function eventsOf(folder: string): Event[][] {
  const names = readdirSync(folder).filter((name) => name.startsWith("events.out.tfevents."));
  return names.sort().map((name) => {
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const view = new DataView(bytes.buffer);
    const events: Event[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Number(view.getBigUint64(at, true));
      const data = bytes.subarray(at + 12, at + 12 + length);
      assert.equal(view.getUint32(at + 8, true), maskedCrc(bytes.subarray(at, at + 8)));
      assert.equal(view.getUint32(at + 12 + length, true), maskedCrc(data));
      events.push(fromBinary(EventSchema, data));
      at += 16 + length;
    }
    return events;
  });
}

/** What TensorBoard shows: a session's start forgets its steps and later ones, of every file before. */
function shownBy(files: Event[][]): Map<string, unknown[]> {
  const shown = new Map<string, [step: number, value: unknown][]>();
  for (const { step, what } of files.flat()) {
    if (what.case === "sessionLog" && what.value.status === 1)
      for (const [tag, values] of shown)
        shown.set(
          tag,
          values.filter(([s]) => s < Number(step)),
        );
    if (what.case !== "summary") continue;
    for (const { tag, value } of what.value.value) {
      const seen = value.case === "tensor" ? new TextDecoder().decode(value.value.stringVal[0]) : value.value;
      shown.set(tag, [...(shown.get(tag) ?? []), [Number(step), seen]]);
    }
  }
  return shown;
}

test("CRC-32C and its mask are those of RFC 3720 and of the TFRecord format", () => {
  const vectors: readonly [Uint8Array, number][] = [
    [new Uint8Array(32), 0x8a91_36aa],
    [new Uint8Array(32).fill(0xff), 0x62a8_ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd_794e],
    [new TextEncoder().encode("123456789"), 0xe306_9283],
  ];
  for (const [bytes, crc] of vectors) {
    assert.equal(crc32c(bytes), crc);
    const unmasked = (maskedCrc(bytes) - 0xa282_ead8) >>> 0;
    assert.equal(((unmasked >>> 17) | (unmasked << 15)) >>> 0, crc);
  }
});

test("both logs say what was written: numbers, lists and texts, each with its step", async (t) => {
  const folder = join(temporaryFolder(t), "run");
  const logs = await openLogs(folder, { after: null });
  await logs.write(1, { loss: 2.5, load: [0.25, 0.75], sample: "无回声 cyst" });
  await logs.write(2, { loss: Number.NaN });
  await logs.close();

  const [first, second] = linesOf(folder);
  assert.deepEqual(first, {
    step: 1,
    wallTime: new Date(first!.wallTime).toISOString(),
    loss: 2.5,
    load: [0.25, 0.75],
    sample: "无回声 cyst",
  });
  assert.equal(second!.loss, null);
  const files = eventsOf(folder);
  assert.equal(files.length, 1);
  assert.deepEqual(files[0]![0]!.what, { case: "fileVersion", value: "brain.Event:2" });
  assert.equal(files[0]![2]!.wallTime, Date.parse(first!.wallTime) / 1000);
  assert.deepEqual(
    shownBy(files),
    new Map<string, unknown[]>([
      [
        "loss",
        [
          [1, 2.5],
          [2, Number.NaN],
        ],
      ],
      ["load/0", [[1, 0.25]]],
      ["load/1", [[1, 0.75]]],
      ["sample", [[1, "无回声 cyst"]]],
    ]),
  );
});

test("a run that was killed and resumed leaves the log of an unbroken one", async (t) => {
  const [broken, unbroken] = [temporaryFolder(t), temporaryFolder(t)];
  const steps = async (folder: string, after: number | null, from: number, to: number) => {
    const logs = await openLogs(folder, { after });
    for (let step = from; step <= to; step++) await logs.write(step, { loss: 1 / step });
    await logs.close();
  };
  await steps(unbroken, null, 1, 6);
  await steps(broken, null, 1, 5);
  appendFileSync(join(broken, "log.jsonl"), '{"step":6,"wal'); // killed in the middle of a line
  await steps(broken, 3, 4, 6);

  const values = (folder: string) => linesOf(folder).map(({ wallTime: _, ...rest }) => rest);
  assert.deepEqual(values(broken), values(unbroken));
  assert.equal(eventsOf(broken).length, 2);
  assert.deepEqual(shownBy(eventsOf(broken)), shownBy(eventsOf(unbroken)));

  await steps(broken, null, 1, 2); // a new run in the old folder
  assert.deepEqual(
    linesOf(broken).map(({ step }) => step),
    [1, 2],
  );
  assert.equal(shownBy(eventsOf(broken)).get("loss")!.length, 2);
  assert.ok(!readdirSync(broken).some((name) => name.endsWith(".tmp")));
});

test("a damaged log is not gone on with, and a folder that is a file is refused", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "log.jsonl");
  writeFileSync(path, '{"step":1}\n{"loss":1}\n{"step":2}\n');
  await assert.rejects(openLogs(folder, { after: 2 }), (error: unknown) => {
    assert.ok(error instanceof CheckpointError);
    assert.ok(error.message.startsWith(`${path}: line 2: expected a JSON object with a step`));
    return true;
  });
  assert.equal(readFileSync(path, "utf8").split("\n").length, 4);
  await assert.rejects(openLogs(join(path, "run"), { after: null }), CheckpointError);
});
