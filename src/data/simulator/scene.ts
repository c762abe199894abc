/** @file What is scanned: tissues, shapes painted over one another, and the probe's field. */

import type { Outline } from "./outline.ts";

/** Acoustic properties. */
export interface Tissue {
  /** Mean backscatter relative to liver parenchyma, dB, −70 to 32. */
  readonly echo: number;
  /** Two-way loss beyond what the scanner's time gain makes up for, dB per mm, −1.4 to 22. Negative: less than usual. */
  readonly loss: number;
  /** Acoustic impedance on a relative scale 0 to 1: its steps make specular echoes. */
  readonly impedance: number;
}

/** Painted in order, later shapes over earlier ones. */
export interface Shape {
  readonly outline: Outline;
  /** Filled when present. */
  readonly fill?: Tissue;
  /** Drawn along the outline when present. */
  readonly stroke?: { readonly tissue: Tissue; readonly widthMm: number };
  /** Whether the stroke joins the last point with the first; true when absent. */
  readonly closed?: boolean;
  /** 0 to 1, how much of it replaces what is below; 1 when absent. */
  readonly opacity?: number;
  /** Standard deviation (mm) of a gradual boundary; sharp when absent. */
  readonly softMm?: number;
}

/** Where the beams go: parallel, or from an arc of `radiusMm` over `angle` radians to either side. */
export type Probe =
  | { readonly kind: "linear"; readonly widthMm: number; readonly depthMm: number }
  | { readonly kind: "sector"; readonly radiusMm: number; readonly angle: number; readonly depthMm: number };

export interface Scene {
  readonly probe: Probe;
  readonly background: Tissue;
  readonly shapes: readonly Shape[];
}

/** Typical tissues; anatomy varies them. */
export const tissues = {
  fluid: { echo: -62, loss: -0.4, impedance: 0.3 },
  blood: { echo: -48, loss: -0.12, impedance: 0.34 },
  fat: { echo: -9, loss: 0, impedance: 0.22 },
  skin: { echo: 8, loss: 0.1, impedance: 0.5 },
  gland: { echo: 6, loss: 0.05, impedance: 0.38 },
  muscle: { echo: -8, loss: 0.02, impedance: 0.42 },
  fascia: { echo: 10, loss: 0.05, impedance: 0.62 },
  liver: { echo: 0, loss: 0, impedance: 0.4 },
  kidneyCortex: { echo: -4, loss: 0, impedance: 0.38 },
  sinus: { echo: 11, loss: 0.03, impedance: 0.5 },
  thyroid: { echo: 5, loss: 0, impedance: 0.4 },
  myocardium: { echo: -2, loss: 0.01, impedance: 0.42 },
  uterus: { echo: -3, loss: 0.01, impedance: 0.42 },
  wall: { echo: 3, loss: 0.02, impedance: 0.55 },
  bone: { echo: 14, loss: 4.5, impedance: 0.95 },
  stone: { echo: 20, loss: 6, impedance: 0.95 },
  gas: { echo: 14, loss: 3.5, impedance: 0.02 },
} as const satisfies Record<string, Tissue>;

/** A tissue with some properties changed. */
export const vary = (tissue: Tissue, change: Partial<Tissue>): Tissue => ({ ...tissue, ...change });
