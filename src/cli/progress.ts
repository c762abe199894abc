/** @file Loading a model with a progress bar. */

import cliProgress from "cli-progress";
import { type LoadedModel, type LoadOptions, loadModel } from "../generate/load_model.ts";

/** Load a model; on a terminal, standard error shows how far it is, the rate and the time left. */
export async function loadWithProgress(folder: string, options: LoadOptions): Promise<LoadedModel> {
  if (!process.stderr.isTTY) return loadModel(folder, options);
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: "{what} {bar} {percentage}% {done}/{all} MB {rate} MB/s, {eta_formatted} left",
  });
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const started = performance.now();
  bar.start(1, 0, { what: "opening", done: 0, all: 0, rate: 0 });
  try {
    return await loadModel(folder, {
      ...options,
      onProgress({ loadedBytes, totalBytes }) {
        const seconds = (performance.now() - started) / 1000;
        bar.setTotal(totalBytes);
        bar.update(loadedBytes, {
          what: loadedBytes < totalBytes ? "loading weights" : "preparing",
          done: megabytes(loadedBytes),
          all: megabytes(totalBytes),
          rate: megabytes(loadedBytes / seconds),
        });
      },
    });
  } finally {
    bar.stop();
  }
}
