import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { createPictureCheck, pictureProblems } from "./check_pictures.ts";
import type { DataRecord } from "./record.ts";
import { collectStats, summary } from "./stats.ts";

const picture = fileURLToPath(
  new URL("../../../test/golden/echovlm-tiny/images/nodule.png", import.meta.url),
);
const record = (fields: Partial<DataRecord>): DataRecord => ({
  messages: [
    { role: "system", content: "You help." },
    { role: "user", content: `${"<image>".repeat(fields.images?.length ?? 0)}看 it` },
    { role: "assistant", content: "Yes." },
  ],
  ...fields,
});
async function* stream(records: readonly DataRecord[]) {
  for (const one of records) yield { record: one };
}
const plainPicture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "#123456" } });

test("counts, sizes, lengths, duplicates and groups", async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  cpSync(picture, at("a.png"));
  cpSync(picture, at("copy of a.png"));
  await plainPicture(30, 20).jpeg().toFile(at("b.jpg"));
  writeFileSync(at("broken.png"), "no picture");
  const stats = await collectStats(
    stream([
      record({ region: "breast", language: "en", group: "1", images: [at("a.png")], licence: "CC0" }),
      record({ region: "breast", group: "2", images: [at("copy of a.png"), at("b.jpg")], simulated: true }),
      record({ region: "liver", images: [at("broken.png")], videos: [[at("b.jpg"), at("gone.png")]] }),
    ]),
    { look: createPictureCheck(), countTokens: (text) => text.length * 2 },
  );
  assert.equal(stats.records, 3);
  assert.deepEqual(stats.tallies.region, { breast: 2, liver: 1 });
  assert.deepEqual(stats.tallies.language, { "not said": 2, en: 1 });
  assert.deepEqual(stats.tallies.simulated, { "not said": 2, true: 1 });
  for (const tally of Object.values(stats.tallies))
    assert.equal(
      Object.values(tally).reduce((a, b) => a + b),
      stats.records,
    );
  assert.deepEqual(stats.groups.count, 2);
  assert.equal(stats.groups.recordsWithout, 1);
  const { pictures } = stats;
  assert.deepEqual([pictures.shown, pictures.distinct, pictures.unreadable], [6, 3, 2]);
  assert.deepEqual(pictures.formats, { jpeg: 1, png: 1 });
  assert.equal(pictures.height?.min, 20);
  assert.deepEqual(pictures.duplicates, [[at("a.png"), at("copy of a.png")]]);
  assert.deepEqual(pictures.acrossGroups, [["1", "2"]]);
  assert.equal(stats.characters.question?.max, 4, "tags and system turns are not counted");
  assert.equal(stats.tokens?.answer?.max, 8);
});

test("a summary's numbers are among the numbers, in order", () => {
  assert.equal(summary([]), null);
  assert.deepEqual(summary([3, 1, 2, 10]), { count: 4, min: 1, mean: 4, median: 2, p95: 10, max: 10 });
});

test("pictures are looked at: missing, damaged, of unequal size, or not as their facts say", async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  await plainPicture(30, 20).png().toFile(at("wide.png"));
  await plainPicture(20, 30).withExif({}).withMetadata({ orientation: 6 }).jpeg().toFile(at("turned.jpg"));
  await plainPicture(31, 20).png().toFile(at("other.png"));
  writeFileSync(at("text.png"), "hello");
  writeFileSync(at("cut.jpg"), new Uint8Array([0xff, 0xd8, 0xff, 0xe0]));
  const problemsOf = (fields: Partial<DataRecord>) => pictureProblems(record(fields), createPictureCheck());
  const facts = { region: "breast", source: "labelled", picture: { width: 30, height: 20 } } as const;

  assert.deepEqual(await problemsOf({ images: [at("wide.png"), at("turned.jpg")], facts }), []);
  assert.deepEqual(await problemsOf({ images: [at("turned.jpg")], facts }), [], "as it is shown");
  assert.deepEqual(await problemsOf({ videos: [[at("wide.png"), at("turned.jpg")]] }), []);
  const [other] = await problemsOf({ images: [at("other.png")], facts });
  assert.equal(other, "facts.picture: expected 31 x 20 as in the file, got 30 x 20");
  const [frames] = await problemsOf({ videos: [[at("wide.png"), at("other.png")]] });
  assert.equal(frames, "videos.0: expected frames of one size, got 30 x 20, 31 x 20");
  const found = await problemsOf({ images: ["gone.png", "text.png", "cut.jpg"].map(at) });
  assert.match(found[0]!, /^images\.0: .*gone\.png: expected an image file, got no file there$/);
  assert.match(found[1]!, /^images\.1: .*expected a PNG, .* got text that starts with "hello"$/);
  assert.match(found[2]!, /^images\.2: .*expected a picture's header, got a damaged one/);
});
