/**
 * @file Build a small graph of one's own and run it: softmax(x Wᵀ) for any number of rows.
 *
 * npm run build && node dist/examples/graph.js
 */

import { composites, encodeModel, float32, graph, loadProgram, lower, type Tensor } from "../src/index.ts";

const x = graph.input("x", "float32", ["N", 3]); // N is known when the graph runs
const weight = graph.constant(float32([2, 3], [1, 0, -1, 0, 1, 0]));
const probabilities = composites.softmax(composites.linear(x, weight), 1);

const lowered = lower({ probabilities }, { kernels: "fused", storage: "float32" });
const model = encodeModel(lowered, ({ name }) => {
  throw new Error(`this graph has no weight ${name}`); // a checkpoint's weights would be placed here
});
const program = await loadProgram(model, { folder: ".", threads: 1 });
const results = await program.run({ x: float32([2, 3], [1, 2, 3, 0, 0, 0]) }, ["probabilities"]);
const { shape, data } = results.probabilities as Tensor<"float32">;
console.log(JSON.stringify({ shape, values: Array.from(data) }));
await program.close();
