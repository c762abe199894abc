/** @file Female pelvis through the full bladder, curvilinear probe: uterus, endometrium, ovary, pregnancy. */

import type { Draw } from "../draw.ts";
import { intoField } from "../geometry.ts";
import { blob, type Ellipse, ellipse, type Outline, type Point, polar, tube, waves } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { fetalHead } from "./fetal_head.ts";
import { cyst, nodule } from "./lesions.ts";
import { bodyWall, curvilinear, type Sector } from "./shells.ts";
import { type Anatomy, type Painted, type Painter, type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

interface Form {
  readonly endometriumMm: number;
  /** Half length and half depth of the uterus, mm. */
  readonly length: number;
  readonly thickness: number;
  readonly fluidMm: number;
  readonly muscle: Tissue;
}

interface Pelvis {
  readonly probe: Sector;
  readonly shapes: readonly Shape[];
  readonly uterus: Ellipse;
  readonly outline: Outline;
  readonly cavity: Ellipse;
  readonly endometrium: Outline;
  /** Where an adnexal mass lies. */
  readonly adnexa: Point;
  readonly muscle: Tissue;
  readonly fluid: Outline;
}

const ordinary = (draw: Draw): Form => ({
  endometriumMm: draw.range(4, 11),
  length: draw.range(33, 42),
  thickness: draw.range(18, 23),
  fluidMm: 0,
  muscle: vary(tissues.uterus, { echo: draw.range(-8, -4) }),
});

function pelvisOf(draw: Draw, { endometriumMm, length, thickness, fluidMm, muscle }: Form): Pelvis {
  const depthMm = draw.range(115, 150);
  const probe = curvilinear(draw, depthMm);
  const wallDepth = draw.range(12, 20);
  const way = draw.pick([-1, 1]);
  const bladderDepth = draw.range(28, 44);
  const uterus: Ellipse = {
    x: way * draw.range(-8, 4),
    y: wallDepth + bladderDepth * 0.72 + thickness,
    rx: length,
    ry: thickness,
    tilt: way * draw.range(0.05, 0.3),
  };
  const outline = polar(
    uterus,
    (a) => 1 - 0.2 * Math.max(0, way * Math.cos(a)) ** 2 + 0.03 * Math.cos(3 * a),
    128,
  );
  const cavity: Ellipse = {
    ...uterus,
    x: uterus.x - way * length * 0.12,
    rx: length * 0.6,
    ry: endometriumMm / 2,
  };
  const endometrium = polar(cavity, (a) => 1 - 0.1 * Math.max(0, Math.cos(a * 2)), 80);
  const cavityLine = polar({ ...cavity, ry: 0.3 }, () => 0.85, 40);
  const bladder = blob(
    draw,
    {
      x: way * draw.range(8, 22),
      y: wallDepth + bladderDepth * 0.45,
      rx: draw.range(34, 48),
      ry: bladderDepth * 0.52,
      tilt: -way * 0.12,
    },
    0.05,
  );
  const bowel = vary(tissues.fat, { echo: 0, loss: 0.06 });
  const pouch: Ellipse = {
    x: uterus.x - way * 12,
    y: uterus.y + thickness + fluidMm * 0.2,
    rx: length * 0.85,
    ry: Math.max(1, fluidMm * 0.8),
    tilt: uterus.tilt ?? 0,
  };
  const fluid = blob(draw, pouch, 0.03);
  const gas = Array.from(
    { length: draw.whole(1, 3) },
    (): Shape => ({
      outline: blob(
        draw,
        { x: -way * draw.range(35, 75), y: draw.range(0.45, 0.8) * depthMm, rx: draw.range(5, 12), ry: 2 },
        0.1,
      ),
      fill: vary(tissues.gas, { loss: 1.6 }),
    }),
  );
  const shapes: Shape[] = [
    {
      outline: [
        [-300, -60],
        [300, -60],
        [300, 300],
        [-300, 300],
      ],
      fill: bowel,
    },
    ...spots(
      draw,
      { x: 0, y: depthMm * 0.55, rx: 100, ry: 60 },
      { count: 220, sizeMm: 9, tissue: bowel, spread: 9, opacity: 0.5 },
    ),
    ...gas,
    ...(fluidMm > 0 ? [{ outline: fluid, fill: tissues.fluid }] : []),
    { outline, fill: muscle, stroke: { tissue: vary(tissues.wall, { echo: 2 }), widthMm: 0.8 } },
    ...spots(
      draw,
      { ...uterus, rx: uterus.rx * 0.9, ry: uterus.ry * 0.9 },
      { count: 90, sizeMm: 4, tissue: muscle, spread: 3.5, opacity: 0.45 },
    ),
    {
      outline: polar({ ...cavity, rx: cavity.rx + 2.5, ry: cavity.ry + 2.5 }, () => 1),
      fill: vary(muscle, { echo: muscle.echo - 5 }),
      softMm: 0.8,
    },
    { outline: endometrium, fill: vary(tissues.gland, { echo: 6 }), softMm: 0.3 },
    { outline: cavityLine, fill: vary(tissues.wall, { echo: 12 }), opacity: 0.7 },
    {
      outline: bladder,
      fill: tissues.fluid,
      stroke: { tissue: vary(tissues.wall, { echo: 6 }), widthMm: 2 },
    },
    ...bodyWall(draw, probe, wallDepth),
  ];
  const adnexa: Point = [uterus.x - way * length * draw.range(0.75, 1.1), uterus.y + draw.range(4, 16)];
  return { probe, shapes, uterus, outline, cavity, endometrium, adnexa, muscle, fluid };
}

const study = ({ probe, shapes, outline, endometrium }: Pelvis, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "longitudinal",
    organs: [{ kind: "bladder" }, { kind: "uterus", outline }, { kind: "endometrium", outline: endometrium }],
    lesions: found.map(({ lesion }) => lesion),
  });

const inPelvis =
  (change: (draw: Draw) => Partial<Form>, make: (draw: Draw, pelvis: Pelvis) => Painted): Painter =>
  (draw) => {
    const pelvis = pelvisOf(draw, { ...ordinary(draw), ...change(draw) });
    return study(pelvis, [make(draw, pelvis)]);
  };

/** A point of the uterine wall, between endometrium and surface. */
function inWall(draw: Draw, { uterus }: Pelvis, reach: number): Point {
  const angle = draw.range(0.2, Math.PI - 0.2);
  const { x, y, rx, ry, tilt = 0 } = uterus;
  const [u, v] = [rx * reach * Math.cos(angle), ry * reach * Math.sin(angle)];
  return [x + u * Math.cos(tilt) - v * Math.sin(tilt), y + u * Math.sin(tilt) + v * Math.cos(tilt)];
}

/** A gestational sac with an embryo. */
function earlyPregnancy(draw: Draw): Study {
  const base = ordinary(draw);
  const pelvis = pelvisOf(draw, {
    ...base,
    length: base.length * 1.15,
    thickness: base.thickness * 1.3,
    endometriumMm: 16,
  });
  const rx = draw.range(9, 17);
  const { cavity } = pelvis;
  const sac: Ellipse = { ...cavity, rx, ry: rx * draw.range(0.6, 0.8) };
  const outline = blob(draw, sac, 0.04);
  const embryo: Ellipse = {
    x: sac.x + rx * draw.range(-0.3, 0.2),
    y: sac.y + sac.ry * 0.45,
    rx: rx * 0.35,
    ry: rx * 0.16,
  };
  const shapes: Shape[] = [
    {
      outline: blob(draw, { ...sac, rx: sac.rx + 3, ry: sac.ry + 3 }, 0.04),
      fill: vary(tissues.gland, { echo: 9 }),
    },
    { outline, fill: tissues.fluid },
    { outline: blob(draw, embryo, 0.08), fill: vary(tissues.gland, { echo: 3 }) },
    {
      outline: ellipse({ x: sac.x + rx * 0.55, y: sac.y - sac.ry * 0.2, rx: 2.3, ry: 2.3 }),
      stroke: { tissue: vary(tissues.wall, { echo: 6 }), widthMm: 0.6 },
    },
  ];
  const lesion = { kind: "pregnancy", outline, shape: "oval", echogenicity: "anechoic" } as const;
  const done = study(pelvis, [{ shapes, lesion }]);
  return { ...done, organs: [...done.organs, { kind: "gestationalSac", outline }] };
}

export const gynaecology = {
  normal: (draw) => study(pelvisOf(draw, ordinary(draw)), []),
  leiomyoma: inPelvis(
    () => ({}),
    (draw, pelvis) => {
      const [x, y] = inWall(draw, pelvis, draw.range(0.55, 0.9));
      const rx = draw.range(8, 20);
      return nodule(
        draw,
        "leiomyoma",
        intoField(pelvis.probe, { x, y, rx, ry: rx * draw.range(0.8, 1) }, 3),
        pelvis.muscle,
        {
          contrast: draw.range(-11, -6),
          loss: draw.range(0.1, 0.35),
          capsule: vary(tissues.wall, { echo: 3 }),
          grain: 6,
        },
      );
    },
  ),
  adenomyosis: inPelvis(
    (draw) => ({ length: draw.range(42, 50), thickness: draw.range(27, 33) }),
    (draw, { uterus, muscle }) => {
      const wall = { ...uterus, rx: uterus.rx * 0.8, ry: uterus.ry * 0.85 };
      const lakes = spots(draw, wall, {
        count: 10,
        sizeMm: 2,
        tissue: tissues.fluid,
        spread: 3,
        opacity: 0.9,
      });
      const coarse = spots(draw, wall, { count: 90, sizeMm: 4, tissue: muscle, spread: 6, opacity: 0.5 });
      const streaks = Array.from({ length: 7 }, (): Shape => {
        const x = uterus.x + draw.range(-0.7, 0.7) * uterus.rx;
        return {
          outline: tube(
            [
              [x, uterus.y - uterus.ry * 0.5],
              [x + draw.range(-3, 3), uterus.y + uterus.ry],
            ],
            () => draw.range(0.6, 1.6),
          ),
          fill: vary(muscle, { loss: 0.35 }),
          opacity: 0.6,
        };
      });
      return { shapes: [...coarse, ...streaks, ...lakes], lesion: { kind: "adenomyosis" } };
    },
  ),
  ovarianCyst: inPelvis(
    () => ({}),
    (draw, { probe, adnexa: [x, y] }) => {
      const rx = draw.range(12, 28);
      const at = { x, y, rx, ry: rx * draw.range(0.7, 0.95) };
      return cyst(draw, "ovarianCyst", intoField(probe, at, 3));
    },
  ),
  teratoma: inPelvis(
    () => ({}),
    (draw, { probe, adnexa }) => {
      const rx = draw.range(14, 26);
      const at = intoField(probe, { x: adnexa[0], y: adnexa[1], rx, ry: rx * draw.range(0.7, 0.9) }, 3);
      const { x, y } = at;
      const { shapes, lesion } = cyst(draw, "teratoma", at);
      const plug = blob(
        draw,
        { x: x + rx * draw.range(-0.25, 0.25), y: y + at.ry * 0.15, rx: rx * 0.55, ry: at.ry * 0.5 },
        0.08,
      );
      const haze = { ...shapes[0]!, fill: vary(tissues.fluid, { echo: -22 }) };
      return {
        shapes: [haze, { outline: plug, fill: { echo: 12, loss: 1.1, impedance: 0.6 } }],
        lesion: { ...lesion, echogenicity: "complex", posterior: "shadow" },
      };
    },
  ),
  endometrialThickening(draw) {
    const thicknessMm = draw.range(16, 26);
    const pelvis = pelvisOf(draw, {
      ...ordinary(draw),
      endometriumMm: thicknessMm,
      thickness: draw.range(23, 27),
    });
    const grade = thicknessMm < 19 ? "mild" : thicknessMm < 23 ? "moderate" : "severe";
    const outline = pelvis.endometrium;
    return study(pelvis, [
      {
        shapes: [],
        lesion: { kind: "endometrialThickening", outline, thicknessMm, grade, echogenicity: "hyperechoic" },
      },
    ]);
  },
  endometrialPolyp: inPelvis(
    (draw) => ({ endometriumMm: draw.range(12, 16) }),
    (draw, { cavity }) => {
      const ry = cavity.ry * draw.range(0.5, 0.75);
      const place = {
        ...cavity,
        x: cavity.x + cavity.rx * draw.range(-0.35, 0.35),
        rx: ry * draw.range(1.3, 1.9),
        ry,
      };
      const around = vary(tissues.gland, { echo: 0 });
      const bed: Shape = { outline: polar(cavity, waves(draw, 0.02)), fill: around };
      const { shapes, lesion } = nodule(draw, "endometrialPolyp", place, around, {
        contrast: draw.range(8, 11),
        grain: 2,
      });
      return { shapes: [bed, ...shapes], lesion };
    },
  ),
  iud: inPelvis(
    () => ({}),
    (draw, { cavity }) => {
      const bar: Ellipse = { ...cavity, rx: draw.range(13, 16), ry: 1.1 };
      const outline = ellipse(bar, 48);
      return {
        shapes: [{ outline, fill: { echo: 22, loss: 12, impedance: 0.95 } }],
        lesion: { kind: "iud", outline, echogenicity: "hyperechoic", posterior: "shadow" },
      };
    },
  ),
  pregnancy: (draw) => (draw.chance(0.3) ? earlyPregnancy(draw) : fetalHead(draw)),
  pelvicEffusion(draw) {
    const fluidMm = draw.range(5, 28);
    const pelvis = pelvisOf(draw, { ...ordinary(draw), fluidMm });
    const grade = fluidMm < 12 ? "mild" : fluidMm < 21 ? "moderate" : "severe";
    return study(pelvis, [
      {
        shapes: [],
        lesion: { kind: "pelvicEffusion", thicknessMm: fluidMm, grade, echogenicity: "anechoic" },
      },
    ]);
  },
} as const satisfies Anatomy;
