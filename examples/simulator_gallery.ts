/**
 * @file Contact sheets of simulated pictures, one a region, three pictures a finding.
 *
 * npm run build && node dist/examples/simulator_gallery.js [folder] [region...]
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp, { type OverlayOptions } from "sharp";
import { createSimulator, findingsOf, type Region, regions } from "../src/index.ts";

const TILE = 400;
const PER_FINDING = 3;
const [folder = "gallery", ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const simulator = await createSimulator();
for (const region of regions.filter((name) => wanted.length === 0 || wanted.includes(name)))
  await sheet(region);
await simulator.close();

/** One row a finding; pictures are asked for all at once, so that painting and physics overlap. */
async function sheet(region: Region): Promise<void> {
  const findings = findingsOf(region);
  const cells = findings.flatMap((finding, row) =>
    Array.from({ length: PER_FINDING }, (_, column) => ({ finding, row, column })),
  );
  const started = performance.now();
  const pictures = await Promise.all(
    cells.map(async ({ finding, row, column }) => {
      const { image } = await simulator.simulate({ region, finding, seed: 100 * row + column });
      return { image, row, column };
    }),
  );
  const rate = (1000 * cells.length) / (performance.now() - started);
  const tiles = await Promise.all(
    pictures.map(async ({ image: { width, height, data }, row, column }): Promise<OverlayOptions> => {
      const input = await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(TILE - 4, TILE - 4, { fit: "contain", background: "#300" })
        .png()
        .toBuffer();
      return { input, left: column * TILE, top: row * TILE };
    }),
  );
  await sharp({
    create: { width: PER_FINDING * TILE, height: findings.length * TILE, channels: 3, background: "#500" },
  })
    .composite(tiles)
    .png()
    .toFile(join(folder, `${region}.png`));
  console.log(`${region}: ${findings.join(", ")}; ${rate.toFixed(1)} pictures a second`);
}
