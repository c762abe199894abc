/** @file Simulated B-mode pictures of the seven regions, with everything that is known about them. */

import { RequestError } from "../../errors.ts";
import type { RgbImage } from "../../processor/rgb_image.ts";
import type { Region } from "../../tasks/regions.ts";
import type { Facts } from "../facts.ts";
import type { FindingKind } from "../vocabulary.ts";
import { anatomies } from "./anatomy/anatomies.ts";
import type { Painter } from "./anatomy/study.ts";
import { openStream } from "./draw.ts";
import { factsOf } from "./facts_of.ts";
import { paintMask } from "./paint.ts";
import { createScanner } from "./scan.ts";

export type SimulatedFinding = FindingKind | "normal";

/** What the simulator can show in a region, "normal" first. */
export const findingsOf = (region: Region): SimulatedFinding[] =>
  Object.keys(anatomies[region]) as SimulatedFinding[];

export interface SimulationRequest {
  readonly region: Region;
  /** One of `findingsOf(region)`. */
  readonly finding: SimulatedFinding;
  /** Whole number, 0 to 2³² − 1. */
  readonly seed: number;
  /** Longer side of the picture, pixels; 512 when absent. */
  readonly size?: number;
}

export interface Simulation {
  readonly image: RgbImage;
  readonly facts: Facts;
  /**
   * One per finding, in the order of the facts: 255 inside, 0 outside; [height · width]. Null for a finding of a whole
   * organ.
   */
  readonly masks: readonly (Uint8Array | null)[];
}

/** Makes pictures. Close it after use. */
export interface Simulator {
  simulate(request: SimulationRequest): Promise<Simulation>;
  close(): Promise<void>;
}

/**
 * Open a simulator. About half of its work runs in a thread of its own; two pictures asked for at once overlap.
 *
 * `simulate` throws RequestError for a finding the region cannot show, or a seed or size out of range.
 */
export async function createSimulator(): Promise<Simulator> {
  const scanner = await createScanner();
  return {
    async simulate(request) {
      const { region, seed, size = 512 } = request;
      const study = painterOf(request)(openStream(seed, "anatomy"));
      const { image, raster } = await scanner.scan(study.scene, seed, size);
      return {
        image,
        facts: factsOf(region, study, raster),
        masks: await Promise.all(
          study.lesions.map(({ outline }) => (outline ? paintMask([outline], raster) : null)),
        ),
      };
    },
    close: () => scanner.close(),
  };
}

/** What paints the finding asked for. */
function painterOf({ region, finding, seed, size = 512 }: SimulationRequest): Painter {
  const painter = anatomies[region][finding];
  const problems = [
    painter ? [] : [`expected a finding of ${region}: ${findingsOf(region).join(", ")}; got ${finding}`],
    Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32
      ? []
      : [`expected a seed 0 to 2^32 - 1, got ${seed}`],
    Number.isInteger(size) && size >= 64 && size <= 2048
      ? []
      : [`expected a size of 64 to 2048 pixels, got ${size}`],
  ].flat();
  if (!painter || problems.length > 0) throw new RequestError("simulate", problems.join("; "));
  return painter;
}
