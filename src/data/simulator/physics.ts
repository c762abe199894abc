/**
 * @file From tissue to picture, as one graph: backscatter and specular echoes, attenuation along the beam, a
 * point-spread function that widens away from the focus, envelope, log compression by a grey map, scan conversion.
 *
 * Axes: K independent looks (spatial compounding), Z samples along a beam, X beams,
 * M pixels of the tissue map, N pixels of the picture.
 */

import {
  add,
  cast,
  concat,
  constant,
  div,
  exp,
  gather,
  input,
  less,
  matmul,
  mul,
  rearrange,
  slice,
  sqrt,
  sub,
  sum,
  type Value,
  where,
} from "../../graph/value.ts";
import { elementCount, float32, int64 } from "../../tensor/tensor.ts";
import { BEAMS, SAMPLES } from "./geometry.ts";

/** Depth zones that share one lateral point-spread function. */
export const ZONES = 16;
/** Entries of the grey map, which is read at GREY_SCALE · envelope^(1/8). */
export const GREYS = 4096;
export const GREY_SCALE = 2048;

/**
 * How bytes of the tissue map mean values, all with an exact 0: echo and impedance evenly; loss finely around 0, where
 * a tenth of a dB per mm adds up over the depth, and coarsely where stones swallow everything.
 */
const codes = {
  echo: { zero: 175, step: 0.4 },
  loss: { zero: 51, bend: 5.5e-4 },
  impedance: { zero: 0, step: 1 / 255 },
} as const;

/** The byte of a value. */
export const encodings: Readonly<Record<keyof typeof codes, (value: number) => number>> = {
  echo: (value) => byte(codes.echo.zero + value / codes.echo.step),
  loss: (value) => byte(codes.loss.zero + Math.sign(value) * Math.sqrt(Math.abs(value) / codes.loss.bend)),
  impedance: (value) => byte(codes.impedance.zero + value / codes.impedance.step),
};
const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

const Z = SAMPLES;
const X = BEAMS;
const tiny = 1e-9;
const square = (x: Value): Value => mul(x, x);
const scaled = (x: Value, factor: number): Value => mul(x, constant(factor));
const real = (name: string, shape: readonly (number | string)[]): Value => input(name, "float32", shape);
const table = (shape: readonly number[], at: (i: number) => number): Value =>
  constant(
    float32(
      shape,
      Float32Array.from({ length: elementCount(shape) }, (_, i) => at(i)),
    ),
  );
const fromDecibel = (x: Value): Value => exp(scaled(x, Math.LN10 / 20));

/** The graph's outputs; `envelope` [Z, X] is before compression, `picture` [N] is 8-bit grey. */
export function physics(): Readonly<Record<"picture" | "envelope", Value>> {
  const envelope = receive(echoes());
  const tgc = fromDecibel(real("timeGain", [Z, 1]));
  return { envelope, picture: scanConvert(compress(mul(envelope, tgc))) };
}

/** What each sample's surroundings send back before the system blurs it: real and imaginary part [K, 2, Z, X]. */
function echoes(): Value {
  const width = input("mapWidth", "int64", []);
  const bytes = input("map", "uint8", ["M", 3]);
  // Sound bends a little on its way: boundaries come out rough.
  const [rows, columns] = [real("grainRows", [Z, "R"]), real("grainColumns", ["C", X])];
  const depth = table([Z, 1], (z) => z);
  const under = (axis: "X" | "Y"): Value => {
    const straight = add(real(`start${axis}`, [1, X]), mul(depth, real(`advance${axis}`, [1, X])));
    const bend = matmul(matmul(rows, real(`bend${axis}`, ["R", "C"])), columns);
    return rearrange(add(straight, bend), "z x -> (z x) 1");
  };
  const tissue = bilinear(cast(bytes, "float32"), width, under("X"), under("Y"));
  const channel = (index: number, { zero }: { readonly zero: number }): Value => {
    const code = rearrange(slice(tissue, 1, index, index + 1), "(z x) 1 -> z x", { z: Z, x: X });
    return sub(code, constant(zero));
  };
  const mottle = matmul(matmul(rows, real("mottle", ["R", "C"])), columns);
  const scatter = fromDecibel(add(scaled(channel(0, codes.echo), codes.echo.step), mottle));
  const bent = channel(1, codes.loss);
  const loss = scaled(mul(bent, sqrt(square(bent))), codes.loss.bend);
  const impedance = scaled(channel(2, codes.impedance), codes.impedance.step);

  // Steps of the impedance along and across the beam, both per sample distance.
  const along = step(impedance, 0);
  const across = mul(step(impedance, 1), real("aspect", [Z, 1]));
  const steepness = add(add(square(along), square(across)), constant(1e-7));
  const facing = div(square(along), steepness); // cos² of the angle between the beam and the boundary's normal
  const grazing = div(square(across), steepness);
  const specular = mul(
    mul(sqrt(add(square(along), constant(tiny))), square(square(facing))),
    real("specularGain", []),
  );
  const refraction = mul(
    mul(sqrt(add(square(across), constant(tiny))), square(square(grazing))),
    real("refractionLoss", []),
  );

  const path = add(mul(loss, real("sampleMm", [])), refraction);
  const above = table([Z, Z], (i) => (i % Z < Math.floor(i / Z) ? 1 : 0));
  const contact = matmul(
    matmul(real("contactRows", [Z, "I"]), real("contact", ["I", "J"])),
    real("contactColumns", ["J", X]),
  );
  const arrives = fromDecibel(sub(contact, matmul(above, path)));
  const mirror = mul(specular, arrives);
  // Reverberation: part of a strong echo returns again and again from below the interface that made it.
  const tail = table([Z, Z], (i) => {
    const lag = Math.floor(i / Z) - (i % Z);
    return lag > 0 ? Math.exp(-lag / (Z / 20)) : 0;
  });
  const reverberation = mul(matmul(tail, square(mirror)), real("reverberation", []));
  const diffuse = sqrt(add(square(mul(scatter, arrives)), reverberation));
  const coherent = rearrange(mirror, "z x -> 1 1 z x");
  const random = mul(real("scatterers", ["K", 2, Z, X]), diffuse);
  return add(random, mul(coherent, constant(float32([2, 1, 1], [1, 0]))));
}

/** Beam profile, receiver noise, pulse, envelope averaged over the looks: [Z, X]. */
function receive(echo: Value): Value {
  const distance = table([X, X], (i) => (Math.floor(i / X) - (i % X)) ** 2);
  const profile = (sigma: Value): Value => exp(scaled(div(distance, square(sigma)), -0.5));
  const width = real("lateralSigma", [ZONES, 1, 1]);
  const lobes = add(profile(width), mul(profile(scaled(width, 6)), real("sideLobes", [])));
  const lateral = div(lobes, sqrt(sum(square(lobes), 1))); // speckle keeps its power
  const zones = rearrange(echo, "k c (n z) x -> n (k c z) x", { n: ZONES });
  const beams = rearrange(matmul(zones, lateral), "n (k c z) x -> k c (n z) x", { c: 2, z: Z / ZONES });

  const lag = table([Z, Z], (i) => (Math.floor(i / Z) - (i % Z)) ** 2);
  const pulse = exp(scaled(div(lag, square(real("axialSigma", [Z, 1]))), -0.5));
  const axial = div(pulse, sqrt(sum(square(pulse), 1)));
  const noise = mul(real("noise", [2, Z, X]), real("noiseLevel", [Z, 1]));
  const signal = matmul(axial, add(beams, noise));
  const looks = sqrt(sum(square(signal), 1));
  return rearrange(div(sum(looks, 0), real("looks", [])), "1 1 z x -> z x");
}

/** Grey of an envelope [Z, X]. Eight decades fit into the table because it is indexed by the eighth root. */
function compress(envelope: Value): Value {
  const root = scaled(sqrt(sqrt(sqrt(add(envelope, constant(tiny))))), GREY_SCALE);
  const last = constant(GREYS - 1);
  return gather(real("greyMap", [GREYS]), cast(where(less(root, last), root, last), "int64"));
}

/** Grey of the picture's pixels [N]: 0 outside the field. */
function scanConvert(grey: Value): Value {
  const flat = rearrange(grey, "z x -> (z x) 1");
  const pixels = bilinear(flat, constant(int64([], [X])), real("pixelX", ["N", 1]), real("pixelZ", ["N", 1]));
  return rearrange(cast(add(mul(pixels, real("inside", ["N", 1])), constant(0.5)), "uint8"), "n 1 -> n");
}

/** Values of an image [M, C], `width` wide, at columns x and rows y [N, 1] that lie inside it. */
function bilinear(image: Value, width: Value, x: Value, y: Value): Value {
  const [left, top] = [cast(x, "int64"), cast(y, "int64")];
  const [right, down] = [sub(x, cast(left, "float32")), sub(y, cast(top, "float32"))];
  const index = rearrange(add(mul(top, width), left), "n 1 -> n");
  const next = constant(int64([], [1]));
  const row = (at: Value): Value => mix(gather(image, at), gather(image, add(at, next)), right);
  return mix(row(index), row(add(index, width)), down);
}

const mix = (a: Value, b: Value, share: Value): Value => add(a, mul(sub(b, a), share));

/** Difference to the previous element of a [Z, X] value along `axis`; 0 for the first. */
function step(x: Value, axis: 0 | 1): Value {
  const size = axis === 0 ? Z : X;
  const first = slice(x, axis, 0, 1);
  return sub(x, concat([first, slice(x, axis, 0, size - 1)], axis));
}
