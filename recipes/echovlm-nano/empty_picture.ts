/** @file Pictures without anatomy, painted: noise, patterns, text, pictures that only look like a scanner's. */

import sharp from "sharp";
import type { Facts } from "../../src/data/facts.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";
import type { Picture } from "./real_picture.ts";

type Colour = readonly [red: number, green: number, blue: number];
/** The colour of a place; x and y are fractions of the picture. */
type Paint = (x: number, y: number) => Colour;

const grey = (level: number): Colour => [level, level, level];
const anyColour = (draw: Draw): Colour => [draw.range(0, 256), draw.range(0, 256), draw.range(0, 256)];
/** Grey in half of the pictures. */
const someColour = (draw: Draw): Colour => (draw.chance(0.5) ? grey(draw.range(0, 256)) : anyColour(draw));
const mix = (from: Colour, to: Colour, share: number): Colour => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** Smooth random field over the unit square, 0 to 1: octaves of a bilinear lattice. */
function clouds(draw: Draw): (x: number, y: number) => number {
  const octaves = Array.from({ length: draw.whole(1, 5) }, (_, octave) => {
    const nodes = 3 * 2 ** octave + draw.whole(0, 2);
    const lattice = Float32Array.from({ length: (nodes + 1) ** 2 }, () => draw.random());
    return { nodes, lattice, weight: 0.6 ** octave };
  });
  const total = octaves.reduce((sum, { weight }) => sum + weight, 0);
  const smooth = (t: number) => t * t * (3 - 2 * t);
  return (x, y) => {
    let sum = 0;
    for (const { nodes, lattice, weight } of octaves) {
      const [column, row] = [Math.floor(x * nodes), Math.floor(y * nodes)];
      const [tx, ty] = [smooth(x * nodes - column), smooth(y * nodes - row)];
      const at = row * (nodes + 1) + column;
      const above = lattice[at]! * (1 - tx) + lattice[at + 1]! * tx;
      const below = lattice[at + nodes + 1]! * (1 - tx) + lattice[at + nodes + 2]! * tx;
      sum += weight * (above * (1 - ty) + below * ty);
    }
    return sum / total;
  };
}

/** Speckle of a given strength: an exponential level, as the intensity of many echoes. */
const speckle = (draw: Draw, mean: number) => Math.min(255, -mean * Math.log(1 - draw.random()));

/** Kinds of painted picture. */
const paints: Readonly<Record<string, (draw: Draw) => Paint>> = {
  black: () => () => grey(0),
  colour(draw) {
    const colour = someColour(draw);
    return () => colour;
  },
  whiteNoise(draw) {
    const [middle, spread] = [draw.range(30, 200), draw.range(20, 250)];
    return () => grey(middle + spread * (draw.random() - 0.5));
  },
  colourNoise: (draw) => () => anyColour(draw),
  speckle(draw) {
    const mean = draw.range(15, 110);
    return () => grey(speckle(draw, mean));
  },
  clouds(draw) {
    const [field, from, to] = [clouds(draw), someColour(draw), someColour(draw)];
    return (x, y) => mix(from, to, field(x, y));
  },
  speckledClouds(draw) {
    const [field, mean] = [clouds(draw), draw.range(40, 160)];
    return (x, y) => grey(speckle(draw, mean * field(x, y) ** 2));
  },
  gradient(draw) {
    const [from, to, angle] = [someColour(draw), someColour(draw), draw.range(0, 2 * Math.PI)];
    return (x, y) => mix(from, to, 0.5 + ((x - 0.5) * Math.cos(angle) + (y - 0.5) * Math.sin(angle)) / 1.42);
  },
  rings(draw) {
    const [from, to, width] = [someColour(draw), someColour(draw), draw.range(2, 40)];
    return (x, y) => mix(from, to, 0.5 + 0.5 * Math.sin(width * Math.hypot(x - 0.5, y - 0.5)));
  },
  stripes(draw) {
    const [from, to, count, angle] = [
      someColour(draw),
      someColour(draw),
      draw.range(4, 60),
      draw.range(0, Math.PI),
    ];
    return (x, y) =>
      Math.sin(count * (x * Math.cos(angle) + y * Math.sin(angle)) * Math.PI) > 0 ? from : to;
  },
  checkerboard(draw) {
    const [from, to, count] = [someColour(draw), someColour(draw), draw.whole(3, 24)];
    return (x, y) => ((Math.floor(x * count) + Math.floor(y * count)) % 2 === 0 ? from : to);
  },
  blocks(draw) {
    const count = draw.whole(3, 16);
    const isGrey = draw.chance(0.5);
    const colours = Array.from({ length: count * count }, () =>
      isGrey ? grey(draw.range(0, 256)) : anyColour(draw),
    );
    return (x, y) => colours[Math.floor(y * count) * count + Math.floor(x * count)]!;
  },
};
const paintNames = Object.keys(paints);

/** The fan that a curved probe would show: angle from the axis, radians, and depth, 0 to 1. */
function fan(
  draw: Draw,
): (x: number, y: number) => { readonly angle: number; readonly depth: number } | undefined {
  const [half, inner] = [draw.range(0.4, 0.8), draw.range(0.05, 0.4)];
  return (x, y) => {
    const [across, down] = [(x - 0.5) * 1.2, y * (1 - inner) + inner];
    const [angle, radius] = [Math.atan2(across, down), Math.hypot(across, down)];
    if (Math.abs(angle) > half || radius < inner || radius > 1) return undefined;
    return { angle, depth: (radius - inner) / (1 - inner) };
  };
}

/** Noise in the shape of a scanner's picture, without any anatomy. */
function inFan(draw: Draw): Paint {
  const [shape, paint] = [
    fan(draw),
    paints[draw.pick(["whiteNoise", "speckle", "clouds", "speckledClouds", "gradient", "blocks"])]!(draw),
  ];
  return (x, y) => (shape(x, y) ? paint(x, y) : grey(0));
}

/** A probe in air: echoes of its own face one below the other, then nothing but receiver noise. */
function probeInAir(draw: Draw): Paint {
  const shape = draw.chance(0.6) ? fan(draw) : (_x: number, y: number) => ({ angle: 0, depth: y });
  const [step, fade, bright, noise] = [
    draw.range(0.02, 0.07),
    draw.range(4, 16),
    draw.range(120, 255),
    draw.range(0, 14),
  ];
  return (x, y) => {
    const place = shape(x, y);
    if (place === undefined) return grey(0);
    const band = Math.max(0, Math.cos((2 * Math.PI * place.depth) / step)) ** 2;
    return grey(bright * band * Math.exp(-fade * place.depth) + noise * draw.random());
  };
}

function painted(width: number, height: number, paint: Paint): RgbImage {
  const data = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set(paint((x + 0.5) / width, (y + 0.5) / height), (y * width + x) * 3);
  return { width, height, data: new Uint8Array(data.buffer) };
}

const words = "the and of scan report image patient name left right depth gain cm page total no date".split(
  " ",
);
const css = ([red, green, blue]: Colour) =>
  `rgb(${Math.round(red)},${Math.round(green)},${Math.round(blue)})`;

/** Text, shapes, or the rulers and letters of a scanner's screen, as SVG over the picture. */
const drawings: Readonly<
  Record<"page" | "shapes" | "screen", (draw: Draw, width: number, height: number) => string>
> = {
  page(draw, width, height) {
    const size = draw.whole(8, 18);
    const [paper, ink] = draw.chance(0.7)
      ? ["white", "black"]
      : [css(someColour(draw)), css(someColour(draw))];
    const lines = Array.from({ length: Math.floor(height / (size * 1.4)) }, (_, line) => {
      const text = Array.from({ length: draw.whole(0, 9) }, () => draw.pick(words)).join(" ");
      return `<text x="${size}" y="${(line + 1) * size * 1.4}" font-size="${size}" fill="${ink}">${text}</text>`;
    });
    return `<rect width="${width}" height="${height}" fill="${paper}"/>${lines.join("")}`;
  },
  shapes(draw, width, height) {
    const one = () => {
      const [x, y, size] = [draw.range(0, width), draw.range(0, height), draw.range(8, width / 3)];
      const fill = css(someColour(draw));
      return draw.chance(0.5)
        ? `<ellipse cx="${x}" cy="${y}" rx="${size / 2}" ry="${(size * draw.range(0.4, 1)) / 2}" fill="${fill}"/>`
        : `<rect x="${x}" y="${y}" width="${size}" height="${size * draw.range(0.3, 1)}" fill="${fill}"/>`;
    };
    return Array.from({ length: draw.whole(1, 20) }, one).join("");
  },
  screen(draw, width, height) {
    const ticks = Array.from(
      { length: 12 },
      (_, tick) => `<rect x="${width - 8}" y="${(tick * height) / 12}" width="6" height="1" fill="white"/>`,
    );
    const texts = Array.from({ length: draw.whole(1, 5) }, (_, line) => {
      const text = `${draw.pick(words)} ${draw.whole(1, 99)}`;
      return `<text x="4" y="${12 + 13 * line}" font-size="10" fill="#dd8">${text}</text>`;
    });
    return [...ticks, ...texts].join("");
  },
};

async function drawnOver(image: RgbImage, svg: string): Promise<RgbImage> {
  const { width, height, data } = image;
  const over = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg}</svg>`;
  const drawn = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(over) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: drawn };
}

/** One picture of a kind drawn by chance: nine in ten are no ultrasound, the others a probe in air. */
export async function emptyPicture(draw: Draw): Promise<Picture> {
  const [width, height] = [draw.whole(160, 320), draw.whole(160, 320)];
  const facts = (empty: NonNullable<Facts["empty"]>): Facts => ({
    region: "other",
    source: "simulated",
    empty,
    picture: { width, height },
  });
  if (draw.chance(0.1)) {
    const image = painted(width, height, probeInAir(draw));
    return {
      image: draw.chance(0.5) ? await drawnOver(image, drawings.screen(draw, width, height)) : image,
      facts: facts("noContact"),
    };
  }
  const image = painted(width, height, draw.chance(0.3) ? inFan(draw) : paints[draw.pick(paintNames)]!(draw));
  const over = draw.chance(0.4) ? draw.pick(["page", "shapes", "screen"] as const) : undefined;
  return {
    image: over === undefined ? image : await drawnOver(image, drawings[over](draw, width, height)),
    facts: facts("notUltrasound"),
  };
}
