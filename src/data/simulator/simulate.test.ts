import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { RequestError } from "../../errors.ts";
import { type Region, regions } from "../../tasks/regions.ts";
import { Facts } from "../facts.ts";
import {
  createSimulator,
  findingsOf,
  type SimulatedFinding,
  type Simulation,
  type Simulator,
} from "./simulate.ts";

let simulator: Simulator;
before(async () => {
  simulator = await createSimulator();
});
after(() => simulator.close());

const grey = ({ image }: Simulation, i: number): number => image.data[i * 3]!;
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function boxOf(mask: Uint8Array, width: number): Box {
  let [left, right, top, bottom] = [Number.POSITIVE_INFINITY, -1, Number.POSITIVE_INFINITY, -1];
  mask.forEach((value, i) => {
    if (value !== 255) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  });
  return { left, right, top, bottom };
}

/** Mean grey inside the mask and in the ring around it. */
function contrast(simulation: Simulation, mask: Uint8Array): { inside: number; around: number } {
  const { width } = simulation.image;
  const { left, right, top, bottom } = boxOf(mask, width);
  const [spareX, spareY] = [Math.max(3, (right - left) * 0.3), Math.max(3, (bottom - top) * 0.3)];
  const [inside, around]: [number[], number[]] = [[], []];
  for (const [i, value] of mask.entries()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (value === 255) inside.push(grey(simulation, i));
    else if (x > left - spareX && x < right + spareX && y > top - spareY && y < bottom + spareY)
      around.push(grey(simulation, i));
  }
  return { inside: mean(inside), around: mean(around) };
}

test("the same seed gives the same picture, masks and facts, bit for bit; another seed does not", async () => {
  const request = { region: "breast", finding: "cyst", seed: 11, size: 200 } as const;
  const other = await createSimulator();
  const [a, b, c] = await Promise.all([
    simulator.simulate(request),
    other.simulate(request),
    simulator.simulate({ ...request, seed: 12 }),
  ]);
  await other.close();
  assert.deepEqual(a, b);
  assert.notDeepEqual(a.facts, c.facts);
});

test("size changes the raster and not the anatomy", async () => {
  const [small, large] = await Promise.all(
    [160, 320].map((size) => simulator.simulate({ region: "liver", finding: "haemangioma", seed: 3, size })),
  );
  assert.deepEqual(small!.facts.findings![0]!.axesMm, large!.facts.findings![0]!.axesMm);
  assert.equal(Math.max(large!.image.width, large!.image.height), 320);
  const extent = ({ facts }: Simulation) => facts.picture!.width * facts.mmPerPixel!;
  assert.ok(Math.abs(extent(small!) / extent(large!) - 1) < 0.02);
});

test("a finding of another region is refused by name", async () => {
  await assert.rejects(
    simulator.simulate({ region: "heart", finding: "cyst", seed: 1 }),
    (error) => error instanceof RequestError && /pericardialEffusion/.test(error.message),
  );
});

for (const region of regions)
  test(`${region}: every finding runs, and facts, mask and picture agree`, async () => {
    const all = findingsOf(region);
    assert.ok(all[0] === "normal" && all.length > 4);
    await Promise.all(
      all.map(async (finding) => {
        const simulation = await simulator.simulate({ region, finding, seed: 5, size: 192 });
        const { image, facts, masks } = simulation;
        Facts.parse(facts);
        assert.equal(facts.source, "simulated");
        assert.equal(image.data.length, image.width * image.height * 3);
        assert.deepEqual(facts.picture, { width: image.width, height: image.height });
        if (finding === "normal") {
          assert.equal(facts.normal, true);
          assert.deepEqual(masks, []);
          return;
        }
        assert.ok(facts.findings!.some(({ kind }) => kind === finding));
        assert.equal(masks.length, facts.findings!.length);
        for (const [i, fact] of facts.findings!.entries())
          agree(simulation, fact, masks[i]!, `${finding} ${i}`);
      }),
    );
  });

function agree(
  simulation: Simulation,
  fact: NonNullable<Facts["findings"]>[number],
  mask: Uint8Array | null,
  name: string,
): void {
  const { image, facts } = simulation;
  if (!mask || !fact.size || !fact.axesMm || !fact.position) return;
  const { left, right, top, bottom } = boxOf(mask, image.width);
  const [wide, high] = [right - left + 1, bottom - top + 1];
  // The tips of thin things cover less than half a pixel.
  assert.ok(Math.abs(wide - fact.size.width * image.width) <= 4, `${name}: width`);
  assert.ok(Math.abs(high - fact.size.height * image.height) <= 4, `${name}: height`);
  assert.ok(
    left <= fact.position.x * image.width && fact.position.x * image.width <= right + 1,
    `${name}: x`,
  );
  const longMm = fact.axesMm.long;
  const pixel = facts.mmPerPixel!;
  assert.ok(
    longMm > (Math.max(wide, high) - 4) * pixel && longMm < Math.hypot(wide + 4, high + 4) * pixel,
    `${name}: mm`,
  );
  if (mask.filter((value) => value === 255).length < 40) return;
  const { inside, around } = contrast(simulation, mask);
  if (fact.echogenicity === "anechoic") assert.ok(inside < 0.75 * around, `${name}: ${inside} ${around}`);
  if (fact.echogenicity === "hypoechoic") assert.ok(inside < around, `${name}: ${inside} ${around}`);
  if (fact.echogenicity === "hyperechoic") assert.ok(inside > around, `${name}: ${inside} ${around}`);
}

test("stated thicknesses are the drawn ones", async () => {
  const shortMm = async (
    region: Region,
    finding: SimulatedFinding,
  ): Promise<[stated: number, drawn: number]> => {
    const { facts } = await simulator.simulate({ region, finding, seed: 6, size: 128 });
    const { thicknessMm, axesMm } = facts.findings![0]!;
    return [thicknessMm!, axesMm!.short];
  };
  for (const [stated, drawn] of [
    await shortMm("gynaecology", "endometrialThickening"),
    await shortMm("kidney", "hydronephrosis"),
  ])
    assert.ok(Math.abs(stated / drawn - 1) < 0.15, `${stated} ${drawn}`);
});

test("the fetal head's circumference is that of its outline", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { facts } = await simulator.simulate({
      region: "gynaecology",
      finding: "pregnancy",
      seed,
      size: 128,
    });
    const head = facts.structures!.find(({ kind }) => kind === "fetalHead");
    if (!head?.axesMm) continue;
    const { long, short } = head.axesMm;
    // An ellipse's perimeter lies between those of circles of its axes, near their mean.
    assert.ok(Math.abs(head.circumferenceMm! / ((Math.PI * (long + short)) / 2) - 1) < 0.03);
  }
});

test("behind a cyst it is brighter than beside it, behind a carcinoma darker", async () => {
  const behind = async (finding: "cyst" | "carcinoma", seed: number): Promise<number> => {
    const simulation = await simulator.simulate({ region: "breast", finding, seed, size: 224 });
    const { width, height } = simulation.image;
    const { left, right, bottom } = boxOf(simulation.masks[0]!, width);
    const [below, beside]: [number[], number[]] = [[], []];
    for (let y = bottom + 5; y < Math.min(height, bottom + 30); y++)
      for (let x = 0; x < width; x++) {
        const value = grey(simulation, y * width + x);
        if (x > left + (right - left) * 0.3 && x < right - (right - left) * 0.3) below.push(value);
        else if ((x < left - 6 && x > left - 40) || (x > right + 6 && x < right + 40)) beside.push(value);
      }
    return mean(below) - mean(beside);
  };
  const seeds = [1, 2, 3, 4];
  const [cysts, carcinomas] = await Promise.all(
    (["cyst", "carcinoma"] as const).map((finding) =>
      Promise.all(seeds.map((seed) => behind(finding, seed))),
    ),
  );
  assert.ok(mean(cysts!) > 4, `${cysts}`);
  assert.ok(mean(carcinomas!) < -8, `${carcinomas}`);
});
