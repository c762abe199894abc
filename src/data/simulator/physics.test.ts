import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Program } from "../../runtime/program.ts";
import { openStream } from "./draw.ts";
import { feedsOf } from "./feeds.ts";
import { BEAMS, coverField, SAMPLES } from "./geometry.ts";
import { ellipse } from "./outline.ts";
import { paintTissues } from "./paint.ts";
import { loadPhysics } from "./scan.ts";
import { type Probe, type Shape, tissues } from "./scene.ts";
import { drawSettings, type Settings } from "./settings.ts";

const linear = { kind: "linear", widthMm: 40, depthMm: 40 } as const;
const sector = { kind: "sector", radiusMm: 50, angle: 0.55, depthMm: 140 } as const;
/** One look of even tissue: no mottle, no bending, no noise, no reverberation. */
const plain: Partial<Settings> = {
  looks: 1,
  mottle: 0,
  bendMm: 0,
  contact: 0,
  noise: -120,
  reverberation: 0,
};

let program: Program;
before(async () => {
  program = await loadPhysics();
});
after(() => program.close());

/** The envelope [SAMPLES, BEAMS] of shapes in liver tissue. */
async function envelopeOf(
  probe: Probe,
  shapes: readonly Shape[],
  change: Partial<Settings> = {},
  seed = 7,
): Promise<Float32Array> {
  const settings = { ...drawSettings(openStream(seed, "settings"), probe), ...plain, ...change };
  const raster = coverField(probe, 2, 600);
  const bytes = await paintTissues({ probe, background: tissues.liver, shapes }, raster);
  const picture = coverField(probe, 0, 16);
  const feeds = feedsOf({ raster, bytes }, picture, probe, settings, openStream(seed, "speckle"));
  const { envelope } = await program.run(feeds, ["envelope"]);
  return envelope!.data as Float32Array;
}

/** Envelope values of a window, as fractions of the depth and of the width. */
const window = (envelope: Float32Array, [top, bottom]: [number, number], [left, right]: [number, number]) =>
  Array.from(
    envelope.filter((_, i) => {
      const [z, x] = [Math.floor(i / BEAMS) / SAMPLES, (i % BEAMS) / BEAMS];
      return z >= top && z < bottom && x >= left && x < right;
    }),
  );

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviationOf = (values: readonly number[]): number =>
  Math.sqrt(meanOf(values.map((value) => value * value)) - meanOf(values) ** 2);
const rmsOf = (values: readonly number[]): number => Math.sqrt(meanOf(values.map((value) => value ** 2)));
const decibel = (ratio: number): number => 20 * Math.log10(ratio);

for (const probe of [linear, sector] as const) {
  test(`${probe.kind}: fully developed speckle has a Rayleigh envelope, mean / deviation 1.91`, async () => {
    const values = window(await envelopeOf(probe, []), [0.1, 0.95], [0.05, 0.95]);
    const ratio = meanOf(values) / deviationOf(values);
    assert.ok(Math.abs(ratio - 1.913) < 0.06, `${ratio}`);
  });

  test(`${probe.kind}: tissue of an even echo has an even brightness at every depth`, async () => {
    const envelope = await envelopeOf(probe, []);
    const bands = [0.1, 0.3, 0.5, 0.7].map((top) => rmsOf(window(envelope, [top, top + 0.2], [0.05, 0.95])));
    for (const band of bands) assert.ok(Math.abs(decibel(band / bands[0]!)) < 1, bands.join(" "));
  });
}

test("averaging three looks smooths speckle as much as independent looks do", async () => {
  const values = window(await envelopeOf(linear, [], { looks: 3 }), [0.1, 0.95], [0.05, 0.95]);
  const ratio = meanOf(values) / deviationOf(values);
  assert.ok(Math.abs(ratio - 1.913 * Math.sqrt(3)) < 0.15, `${ratio}`);
});

test("echogenicity in dB is brightness in dB", async () => {
  const half: Shape = {
    outline: [
      [0, -5],
      [30, -5],
      [30, 45],
      [0, 45],
    ],
    fill: { ...tissues.liver, echo: -10 },
  };
  const envelope = await envelopeOf(linear, [half]);
  const [left, right] = [window(envelope, [0.1, 0.9], [0.1, 0.4]), window(envelope, [0.1, 0.9], [0.6, 0.9])];
  const difference = decibel(rmsOf(right) / rmsOf(left));
  assert.ok(Math.abs(difference + 10) < 0.7, `${difference}`);
});

test("sound is lost and gained along the beam, by the path and by nothing else", async () => {
  for (const loss of [-0.4, 0.8]) {
    // 10 mm of path between a quarter and a half of the depth, in the middle third.
    const block: Shape = {
      outline: [
        [-7, 10],
        [7, 10],
        [7, 20],
        [-7, 20],
      ],
      fill: { ...tissues.liver, loss },
    };
    const envelope = await envelopeOf(linear, [block]);
    const middle: [number, number] = [0.42, 0.58];
    const below = rmsOf(window(envelope, [0.6, 0.95], middle));
    const beside = rmsOf(window(envelope, [0.6, 0.95], [0.05, 0.2]));
    const above = rmsOf(window(envelope, [0.05, 0.2], middle));
    assert.ok(Math.abs(decibel(below / beside) + loss * 10) < 1.2, `${loss}: ${decibel(below / beside)}`);
    assert.ok(Math.abs(decibel(above / beside)) < 1.2, "before the block nothing changes");
  }
});

test("an interface is bright where it faces the beam and not where it runs along it", async () => {
  const ball: Shape = {
    outline: ellipse({ x: 0, y: 20, rx: 9, ry: 9 }, 200),
    fill: { ...tissues.liver, impedance: 0.9 },
  };
  const envelope = await envelopeOf(linear, [ball], { specularGain: 40 });
  const top = meanOf(window(envelope, [0.265, 0.285], [0.48, 0.52]));
  const side = meanOf(window(envelope, [0.48, 0.52], [0.265, 0.285]));
  assert.ok(top > 2.5 * side, `${top} ${side}`);
});

test("the beam is narrowest at the focus", async () => {
  const envelope = await envelopeOf(linear, [], { focusMm: 8, divergence: 0.03, sideLobes: 0 });
  /** Correlation of neighbouring beams: the wider the beam, the more alike. */
  const likeness = (top: number): number => {
    const [mean, product] = [[] as number[], [] as number[]];
    for (let z = Math.round(top * SAMPLES); z < (top + 0.15) * SAMPLES; z++)
      for (let x = 0; x + 4 < BEAMS; x++) {
        mean.push(envelope[z * BEAMS + x]!);
        product.push(envelope[z * BEAMS + x]! * envelope[z * BEAMS + x + 4]!);
      }
    return (meanOf(product) - meanOf(mean) ** 2) / deviationOf(mean) ** 2;
  };
  assert.ok(likeness(0.8) > likeness(0.15) + 0.3, `${likeness(0.8)} ${likeness(0.15)}`);
});
