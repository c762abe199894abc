/** @file Thyroid, transverse, linear probe: lobes and isthmus around the trachea, strap muscles, carotid, jugular. */

import type { Draw } from "../draw.ts";
import { blob, type Ellipse, ellipse, type Outline, wavy } from "../outline.ts";
import { type Probe, type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { cyst, infiltrating, nodule } from "./lesions.ts";
import { artery, muscle, superficial } from "./neck.ts";
import { type Anatomy, type Painted, type Painter, type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

interface Gland {
  readonly probe: Probe & { readonly kind: "linear" };
  /** What lies in front and behind, and the gland itself. */
  readonly shapes: readonly Shape[];
  readonly lobes: readonly [Ellipse, Ellipse];
  /** The lobe a lesion goes to. */
  readonly lobe: Ellipse;
  readonly isthmus: Outline;
  readonly outlines: readonly [Outline, Outline];
  readonly trachea: Outline;
  readonly tissue: Tissue;
}

interface Form {
  /** Relative size of the lobes. */
  readonly scale: number;
  readonly tissue: Tissue;
}

function glandOf(draw: Draw, { scale, tissue }: Form): Gland {
  const depthMm = draw.range(32, 42);
  const probe = { kind: "linear", widthMm: draw.range(40, 52), depthMm } as const;
  const half = probe.widthMm / 2 + 2;
  // Both lobes, or one lobe with the trachea at the side.
  const one = draw.chance(0.6);
  const side = draw.pick([-1, 1]);
  const middle = one ? side * draw.range(9, 15) : draw.range(-2, 2);
  const { shapes: skin, bottom } = superficial(draw, half, draw.range(3, 5.5));
  const strapBottom = wavy(draw, bottom(0) + draw.range(3, 4.5), 0.3, 30);
  const top = strapBottom(middle);
  const [rx, ry] = [draw.range(8.5, 11) * scale, draw.range(6, 8) * scale];
  const tracheaRadius = draw.range(7.5, 9);
  const lobeAt = (way: number): Ellipse => ({
    x: middle + way * (tracheaRadius + rx * 0.72),
    y: top + ry * draw.range(0.95, 1.1),
    rx: rx * draw.range(0.92, 1.08),
    ry: ry * draw.range(0.92, 1.08),
    tilt: way * draw.range(0.25, 0.6),
  });
  const lobes = [lobeAt(-1), lobeAt(1)] as const;
  const outlines = [blob(draw, lobes[0], 0.08), blob(draw, lobes[1], 0.08)] as const;
  const thickness = draw.range(2.5, 4) * scale;
  const isthmus = ellipse({
    x: middle,
    y: top + thickness * 0.6,
    rx: tracheaRadius * 1.15,
    ry: thickness / 2 + 0.4,
  });
  const centre = top + thickness + tracheaRadius * 0.95;
  const trachea = ellipse({ x: middle, y: centre, rx: tracheaRadius, ry: tracheaRadius * 0.95 });
  const lobe = lobes[one ? (side > 0 ? 0 : 1) : draw.whole(0, 1)]!;

  const around = lobes.flatMap((at, i) => {
    const way = i === 0 ? -1 : 1;
    const x = at.x + way * (at.rx + draw.range(3.2, 4.5));
    const carotid = artery(draw, {
      x,
      y: at.y + draw.range(0, 4),
      rx: draw.range(2.7, 3.4),
      ry: draw.range(2.6, 3.2),
    });
    const jugular = blob(
      draw,
      {
        x: x + way * 5.5,
        y: at.y - draw.range(1, 4),
        rx: draw.range(3, 5),
        ry: draw.range(1.2, 2.6),
        tilt: way * 0.3,
      },
      0.06,
    );
    const longus = blob(draw, { x: at.x - way * 2, y: at.y + at.ry + 3.2, rx: 7.5, ry: 2.8 }, 0.06);
    return [
      {
        outline: longus,
        fill: vary(tissues.muscle, { echo: -14 }),
      },
      ...carotid.shapes,
      {
        outline: jugular,
        fill: tissues.blood,
        stroke: { tissue: vary(tissues.wall, { echo: 4 }), widthMm: 0.3 },
      },
    ];
  });
  const capsule = { tissue: vary(tissues.wall, { echo: 4 }), widthMm: 0.35 };
  const deep = vary(tissues.muscle, { echo: -9, loss: 0.15 });
  const spine: Shape[] = [
    {
      outline: blob(draw, { x: middle, y: depthMm + 4, rx: probe.widthMm * 0.3, ry: 6 }, 0.08),
      fill: vary(tissues.bone, { echo: 6 }),
    },
  ];
  const shapes: Shape[] = [
    {
      outline: [
        [-half, 0],
        [half, 0],
        [half, depthMm + 4],
        [-half, depthMm + 4],
      ],
      fill: deep,
    },
    ...spots(
      draw,
      { x: 0, y: depthMm * 0.75, rx: half, ry: depthMm * 0.3 },
      { count: 50, sizeMm: 3, tissue: deep, spread: 6, opacity: 0.4 },
    ),
    ...spine,
    ...around,
    ...skin,
    ...muscle(draw, { upper: bottom, lower: strapBottom, left: -half, right: half }, -9),
    { outline: trachea, fill: vary(tissues.gas, { echo: -4, loss: 2.2 }) },
    ...outlines.map((outline): Shape => ({ outline, fill: tissue, stroke: capsule })),
    { outline: isthmus, fill: tissue },
    // The cartilage is dark between two bright lines; the air behind it mirrors.
    {
      outline: trachea.filter(([, y]) => y < centre - tracheaRadius * 0.35),
      stroke: { tissue: vary(tissues.wall, { echo: -6 }), widthMm: 1.2 },
      closed: false,
    },
    {
      outline: trachea.filter(([, y]) => y < centre - tracheaRadius * 0.4).map(([x, y]) => [x, y + 0.8]),
      stroke: { tissue: vary(tissues.gas, { echo: 18, loss: 1.5, impedance: 0.95 }), widthMm: 0.5 },
      closed: false,
    },
  ];
  return { probe, shapes, lobes, lobe, outlines, isthmus, trachea, tissue };
}

const study = ({ probe, shapes, isthmus, trachea }: Gland, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "transverse",
    organs: [
      { kind: "thyroid" },
      { kind: "isthmus", outline: isthmus },
      { kind: "trachea", outline: trachea },
    ],
    lesions: found.map(({ lesion }) => lesion),
  });

const ordinary = (draw: Draw): Form => ({
  scale: draw.range(0.9, 1.08),
  tissue: vary(tissues.thyroid, { echo: tissues.thyroid.echo + draw.range(-2, 2) }),
});

/** A lesion inside one lobe, `share` of its half height deep. */
const withLesion =
  (
    share: readonly [number, number],
    tall: readonly [number, number],
    make: (draw: Draw, at: Ellipse, gland: Gland) => Painted,
  ): Painter =>
  (draw) => {
    const gland = glandOf(draw, ordinary(draw));
    const { lobe, probe } = gland;
    const ry = lobe.ry * draw.range(...share);
    const rx = ry / draw.range(...tall);
    const [spareX, spareY] = [Math.max(0, lobe.rx - rx) * 0.6, Math.max(0, lobe.ry - ry) * 0.6];
    const at = { x: lobe.x + draw.range(-spareX, spareX), y: lobe.y + draw.range(-spareY, spareY), rx, ry };
    const edge = probe.widthMm / 2 - rx * 1.2 - 0.5;
    return study(gland, [make(draw, { ...at, x: Math.min(edge, Math.max(-edge, at.x)) }, gland)]);
  };

/** Both lobes changed throughout. */
function diffuse(draw: Draw, form: Form, change: (at: Ellipse) => Shape[], lesion: Painted["lesion"]): Study {
  const gland = glandOf(draw, form);
  return study(gland, [{ shapes: gland.lobes.flatMap(change), lesion }]);
}

export const thyroid = {
  normal: (draw) => study(glandOf(draw, ordinary(draw)), []),
  cyst: withLesion([0.25, 0.7], [0.75, 1], (draw, at) => {
    const { shapes, lesion } = cyst(draw, "cyst", at);
    // Inspissated colloid: a point with a comet tail.
    const comet: Shape[] = draw.chance(0.5)
      ? [
          {
            outline: ellipse(
              { x: at.x + at.rx * draw.range(-0.3, 0.3), y: at.y - at.ry * 0.2, rx: 0.35, ry: 0.35 },
              12,
            ),
            fill: { echo: 10, loss: 0, impedance: 0.7 },
          },
        ]
      : [];
    return { shapes: [...shapes, ...comet], lesion };
  }),
  adenoma: withLesion([0.4, 0.75], [0.65, 0.9], (draw, at, { tissue }) =>
    nodule(draw, "adenoma", at, tissue, { contrast: draw.range(-2.5, 2.5), halo: true, grain: 3 }),
  ),
  nodularGoitre: withLesion([0.4, 0.8], [0.65, 0.95], (draw, at, { tissue }) => {
    const { shapes, lesion } = nodule(draw, "nodularGoitre", at, tissue, {
      contrast: draw.range(-9, -5),
      loss: draw.range(-0.2, 0),
      capsule: vary(tissues.wall, { echo: 5 }),
    });
    const pores = spots(
      draw,
      { ...at, rx: at.rx * 0.75, ry: at.ry * 0.75 },
      { count: draw.whole(6, 16), sizeMm: at.rx * 0.3, tissue: tissues.fluid, spread: 2, opacity: 1 },
    );
    return { shapes: [...shapes, ...pores], lesion: { ...lesion, echogenicity: "complex" } };
  }),
  carcinoma: withLesion([0.3, 0.65], [1.05, 1.5], (draw, at, { tissue }) =>
    infiltrating(draw, "carcinoma", at, tissue, {
      contrast: draw.range(-22, -14),
      loss: draw.range(0.3, 0.9),
      foci: draw.chance(0.65),
    }),
  ),
  thyroiditis(draw) {
    const tissue = vary(tissues.thyroid, { echo: draw.range(-7, -3) });
    const grade = draw.pick(["mild", "moderate", "severe"] as const);
    const spread = { mild: 4, moderate: 6, severe: 8 }[grade];
    const strands = (at: Ellipse): Shape[] => [
      ...spots(draw, at, {
        count: 60,
        sizeMm: 2.2,
        tissue: vary(tissue, { echo: tissue.echo - 3 }),
        spread,
        opacity: 0.6,
      }),
      ...spots(draw, at, {
        count: 14,
        sizeMm: 1,
        tissue: vary(tissue, { echo: 7 }),
        spread: 2,
        opacity: 0.6,
      }),
    ];
    return diffuse(draw, { scale: draw.range(1, 1.25), tissue }, strands, {
      kind: "thyroiditis",
      grade,
      echogenicity: "hypoechoic",
    });
  },
  enlargement(draw) {
    const scale = draw.range(1.35, 1.65);
    const grade = scale < 1.45 ? "mild" : scale < 1.55 ? "moderate" : "severe";
    return diffuse(draw, { ...ordinary(draw), scale }, () => [], { kind: "enlargement", grade });
  },
} as const satisfies Anatomy;
