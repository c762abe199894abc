/** @file Lets the float model read, and keeps what its linear layers were fed. */

import { RequestError } from "../errors.ts";
import { type ForcedText, forcedRow, readRow } from "../generate/forced_text.ts";
import { type LoadedModel, type LoadOptions, loadModel } from "../generate/load_model.ts";
import { type Compensation, compensationOf, WINDOW } from "./compensation.ts";
import { momentOutputs } from "./moments.ts";

/** What was learnt of the inputs of a model's weights. */
export interface Calibration {
  /** Texts and tokens that were read. */
  readonly texts: number;
  readonly tokens: number;
  /** How to round a weight, per window of its columns; undefined for one that is no linear layer's. */
  compensation(name: string, width: number): (Compensation | undefined)[] | undefined;
}

export interface CalibrateOptions extends Pick<LoadOptions, "threads" | "signal" | "onProgress"> {
  readonly texts: (model: LoadedModel) => AsyncIterable<ForcedText>;
  /** Texts at most, 1 or more. */
  readonly most: number;
  readonly onText: (texts: number, tokens: number) => void;
}

/**
 * Run the float model over texts.
 *
 * @param folder the checkpoint; it is loaded whole, in float32
 * @throws RequestError when there was nothing to read, or something that cannot be
 */
export async function calibrate(
  folder: string,
  { texts, most, onText, ...load }: CalibrateOptions,
): Promise<Calibration> {
  if (!(most >= 1)) throw new RequestError("calibration", `expected to read 1 record or more, got ${most}`);
  const sums = new Map<string, Float64Array>();
  const outputOf = new Map<string, string>();
  let graphs = 0;
  const model = await loadModel(folder, load, {
    outputs(graph) {
      const { outputs, ofWeight } = momentOutputs(Object.values(graph), `moment.${graphs++}`);
      for (const [weight, output] of ofWeight) outputOf.set(weight, output);
      return outputs;
    },
    take(values) {
      for (const [name, { data }] of Object.entries(values)) {
        const sum = sums.get(name) ?? new Float64Array(data.length);
        for (let i = 0; i < data.length; i++) sum[i] = sum[i]! + Number(data[i]);
        sums.set(name, sum);
      }
    },
  });
  let [count, tokens] = [0, 0];
  try {
    for await (const text of texts(model)) {
      load.signal?.throwIfAborted();
      const row = await forcedRow(model, text);
      for await (const _ of readRow(model, row)) load.signal?.throwIfAborted();
      count += 1;
      tokens += row.ids.length;
      onText(count, tokens);
      if (count >= most) break;
    }
  } finally {
    await model.close();
  }
  if (count === 0) throw new RequestError("calibration", "expected records to read, found none");
  return {
    texts: count,
    tokens,
    compensation(name, width) {
      const sum = sums.get(outputOf.get(name) ?? "");
      if (!sum) return undefined;
      const size = WINDOW * WINDOW;
      return Array.from({ length: sum.length / size }, (_, n) =>
        compensationOf(sum.subarray(n * size, (n + 1) * size), WINDOW, Math.min(WINDOW, width - n * WINDOW)),
      );
    },
  };
}
