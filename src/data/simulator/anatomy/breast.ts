/** @file Breast, linear probe: skin, fat, glandular layer, pectoral muscle, sometimes a rib. */

import type { Draw } from "../draw.ts";
import { arc, between, type Ellipse, ellipse, tube, wavy } from "../outline.ts";
import { type Probe, type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { cyst, infiltrating, nodule } from "./lesions.ts";
import { type Anatomy, type Painted, type Painter, type Study, studyOf } from "./study.ts";
import { fibres, type Layer, lobules, spots } from "./texture.ts";

interface Breast {
  readonly probe: Probe & { kind: "linear" };
  readonly shapes: readonly Shape[];
  readonly gland: Layer;
  readonly fat: Layer;
  readonly glandTissue: Tissue;
  readonly fatTissue: Tissue;
}

function normalBreast(draw: Draw): Breast {
  const depthMm = draw.range(30, 45);
  const probe = { kind: "linear", widthMm: draw.range(36, 50), depthMm } as const;
  const half = probe.widthMm / 2 + 2;
  const layer = (upper: Layer["upper"], lower: Layer["upper"]): Layer => ({
    upper,
    lower,
    left: -half,
    right: half,
  });
  const skinY = wavy(draw, draw.range(1.4, 2.2), 0.15, 30);
  const glandTop = wavy(draw, draw.range(0.16, 0.32) * depthMm, 1.6, 22);
  const glandBottom = wavy(draw, draw.range(0.6, 0.72) * depthMm, 1.2, 30);
  const muscleTop = wavy(draw, draw.range(0.73, 0.78) * depthMm, 0.6, 40);
  const muscleBottom = wavy(draw, draw.range(0.93, 1.02) * depthMm, 0.6, 40);
  const bottom = (): number => depthMm + 3;
  const fat = layer(skinY, glandTop);
  const gland = layer(glandTop, glandBottom);
  const behind = layer(glandBottom, muscleTop);
  const muscle = layer(muscleTop, muscleBottom);
  const fill = ({ upper, lower, left, right }: Layer, tissue: Tissue): Shape => ({
    outline: between(upper, lower, left, right),
    fill: tissue,
  });
  const fatTissue = vary(tissues.fat, { echo: tissues.fat.echo + draw.range(-5, 2) });
  const glandTissue = vary(tissues.gland, { echo: tissues.gland.echo + draw.range(-3, 2) });
  const septum = vary(tissues.fascia, { echo: 1, impedance: 0.28 });
  const dense = draw.range(0, 1);
  const rib: Shape[] = draw.chance(0.25)
    ? [
        {
          outline: ellipse({ x: draw.range(-half, half), y: depthMm * 0.97, rx: draw.range(5, 8), ry: 3 }),
          fill: vary(tissues.bone, { echo: 4, loss: 8 }),
        },
      ]
    : [];
  const shapes: Shape[] = [
    fill(
      layer(() => -2, skinY),
      vary(tissues.skin, { echo: draw.range(5, 10) }),
    ),
    {
      ...fill(
        layer(
          () => -2,
          () => 0.5,
        ),
        vary(tissues.skin, { echo: 12 }),
      ),
    },
    fill(fat, fatTissue),
    ...lobules(draw, fat, { count: 34, widthMm: 9, heightMm: 3.4, tissue: fatTissue, spread: 3, septum }),
    ...fibres(draw, fat, { count: 14, lengthMm: 12, widthMm: 0.35, tissue: septum, opacity: 0.6, wave: 0.8 }),
    fill(gland, glandTissue),
    ...lobules(draw, gland, {
      count: Math.round(14 + 34 * (1 - dense)),
      widthMm: 8,
      heightMm: 2.6,
      tissue: vary(fatTissue, { echo: fatTissue.echo + 2 }),
      spread: 3,
    }),
    ...fibres(draw, gland, {
      count: 90,
      lengthMm: 9,
      widthMm: 0.55,
      tissue: vary(glandTissue, { echo: glandTissue.echo + 6 }),
      opacity: 0.55,
      wave: 0.7,
    }),
    ...fibres(draw, gland, {
      count: 60,
      lengthMm: 6,
      widthMm: 0.6,
      tissue: vary(glandTissue, { echo: glandTissue.echo - 14 }),
      opacity: 0.5,
      wave: 0.7,
    }),
    fill(behind, fatTissue),
    ...lobules(draw, behind, { count: 8, widthMm: 9, heightMm: 2, tissue: fatTissue, spread: 3, septum }),
    fill(muscle, tissues.muscle),
    ...fibres(draw, muscle, {
      count: 60,
      lengthMm: 10,
      widthMm: 0.22,
      tissue: tissues.fascia,
      opacity: 0.5,
      wave: 0.2,
    }),
    {
      outline: between(muscleTop, (x) => muscleTop(x) + 0.5, -half, half),
      fill: tissues.fascia,
      opacity: 0.8,
    },
    fill(layer(muscleBottom, bottom), vary(tissues.muscle, { echo: -14 })),
    {
      outline: between(muscleBottom, (x) => muscleBottom(x) + 0.6, -half, half),
      fill: tissues.fascia,
      opacity: 0.8,
    },
    ...rib,
  ];
  return { probe, shapes, gland, fat, glandTissue, fatTissue };
}

/** Where a lesion of this size lies: inside the gland. */
function place(draw: Draw, { probe, gland }: Breast, rx: number, ry: number): Ellipse {
  const reach = Math.max(0, probe.widthMm / 2 - rx * 1.2 - 1);
  const x = draw.range(-reach, reach);
  const top = gland.upper(x) + ry * 0.7;
  const bottom = Math.max(top + 0.5, gland.lower(x) - ry * 0.7);
  return { x, y: draw.range(top, bottom), rx, ry, tilt: draw.range(-0.15, 0.15) };
}

const study = ({ probe, shapes }: Breast, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    organs: [{ kind: "breast" }],
    lesions: found.map(({ lesion }) => lesion),
  });

/** A picture with one lesion, rx mm wide to either side and ry deep. */
const withLesion =
  (
    extent: (draw: Draw) => readonly [rx: number, ry: number],
    make: (draw: Draw, at: Ellipse, base: Breast) => Painted,
  ): Painter =>
  (draw) => {
    const base = normalBreast(draw);
    const [rx, ry] = extent(draw);
    return study(base, [make(draw, place(draw, base, rx, ry), base)]);
  };

const wide = (draw: Draw, from: number, to: number, flat: number, deep: number) => {
  const rx = draw.range(from, to);
  return [rx, rx * draw.range(flat, deep)] as const;
};
const lightFascia = vary(tissues.wall, { echo: 5 });

export const breast = {
  normal: (draw) => study(normalBreast(draw), []),
  cyst: withLesion(
    (draw) => wide(draw, 2.5, 10, 0.55, 0.95),
    (draw, at) => cyst(draw, "cyst", at),
  ),
  fibroadenoma: withLesion(
    (draw) => wide(draw, 4, 11, 0.45, 0.72),
    (draw, at, { glandTissue }) =>
      nodule(draw, "fibroadenoma", at, glandTissue, {
        contrast: draw.range(-19, -12),
        loss: draw.range(-0.25, -0.05),
        capsule: lightFascia,
      }),
  ),
  hyperplasia: withLesion(
    (draw) => wide(draw, 2.5, 6, 0.4, 0.65),
    (draw, at, { glandTissue }) => {
      const { shapes, lesion } = nodule(draw, "hyperplasia", at, glandTissue, {
        contrast: draw.range(-13, -8),
      });
      const soft = shapes.map((shape, i) => (i === 0 ? { ...shape, softMm: 0.5 } : shape));
      return { shapes: soft, lesion: { ...lesion, margin: "notCircumscribed" } };
    },
  ),
  carcinoma: withLesion(
    (draw) => {
      const ry = draw.range(3.5, 10);
      return [ry * draw.range(0.7, 1.3), ry];
    },
    (draw, at, { glandTissue }) =>
      infiltrating(draw, "carcinoma", at, glandTissue, {
        contrast: draw.range(-24, -16),
        loss: draw.range(0.4, 1.1),
        foci: draw.chance(0.5),
      }),
  ),
  lipoma(draw) {
    const base = normalBreast(draw);
    const rx = draw.range(5, 11);
    const ry = rx * draw.range(0.3, 0.45);
    const reach = base.probe.widthMm / 2 - rx - 1;
    const x = draw.range(-reach, reach);
    const at = { x, y: (base.fat.upper(x) + base.fat.lower(x)) / 2, rx, ry };
    return study(base, [
      nodule(draw, "lipoma", at, base.fatTissue, {
        contrast: draw.range(7, 11),
        capsule: lightFascia,
        grain: 3,
      }),
    ]);
  },
  calcifications: withLesion(
    (draw) => wide(draw, 3, 8, 0.5, 0.8),
    (draw, at) => {
      const punctate = { echo: 19, loss: 1.2, impedance: 0.8 };
      const count = draw.whole(8, 22);
      return {
        shapes: spots(draw, at, { count, sizeMm: 0.55, tissue: punctate, spread: 3, opacity: 1 }),
        lesion: {
          kind: "calcifications",
          outline: ellipse(at),
          echogenicity: "hyperechoic",
          calcification: "micro",
        },
      };
    },
  ),
  ductEctasia: withLesion(
    (draw) => [draw.range(8, 14), 2],
    (draw, { x, y, rx }) => {
      const thicknessMm = draw.range(2.6, 5.5);
      const path = arc([x - rx, y + draw.range(-2, 2)], [x + rx, y + draw.range(-2, 2)], draw.range(-3, 3));
      const outline = tube(path, (t) => (thicknessMm / 2) * Math.sin(Math.PI * t) ** 0.6);
      return {
        shapes: [
          {
            outline,
            fill: tissues.fluid,
            stroke: { tissue: vary(lightFascia, { echo: 0, impedance: 0.34 }), widthMm: 0.25 },
          },
        ],
        lesion: { kind: "ductEctasia", outline, echogenicity: "anechoic", thicknessMm },
      };
    },
  ),
} as const satisfies Anatomy;
