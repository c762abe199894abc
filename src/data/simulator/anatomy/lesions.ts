/** @file Focal lesions that several organs share: cysts, solid nodules, infiltrating masses, stones. */

import type { Finding } from "../../facts.ts";
import type { Draw } from "../draw.ts";
import { blob, type Ellipse, type Outline, polar, waves } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { orientationOf, ovalOrRound, type Painted } from "./study.ts";
import { spots } from "./texture.ts";

type Kind = Finding["kind"];

const shrunk = (at: Ellipse, share: number): Ellipse => ({ ...at, rx: at.rx * share, ry: at.ry * share });

const described = (kind: Kind, outline: Outline) => ({
  kind,
  outline,
  shape: ovalOrRound(outline),
  orientation: orientationOf(outline),
});

/** Fluid in a thin smooth wall. */
export function cyst(draw: Draw, kind: Kind, at: Ellipse): Painted {
  const outline = blob(draw, at, 0.03);
  const wall = { tissue: vary(tissues.wall, { echo: 6 }), widthMm: Math.min(0.8, 0.15 + at.rx * 0.02) };
  return {
    shapes: [{ outline, fill: tissues.fluid, stroke: wall }],
    lesion: {
      ...described(kind, outline),
      margin: "circumscribed",
      echogenicity: "anechoic",
      posterior: "enhancement",
    },
  };
}

/** A smooth solid nodule, `contrast` dB against its surroundings. */
export function nodule(
  draw: Draw,
  kind: Kind,
  at: Ellipse,
  around: Tissue,
  options: { contrast: number; loss?: number; capsule?: Tissue; halo?: boolean; grain?: number },
): Painted {
  const { contrast, loss = 0, capsule, halo = false, grain = 4 } = options;
  const outline = polar(at, waves(draw, draw.range(0.02, 0.06), 2, 5));
  const tissue: Tissue = { echo: around.echo + contrast, loss, impedance: around.impedance - 0.05 };
  const rim = halo
    ? { tissue: vary(tissue, { echo: around.echo - 14 }), widthMm: at.rx * 0.12 }
    : capsule && { tissue: capsule, widthMm: Math.min(0.6, at.rx * 0.04) };
  return {
    shapes: [
      { outline, fill: tissue, ...(rim ? { stroke: rim } : {}) },
      ...spots(draw, shrunk(at, 0.85), {
        count: 16,
        sizeMm: at.rx * 0.3,
        tissue,
        spread: grain,
        opacity: 0.5,
      }),
    ],
    lesion: {
      ...described(kind, outline),
      margin: "circumscribed",
      echogenicity: contrast < -4 ? "hypoechoic" : contrast > 4 ? "hyperechoic" : "isoechoic",
      posterior: loss > 0.25 ? "shadow" : loss < -0.15 ? "enhancement" : "none",
    },
  };
}

/** A mass that grows into its surroundings: irregular outline, fine spicules, sometimes punctate foci. */
export function infiltrating(
  draw: Draw,
  kind: Kind,
  at: Ellipse,
  around: Tissue,
  options: { contrast: number; loss: number; foci: boolean },
): Painted {
  const { contrast, loss, foci } = options;
  const rough = waves(draw, 0.13, 2, 9);
  const outline = polar(at, rough, 128);
  const tissue: Tissue = { echo: around.echo + contrast, loss, impedance: around.impedance };
  const spicules = Array.from({ length: draw.whole(6, 14) }, (): Shape => {
    const angle = draw.range(0, 2 * Math.PI);
    const [cos, sin] = [Math.cos(angle) * at.rx * rough(angle), Math.sin(angle) * at.ry * rough(angle)];
    const reach = draw.range(1.1, 1.4);
    const bend = draw.range(-0.12, 0.12);
    return {
      outline: [
        [at.x + cos * 0.8, at.y + sin * 0.8],
        [at.x + cos * 1.05, at.y + sin * 1.05],
        [at.x + (cos - sin * bend) * reach, at.y + (sin + cos * bend) * reach],
      ],
      stroke: { tissue: vary(tissue, { loss: 0 }), widthMm: at.rx * draw.range(0.04, 0.1) },
      closed: false,
      opacity: 0.6,
    };
  });
  const punctate: Tissue = { echo: 17, loss: 0.8, impedance: 0.75 };
  return {
    shapes: [
      {
        outline: polar(shrunk(at, 1.12), rough),
        fill: vary(around, { echo: around.echo + 4 }),
        softMm: at.rx * 0.1,
        opacity: 0.7,
      },
      ...spicules,
      { outline, fill: tissue, softMm: at.rx * draw.range(0.03, 0.07) },
      ...spots(draw, shrunk(at, 0.8), { count: 18, sizeMm: at.rx * 0.35, tissue, spread: 6, opacity: 0.5 }),
      ...(foci
        ? spots(draw, shrunk(at, 0.65), {
            count: draw.whole(5, 14),
            sizeMm: 0.5,
            tissue: punctate,
            spread: 3,
            opacity: 1,
          })
        : []),
    ],
    lesion: {
      ...described(kind, outline),
      shape: "irregular",
      margin: "notCircumscribed",
      echogenicity: contrast < -4 ? "hypoechoic" : contrast > 4 ? "hyperechoic" : "isoechoic",
      posterior: loss > 0.25 ? "shadow" : "none",
      calcification: foci ? "micro" : "none",
    },
  };
}

/** A calcified body: a bright face that lets nothing through. */
export function stone(draw: Draw, kind: Kind, at: Ellipse): Painted {
  const outline = blob(draw, at, 0.08);
  return {
    shapes: [{ outline, fill: vary(tissues.stone, { loss: Math.max(3, 24 / (at.ry * 2)) }) }],
    lesion: {
      ...described(kind, outline),
      margin: "circumscribed",
      echogenicity: "hyperechoic",
      posterior: "shadow",
      calcification: "coarse",
    },
  };
}
