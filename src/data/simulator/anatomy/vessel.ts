/** @file Carotid artery, linear probe, along and across: double line of the wall, plaque, thrombus. */

import type { Draw } from "../draw.ts";
import { along, between, blob, type Curve, type Ellipse, ellipse, type Outline, wavy } from "../outline.ts";
import { type Probe, type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { artery, filled, muscle, sheet, superficial } from "./neck.ts";
import { type Anatomy, type Lesion, type Painted, type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

interface Form {
  /** Intima and media together, mm. */
  readonly intimaMm: number;
  readonly lumenMm: number;
}

const ordinary = (draw: Draw): Form => ({ intimaMm: draw.range(0.5, 0.8), lumenMm: draw.range(5.6, 7.2) });

const linear = (draw: Draw) =>
  ({ kind: "linear", widthMm: draw.range(34, 42), depthMm: draw.range(30, 40) }) as const;

interface Neck {
  readonly probe: Probe & { readonly kind: "linear" };
  readonly half: number;
  readonly shapes: Shape[];
  /** Lower face of the muscle. */
  readonly muscleBottom: Curve;
}

/** Skin, fat, sternocleidomastoid, and the tissue beneath. */
function neckOf(draw: Draw): Neck {
  const probe = linear(draw);
  const half = probe.widthMm / 2 + 2;
  const { shapes, bottom } = superficial(draw, half, draw.range(3.5, 6));
  const muscleBottom = wavy(draw, bottom(0) + draw.range(4, 6.5), 0.4, 40);
  const deep: Tissue = { echo: -14, loss: 0.3, impedance: 0.4 };
  const depth = probe.depthMm;
  return {
    probe,
    half,
    muscleBottom,
    shapes: [
      {
        outline: [
          [-half, 0],
          [half, 0],
          [half, depth + 3],
          [-half, depth + 3],
        ],
        fill: deep,
      },
      ...spots(
        draw,
        { x: 0, y: depth * 0.7, rx: half, ry: depth * 0.32 },
        { count: 70, sizeMm: 3, tissue: deep, spread: 7, opacity: 0.5 },
      ),
      ...shapes,
      ...muscle(draw, { upper: bottom, lower: muscleBottom, left: -half, right: half }, -12),
    ],
  };
}

interface Longitudinal extends Neck {
  readonly near: Curve;
  readonly far: Curve;
  readonly lumen: Outline;
  readonly form: Form;
}

/** The artery along its axis: adventitia, media and intima on either side of the lumen. */
function alongArtery(draw: Draw, form: Form): Longitudinal {
  const neck = neckOf(draw);
  const { half } = neck;
  const { intimaMm, lumenMm } = form;
  const slope = draw.range(-0.08, 0.08);
  const course = wavy(draw, neck.muscleBottom(0) + draw.range(2.2, 4) + lumenMm / 2, 0.25, 60);
  const axis: Curve = (x) => course(x) + slope * x;
  const near: Curve = (x) => axis(x) - lumenMm / 2;
  const far: Curve = (x) => axis(x) + lumenMm / 2;
  const shifted =
    (curve: Curve, mm: number): Curve =>
    (x) =>
      curve(x) + mm;
  const band = (curve: Curve, from: number, to: number, fill: Tissue): Shape =>
    filled({ upper: shifted(curve, from), lower: shifted(curve, to), left: -half, right: half }, fill);
  const media: Tissue = { echo: -20, loss: 0, impedance: 0.4 };
  const intima: Tissue = { echo: 3, loss: 0, impedance: 0.5 };
  const adventitia = vary(tissues.wall, { echo: 11, impedance: 0.7 });
  const extent = { upper: near, lower: far, left: -half, right: half };
  const lumen = between(near, far, -half, half);
  const shapes = [
    ...neck.shapes,
    sheet(shifted(near, -2.4 - intimaMm), extent, 0.4, 6),
    band(near, -1.1 - intimaMm, -intimaMm, adventitia),
    band(near, -intimaMm, 0, media),
    band(far, 0, intimaMm, media),
    band(far, intimaMm, intimaMm + 1.2, adventitia),
    { outline: lumen, fill: tissues.blood },
    band(near, -0.2, 0.05, vary(intima, { echo: -4 })),
    band(far, -0.05, 0.22, intima),
    sheet(shifted(far, intimaMm + draw.range(2.5, 4)), extent, 0.5, 5),
  ];
  return { ...neck, shapes, near, far, lumen, form };
}

const longitudinal = ({ probe, shapes, lumen }: Longitudinal, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "longitudinal",
    organs: [{ kind: "commonCarotid", outline: clipped(lumen, probe.widthMm / 2) }],
    lesions: found.map(({ lesion }) => lesion),
  });

/** The outline's part that the probe sees. */
const clipped = (outline: Outline, half: number): Outline =>
  outline.map(([x, y]) => [Math.min(half, Math.max(-half, x)), y]);

interface Across extends Neck {
  readonly lumen: Ellipse;
  readonly outline: Outline;
  readonly vein: Ellipse;
}

/** The artery across, with the jugular vein and the thyroid beside it. */
function acrossArtery(draw: Draw, { lumenMm }: Form, veinMm: number): Across {
  const neck = neckOf(draw);
  const way = draw.pick([-1, 1]);
  const radius = lumenMm / 2;
  const lumen: Ellipse = {
    x: way * draw.range(-3, 3),
    y: neck.muscleBottom(0) + radius + draw.range(2.5, 4.5),
    rx: radius,
    ry: radius * draw.range(0.95, 1.02),
  };
  const vein: Ellipse = {
    x: lumen.x + way * (radius + draw.range(4, 5.5)),
    y: lumen.y - draw.range(0.5, 2),
    rx: draw.range(4, 5.5),
    ry: veinMm / 2,
    tilt: way * 0.25,
  };
  const { shapes, outline } = artery(draw, lumen);
  const lobe: Ellipse = {
    x: lumen.x - way * (radius + 9.5),
    y: lumen.y + 0.5,
    rx: 8.5,
    ry: 7,
    tilt: -way * 0.15,
  };
  return {
    ...neck,
    lumen,
    outline,
    vein,
    shapes: [
      ...neck.shapes,
      {
        outline: blob(draw, lobe, 0.05),
        fill: tissues.thyroid,
        stroke: { tissue: vary(tissues.wall, { echo: 8 }), widthMm: 0.35 },
      },
      {
        outline: blob(draw, vein, 0.04),
        fill: tissues.blood,
        stroke: { tissue: vary(tissues.wall, { echo: -4 }), widthMm: 0.35 },
      },
      ...shapes,
    ],
  };
}

const across = ({ probe, shapes, outline, vein }: Across, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "transverse",
    organs: [
      { kind: "commonCarotid", outline },
      { kind: "internalJugular", outline: ellipse(vein) },
    ],
    lesions: found.map(({ lesion }) => lesion),
  });

/** Deposits by how they echo. */
const deposits = {
  soft: {
    tissue: { echo: -13, loss: 0, impedance: 0.42 },
    echogenicity: "hypoechoic",
    posterior: "none",
    calcification: "none",
  },
  fibrous: {
    tissue: { echo: 2, loss: 0.1, impedance: 0.46 },
    echogenicity: "isoechoic",
    posterior: "none",
    calcification: "none",
  },
  calcified: {
    tissue: { echo: 17, loss: 5, impedance: 0.9 },
    echogenicity: "hyperechoic",
    posterior: "shadow",
    calcification: "coarse",
  },
} as const;

/** A bump on the far (1) or near (−1) wall: up to `heightMm` into the lumen over `lengthMm`. */
function bump(
  draw: Draw,
  { near, far }: Longitudinal,
  side: 1 | -1,
  x: number,
  lengthMm: number,
  heightMm: number,
): Outline {
  const wall = side === 1 ? far : near;
  const ripple = wavy(draw, 0, heightMm * 0.08, lengthMm * 0.6);
  const top: Curve = (at) => {
    const t = (at - x) / (lengthMm / 2);
    const rise = Math.max(0, 1 - t * t) ** 0.8;
    return wall(at) - side * rise * (heightMm + t * t * ripple(at));
  };
  return [
    ...along(top, x - lengthMm / 2, x + lengthMm / 2, 40),
    ...along((at) => wall(at) + side * 0.4, x - lengthMm / 2, x + lengthMm / 2, 24).toReversed(),
  ];
}

function deposit(draw: Draw, kind: Lesion["kind"], outline: Outline, name: keyof typeof deposits): Painted {
  const { tissue, ...echoes } = deposits[name];
  return {
    shapes: [
      {
        outline,
        fill: tissue,
        stroke: { tissue: { echo: 3, loss: 0, impedance: 0.5 }, widthMm: 0.2 },
        softMm: draw.range(0.05, 0.1),
      },
    ],
    lesion: { kind, outline, shape: "irregular", ...echoes },
  };
}

function plaque(draw: Draw): Study {
  const base = alongArtery(draw, ordinary(draw));
  const lengthMm = draw.range(5, 14);
  const heightMm = base.form.lumenMm * draw.range(0.22, 0.4);
  const reach = base.probe.widthMm / 2 - lengthMm / 2 - 1;
  const outline = bump(
    draw,
    base,
    draw.pick([1, 1, -1] as const),
    draw.range(-reach, reach),
    lengthMm,
    heightMm,
  );
  return longitudinal(base, [deposit(draw, "plaque", outline, draw.pick(["soft", "fibrous", "calcified"]))]);
}

/** Plaques on both walls that leave a stated part of the diameter. */
function stenosis(draw: Draw): Study {
  const base = alongArtery(draw, ordinary(draw));
  const stenosisPercent = Math.round(draw.range(50, 82));
  const heightMm = (base.form.lumenMm * stenosisPercent) / 200;
  const x = draw.range(-5, 5);
  const name = draw.pick(["soft", "fibrous"] as const);
  const both = ([1, -1] as const).map((side) =>
    deposit(draw, "plaque", bump(draw, base, side, x, draw.range(9, 15), heightMm), name),
  );
  return longitudinal(base, [...both, { shapes: [], lesion: { kind: "stenosis", stenosisPercent } }]);
}

/** Clot in a distended jugular vein. */
function thrombus(draw: Draw): Study {
  const base = acrossArtery(draw, ordinary(draw), draw.range(6.5, 9));
  const clot = { ...base.vein, rx: base.vein.rx * 0.94, ry: base.vein.ry * 0.94 };
  const tissue: Tissue = { echo: draw.range(-16, -9), loss: 0, impedance: 0.38 };
  const outline = blob(draw, clot, 0.04);
  return across(base, [
    {
      shapes: [
        { outline, fill: tissue },
        ...spots(draw, clot, { count: 14, sizeMm: 1.4, tissue, spread: 5, opacity: 0.5 }),
      ],
      lesion: { kind: "thrombus", outline, shape: "oval", echogenicity: "hypoechoic", posterior: "none" },
    },
  ]);
}

export const vessel = {
  normal: (draw) =>
    draw.chance(0.5)
      ? longitudinal(alongArtery(draw, ordinary(draw)), [])
      : across(acrossArtery(draw, ordinary(draw), draw.range(2.5, 5)), []),
  plaque,
  intimaThickening(draw) {
    const thicknessMm = draw.range(1.1, 1.7);
    const base = alongArtery(draw, { ...ordinary(draw), intimaMm: thicknessMm });
    return longitudinal(base, [{ shapes: [], lesion: { kind: "intimaThickening", thicknessMm } }]);
  },
  thrombus,
  stenosis,
} as const satisfies Anatomy;
