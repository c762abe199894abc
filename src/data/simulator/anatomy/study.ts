/** @file What an anatomy returns: the scene, and what it knows about it exactly. */

import type { Finding, StructureFact } from "../../facts.ts";
import type { FindingKind, View } from "../../vocabulary.ts";
import type { Draw } from "../draw.ts";
import { boundsOf, diametersOf, type Outline } from "../outline.ts";
import type { Probe, Scene, Shape, Tissue } from "../scene.ts";

/** A finding and where it is; position and sizes are measured on the outline. */
export interface Lesion extends Omit<Finding, "position" | "size" | "axesMm"> {
  /** Absent for findings of a whole organ. */
  readonly outline?: Outline;
}

/** An organ worth naming, and where it is. */
export interface Organ extends Omit<StructureFact, "position" | "size" | "axesMm"> {
  readonly outline?: Outline;
}

export interface Study {
  readonly scene: Scene;
  readonly view?: View;
  readonly organs: readonly Organ[];
  /** Empty when normal. */
  readonly lesions: readonly Lesion[];
}

/** Makes a study of one finding. */
export type Painter = (draw: Draw) => Study;
/** The findings a region can show; "normal" is one of them. */
export type Anatomy = { readonly normal: Painter } & { readonly [K in FindingKind]?: Painter };

/** Something painted together with what is known of it. */
export interface Painted {
  readonly shapes: readonly Shape[];
  readonly lesion: Lesion;
}

/** Put a study together; later shapes cover earlier ones. */
export const studyOf = (
  probe: Probe,
  background: Tissue,
  shapes: readonly Shape[],
  rest: Omit<Study, "scene" | "lesions"> & { lesions?: readonly Lesion[] },
): Study => ({ lesions: [], ...rest, scene: { probe, background, shapes } });

/** Round when the axes differ by less than a sixth, else oval. */
export function ovalOrRound(outline: Outline): "oval" | "round" {
  const { longMm, shortMm } = diametersOf(outline);
  return longMm < shortMm * 1.17 ? "round" : "oval";
}

/** Parallel when wider than deep. */
export function orientationOf(outline: Outline): "parallel" | "notParallel" {
  const { left, right, top, bottom } = boundsOf(outline);
  return right - left >= bottom - top ? "parallel" : "notParallel";
}
