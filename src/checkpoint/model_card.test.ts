import assert from "node:assert/strict";
import { test } from "node:test";
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
  assert.deepEqual(parseCard(text), card);
  assert.deepEqual(parseCard(text.replace(/^---\n/gm, "---\r\n")), card);
  assert.match(text, /^---\nlicense: apache-2\.0\n/);
});

test("a README without a head or a title is read as far as it goes", () => {
  assert.deepEqual(parseCard(""), { metadata: {}, title: "", summary: "", sections: [] });
  const { metadata, title, summary, sections } = parseCard("Words.\n\n## Part\n\nText.\n");
  assert.deepEqual([metadata, title, summary], [{}, "", "Words."]);
  assert.deepEqual(sections, [{ title: "Part", text: "Text." }]);
});

test("rules between paragraphs are no head, and a head that holds no fields stays as text", () => {
  const { metadata, title, summary } = parseCard("# M\n\n---\n\nJust a paragraph.\n\n---\n\nEnd\n");
  assert.deepEqual([metadata, title, summary], [{}, "M", "---\n\nJust a paragraph.\n\n---\n\nEnd"]);
  for (const head of ["license: [", "- a\n- b", "\nJust a paragraph.\n", "a: *b"])
    assert.deepEqual(parseCard(`---\n${head}\n---\n\n# A\n\nWords.\n\n## Part\n\nText.\n`), {
      metadata: {},
      title: "A",
      summary: `---\n${head}\n---\n\nWords.`,
      sections: [{ title: "Part", text: "Text." }],
    });
});

test("a head without fields, or with nothing behind it, is a head", () => {
  assert.deepEqual(parseCard("---\n---\n# A\n"), { metadata: {}, title: "A", summary: "", sections: [] });
  assert.deepEqual(parseCard("---\nlicense: mit\n---").metadata, { license: "mit" });
});
