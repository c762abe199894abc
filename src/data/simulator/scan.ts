/** @file A scene to a picture, as a scanner of random settings would show it. */

import { lower } from "../../onnx/lower.ts";
import { encodeModel } from "../../onnx/model.ts";
import type { RgbImage } from "../../processor/rgb_image.ts";
import { loadProgram } from "../../runtime/node/program.ts";
import type { Program } from "../../runtime/program.ts";
import { openStream } from "./draw.ts";
import { feedsOf } from "./feeds.ts";
import { drawFrame, framePicture } from "./frame.ts";
import { coverField, type Raster } from "./geometry.ts";
import { paintTissues } from "./paint.ts";
import { physics } from "./physics.ts";
import type { Scene } from "./scene.ts";
import { drawSettings } from "./settings.ts";

export interface Scan {
  readonly image: RgbImage;
  /** Where the picture's pixels lie in the scene. */
  readonly raster: Raster;
}

/** Close it after use. */
export interface Scanner {
  /**
   * @param seed of settings and speckle; whole number, 0 to 2³² − 1
   * @param size longer side of the picture, pixels
   */
  scan(scene: Scene, seed: number, size: number): Promise<Scan>;
  close(): Promise<void>;
}

/** Pixels of the tissue map's longer side for a picture's: a little finer than what is seen of it. */
const mapSize = (size: number): number => Math.min(720, Math.max(320, Math.round(1.4 * size)));
/** What the map holds around the field, as a share of the depth: more than bending can reach. */
const MAP_MARGIN = 0.02;

/** Open a scanner. About half of its work runs in a thread of its own; two pictures asked for at once overlap. */
export async function createScanner(): Promise<Scanner> {
  const program = await loadPhysics();
  return {
    async scan(scene, seed, size) {
      const { probe } = scene;
      const draw = openStream(seed, "settings");
      const settings = drawSettings(draw, probe);
      const frame = drawFrame(draw, probe, size);
      const map = coverField(probe, probe.depthMm * MAP_MARGIN, mapSize(size));
      const tissue = { raster: map, bytes: await paintTissues(scene, map) };
      const feeds = feedsOf(tissue, frame.raster, probe, settings, openStream(seed, "speckle"));
      const { picture } = await program.run(feeds, ["picture"]);
      const image = await framePicture(picture!.data as Uint8Array, frame, probe, settings);
      return { image, raster: frame.raster };
    },
    close: () => program.close(),
  };
}

/** The physics as a program: one thread, so that several can run side by side and sums keep their order. */
export async function loadPhysics(): Promise<Program> {
  const lowered = lower(physics(), { kernels: "plain", storage: "float32" });
  const model = encodeModel(lowered, ({ name }) => {
    throw new Error(`the physics has no weight ${name}`);
  });
  return loadProgram(model, { folder: ".", threads: 1 });
}
