/** @file Fetal head in its standard plane: skull, midline, cavum, thalami, choroid plexus, fluid, placenta. */

import type { Draw } from "../draw.ts";
import { intoField } from "../geometry.ts";
import { arc, blob, type Outline, type Point, perimeterOf, polar } from "../outline.ts";
import { type Shape, tissues, vary } from "../scene.ts";
import { bodyWall, curvilinear } from "./shells.ts";
import { type Study, studyOf } from "./study.ts";
import { spots } from "./texture.ts";

/** Brain of a 14 to 36 week fetus; the outer circumference of its skull is a fact. */
export function fetalHead(draw: Draw): Study {
  const rx = draw.range(18, 56);
  const ry = rx * draw.range(0.74, 0.84);
  const wallDepth = draw.range(8, 16);
  const y = wallDepth + ry + draw.range(6, 16);
  const probe = curvilinear(draw, y + ry + draw.range(14, 45));
  const head = intoField(probe, { x: draw.range(-0.2, 0.2) * rx, y, rx, ry, tilt: draw.range(-0.5, 0.5) }, 2);
  const inside = (u: number, v: number): Point => {
    const { tilt = 0 } = head;
    return [
      head.x + u * rx * Math.cos(tilt) - v * ry * Math.sin(tilt),
      head.y + u * rx * Math.sin(tilt) + v * ry * Math.cos(tilt),
    ];
  };
  const spot = (u: number, v: number, a: number, b: number): Outline => {
    const [px, py] = inside(u, v);
    return blob(draw, { x: px, y: py, rx: rx * a, ry: ry * b, tilt: head.tilt ?? 0 }, 0.06);
  };
  const outer = polar(head, (a) => 1 + 0.012 * Math.cos(4 * a), 128);
  const boneMm = 1 + rx * 0.035;
  const inner = polar({ ...head, rx: rx - boneMm, ry: ry - boneMm }, (a) => 1 + 0.012 * Math.cos(4 * a), 128);
  const brain = { echo: draw.range(-13, -8), loss: 0, impedance: 0.4 };
  const bright = vary(tissues.wall, { echo: 7, impedance: 0.55 });
  const placentaSide = draw.pick([-1, 1]);
  const womb = blob(draw, { x: 0, y: y + 4, rx: rx * 1.9 + 14, ry: ry + 16 }, 0.05);
  const shapes: Shape[] = [
    {
      outline: [
        [-300, -60],
        [300, -60],
        [300, 300],
        [-300, 300],
      ],
      fill: vary(tissues.uterus, { echo: -2 }),
    },
    ...spots(
      draw,
      { x: 0, y, rx: 150, ry: 110 },
      { count: 120, sizeMm: 8, tissue: vary(tissues.uterus, { echo: -2 }), spread: 5, opacity: 0.4 },
    ),
    { outline: womb, fill: vary(tissues.fluid, { echo: -40 }), stroke: { tissue: bright, widthMm: 1 } },
    {
      outline: blob(
        draw,
        { x: placentaSide * (rx * 1.55 + 8), y: y + 10, rx: rx * 0.5 + 6, ry: ry + 10, tilt: 0.2 },
        0.08,
      ),
      fill: vary(tissues.liver, { echo: 1 }),
    },
    // Bone is thin where the beam meets it squarely and swallows most of what grazes it.
    { outline: outer, fill: { echo: 7, loss: 0.5, impedance: 0.85 } },
    { outline: inner, fill: brain },
    ...spots(
      draw,
      { ...head, rx: rx * 0.85, ry: ry * 0.85 },
      { count: 60, sizeMm: rx * 0.16, tissue: brain, spread: 5, opacity: 0.4 },
    ),
    { outline: spot(-0.18, 0.16, 0.2, 0.14), fill: vary(brain, { echo: brain.echo - 5 }) },
    { outline: spot(-0.18, -0.16, 0.2, 0.14), fill: vary(brain, { echo: brain.echo - 5 }) },
    { outline: spot(0.5, 0, 0.09, 0.07), fill: tissues.fluid, stroke: { tissue: bright, widthMm: 0.6 } },
    { outline: spot(-0.45, 0.38, 0.26, 0.12), fill: vary(tissues.gland, { echo: 2 }) },
    {
      outline: arc(inside(-0.9, 0), inside(-0.1, 0), 0.3),
      stroke: { tissue: bright, widthMm: 0.9 },
      closed: false,
    },
    {
      outline: arc(inside(0.62, 0), inside(0.92, 0), 0.3),
      stroke: { tissue: bright, widthMm: 0.9 },
      closed: false,
    },
    {
      outline: arc(inside(-0.7, -0.62), inside(0.6, -0.6), -ry * 0.12),
      stroke: { tissue: vary(bright, { echo: 1 }), widthMm: 0.7 },
      closed: false,
      opacity: 0.6,
    },
    {
      outline: arc(inside(-0.7, 0.62), inside(0.6, 0.6), ry * 0.12),
      stroke: { tissue: vary(bright, { echo: 1 }), widthMm: 0.7 },
      closed: false,
      opacity: 0.6,
    },
    ...bodyWall(draw, probe, wallDepth),
  ];
  return studyOf(probe, tissues.uterus, shapes, {
    view: "headCircumference",
    organs: [{ kind: "fetalHead", outline: outer, circumferenceMm: perimeterOf(outer) }],
    lesions: [{ kind: "pregnancy" }],
  });
}
