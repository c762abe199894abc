import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type MediaGrid, positionIds, tokenCount } from "./positions.ts";

const tokens = { visionStart: 152, visionEnd: 153, image: 155, video: 156 };
const config = (tokensPerSecond: number | null = null) => ({
  tokens,
  vision: { mergeSize: 2, tokensPerSecond } as Parameters<typeof positionIds>[2]["vision"],
});
const { visionStart: start, visionEnd: end, image, video } = tokens;
const picture = (t: number, h: number, w: number): MediaGrid => ({ kind: "image", grid: { t, h, w } });
const film = (t: number, h: number, w: number, secondsPerPatch?: number): MediaGrid => ({
  kind: "video",
  grid: { t, h, w },
  ...(secondsPerPatch !== undefined && { secondsPerPatch }),
});

test("two pictures: the worked example of spec 1.3", () => {
  const ids = [
    10,
    11,
    start,
    image,
    image,
    image,
    image,
    end,
    20,
    21,
    22,
    start,
    image,
    image,
    image,
    end,
    30,
    31,
    32,
    33,
  ];
  assert.deepEqual(positionIds(ids, [picture(1, 4, 4), picture(1, 2, 6)], config()), {
    axes: [
      [0, 1, 2, 3, 3, 3, 3, 5, 6, 7, 8, 9, 10, 10, 10, 13, 14, 15, 16, 17],
      [0, 1, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 10, 10, 10, 13, 14, 15, 16, 17],
      [0, 1, 2, 3, 4, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
    ],
    delta: -2,
  });
});

test("a video counts its frames on the temporal axis", () => {
  const ids = [10, start, video, video, video, video, end, 20, 21];
  assert.deepEqual(positionIds(ids, [film(2, 2, 4)], config()), {
    axes: [
      [0, 1, 2, 2, 3, 3, 4, 5, 6],
      [0, 1, 2, 2, 2, 2, 4, 5, 6],
      [0, 1, 2, 3, 2, 3, 4, 5, 6],
    ],
    delta: -2,
  });
});

const frames: readonly [secondsPerPatch: number | undefined, rate: number | null, temporal: number[]][] = [
  [undefined, null, [0, 1, 2, 3]],
  [0.3, null, [0, 1, 2, 3]],
  [undefined, 2, [0, 2, 4, 6]],
  [0.3, 2, [0, 0, 1, 1]],
  [1.5, 4, [0, 6, 12, 18]],
];
for (const [seconds, rate, temporal] of frames)
  test(`frames of ${seconds} s at ${rate} tokens a second are at ${temporal}, text follows the largest`, () => {
    const { axes, delta } = positionIds(
      [video, video, video, video, 9],
      [film(4, 2, 2, seconds)],
      config(rate),
    );
    assert.deepEqual(axes[0].slice(0, 4), temporal);
    assert.deepEqual(
      [axes[1].slice(0, 4), axes[2].slice(0, 4)],
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    );
    const next = Math.max(...temporal) + 1;
    assert.deepEqual(
      axes.map((axis) => axis[4]),
      [next, next, next],
    );
    assert.equal(delta, next + 1 - 5);
  });

test("pictures do not spread over time, whatever the rate of videos", () => {
  const { axes } = positionIds([image, 9], [picture(1, 2, 2)], config(25));
  assert.deepEqual(axes, [
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
});

test("padding gets position 1 and counts for nothing, on either side", () => {
  const ids = [0, 0, 0, 0, 0, 0, 0, 40, 41, 42];
  const attended = ids.map((id) => id !== 0);
  const axis = [1, 1, 1, 1, 1, 1, 1, 0, 1, 2];
  assert.deepEqual(positionIds(ids, [], config(), attended), { axes: [axis, axis, axis], delta: -7 });
  const right = positionIds(ids.toReversed(), [], config(), attended.toReversed());
  assert.deepEqual(
    right.axes[0],
    axis.map((_, place) => (place < 3 ? place : 1)),
  );
});

test("a row of padding alone starts at position 0 afterwards", () => {
  assert.equal(positionIds([0, 0], [], config(), [false, false]).delta, -2);
});

/** Prompts of text runs and media, each picture or video with exactly its tokens. */
const prompt = fc
  .array(
    fc.oneof(
      fc.nat({ max: 5 }).map((n) => ({ ids: Array<number>(n).fill(7), media: [] as MediaGrid[] })),
      fc
        .tuple(
          fc.constantFrom("image", "video"),
          fc.integer({ min: 1, max: 3 }),
          fc.integer({ min: 1, max: 3 }),
        )
        .map(([kind, h, w]) => {
          const grid = { t: kind === "image" ? 1 : 2, h: 2 * h, w: 2 * w };
          const ids = Array<number>(tokenCount(grid, 2)).fill(tokens[kind]);
          return { ids, media: [{ kind, grid } satisfies MediaGrid] };
        }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => ({ ids: parts.flatMap(({ ids }) => ids), media: parts.flatMap(({ media }) => media) }));

test("padding anywhere changes no position of what exists", () => {
  fc.assert(
    fc.property(prompt, fc.infiniteStream(fc.nat({ max: 2 })), ({ ids, media }, gaps) => {
      const attended: boolean[] = [];
      const padded: number[] = [];
      for (const id of [...ids, 7]) {
        for (let gap = gaps.next().value; gap > 0; gap--) {
          padded.push(image); // padding may look like anything
          attended.push(false);
        }
        padded.push(id);
        attended.push(true);
      }
      const plain = positionIds([...ids, 7], media, config());
      const spread = positionIds(padded, media, config(), attended);
      assert.deepEqual(
        spread.axes.map((axis) => axis.filter((_, place) => attended[place])),
        plain.axes,
      );
      assert.equal(spread.delta + padded.length, plain.delta + ids.length + 1);
    }),
    { seed: 1, numRuns: 100 },
  );
});

const mismatches: readonly [ids: number[], media: MediaGrid[], message: string][] = [
  [[1, image], [], "prompt, token 1: expected no more image tokens, since every image given is used up"],
  [[video], [], "prompt, token 0: expected no more video tokens, since every video given is used up"],
  [
    [image, image, image, 1],
    [picture(1, 4, 4)],
    "prompt, token 0: expected 4 image tokens for a grid of 1x4x4, got others",
  ],
  [
    [image, image],
    [picture(1, 4, 4)],
    "prompt, token 0: expected 4 image tokens for a grid of 1x4x4, got others",
  ],
  [
    [image, image],
    [picture(1, 2, 2)],
    "prompt, token 1: expected no more image tokens, since every image given is used up",
  ],
  [
    [1, video],
    [picture(1, 2, 2)],
    "prompt, token 1: expected 1 image tokens for a grid of 1x2x2, got others",
  ],
  [
    [image, video],
    [picture(1, 2, 4)],
    "prompt, token 0: expected 2 image tokens for a grid of 1x2x4, got others",
  ],
  [[1, 2], [picture(1, 2, 2)], "prompt: expected tokens for 1 images and videos, 1 have none"],
  [
    [image, image, image],
    [picture(1, 3, 4)],
    "medium 1: expected the image's grid to be a multiple of 2 high and wide, got 1x3x4",
  ],
];
for (const [ids, media, message] of mismatches)
  test(message, () =>
    assert.throws(() => positionIds(ids, media, config()), { name: "RequestError", message }),
  );
