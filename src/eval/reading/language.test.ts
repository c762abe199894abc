import assert from "node:assert/strict";
import { test } from "node:test";
import { isInLanguage } from "./language.ts";

test("the language of a text is that of most of its letters", () => {
  assert.ok(isInLanguage("超声所见：左乳见结节，BI-RADS 4A。", "zh"));
  assert.ok(!isInLanguage("Findings: a nodule.", "zh"));
  assert.ok(isInLanguage("Findings: a nodule.", "en"));
  assert.ok(!isInLanguage("", "en") && !isInLanguage("", "zh"));
});
