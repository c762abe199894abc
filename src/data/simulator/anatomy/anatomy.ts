/** @file What an anatomy returns: the scene, and what it knows about it exactly. */

import type { Draw } from "../draw.ts";
import type { Outline } from "../outline.ts";
import type { Scene } from "../scene.ts";

export interface Lesion {
  readonly kind: string;
  readonly outline: Outline;
  readonly shape?: string;
  readonly margin?: string;
  readonly orientation?: string;
  readonly echogenicity?: string;
  readonly posterior?: string;
}

export interface Study {
  readonly scene: Scene;
  readonly view: string;
  readonly lesions: readonly Lesion[];
}

/** A region's anatomies by finding; "normal" is one of them. */
export type Anatomy = Readonly<Record<string, (draw: Draw) => Study>>;
