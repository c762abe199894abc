import assert from "node:assert/strict";
import { test } from "node:test";
import { openStream } from "../../src/data/simulator/draw.ts";
import { coverField, type Raster, toPixels } from "../../src/data/simulator/geometry.ts";
import { centroidOf } from "../../src/data/simulator/outline.ts";
import { paintTissues } from "../../src/data/simulator/paint.ts";
import { languages } from "../../src/tasks/regions.ts";
import { planPictures } from "./pictures.ts";
import { scales } from "./scale.ts";
import { captionOf, factsOf, questionOn } from "./shape_words.ts";
import { columns, rows, shapeScene, type Thing, thingsIn } from "./shapes.ts";

const seeds = Array.from({ length: 40 }, (_, n) => n * 7919 + 1);

async function painted(seed: number) {
  const { scene, placed } = shapeScene(seed);
  const raster = coverField(scene.probe, 1, 240);
  const map = await paintTissues(scene, raster);
  const empty = await paintTissues({ ...scene, shapes: [] }, raster);
  /** Pixels that a shape changed, inside its bounding box. */
  return { placed, raster, echo: (at: number) => map[at * 3]!, around: empty[0]! };
}

const pixelAt = ({ width }: Raster, x: number, y: number) => Math.round(y) * width + Math.round(x);

test("what is said of a shape is what is drawn", async () => {
  for (const seed of seeds) {
    const { placed, raster, echo, around } = await painted(seed);
    const things = thingsIn(placed, raster);
    assert.ok(things.length >= 1, `seed ${seed}`);
    for (const shape of placed) {
      const { kind, tone, outline } = shape;
      const thing = things.find((one) => one.kind === kind);
      assert.ok(thing);
      assert.deepEqual([thing.tone, thing.size], [tone, shape.size]);
      const [x, y] = centroidOf(toPixels(raster, outline));
      const [edgeX, edgeY] = toPixels(raster, outline)[0]!;
      const seen = kind === "ring" ? echo(pixelAt(raster, edgeX, edgeY)) : echo(pixelAt(raster, x, y));
      if (tone === "bright") assert.ok(seen > around);
      else assert.ok(seen < around);
      if (kind === "ring") assert.equal(echo(pixelAt(raster, x, y)), around, "a ring is empty");
      assert.equal(rows.indexOf(thing.row), Math.floor((3 * (y + 0.5)) / raster.height));
      assert.equal(columns.indexOf(thing.column), Math.floor((3 * (x + 0.5)) / raster.width));
    }
  }
});

test("larger sizes are larger in the picture, and tones differ", async () => {
  const echoes = new Map<Thing["tone"], number[]>();
  const widths = new Map<Thing["size"], number[]>();
  for (const seed of seeds) {
    const { placed, raster, echo, around } = await painted(seed);
    for (const { kind, tone, size, outline } of placed) {
      if (kind !== "disc") continue;
      const [x, y] = centroidOf(toPixels(raster, outline));
      const xs = toPixels(raster, outline).map(([at]) => at);
      const share = (Math.max(...xs) - Math.min(...xs)) / Math.min(raster.width, raster.height);
      echoes.set(tone, [...(echoes.get(tone) ?? []), echo(pixelAt(raster, x, y)) - around]);
      widths.set(size, [...(widths.get(size) ?? []), share]);
    }
  }
  const most = (values: readonly number[] = []) => Math.max(...values);
  const least = (values: readonly number[] = []) => Math.min(...values);
  assert.ok(most(echoes.get("black")) < least(echoes.get("dark")));
  assert.ok(most(echoes.get("dark")) < least(echoes.get("bright")));
  assert.ok(most(widths.get("small")) < least(widths.get("medium")));
  assert.ok(most(widths.get("medium")) < least(widths.get("large")));
});

test("shapes of one picture are of different kinds", () => {
  for (const seed of seeds) {
    const found = shapeScene(seed).placed.map(({ kind }) => kind);
    assert.equal(new Set(found).size, found.length);
  }
});

test("different things are told differently, in every language", () => {
  const thing: Thing = { kind: "disc", size: "small", tone: "dark", row: "upper", column: "left" };
  const others: Thing[] = [
    { ...thing, kind: "ring" },
    { ...thing, size: "large" },
    { ...thing, tone: "black" },
    { ...thing, row: "middle" },
    { ...thing, column: "centre" },
  ];
  const told = [
    factsOf,
    ...languages.map((language) => (things: readonly Thing[]) => captionOf(things, language)),
  ];
  for (const tell of told)
    assert.equal(new Set([thing, ...others].map((one) => tell([one]))).size, others.length + 1);
});

test("whether a shape is there is answered by whether it is there", () => {
  const things: Thing[] = [{ kind: "bar", size: "large", tone: "dark", row: "lower", column: "right" }];
  let asked = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { prompt, answer } = questionOn(things, "en", openStream(seed, "test"));
    if (!prompt.startsWith("Is there")) continue;
    asked++;
    assert.equal(answer, prompt.includes(" bar?") ? "Yes." : "No.");
  }
  assert.ok(asked > 20);
});

test("the same pictures are planned every time, none of them in two parts", () => {
  const jobs = planPictures(scales.full);
  assert.deepEqual(planPictures(scales.full), jobs);
  for (const key of ["id", "seed"] as const)
    assert.equal(new Set(jobs.map((job) => job[key])).size, jobs.length);
  assert.deepEqual(shapeScene(5), shapeScene(5));
});

test("more training pictures leave those of validation and test as they are", () => {
  const more = { ...scales.full, organs: { ...scales.full.organs, train: scales.full.organs.train + 100 } };
  const tested = (jobs: ReturnType<typeof planPictures>) =>
    jobs.filter(({ part }) => part !== "train").map(({ seed, organ }) => [seed, organ]);
  assert.deepEqual(tested(planPictures(more)), tested(planPictures(scales.full)));
});
