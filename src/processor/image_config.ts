/** @file What a checkpoint's preprocessor_config.json says, in the project's terms. */

import { z } from "zod";
import { ConfigError } from "../errors.ts";

/** How pictures become patches. */
export interface ImageProcessorConfig {
  /** Pixels along one side of a patch. */
  readonly patchSize: number;
  /** Frames in one patch. */
  readonly temporalPatchSize: number;
  /** Patches along one side of a merge cell; a cell becomes one visual token. */
  readonly mergeSize: number;
  /** Fewest pixels a picture is brought to. */
  readonly minPixels: number;
  /** Most pixels a picture is brought to. */
  readonly maxPixels: number;
  /** What a byte is multiplied by before the mean is taken off. */
  readonly rescaleFactor: number;
  /** Per channel (red, green, blue), on the rescaled range. */
  readonly mean: readonly [number, number, number];
  /** Per channel (red, green, blue), on the rescaled range. */
  readonly std: readonly [number, number, number];
}

/** What the reference's class uses when a checkpoint has no preprocessor file, or the file leaves a field out. */
export const defaultImageConfig: ImageProcessorConfig = {
  patchSize: 14,
  temporalPatchSize: 2,
  mergeSize: 2,
  minPixels: 56 * 56,
  maxPixels: 28 * 28 * 1280,
  rescaleFactor: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const positiveInt = z.number().int().positive();
const triple = (value: z.ZodNumber) => z.tuple([value, value, value]);

/** Bicubic in Pillow's numbering. */
const bicubic = 3;

/** Fields are optional or null, as the reference writes them; fields that name nothing here are ignored. */
const PreprocessorFile = z.object({
  patch_size: positiveInt.nullish(),
  temporal_patch_size: positiveInt.nullish(),
  merge_size: positiveInt.nullish(),
  min_pixels: positiveInt.nullish(),
  max_pixels: positiveInt.nullish(),
  size: z.object({ shortest_edge: positiveInt.nullish(), longest_edge: positiveInt.nullish() }).nullish(),
  rescale_factor: z.number().positive().nullish(),
  image_mean: triple(z.number()).nullish(),
  image_std: triple(z.number().positive()).nullish(),
  resample: z.literal(bicubic).nullish(),
  do_resize: z.literal(true).nullish(),
  do_rescale: z.literal(true).nullish(),
  do_normalize: z.literal(true).nullish(),
});

/**
 * Read a parsed preprocessor_config.json. `min_pixels` and `max_pixels` win over `size`, as in the reference.
 *
 * @param value the parsed file; undefined when the checkpoint has none
 * @param where the file's name for errors
 * @throws ConfigError naming every field that is wrong
 */
export function parseImageConfig(value: unknown, where = "preprocessor_config.json"): ImageProcessorConfig {
  if (value === undefined) return defaultImageConfig;
  const parsed = PreprocessorFile.safeParse(value, { reportInput: true });
  if (!parsed.success)
    throw new ConfigError(
      where,
      parsed.error.issues.map(({ path, message, input }) => {
        const field = path.length === 0 ? "the file" : path.join(".");
        return `${field}: ${message}, got ${JSON.stringify(input) ?? "nothing"}`;
      }),
    );

  const file = parsed.data;
  const config: ImageProcessorConfig = {
    patchSize: file.patch_size ?? defaultImageConfig.patchSize,
    temporalPatchSize: file.temporal_patch_size ?? defaultImageConfig.temporalPatchSize,
    mergeSize: file.merge_size ?? defaultImageConfig.mergeSize,
    minPixels: file.min_pixels ?? file.size?.shortest_edge ?? defaultImageConfig.minPixels,
    maxPixels: file.max_pixels ?? file.size?.longest_edge ?? defaultImageConfig.maxPixels,
    rescaleFactor: file.rescale_factor ?? defaultImageConfig.rescaleFactor,
    mean: file.image_mean ?? defaultImageConfig.mean,
    std: file.image_std ?? defaultImageConfig.std,
  };
  if (config.minPixels > config.maxPixels)
    throw new ConfigError(
      where,
      `expected min_pixels to be at most max_pixels, got ${config.minPixels} and ${config.maxPixels}`,
    );
  return config;
}
