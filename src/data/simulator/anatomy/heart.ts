/** @file Heart, phased array: apical four-chamber and parasternal long-axis views. */

import type { Draw } from "../draw.ts";
import { arc, blob, type Ellipse, type Outline, type Point, polar, tube, waves } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { phased, type Sector } from "./shells.ts";
import { type Anatomy, type Lesion, type Organ, type Painter, type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

/** Sizes a finding may change, mm, at the end of diastole. */
interface Form {
  readonly leftVentricle: number;
  readonly rightVentricle: number;
  readonly leftAtrium: number;
  readonly rightAtrium: number;
  readonly wall: number;
  readonly aorta: number;
  readonly effusion: number;
}

const ordinary = (draw: Draw): Form => ({
  leftVentricle: draw.range(41, 51),
  rightVentricle: draw.range(26, 33),
  leftAtrium: draw.range(30, 37),
  rightAtrium: draw.range(30, 37),
  wall: draw.range(8, 10),
  aorta: draw.range(27, 33),
  effusion: 0,
});

const lung: Tissue = { echo: -24, loss: 0.15, impedance: 0.2 };
const endocardium = { tissue: vary(tissues.wall, { echo: -1, impedance: 0.5 }), widthMm: 0.9 };
const pericardium = { tissue: vary(tissues.fascia, { echo: 5, impedance: 0.75 }), widthMm: 1.3 };
const leaflet = { tissue: vary(tissues.wall, { echo: 5, impedance: 0.55 }), widthMm: 1.6 };

const surroundings = (draw: Draw, probe: Sector): Shape[] => [
  {
    outline: [
      [-300, -40],
      [300, -40],
      [300, 300],
      [-300, 300],
    ],
    fill: lung,
  },
  ...spots(
    draw,
    { x: 0, y: probe.depthMm * 0.6, rx: 130, ry: 95 },
    { count: 80, sizeMm: 12, tissue: lung, spread: 12, opacity: 0.5 },
  ),
];

/** Haze and bright skin echoes in front of the probe. */
const nearField = (draw: Draw, probe: Sector): Shape[] =>
  Array.from({ length: 7 }, (_, i): Shape => {
    const depth = 1 + i * draw.range(1.6, 2.4);
    const reach = probe.angle * 1.1;
    const outline = Array.from({ length: 16 }, (_, k): Point => {
      const theta = -reach + (2 * reach * k) / 15;
      const radius = probe.radiusMm + depth;
      return [radius * Math.sin(theta), radius * Math.cos(theta) - probe.radiusMm];
    });
    return {
      outline,
      stroke: { tissue: { echo: 9 - i * 2.2, loss: 0.02, impedance: 0.45 }, widthMm: draw.range(0.8, 1.8) },
      closed: false,
      opacity: 0.75,
    };
  });

const chamber = (draw: Draw, at: Ellipse, pointed: number): Outline =>
  polar(
    at,
    (a) => waves(draw, 0, 2, 2)(a) * (1 - pointed * Math.max(0, -Math.sin(a)) ** 3 * Math.cos(a) ** 2),
    96,
  );

const fibresIn = (draw: Draw, within: Ellipse, tissue: Tissue): Shape[] =>
  spots(draw, within, { count: 220, sizeMm: 4, tissue, spread: 7, opacity: 0.5 });

function fourChamber(draw: Draw, form: Form, lesions: readonly Lesion[]): Study {
  const { leftVentricle, rightVentricle, leftAtrium, rightAtrium, wall, effusion } = form;
  const probe = phased(draw, draw.range(158, 180));
  const lean = draw.range(-0.05, 0.16);
  const septumX = draw.range(-9, -3);
  const apexY = draw.range(16, 24);
  const lengthMm = draw.range(74, 86) + (leftVentricle - 46) * 0.5;
  const valves = apexY + wall + lengthMm;
  // Everything is laid out upright and then leans about the apex.
  const turned = ([x, y]: Point): Point => {
    const [u, v] = [x - septumX, y - apexY];
    return [
      septumX + u * Math.cos(lean) - v * Math.sin(lean),
      apexY + u * Math.sin(lean) + v * Math.cos(lean),
    ];
  };
  const placed = (outline: Outline): Outline => outline.map(turned);
  const half = wall / 2;
  const at = (x: number, y: number, rx: number, ry: number, tilt = 0): Ellipse => ({ x, y, rx, ry, tilt });
  const lv = at(
    septumX + half + leftVentricle / 2,
    valves - lengthMm * 0.5,
    leftVentricle / 2,
    lengthMm * 0.53,
    0.06,
  );
  const rvLength = lengthMm * 0.84;
  const rv = at(
    septumX - half - rightVentricle / 2,
    valves - rvLength * 0.48,
    rightVentricle / 2,
    rvLength * 0.52,
    -0.18,
  );
  const laY = valves + leftAtrium * 0.52;
  const la = at(septumX + 1.5 + leftAtrium / 2, laY, leftAtrium / 2, leftAtrium * 0.58, 0.05);
  const ra = at(
    septumX - 3 - rightAtrium / 2,
    valves + rightAtrium * 0.46,
    rightAtrium / 2,
    rightAtrium * 0.56,
    -0.05,
  );
  const grown = (e: Ellipse, mm: number): Ellipse => ({ ...e, rx: e.rx + mm, ry: e.ry + mm });
  const [lvOut, rvOut, laOut, raOut] = [
    chamber(draw, lv, 0.1),
    chamber(draw, rv, 0.25),
    blob(draw, la, 0.07),
    blob(draw, ra, 0.07),
  ];
  const muscle = vary(tissues.myocardium, { echo: draw.range(-6, 1) });
  const epicardium = (extra: number): Outline[] => [
    polar(grown(lv, wall + extra), () => 1, 96),
    polar(grown(rv, 4.5 + extra), () => 1, 96),
  ];
  const shell = (outline: Outline, fill: Tissue, stroke?: Shape["stroke"]): Shape => ({
    outline: placed(outline),
    fill,
    ...(stroke ? { stroke } : {}),
  });
  const hinge = (from: Point, to: Point, bow: number): Shape => ({
    outline: placed(arc(from, to, bow, 12)),
    stroke: leaflet,
    closed: false,
  });
  const open = draw.range(0, 1);
  const mitral = [lv.x - lv.rx * 0.86, lv.x + lv.rx * 0.86] as const;
  const tricuspid = [rv.x - rv.rx * 0.9, rv.x + rv.rx * 0.8] as const;
  const middle = (a: number, b: number, t: number): number => a + (b - a) * t;
  const leaflets = [
    hinge(
      [mitral[0], valves - 1],
      [middle(mitral[0], mitral[1], 0.55 - 0.28 * open), valves - 6 - 14 * open],
      -3,
    ),
    hinge(
      [mitral[1], valves - 1],
      [middle(mitral[0], mitral[1], 0.58 + 0.22 * open), valves - 6 - 9 * open],
      2,
    ),
    hinge(
      [tricuspid[1], valves - 7],
      [middle(tricuspid[0], tricuspid[1], 0.5 + 0.25 * open), valves - 10 - 9 * open],
      2,
    ),
    hinge(
      [tricuspid[0], valves - 5],
      [middle(tricuspid[0], tricuspid[1], 0.46 - 0.2 * open), valves - 9 - 8 * open],
      -2,
    ),
  ];
  const septum = arc([septumX, apexY + wall * 1.5], [septumX, valves - 2], draw.range(-1.5, 1.5));
  const shapes: Shape[] = [
    ...surroundings(draw, probe),
    // Sac, then fluid, then muscle: what is not covered stays visible as a rim.
    ...epicardium(effusion + 1.2).map((outline) =>
      shell(outline, effusion > 0 ? tissues.fluid : muscle, pericardium),
    ),
    ...[laOut, raOut].map((outline) => ({
      ...shell(outline, tissues.blood),
      stroke: { tissue: vary(tissues.wall, { echo: -9, impedance: 0.5 }), widthMm: 4 },
    })),
    ...epicardium(0).map((outline) => shell(outline, muscle)),
    { outline: placed(tube(septum, (t) => half * (0.75 + 0.5 * Math.sin(Math.PI * t)))), fill: muscle },
    ...fibresIn(draw, { ...grown(lv, wall), x: lv.x - 8 }, muscle),
    ...fibresIn(draw, grown(rv, 6), muscle),
    shell(laOut, tissues.blood, endocardium),
    shell(raOut, tissues.blood, endocardium),
    shell(rvOut, tissues.blood, endocardium),
    shell(lvOut, tissues.blood, endocardium),
    // The valve plane opens into both ventricles; the muscle between stays.
    shell(
      tube(
        [
          [mitral[0] + 2, valves],
          [mitral[1] - 2, valves],
        ],
        () => 5,
      ),
      tissues.blood,
    ),
    shell(
      tube(
        [
          [tricuspid[0] + 2, valves - 5],
          [tricuspid[1] - 1, valves - 5],
        ],
        () => 6,
      ),
      tissues.blood,
    ),
    shell(
      tube(arc([septumX, valves - 4], [septumX, valves + leftAtrium * 1.05], 1), () => 1.6),
      vary(tissues.wall, { echo: 4 }),
    ),
    ...leaflets,
    ...nearField(draw, probe),
  ];
  const organs: Organ[] = [
    { kind: "leftVentricle", outline: placed(lvOut) },
    { kind: "rightVentricle", outline: placed(rvOut) },
    { kind: "leftAtrium", outline: placed(laOut) },
    { kind: "rightAtrium", outline: placed(raOut) },
    { kind: "interventricularSeptum" },
    { kind: "mitralValve" },
  ];
  return studyOf(probe, lung, shapes, { view: "apicalFourChamber", organs, lesions });
}

function longAxis(draw: Draw, form: Form, lesions: readonly Lesion[]): Study {
  const { leftVentricle, rightVentricle, leftAtrium, wall, aorta, effusion } = form;
  const probe = phased(draw, draw.range(145, 165));
  const muscle = vary(tissues.myocardium, { echo: draw.range(-6, 1) });
  const lean = draw.range(-0.18, 0.02);
  const top = draw.range(15, 20);
  const turned = ([x, y]: Point): Point => {
    const [u, v] = [x, y - 60];
    return [u * Math.cos(lean) - v * Math.sin(lean), 60 + u * Math.sin(lean) + v * Math.cos(lean)];
  };
  const placed = (outline: Outline): Outline => outline.map(turned);
  const rvHeight = rightVentricle * 0.75;
  const septumY = top + 4 + rvHeight + wall / 2;
  const lvY = septumY + wall / 2 + leftVentricle / 2;
  const backY = lvY + leftVentricle / 2;
  const lv: Ellipse = { x: -24, y: lvY, rx: 48, ry: leftVentricle / 2 };
  const lvOut = polar(lv, (a) => 1 + 0.03 * (1 + Math.cos(2 * a)), 96);
  const aortaY = septumY + 2 + aorta / 2;
  const root = arc([12, aortaY], [64, aortaY - 10], 2);
  const aortaOut = tube(root, (t) => (aorta / 2) * (t < 0.3 ? 1 + 0.12 * Math.sin((Math.PI * t) / 0.3) : 1));
  const la: Ellipse = {
    x: 36,
    y: aortaY + aorta / 2 + 3 + leftAtrium / 2,
    rx: leftAtrium * 0.6,
    ry: leftAtrium / 2,
    tilt: -0.1,
  };
  const laOut = blob(draw, la, 0.04);
  const grown = (e: Ellipse, mm: number): Ellipse => ({ ...e, rx: e.rx + mm, ry: e.ry + mm });
  const heartOut = (mm: number): Outline => polar(grown(lv, wall + mm), () => 1, 96);
  const shape = (outline: Outline, fill: Tissue, stroke?: Shape["stroke"]): Shape => ({
    outline: placed(outline),
    fill,
    ...(stroke ? { stroke } : {}),
  });
  const stroke = (outline: Outline, with_: NonNullable<Shape["stroke"]>): Shape => ({
    outline: placed(outline),
    stroke: with_,
    closed: false,
  });
  const rv = tube(arc([-70, top + 6 + rvHeight / 2], [58, top + 2 + rvHeight / 2], 4), () => rvHeight / 2);
  const open = draw.range(0, 1);
  const tip: Point = [-14, lvY + 4 - 8 * open];
  const shapes: Shape[] = [
    ...surroundings(draw, probe),
    shape(
      tube(arc([-75, top + rvHeight / 2 + 4], [62, top + rvHeight / 2], 4), () => rvHeight / 2 + 5),
      muscle,
      { ...pericardium, widthMm: 1.2 },
    ),
    shape(heartOut(effusion + 1.2), effusion > 0 ? tissues.fluid : muscle, pericardium),
    shape(laOut, tissues.blood, { tissue: vary(tissues.wall, { echo: -9, impedance: 0.5 }), widthMm: 4 }),
    shape(heartOut(0), muscle),
    ...fibresIn(draw, { x: -24, y: lvY, rx: 55, ry: leftVentricle / 2 + wall }, muscle),
    shape(rv, tissues.blood, endocardium),
    // The septum lies between both ventricles, in front of the left one.
    shape(
      tube(arc([-80, septumY + 2], [14, septumY], 2), () => wall / 2),
      muscle,
    ),
    shape(lvOut, tissues.blood, endocardium),
    shape(laOut, tissues.blood, endocardium),
    shape(aortaOut, tissues.blood, {
      tissue: vary(tissues.wall, { echo: 10, impedance: 0.7 }),
      widthMm: 1.6,
    }),
    shape(
      tube(
        [
          [4, aortaY + 2],
          [16, aortaY],
        ],
        () => aorta / 2 - 2,
      ),
      tissues.blood,
    ),
    shape(
      tube(
        [
          [6, lvY + 8],
          [24, la.y - 2],
        ],
        () => 9,
      ),
      tissues.blood,
    ),
    stroke(arc([12, aortaY + aorta / 2], tip, -3), leaflet),
    stroke(arc([12, backY - 6], [tip[0] + 4, tip[1] + 8 + 6 * open], 2), leaflet),
    stroke(arc([16, aortaY - aorta * 0.42], [28, aortaY], 2), { ...leaflet, widthMm: 1.1 }),
    stroke(arc([16, aortaY + aorta * 0.42], [28, aortaY], -2), { ...leaflet, widthMm: 1.1 }),
    shape(
      blob(draw, { x: 22, y: Math.max(la.y + leftAtrium / 2 + 17, backY + 22), rx: 11, ry: 10 }, 0.02),
      tissues.blood,
      { tissue: tissues.wall, widthMm: 2 },
    ),
    ...nearField(draw, probe),
  ];
  const organs: Organ[] = [
    { kind: "leftVentricle", outline: placed(lvOut) },
    { kind: "leftAtrium", outline: placed(laOut) },
    { kind: "aorta", outline: placed(aortaOut) },
    { kind: "interventricularSeptum" },
    { kind: "mitralValve" },
  ];
  return studyOf(probe, lung, shapes, { view: "parasternalLongAxis", organs, lesions });
}

const gradeOf = (
  value: number,
  [moderate, severe]: readonly [number, number],
): "mild" | "moderate" | "severe" => (value < moderate ? "mild" : value < severe ? "moderate" : "severe");

type View = (draw: Draw, form: Form, lesions: readonly Lesion[]) => Study;
const either: readonly View[] = [fourChamber, longAxis];

/** A heart with one size outside its normal range. */
const changed =
  (
    kind: Lesion["kind"],
    views: readonly View[],
    size: keyof Form,
    range: readonly [number, number],
    steps: readonly [number, number],
  ): Painter =>
  (draw) => {
    const thicknessMm = draw.range(...range);
    const form = { ...ordinary(draw), [size]: thicknessMm };
    return draw.pick(views)(draw, form, [{ kind, thicknessMm, grade: gradeOf(thicknessMm, steps) }]);
  };

export const heart = {
  normal: (draw) => draw.pick(either)(draw, ordinary(draw), []),
  pericardialEffusion: changed("pericardialEffusion", either, "effusion", [4, 22], [10, 20]),
  leftVentricularEnlargement: changed(
    "leftVentricularEnlargement",
    either,
    "leftVentricle",
    [58, 72],
    [61, 66],
  ),
  rightVentricularEnlargement: changed(
    "rightVentricularEnlargement",
    [fourChamber],
    "rightVentricle",
    [42, 54],
    [45, 50],
  ),
  leftAtrialEnlargement: changed("leftAtrialEnlargement", either, "leftAtrium", [43, 58], [47, 52]),
  rightAtrialEnlargement: changed("rightAtrialEnlargement", [fourChamber], "rightAtrium", [46, 60], [50, 55]),
  wallThickening: changed("wallThickening", either, "wall", [12.5, 19], [14, 16.5]),
  aorticDilation: changed("aorticDilation", [longAxis], "aorta", [40, 54], [45, 50]),
} as const satisfies Anatomy;
