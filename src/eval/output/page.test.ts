import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryRun, emptyRun, hostileTexts, score } from "../../../test/run_scores.ts";
import { readMarkup } from "../../../test/well_formed.ts";
import type { Selection } from "../scores.ts";
import { scoresPage } from "./page.ts";
import { visible } from "./visible_text.ts";

const picture = "data:image/jpeg;base64,AAAA";

/** Elements and attributes that the page is made of; none can run a script or ask a network. */
const elements = new Set(
  "html head meta title style body header main nav h1 h2 h3 h4 p a ul ol li table caption thead tbody tr th td div span strong small sup bdi em code mark figure figcaption article dl dt dd img details summary svg g line path rect circle text".split(
    " ",
  ),
);
const attributeName =
  /^(?:lang|charset|name|content|http-equiv|class|id|href|src|alt|title|role|tabindex|scope|rowspan|style|dir|aria-label|aria-hidden|viewBox|width|height|text-anchor|transform|fill-opacity|d|c[xy]|r|[xy][12]?)$/;

function checked(page: string): ReturnType<typeof readMarkup> {
  const read = readMarkup(page);
  for (const { name, attributes } of read.elements) {
    assert.ok(elements.has(name), name);
    for (const [key, value] of Object.entries(attributes)) {
      assert.match(key, attributeName);
      if (key === "href") assert.match(value, /^#[a-z]+(-\d+)?$/);
      if (key === "src") assert.equal(value, picture);
      if (key === "style") assert.match(value, /^--share:\d+%$/);
      if (/^(?:d|c[xy]|r|[xy][12]?|viewBox|width|height)$/.test(key)) assert.doesNotMatch(value, /NaN|Inf/);
    }
  }
  return read;
}

test("any run gives a well-formed page of known elements, links within it and pictures inside it", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, async (run) => {
      checked(await scoresPage(run, async (path) => (path.length % 2 ? picture : undefined)));
    }),
    { numRuns: 150 },
  );
});

test("hostile text is shown as text, wherever it comes from", async () => {
  for (const text of hostileTexts) {
    const place: Selection = {
      evaluation: text,
      model: text,
      condition: "pictures",
      pictures: "real",
      region: text,
    };
    const run = {
      provenance: { [text]: text },
      scores: [score({ ...place, metric: text, signature: text })],
      differences: [
        {
          ...place,
          models: [text, text] as const,
          metric: text,
          signature: text,
          difference: 0,
          interval: [0, 0] as const,
          p: 1,
        },
      ],
      confusions: [{ ...place, classes: [text], counts: [[1, 2]] }],
      calibrations: [{ ...place, bins: [{ confidence: 0.5, accuracy: 0.5, count: 1 }] }],
      problems: [{ kind: "no answer", model: text, condition: "noise", ids: [text] } as const],
      worst: [
        {
          ...place,
          metric: text,
          value: 0,
          id: text,
          asked: text,
          expected: text,
          answered: text,
          images: [text],
        },
      ],
      expertLoads: [{ model: text, region: text, layer: 0, shares: [1] }],
    };
    const read = checked(await scoresPage(run, async () => undefined));
    assert.ok(read.text.split(visible(text)).length > 20, text);
    assert.doesNotMatch(read.text, /[\p{Cs}\u202A-\u202E\u2066-\u2069]/u);
  }
});

test("the page allows no script and no network by its own policy", async () => {
  const page = await scoresPage(emptyRun, async () => undefined);
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;/);
  assert.match(checked(page).text, /Research use only.*No question was scored\..*None\./s);
});

test("headings descend one level at a time, tables have captions, pictures and plots have names", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, async (run) => {
      const { elements: found } = checked(await scoresPage(run, async () => picture));
      const levels = found.flatMap(({ name }) => (/^h\d$/.test(name) ? [Number(name[1])] : []));
      for (const [place, level] of levels.entries())
        assert.ok(place === 0 ? level === 1 : level <= levels[place - 1]! + 1);
      const count = (wanted: string) => found.filter(({ name }) => name === wanted).length;
      assert.equal(count("table"), count("caption"));
      for (const { name, attributes } of found) {
        if (name === "img") assert.match(attributes.alt!, /^Picture \d of \d of /);
        assert.notEqual(
          attributes.role,
          "region",
          "dozens of landmarks hide those that lead through the page",
        );
        if (name === "svg") assert.ok(attributes["aria-label"] ?? attributes["aria-hidden"]);
      }
    }),
    { numRuns: 50 },
  );
});

test("the numbers of a reliability diagram can be read without seeing it; Chinese is told to be Chinese", async () => {
  const { value: _, ...place } = score({ model: "nano" });
  const bins = [
    { confidence: 0.55, accuracy: 0.5, count: 4 },
    { confidence: 0.95, accuracy: 0.875, count: 8 },
  ];
  const worst = [
    { ...place, value: 0, id: "q", asked: "是什么？", expected: "囊肿", answered: "a mass", images: [] },
  ];
  const page = await scoresPage(
    { ...emptyRun, calibrations: [{ ...place, bins }], worst },
    async () => picture,
  );
  assert.match(
    page,
    /<details><summary>Numbers<.*<td>0\.550<\/td><td>0\.500<\/td><td>4<\/td>.*<td>0\.875<\/td>/,
  );
  assert.match(
    page,
    /<dd dir="auto" lang="zh">是什么？<.*<dd dir="auto" lang="zh">.*囊肿.*<dd dir="auto"><mark/s,
  );
});

test("a picture is asked for once; one that cannot be read is named", async () => {
  const asked: string[] = [];
  const worst = [1, 2].map((place) => ({
    ...score(),
    value: 0,
    id: `q${place}`,
    asked: "What is it?",
    expected: "a cyst",
    answered: "a mass",
    images: ["there.png", "gone.png"],
  }));
  const page = await scoresPage({ ...emptyRun, worst }, async (path) => {
    asked.push(path);
    return path === "there.png" ? picture : undefined;
  });
  assert.deepEqual(asked, ["there.png", "gone.png"]);
  assert.match(page, /alt="Picture 1 of 2 of q1: there.png"/);
  assert.match(page, /could not be read: <bdi>gone.png/);
  assert.match(page, /a <mark class="lacking">cyst<\/mark>.*a <mark class="added">mass<\/mark>/);
});
