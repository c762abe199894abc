import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckpointError } from "../errors.ts";
import { cardText, fieldTable, type ModelCard, parseCard } from "./model_card.ts";

const card: ModelCard = {
  metadata: { license: "apache-2.0", language: ["zh", "en"], base_model: "a: b #1" },
  title: "A model",
  summary: "What it is.\n\nMore of it.",
  sections: [
    { title: "Use", text: "**Research use only.**" },
    { title: "Start", text: `${fieldTable({ seed: 1, "a | b": "c | d" })}\n\n### Details\nText.` },
    { title: "Empty", text: "" },
  ],
};

test("a card that was written is read back as it was, whatever the line ends of its head", () => {
  const text = cardText(card);
  assert.deepEqual(parseCard(text, "README.md"), card);
  assert.deepEqual(parseCard(text.replace(/^---\n/gm, "---\r\n"), "README.md"), card);
  assert.match(text, /^---\nlicense: apache-2\.0\n/);
});

test("a README without a head or a title is read as far as it goes", () => {
  assert.deepEqual(parseCard("", "README.md"), { metadata: {}, title: "", summary: "", sections: [] });
  const { metadata, title, summary, sections } = parseCard("Words.\n\n## Part\n\nText.\n", "README.md");
  assert.deepEqual([metadata, title, summary], [{}, "", "Words."]);
  assert.deepEqual(sections, [{ title: "Part", text: "Text." }]);
});

test("a head that is no YAML, or no fields, is refused", () => {
  for (const head of ["license: [", "- a\n- b"])
    assert.throws(() => parseCard(`---\n${head}\n---\n# A\n`, "x/README.md"), CheckpointError);
});
