/** @file Kidney, longitudinal, curvilinear probe: capsule, cortex, pyramids, echogenic sinus, the liver in front. */

import type { Draw } from "../draw.ts";
import { intoField } from "../geometry.ts";
import { blob, diametersOf, type Ellipse, type Outline, type Point, polar, waves } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { cyst, nodule, stone } from "./lesions.ts";
import { bodyWall, curvilinear, type Sector } from "./shells.ts";
import { type Anatomy, type Painted, type Painter, type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

interface Form {
  readonly lengthMm: number;
  readonly cortex: Tissue;
  /** Contrast of the pyramids against the cortex, dB. */
  readonly pyramids: number;
  readonly surface: number;
}

interface Renal {
  readonly probe: Sector;
  readonly shapes: readonly Shape[];
  readonly kidney: Ellipse;
  readonly sinus: Ellipse;
  readonly outline: Outline;
  readonly cortex: Tissue;
  /** Thickness of the body wall, mm. */
  readonly wallDepth: number;
}

const ordinary = (draw: Draw): Form => ({
  lengthMm: draw.range(96, 118),
  cortex: vary(tissues.kidneyCortex, { echo: draw.range(-5, -2.5) }),
  pyramids: draw.range(-9, -5),
  surface: 0.012,
});

/** A point of the ellipse's own axes: u along, v across, both −1 to 1 at its rim. */
const at = ({ x, y, rx, ry, tilt = 0 }: Ellipse, u: number, v: number): Point => [
  x + u * rx * Math.cos(tilt) - v * ry * Math.sin(tilt),
  y + u * rx * Math.sin(tilt) + v * ry * Math.cos(tilt),
];

function renalOf(draw: Draw, { lengthMm, cortex, pyramids, surface }: Form): Renal {
  const depthMm = draw.range(105, 135);
  const probe = curvilinear(draw, depthMm);
  const wallDepth = draw.range(13, 22);
  const kidney: Ellipse = {
    x: draw.range(-6, 6),
    y: wallDepth + draw.range(30, 40),
    rx: lengthMm / 2,
    ry: lengthMm * draw.range(0.2, 0.24),
    tilt: draw.range(-0.22, 0.22),
  };
  const outline = polar(kidney, waves(draw, surface, 3, 9), 128);
  const sinus = { ...kidney, rx: kidney.rx * draw.range(0.58, 0.66), ry: kidney.ry * draw.range(0.38, 0.46) };
  const window: Tissue = draw.chance(0.6) ? tissues.liver : vary(tissues.liver, { echo: 3 });
  const deep = vary(tissues.muscle, { echo: -7, loss: 0.06 });
  const ring = { ...kidney, rx: kidney.rx + 2.5, ry: kidney.ry + 2.5 };
  const pyramidAt = Array.from({ length: 10 }, (_, i): Shape => {
    const angle = ((i + draw.range(-0.15, 0.15)) / 10) * 2 * Math.PI;
    const tip = at(kidney, 0.5 * Math.cos(angle), 0.48 * Math.sin(angle));
    const spread = draw.range(0.15, 0.21);
    const base = [-1, 0, 1].map((way) =>
      at(
        kidney,
        (0.77 + 0.05 * (1 - way * way)) * Math.cos(angle + way * spread),
        (0.77 + 0.05 * (1 - way * way)) * Math.sin(angle + way * spread),
      ),
    );
    return { outline: [tip, ...base], fill: vary(cortex, { echo: cortex.echo + pyramids }), softMm: 1 };
  });
  const shapes: Shape[] = [
    {
      outline: [
        [-300, -60],
        [300, -60],
        [300, 300],
        [-300, 300],
      ],
      fill: deep,
    },
    ...spots(
      draw,
      { x: 0, y: depthMm * 0.85, rx: 90, ry: 32 },
      { count: 80, sizeMm: 7, tissue: deep, spread: 7, opacity: 0.4 },
    ),
    // Liver or spleen in front; the psoas muscle behind.
    {
      outline: blob(
        draw,
        { x: draw.range(-25, 5), y: wallDepth + 16, rx: 95, ry: 40, tilt: draw.range(-0.15, 0.1) },
        0.03,
      ),
      fill: window,
      stroke: { tissue: vary(tissues.fascia, { echo: 6 }), widthMm: 0.9 },
    },
    ...spots(
      draw,
      { x: -20, y: wallDepth + 12, rx: 70, ry: 30 },
      { count: 20, sizeMm: 3, tissue: tissues.blood, spread: 5, opacity: 0.4 },
    ),
    { outline: blob(draw, ring, 0.015), fill: vary(tissues.fat, { echo: 7, impedance: 0.5 }), softMm: 0.8 },
    { outline, fill: cortex, stroke: { tissue: vary(tissues.wall, { echo: 7 }), widthMm: 0.7 } },
    ...pyramidAt,
    ...spots(draw, sinus, { count: 60, sizeMm: 9, tissue: tissues.sinus, spread: 5, opacity: 0.65 }),
    ...spots(
      draw,
      { ...sinus, rx: sinus.rx * 1.1, ry: sinus.ry * 1.15 },
      { count: 30, sizeMm: 3, tissue: vary(tissues.sinus, { echo: 6 }), spread: 6, opacity: 0.6 },
    ),
    ...spots(draw, sinus, { count: 9, sizeMm: 3, tissue: tissues.blood, spread: 5, opacity: 0.6 }),
    ...bodyWall(draw, probe, wallDepth),
  ];
  return { probe, shapes, kidney, sinus, outline, cortex, wallDepth };
}

const study = ({ probe, shapes, outline }: Renal, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "longitudinal",
    organs: [{ kind: "kidney", outline }, { kind: "renalSinus" }],
    lesions: found.map(({ lesion }) => lesion),
  });

/** A lesion at the rim of the kidney. */
const cortical =
  (radius: readonly [number, number], make: (draw: Draw, at: Ellipse, renal: Renal) => Painted): Painter =>
  (draw) => {
    const renal = renalOf(draw, ordinary(draw));
    const rx = draw.range(...radius);
    const angle = draw.range(0, 2 * Math.PI);
    const rim = (side: number) => at(renal.kidney, 0.78 * Math.cos(angle), side * 0.78 * Math.sin(angle));
    // The body wall would cut what reaches into it: then the other face.
    const [x, y] = rim(1)[1] - rx > renal.wallDepth + 3 ? rim(1) : rim(-1);
    return study(renal, [
      make(draw, intoField(renal.probe, { x, y, rx, ry: rx * draw.range(0.8, 1) }, 3), renal),
    ]);
  };

/** Pelvis and calyces filled with fluid, `widthMm` across. */
function hydronephrosis(draw: Draw): Study {
  const renal = renalOf(draw, ordinary(draw));
  const { sinus } = renal;
  const grade = draw.pick(["mild", "moderate", "severe"] as const);
  const share = { mild: 0.45, moderate: 0.75, severe: 1.15 }[grade] * draw.range(0.9, 1.1);
  const pelvis = { ...sinus, rx: sinus.rx * Math.min(1.05, 0.5 + share * 0.5), ry: sinus.ry * share };
  const knobs = draw.whole(5, 7);
  const phase = draw.range(0, 6);
  const depth = grade === "mild" ? 0.12 : 0.22;
  const outline = polar(pelvis, (a) => 1 + depth * Math.cos(knobs * a + phase), 128);
  const thicknessMm = diametersOf(outline).shortMm;
  return study(renal, [
    {
      shapes: [
        { outline, fill: tissues.fluid, stroke: { tissue: vary(tissues.sinus, { echo: 8 }), widthMm: 0.8 } },
      ],
      lesion: { kind: "hydronephrosis", outline, grade, echogenicity: "anechoic", thicknessMm },
    },
  ]);
}

export const kidney = {
  normal: (draw) => study(renalOf(draw, ordinary(draw)), []),
  cyst: cortical([6, 20], (draw, place) => cyst(draw, "cyst", place)),
  stone(draw) {
    const renal = renalOf(draw, ordinary(draw));
    const [x, y] = at(renal.sinus, draw.range(-0.8, 0.8), draw.range(-0.5, 0.5));
    const rx = draw.range(2.5, 8);
    return study(renal, [
      stone(draw, "stone", { x, y, rx, ry: rx * draw.range(0.5, 0.8), tilt: draw.range(-0.3, 0.3) }),
    ]);
  },
  hydronephrosis,
  angiomyolipoma: cortical([5, 14], (draw, place, { cortex }) =>
    nodule(draw, "angiomyolipoma", place, cortex, { contrast: draw.range(13, 17), loss: 0.1, grain: 3 }),
  ),
  mass: cortical([12, 22], (draw, place, { cortex }) =>
    nodule(draw, "mass", place, cortex, {
      contrast: draw.range(-3, 3),
      grain: 7,
      capsule: vary(tissues.wall, { echo: 3 }),
    }),
  ),
  chronicDisease(draw) {
    const form = {
      lengthMm: draw.range(66, 84),
      cortex: vary(tissues.kidneyCortex, { echo: draw.range(4, 8) }),
      pyramids: -1.5,
      surface: 0.025,
    };
    return study(renalOf(draw, form), [
      { shapes: [], lesion: { kind: "chronicDisease", echogenicity: "hyperechoic" } },
    ]);
  },
} as const satisfies Anatomy;
