import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ownGolden, readProcessor } from "../../test/golden_case.ts";
import { createTextStream } from "./text_stream.ts";
import { createUtf8Decoder } from "./utf8.ts";

const { tokenizer } = readProcessor(new URL("echovlm-tiny/", ownGolden));

test("the pieces joined are the whole decode, for any ids", () => {
  const id = fc.oneof(
    fc.integer({ min: 0, max: 520 }),
    fc.constantFrom(...tokenizer.encode("甲状腺😀é"), 500, 504),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 40 }), fc.boolean(), (ids, skipSpecial) => {
      const stream = createTextStream(tokenizer, { skipSpecial });
      const pieces = ids.map((id) => stream.push(id));
      pieces.push(stream.end());
      assert.equal(pieces.join(""), tokenizer.decode(ids, { skipSpecial }));
    }),
    { numRuns: 2000 },
  );
});

test("a character split over tokens arrives whole, with its last token", () => {
  const ids = tokenizer.encode("腫");
  assert.ok(ids.length > 1, "the character is one token; choose another");
  const stream = createTextStream(tokenizer, { skipSpecial: true });
  assert.deepEqual(
    ids.map((id) => stream.push(id)),
    [...ids.slice(1).map(() => ""), "腫"],
  );
  assert.equal(stream.end(), "");
});

test("an unfinished character becomes one mark at the end", () => {
  const [lead] = tokenizer.encode("腫");
  const stream = createTextStream(tokenizer, { skipSpecial: true });
  assert.equal(stream.push(lead!), "");
  assert.equal(stream.end(), "\uFFFD");
  assert.equal(stream.end(), "");
});

test("UTF-8 decoding is the platform's, for any bytes and any split", () => {
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xbb, 0xbf, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0),
  );
  const platform = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (bytes) => {
      const decoder = createUtf8Decoder();
      const text = bytes.map((byte) => decoder.push([byte])).join("") + decoder.flush();
      assert.equal(text, platform.decode(Uint8Array.from(bytes)));
    }),
    { numRuns: 5000 },
  );
});
