import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../tensor/random.ts";
import type { GreyImage } from "./echo.ts";
import { echogenicityOf, measure, posteriorOf } from "./measure.ts";
import { ellipseCircumference, type Mask, maskParts, outlineOf } from "./outline.ts";

interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly long: number;
  readonly short: number;
  readonly angle: number;
}

const [width, height] = [200, 160];

const maskOf = (isInside: (x: number, y: number) => boolean): Mask => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, pixel) =>
    isInside((pixel % width) + 0.5, Math.floor(pixel / width) + 0.5) ? 255 : 0,
  ),
});

const insideEllipse =
  ({ x, y, long, short, angle }: Ellipse) =>
  (px: number, py: number) => {
    const along = (px - x) * Math.cos(angle) + (py - y) * Math.sin(angle);
    const across = (py - y) * Math.cos(angle) - (px - x) * Math.sin(angle);
    return (2 * along) / long >= -1 && ((2 * along) / long) ** 2 + ((2 * across) / short) ** 2 <= 1;
  };

const ellipseMask = (ellipse: Ellipse) => maskOf(insideEllipse(ellipse));
const level: Ellipse = { x: 100, y: 60, long: 60, short: 36, angle: 0 };

/** Speckle around a mean: Rayleigh-like spread after compression, a quarter of the level. */
function grey(mean: (x: number, y: number) => number, seed: number): GreyImage {
  const random = createRandom(seed);
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, pixel) => {
      const level = mean((pixel % width) + 0.5, Math.floor(pixel / width) + 0.5);
      return Math.max(0, Math.min(255, level * (1 + 0.5 * (random() + random() - 1))));
    }),
  };
}

const square = { isSquare: true };

test("centre, axes, angle, area and circumference of any drawn ellipse", () => {
  fc.assert(
    fc.property(
      fc.record({
        x: fc.double({ min: 70, max: 130, noNaN: true }),
        y: fc.double({ min: 70, max: 90, noNaN: true }),
        long: fc.double({ min: 40, max: 110, noNaN: true }),
        ratio: fc.double({ min: 0.4, max: 0.9, noNaN: true }),
        angle: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      }),
      ({ ratio, ...rest }) => {
        const drawn = { ...rest, short: rest.long * ratio };
        const outline = outlineOf(ellipseMask(drawn));
        assert.ok(outline);
        const near = (got: number, expected: number, tolerance: number, what: string) =>
          assert.ok(Math.abs(got - expected) <= tolerance, `${what}: expected ${expected}, got ${got}`);
        near(outline.centre.x, drawn.x, 0.2, "x");
        near(outline.centre.y, drawn.y, 0.2, "y");
        near(outline.longAxis, drawn.long, 0.5, "long axis");
        near(outline.shortAxis, drawn.short, 0.5, "short axis");
        near(outline.area, (Math.PI / 4) * drawn.long * drawn.short, drawn.long * 0.5, "area");
        const turn = Math.abs(outline.angle - drawn.angle) % Math.PI;
        near(Math.min(turn, Math.PI - turn), 0, 0.06, "angle");
        assert.ok(outline.solidity > 0.99 && outline.solidity <= 1 && outline.ellipseOverlap > 0.97);
        // By definition: the length of a fine polygon.
        const steps = 2000;
        let around = 0;
        for (let step = 0; step < steps; step++) {
          const point = (at: number) => [drawn.long * Math.cos(at), drawn.short * Math.sin(at)] as const;
          const [from, to] = [point((2 * Math.PI * step) / steps), point((2 * Math.PI * (step + 1)) / steps)];
          around += Math.hypot(to[0] - from[0], to[1] - from[1]) / 2;
        }
        near(ellipseCircumference(drawn.long, drawn.short), around, around * 1e-4, "circumference");
        near(ellipseCircumference(outline.longAxis, outline.shortAxis), around, around * 0.01, "measured");
      },
    ),
    { numRuns: 25, seed: 1 },
  );
});

test("shape: ellipses are oval, circles round, stars irregular, and what lies between is not named", () => {
  const blank = grey(() => 100, 1);
  const shape = (mask: Mask) => measure(blank, mask, square)?.shape;
  const star = maskOf((x, y) => {
    const turn = Math.atan2(y - 80, x - 100);
    return Math.hypot(x - 100, y - 80) <= 40 * (1 + 0.35 * Math.cos(7 * turn));
  });
  assert.equal(shape(ellipseMask({ ...level, short: 36 })), "oval");
  assert.equal(shape(ellipseMask({ ...level, short: 58 })), "round");
  assert.equal(shape(ellipseMask({ ...level, short: 50.5 })), undefined);
  assert.equal(shape(star), "irregular");
  assert.equal(measure(blank, star, { isSquare: false })?.shape, undefined);
});

test("orientation follows the picture's axes, and is not said of stretched or of round things", () => {
  const blank = grey(() => 100, 1);
  const orientation = (angle: number, isSquare = true) =>
    measure(blank, ellipseMask({ ...level, y: 80, angle }), { isSquare })?.orientation;
  assert.equal(orientation(0), "parallel");
  assert.equal(orientation(Math.PI / 2), "notParallel");
  assert.equal(orientation(Math.PI / 4), undefined);
  assert.equal(orientation(0, false), undefined);
  assert.equal(measure(blank, ellipseMask({ ...level, short: 60 }), square)?.orientation, undefined);
});

test("echogenicity under speckle: the ratio decides, the zones between say nothing", () => {
  const inside = insideEllipse(level);
  const expected: readonly [inside: number, around: number, word: string | undefined][] = [
    [4, 90, "anechoic"],
    [50, 90, "hypoechoic"],
    [90, 90, "isoechoic"],
    [140, 90, "hyperechoic"],
    [30, 90, undefined],
    [74, 90, undefined],
    [108, 90, undefined],
    [4, 12, undefined],
  ];
  for (const [within, around, word] of expected)
    for (const seed of [1, 2, 3]) {
      const image = grey((x, y) => (inside(x, y) ? within : around), seed);
      assert.equal(measure(image, ellipseMask(level), square)?.echogenicity, word, `${within} in ${around}`);
    }
  assert.equal(echogenicityOf({}), undefined);
});

test("behind: brighter than both flanks enhances, darker than both shadows, one flank decides nothing", () => {
  const image = (behind: number, left: number, right: number) =>
    grey((x, y) => (y < 70 ? 90 : x < 75 ? left : x > 125 ? right : behind), 5);
  const posterior = (behind: number, left = 90, right = 90) =>
    measure(image(behind, left, right), ellipseMask(level), square)?.posterior;
  assert.equal(posterior(150), "enhancement");
  assert.equal(posterior(40), "shadow");
  assert.equal(posterior(90), "none");
  assert.equal(posterior(106), undefined);
  assert.equal(posterior(150, 90, 150), undefined);
  assert.equal(posterior(40, 40, 90), undefined);
  // Dark strips below both edges are refraction, not shadow.
  const edges = grey((x, y) => (y < 65 ? 90 : x < 75 || x > 125 ? 90 : x < 84 || x > 116 ? 5 : 130), 5);
  assert.equal(measure(edges, ellipseMask(level), square)?.posterior, "enhancement");
  const low = ellipseMask({ ...level, y: 138 });
  assert.equal(measure(image(150, 90, 90), low, square)?.posterior, undefined, "no room below");
  assert.equal(posteriorOf({}), undefined);
});

test("place and size are fractions of the picture; millimetres only with a scale and square pixels", () => {
  const blank = grey(() => 100, 1);
  const mask = ellipseMask(level);
  const plain = measure(blank, mask, square);
  assert.deepEqual(plain?.position, { x: 0.5, y: 0.375 });
  assert.deepEqual(plain?.size, { width: 0.3, height: 0.225 });
  assert.equal(plain?.axesMm, undefined);
  const scaled = measure(blank, mask, { isSquare: true, mmPerPixel: 0.5 });
  assert.deepEqual(scaled?.axesMm, { long: 29.9, short: 18 });
  assert.equal(measure(blank, mask, { isSquare: false, mmPerPixel: 0.5 })?.axesMm, undefined);
  assert.equal(
    measure(
      blank,
      maskOf(() => false),
      square,
    ),
    undefined,
  );
});

test("a rectangle of whole pixels has the moments of a rectangle, however small", () => {
  const sizes = [
    [1, 1],
    [2, 1],
    [7, 3],
  ] as const;
  for (const [wide, high] of sizes) {
    const outline = outlineOf(maskOf((x, y) => x > 10 && x < 10 + wide && y > 20 && y < 20 + high));
    assert.ok(outline);
    assert.ok(Math.abs(outline.longAxis - (4 * wide) / Math.sqrt(12)) < 1e-6);
    assert.ok(Math.abs(outline.shortAxis - (4 * high) / Math.sqrt(12)) < 1e-6);
    assert.equal(outline.solidity, 1);
  }
});

test("parts of a mask come apart, the largest first, without specks", () => {
  const mask = maskOf(
    (x, y) =>
      insideEllipse({ ...level, x: 50, y: 40, long: 20, short: 20 })(x, y) ||
      insideEllipse({ ...level, x: 140, y: 90 })(x, y) ||
      (x > 190 && x < 193 && y > 150 && y < 153),
  );
  const areas = maskParts(mask).map((part) => outlineOf(part)?.centre.x);
  assert.deepEqual(
    areas.map((x) => Math.round(x ?? 0)),
    [140, 50],
  );
});
