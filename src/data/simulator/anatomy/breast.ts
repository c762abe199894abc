/** @file Breast, linear probe: skin, fat, glandular layer, pectoral muscle, sometimes a rib. */

import type { Draw } from "../draw.ts";
import { between, blob, type Ellipse, ellipse, polar, waves, wavy } from "../outline.ts";
import { type Probe, type Scene, type Shape, type Tissue, tissues, vary } from "../scene.ts";
import type { Anatomy, Lesion, Study } from "./anatomy.ts";
import { fibres, type Layer, lobules, spots } from "./texture.ts";

interface Breast {
  readonly probe: Probe & { kind: "linear" };
  readonly shapes: readonly Shape[];
  readonly gland: Layer;
  readonly fat: Layer;
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
  const fatTissue = vary(tissues.fat, { echo: tissues.fat.echo + draw.range(-3, 3) });
  const glandTissue = vary(tissues.gland, { echo: tissues.gland.echo + draw.range(-3, 2) });
  const septum = vary(tissues.fascia, { echo: 4, impedance: 0.34 });
  const dense = draw.range(0, 1);
  const rib: Shape[] = draw.chance(0.25)
    ? [
        {
          outline: ellipse({ x: draw.range(-half, half), y: depthMm * 0.97, rx: draw.range(5, 8), ry: 3 }),
          fill: vary(tissues.bone, { echo: 2 }),
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
    ...lobules(draw, fat, { count: 26, widthMm: 9, heightMm: 3.6, tissue: fatTissue, spread: 3, septum }),
    ...fibres(draw, fat, { count: 14, lengthMm: 12, widthMm: 0.35, tissue: septum, opacity: 0.6, wave: 1.2 }),
    { ...fill(gland, glandTissue), softMm: 0.5 },
    ...lobules(draw, gland, {
      count: Math.round(8 + 22 * (1 - dense)),
      widthMm: 8,
      heightMm: 2.6,
      tissue: vary(fatTissue, { echo: fatTissue.echo + 4 }),
      spread: 3,
    }),
    ...fibres(draw, gland, {
      count: 90,
      lengthMm: 9,
      widthMm: 0.55,
      tissue: vary(glandTissue, { echo: glandTissue.echo + 5 }),
      opacity: 0.55,
      wave: 0.7,
    }),
    ...fibres(draw, gland, {
      count: 60,
      lengthMm: 6,
      widthMm: 0.6,
      tissue: vary(glandTissue, { echo: glandTissue.echo - 11 }),
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
    fill(layer(muscleBottom, bottom), vary(tissues.muscle, { echo: -12 })),
    {
      outline: between(muscleBottom, (x) => muscleBottom(x) + 0.6, -half, half),
      fill: tissues.fascia,
      opacity: 0.8,
    },
    ...rib,
  ];
  return { probe, shapes, gland, fat };
}

/** Where a lesion of this height lies: inside the gland, or between fat and gland. */
function place(draw: Draw, { probe, gland }: Breast, rx: number, ry: number): Ellipse {
  const reach = Math.max(0, probe.widthMm / 2 - rx - 2);
  const x = draw.range(-reach, reach);
  const top = gland.upper(x) + ry * 0.7;
  const bottom = Math.max(top + 0.5, gland.lower(x) - ry * 0.7);
  return { x, y: draw.range(top, bottom), rx, ry, tilt: draw.range(-0.15, 0.15) };
}

const study = ({ probe, shapes }: Breast, more: readonly Shape[], lesions: readonly Lesion[]): Study => {
  const scene: Scene = { probe, background: tissues.muscle, shapes: [...shapes, ...more] };
  return { scene, view: "breast", lesions };
};

export const breast: Anatomy = {
  normal: (draw) => study(normalBreast(draw), [], []),

  cyst(draw) {
    const base = normalBreast(draw);
    const rx = draw.range(2.5, 10);
    const outline = blob(draw, place(draw, base, rx, rx * draw.range(0.55, 0.95)), 0.03);
    return study(
      base,
      [{ outline, fill: tissues.fluid, stroke: { tissue: tissues.wall, widthMm: 0.25 } }],
      [
        {
          kind: "cyst",
          outline,
          shape: "oval",
          margin: "circumscribed",
          echogenicity: "anechoic",
          posterior: "enhancement",
        },
      ],
    );
  },

  fibroadenoma(draw) {
    const base = normalBreast(draw);
    const rx = draw.range(4, 11);
    const at = place(draw, base, rx, rx * draw.range(0.45, 0.75));
    const outline = polar(at, waves(draw, draw.range(0.02, 0.07), 2, 5));
    const tissue: Tissue = { echo: draw.range(-14, -8), loss: draw.range(-0.18, 0), impedance: 0.32 };
    return study(
      base,
      [
        { outline, fill: tissue, stroke: { tissue: vary(tissues.wall, { echo: 5 }), widthMm: 0.25 } },
        ...spots(
          draw,
          { ...at, rx: at.rx * 0.85, ry: at.ry * 0.8 },
          { count: 14, sizeMm: 1.6, tissue, spread: 5, opacity: 0.5 },
        ),
      ],
      [{ kind: "fibroadenoma", outline, shape: "oval", margin: "circumscribed", echogenicity: "hypoechoic" }],
    );
  },

  cancer(draw) {
    const base = normalBreast(draw);
    const ry = draw.range(4, 10);
    const at = place(draw, base, ry * draw.range(0.7, 1.15), ry);
    const spikes = draw.whole(9, 16);
    const rough = waves(draw, 0.14, 2, 7);
    const phases = waves(draw, 0.5, 3, 6);
    const outline = polar(
      at,
      (a) => rough(a) * (1 + 0.28 * Math.max(0, Math.cos(spikes * a + phases(a) * 3)) ** 4),
      160,
    );
    const tissue: Tissue = { echo: draw.range(-20, -13), loss: draw.range(0.5, 1.5), impedance: 0.42 };
    const halo = polar({ ...at, rx: at.rx * 1.15, ry: at.ry * 1.12 }, rough);
    const calcifications: Shape[] = draw.chance(0.5)
      ? spots(
          draw,
          { ...at, rx: at.rx * 0.6, ry: at.ry * 0.6 },
          {
            count: draw.whole(5, 14),
            sizeMm: 0.5,
            tissue: { echo: 16, loss: 1, impedance: 0.8 },
            spread: 3,
            opacity: 1,
          },
        )
      : [];
    return study(
      base,
      [
        { outline: halo, fill: vary(tissues.gland, { echo: 9 }), softMm: 1, opacity: 0.7 },
        { outline, fill: tissue, softMm: draw.range(0.15, 0.5) },
        ...spots(
          draw,
          { ...at, rx: at.rx * 0.8, ry: at.ry * 0.8 },
          { count: 16, sizeMm: 2, tissue, spread: 6, opacity: 0.5 },
        ),
        ...calcifications,
      ],
      [
        {
          kind: "cancer",
          outline,
          shape: "irregular",
          margin: "spiculated",
          echogenicity: "hypoechoic",
          posterior: "shadow",
        },
      ],
    );
  },
};
