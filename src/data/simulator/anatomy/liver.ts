/** @file Liver, curvilinear probe, oblique under the ribs: parenchyma, vessels, gallbladder, kidney, diaphragm. */

import type { Draw } from "../draw.ts";
import { intoField } from "../geometry.ts";
import { arc, blob, type Ellipse, ellipse, type Outline, polar, waves } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { cyst, infiltrating, nodule, stone } from "./lesions.ts";
import { bodyWall, curvilinear, type Sector } from "./shells.ts";
import { type Anatomy, type Organ, type Painted, type Painter, type Study, studyOf } from "./study.ts";
import { spots, vessel, vesselTree } from "./texture.ts";

interface Form {
  readonly parenchyma: Tissue;
  /** Waviness of the liver's surface. */
  readonly surface: number;
  /** Whether portal walls and vessels stand out. */
  readonly vessels: number;
  readonly ascitesMm: number;
  readonly gallbladder: boolean;
  readonly wallMm: number;
}

interface Abdomen {
  readonly probe: Sector;
  readonly shapes: readonly Shape[];
  readonly organs: readonly Organ[];
  readonly parenchyma: Tissue;
  /** Where a focal lesion fits. */
  readonly free: Ellipse;
  readonly gallbladder: Ellipse;
  readonly liver: Ellipse;
}

const ordinary = (draw: Draw): Form => ({
  parenchyma: vary(tissues.liver, { echo: draw.range(-1.5, 1.5) }),
  surface: 0.006,
  vessels: 1,
  ascitesMm: 0,
  gallbladder: draw.chance(0.6),
  wallMm: 1.6,
});

function abdomenOf(draw: Draw, form: Form): Abdomen {
  const { parenchyma, surface, vessels, ascitesMm, wallMm } = form;
  const depthMm = draw.range(130, 170);
  const probe = curvilinear(draw, depthMm);
  const wallDepth = draw.range(13, 22);
  const mirrored = draw.pick([-1, 1]);
  const liver: Ellipse = {
    x: mirrored * draw.range(-14, 0),
    y: wallDepth + depthMm * 0.33,
    rx: depthMm * draw.range(0.62, 0.74),
    ry: depthMm * draw.range(0.4, 0.5),
    tilt: mirrored * draw.range(0.1, 0.35),
  };
  const outline = polar(liver, waves(draw, surface, 5, 22), 240);
  const lung = { echo: -24, loss: 0.2, impedance: 0.1 };
  const diaphragm = { tissue: vary(tissues.fascia, { echo: 11, impedance: 0.8 }), widthMm: 1.3 };
  const outer = { ...liver, rx: liver.rx + 1 + ascitesMm, ry: liver.ry + 1 + ascitesMm };
  const portal = vary(tissues.wall, { echo: parenchyma.echo + 7 * vessels + 1, impedance: 0.46 });
  const trunkAt = [
    liver.x - mirrored * draw.range(5, 25),
    liver.y + liver.ry * draw.range(0.1, 0.45),
  ] as const;
  const gallbladder: Ellipse = {
    x: mirrored * draw.range(18, 32),
    y: wallDepth + draw.range(24, 40),
    rx: draw.range(24, 32),
    ry: draw.range(9, 13),
    tilt: mirrored * draw.range(0.3, 0.7),
  };
  const kidney: Ellipse = {
    x: mirrored * draw.range(48, 62),
    y: depthMm * draw.range(0.62, 0.7),
    rx: draw.range(40, 48),
    ry: draw.range(19, 24),
    tilt: mirrored * draw.range(0.2, 0.5),
  };
  const withKidney = !form.gallbladder && draw.chance(0.7);
  const pear = (at: Ellipse, grow: number): Outline =>
    polar(
      // The side of the pear is at 0.8 of its ellipse.
      { ...at, rx: at.rx + grow / 0.8, ry: at.ry + grow / 0.8 },
      (a) => 0.86 - 0.16 * Math.cos(a) + 0.06 * Math.cos(2 * a),
    );
  const portalTree = vesselTree(
    draw,
    {
      from: trunkAt,
      angle: -Math.PI / 2 + mirrored * draw.range(-1.2, 0.4),
      lengthMm: draw.range(24, 34),
      widthMm: draw.range(8, 11),
    },
    2,
    portal,
  );
  const hepatic = Array.from({ length: draw.whole(1, 2) }, () => {
    const from = [liver.x + draw.range(-30, 30), liver.y + liver.ry * 0.85] as const;
    const angle = -Math.PI / 2 + draw.range(-0.9, 0.9);
    const length = liver.ry * draw.range(0.8, 1.2);
    return vessel(
      arc(from, [from[0] + length * Math.cos(angle), from[1] + length * Math.sin(angle)], draw.range(-5, 5)),
      draw.range(5, 8),
      2,
    );
  });
  const fade = (shape: Shape): Shape => ({ ...shape, opacity: 0.35 + 0.65 * vessels });
  const shapes: Shape[] = [
    { outline: ellipse(outer, 120), fill: ascitesMm > 0 ? tissues.fluid : parenchyma, stroke: diaphragm },
    { outline, fill: parenchyma },
    ...spots(draw, liver, { count: 70, sizeMm: 5, tissue: parenchyma, spread: 2.2, opacity: 0.35 }),
    ...spots(draw, liver, {
      count: 26,
      sizeMm: 2.4,
      tissue: tissues.blood,
      spread: 4,
      opacity: 0.5 * vessels,
    }),
    ...spots(draw, liver, { count: 16, sizeMm: 2, tissue: portal, spread: 2, opacity: 0.6 * vessels }),
    ...hepatic.map(fade),
    ...portalTree.map(fade),
    ...(withKidney
      ? [
          {
            outline: blob(draw, { ...kidney, rx: kidney.rx + 3, ry: kidney.ry + 3 }, 0.02),
            fill: vary(tissues.fat, { echo: 8, impedance: 0.5 }),
          },
          { outline: blob(draw, kidney, 0.025), fill: tissues.kidneyCortex },
          ...spots(
            draw,
            { ...kidney, rx: kidney.rx * 0.6, ry: kidney.ry * 0.42 },
            { count: 36, sizeMm: 8, tissue: tissues.sinus, spread: 4, opacity: 0.7 },
          ),
        ]
      : []),
    ...(form.gallbladder
      ? [
          {
            outline: pear(gallbladder, wallMm),
            fill: vary(tissues.wall, { echo: wallMm > 3 ? 1 : 7 }),
            stroke: { tissue: tissues.wall, widthMm: 0.8 },
          },
          {
            outline: pear(gallbladder, 0),
            fill: tissues.fluid,
            stroke: { tissue: tissues.wall, widthMm: 0.6 },
          },
        ]
      : []),
    ...bodyWall(draw, probe, wallDepth),
  ];
  const organs: Organ[] = [
    { kind: "liver" },
    { kind: "portalVein" },
    ...(form.gallbladder ? [{ kind: "gallbladder", outline: pear(gallbladder, 0) } as const] : []),
    ...(withKidney ? [{ kind: "kidney" } as const] : []),
  ];
  const free = {
    x: -mirrored * depthMm * 0.1,
    y: wallDepth + depthMm * 0.26,
    rx: depthMm * 0.2,
    ry: depthMm * 0.16,
  };
  return {
    probe,
    shapes: [
      {
        outline: [
          [-300, -60],
          [300, -60],
          [300, 300],
          [-300, 300],
        ],
        fill: lung,
      },
      ...shapes,
    ],
    organs,
    parenchyma,
    free,
    gallbladder,
    liver,
  };
}

const study = ({ probe, shapes, organs }: Abdomen, found: readonly Painted[]): Study =>
  studyOf(probe, tissues.muscle, [...shapes, ...found.flatMap((one) => one.shapes)], {
    view: "subcostal",
    organs,
    lesions: found.map(({ lesion }) => lesion),
  });

const withLesion =
  (
    radius: readonly [number, number],
    make: (draw: Draw, at: Ellipse, abdomen: Abdomen) => Painted,
  ): Painter =>
  (draw) => {
    const abdomen = abdomenOf(draw, ordinary(draw));
    const { free } = abdomen;
    const rx = draw.range(...radius);
    const at: Ellipse = {
      x: free.x + draw.range(-1, 1) * Math.max(0, free.rx - rx),
      y: free.y + draw.range(-1, 1) * Math.max(0, free.ry - rx),
      rx,
      ry: rx * draw.range(0.75, 1),
      tilt: draw.range(-0.4, 0.4),
    };
    return study(abdomen, [make(draw, intoField(abdomen.probe, at, 3), abdomen)]);
  };

/** Something in the gallbladder. */
const withGallbladder =
  (wallMm: (draw: Draw) => number, make: (draw: Draw, at: Ellipse, wallMm: number) => Painted[]): Painter =>
  (draw) => {
    const wall = wallMm(draw);
    const abdomen = abdomenOf(draw, { ...ordinary(draw), gallbladder: true, wallMm: wall });
    return study(abdomen, make(draw, abdomen.gallbladder, wall));
  };

/** A point on the gallbladder's deep (1) or near (−1) wall, `t` of the way along it, `inset` mm inside. */
function onWall({ x, y, rx, ry, tilt = 0 }: Ellipse, side: 1 | -1, t: number, inset: number) {
  const [u, v] = [t * rx * 0.6, side * (ry * 0.8 * Math.sqrt(1 - t * t * 0.5) - inset)];
  return { x: x + u * Math.cos(tilt) - v * Math.sin(tilt), y: y + u * Math.sin(tilt) + v * Math.cos(tilt) };
}

export const liver = {
  normal: (draw) => study(abdomenOf(draw, ordinary(draw)), []),
  steatosis(draw) {
    const grade = draw.pick(["mild", "moderate", "severe"] as const);
    const [echo, loss, vessels] = {
      mild: [5, 0.05, 0.75],
      moderate: [8, 0.11, 0.5],
      severe: [11, 0.16, 0.2],
    }[grade] as [number, number, number];
    const parenchyma = vary(tissues.liver, { echo, loss });
    return study(abdomenOf(draw, { ...ordinary(draw), parenchyma, vessels, gallbladder: draw.chance(0.2) }), [
      { shapes: [], lesion: { kind: "steatosis", grade, echogenicity: "hyperechoic" } },
    ]);
  },
  cirrhosis(draw) {
    const form = {
      ...ordinary(draw),
      surface: draw.range(0.02, 0.035),
      vessels: 0.55,
      ascitesMm: draw.chance(0.6) ? draw.range(4, 16) : 0,
    };
    const abdomen = abdomenOf(draw, form);
    const { liver: at, parenchyma } = abdomen;
    const coarse = spots(
      draw,
      { ...at, rx: at.rx * 0.95, ry: at.ry * 0.95 },
      { count: 420, sizeMm: 4.5, tissue: vary(parenchyma, { echo: 1 }), spread: 6, opacity: 0.55 },
    );
    // The nodules lie under the body wall, which was painted last.
    const shapes = [...abdomen.shapes.slice(0, 3), ...coarse, ...abdomen.shapes.slice(3)];
    return study({ ...abdomen, shapes }, [{ shapes: [], lesion: { kind: "cirrhosis" } }]);
  },
  cyst: withLesion([6, 24], (draw, at) => cyst(draw, "cyst", at)),
  haemangioma: withLesion([6, 18], (draw, at, { parenchyma }) =>
    nodule(draw, "haemangioma", at, parenchyma, {
      contrast: draw.range(8, 12),
      loss: draw.range(-0.1, 0),
      grain: 3,
    }),
  ),
  carcinoma: withLesion([10, 26], (draw, at, { parenchyma }) =>
    infiltrating(draw, "carcinoma", at, parenchyma, {
      contrast: draw.range(-11, -6),
      loss: 0.02,
      foci: false,
    }),
  ),
  metastasis: withLesion([8, 20], (draw, at, { parenchyma }) => {
    // A target: bright centre in a dark rim.
    const { shapes, lesion } = nodule(draw, "metastasis", at, parenchyma, { contrast: draw.range(-12, -8) });
    const centre = blob(draw, { ...at, rx: at.rx * 0.62, ry: at.ry * 0.62 }, 0.08);
    return {
      shapes: [
        ...shapes,
        { outline: centre, fill: vary(parenchyma, { echo: parenchyma.echo + 2 }), softMm: 1 },
      ],
      lesion,
    };
  }),
  calcification: withLesion([2, 6], (draw, at) => stone(draw, "calcification", { ...at, ry: at.rx * 0.6 })),
  gallstone: withGallbladder(
    () => 1.6,
    (draw, at) => {
      const rx = draw.range(3, 8);
      const place = onWall(at, 1, draw.range(-0.5, 0.5), rx * 0.75);
      return [stone(draw, "gallstone", { ...place, rx, ry: rx * draw.range(0.7, 0.9), tilt: at.tilt ?? 0 })];
    },
  ),
  gallbladderPolyp: withGallbladder(
    () => 1.6,
    (draw, at) => {
      const rx = draw.range(2, 5);
      const place = onWall(at, draw.pick([-1, 1] as const), draw.range(-0.6, 0.6), rx * 0.6);
      return [
        nodule(draw, "gallbladderPolyp", { ...place, rx, ry: rx * 0.85 }, tissues.liver, {
          contrast: 5,
          grain: 2,
        }),
      ];
    },
  ),
  cholecystitis: withGallbladder(
    (draw) => draw.range(4.2, 8),
    (draw, at, thicknessMm) => {
      const sludge = draw.chance(0.5)
        ? [
            {
              outline: blob(
                draw,
                { ...onWall(at, 1, 0, at.ry * 0.25), rx: at.rx * 0.5, ry: at.ry * 0.28, tilt: at.tilt ?? 0 },
                0.08,
              ),
              fill: vary(tissues.liver, { echo: -12 }),
              softMm: 1,
            },
          ]
        : [];
      return [{ shapes: sludge, lesion: { kind: "cholecystitis", thicknessMm } }];
    },
  ),
} as const satisfies Anatomy;
