/** @file A simulated picture as the data set takes it: of many sizes, most of them in another tone. */

import sharp from "sharp";
import { openStream } from "../../src/data/simulator/draw.ts";
import type { SimulationRequest, Simulator } from "../../src/data/simulator/simulate.ts";
import { drawWideTone } from "./augmentation.ts";
import { fittedSize } from "./geometry.ts";
import type { Picture } from "./real_picture.ts";
import { toned } from "./tone.ts";

export async function simulatedPicture(simulator: Simulator, request: SimulationRequest): Promise<Picture> {
  const { image: original, facts } = await simulator.simulate(request);
  const { width, height } = original;
  const size = fittedSize(original);
  const data = await sharp(original.data, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: "fill" })
    .raw()
    .toBuffer();
  const draw = openStream(request.seed, "tone");
  return {
    image: draw.chance(0.8) ? await toned({ ...size, data }, drawWideTone(draw), draw) : { ...size, data },
    facts: {
      ...facts,
      picture: size,
      ...(facts.mmPerPixel === undefined ? {} : { mmPerPixel: (facts.mmPerPixel * width) / size.width }),
    },
  };
}
