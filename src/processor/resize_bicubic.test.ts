import assert from "node:assert/strict";
import { test } from "node:test";
import { namedBytes, ownGolden, readJson } from "../../test/golden_case.ts";
import { RequestError } from "../errors.ts";
import { resizeBicubic } from "./resize_bicubic.ts";

const picture = { width: 83, height: 61, data: namedBytes("imgB", 61 * 83 * 3) };

for (const [height, width] of [
  [28, 56],
  [84, 112],
] as const)
  test(`61 x 83 to ${height} x ${width} equals Pillow's`, () => {
    const expected = readJson(new URL("preprocess.json", ownGolden))[
      `pil_bicubic_61x83_to_${height}x${width}`
    ];
    const { data } = resizeBicubic(picture, { height, width });
    const middle = (height >> 1) * width * 3;
    assert.equal(data.length, height * width * 3);
    assert.equal(
      data.reduce((sum, value) => sum + value, 0),
      expected.sum,
    );
    assert.deepEqual([...data.subarray(0, 12)], expected.row0_first12);
    assert.deepEqual([...data.subarray(middle, middle + 12)], expected.mid_row_first12);
    assert.deepEqual([...data.subarray(-12)], expected.last12);
  });

test("overshoot at an edge is clamped, and equals Pillow's", () => {
  const edge = {
    width: 4,
    height: 1,
    data: Uint8Array.from([0, 0, 255, 255].flatMap((grey) => [grey, grey, grey])),
  };
  const greys = resizeBicubic(edge, { height: 1, width: 8 }).data.filter((_, index) => index % 3 === 0);
  // PIL.Image.fromarray(edge).resize((8, 1), PIL.Image.BICUBIC)
  assert.deepEqual([...greys], [0, 0, 0, 52, 203, 255, 255, 255]);
});

test("a size that is already right changes nothing", () => {
  assert.equal(resizeBicubic(picture, { height: 61, width: 83 }), picture);
});

test("resampling one axis leaves the other alone", () => {
  const rows = {
    width: 2,
    height: 3,
    data: Uint8Array.from([1, 2, 3, 1, 2, 3, 40, 50, 60, 40, 50, 60, 7, 8, 9, 7, 8, 9]),
  };
  const wider = resizeBicubic(rows, { height: 3, width: 5 });
  for (let x = 0; x < 5; x++)
    assert.deepEqual(
      [0, 1, 2].map((y) => [...wider.data.subarray((y * 5 + x) * 3, (y * 5 + x) * 3 + 3)]),
      [
        [1, 2, 3],
        [40, 50, 60],
        [7, 8, 9],
      ],
    );
});

test("a picture that does not hold its size is refused", () => {
  const short = { width: 2, height: 2, data: new Uint8Array(16) };
  assert.throws(
    () => resizeBicubic(short, { height: 4, width: 4 }),
    (error) => error instanceof RequestError && /expected 12 bytes .* got 16/.test(error.message),
  );
  assert.throws(() => resizeBicubic(picture, { height: 0, width: 4 }), RequestError);
});
