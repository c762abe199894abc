import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { float32, int64, type Tensor, tensor } from "../tensor/tensor.ts";
import { loadWeight } from "./load_weight.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

async function fileWith(t: TestContext, tensors: Record<string, Tensor>): Promise<SafetensorsFile> {
  const path = join(temporaryFolder(t), "x.safetensors");
  await writeSafetensors(path, new Map(Object.entries(tensors)));
  const file = await SafetensorsFile.open(path);
  t.after(() => file.close());
  return file;
}

test("every stored dtype loads as float32 and as float16", async (t) => {
  const values = [1, -2.5, 0];
  const halves = Uint16Array.of(0x3c00, 0xc100, 0);
  const file = await fileWith(t, {
    F32: float32([3], values),
    F16: tensor("float16", [3], halves),
    BF16: tensor("bfloat16", [3], Uint16Array.of(0x3f80, 0xc020, 0)),
  });
  for (const name of ["F32", "F16", "BF16"]) {
    assert.deepEqual(await loadWeight(file, name, "float32"), float32([3], values));
    assert.deepEqual(await loadWeight(file, name, "float16"), tensor("float16", [3], halves));
  }
});

test("a weight longer than the conversion buffer arrives whole and in order", async (t) => {
  const count = 2 ** 21 + 3;
  const patterns = Uint16Array.from({ length: count }, (_, i) => (i * 40503) & 0x7eff);
  const file = await fileWith(t, { x: tensor("bfloat16", [count], patterns) });
  const { data } = await loadWeight(file, "x", "float32");
  assert.ok(new Uint32Array(data.buffer).every((bits, i) => bits === patterns[i]! << 16));
});

test("infinities, NaNs and overflows are counted and refused; an integer tensor is no weight", async (t) => {
  const file = await fileWith(t, {
    f32: float32([4], [1, Infinity, Number.NaN, 0]),
    f16: tensor("float16", [2], Uint16Array.of(0x7c00, 0)),
    bf16: tensor("bfloat16", [2], Uint16Array.of(0x7fc0, 0)),
    large: float32([3], [65504, 65520, -1e9]),
    int: int64([1], [1]),
  });
  const refused = (name: string, storage: "float32" | "float16", problem: RegExp) =>
    assert.rejects(loadWeight(file, name, storage), (error: Error) => {
      assert.ok(error instanceof CheckpointError, error.stack);
      assert.match(error.message, problem);
      return true;
    });
  for (const storage of ["float32", "float16"] as const) {
    await refused("f32", storage, /f32: .*2 infinite or NaN values among 4/);
    await refused("f16", storage, /f16: .*1 infinite or NaN values among 2/);
    await refused("bf16", storage, /bf16: .*1 infinite or NaN values among 2/);
    await refused("int", storage, /int: expected a weight, found int64/);
    await refused("none", storage, /"none": there is none of that name/);
  }
  await refused("large", "float16", /large: 2 of 3 values are beyond float16/);
  assert.deepEqual((await loadWeight(file, "large", "float32")).data[1], 65520);
});
