import assert from "node:assert/strict";
import { test } from "node:test";
import { scaleSentence } from "./scale.ts";

test("a picture's scale in both languages and forms", () => {
  const scale = { width: 800, height: 540, mmPerPixel: 0.12345 };
  assert.equal(scaleSentence("en", scale, "size"), "The picture is 98.8 mm wide and 66.7 mm high.");
  assert.equal(
    scaleSentence("en", scale, "pixels"),
    "The picture has 800 x 540 pixels of 0.123 mm: it is 98.8 mm wide and 66.7 mm high.",
  );
  assert.equal(scaleSentence("zh", scale, "size"), "图像实际宽98.8 mm，高66.7 mm。");
  assert.equal(
    scaleSentence("zh", scale, "pixels"),
    "图像大小为800×540像素，像素间距为0.123 mm，实际宽98.8 mm，高66.7 mm。",
  );
  assert.equal(
    scaleSentence("en", { width: 400, height: 300, mmPerPixel: 0.1 }, "size"),
    "The picture is 40 mm wide and 30 mm high.",
  );
});
