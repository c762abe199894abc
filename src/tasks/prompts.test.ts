import assert from "node:assert/strict";
import { test } from "node:test";
import { questionPrompt, taskPrompt, tasks, userMessage } from "./prompts.ts";
import { languages, regionNames, regions } from "./regions.ts";

test("the regions are the seven of EchoVLM", () => {
  assert.deepEqual(regions, ["breast", "gynaecology", "heart", "kidney", "liver", "thyroid", "vessel"]);
});

test("every task asks in the language asked for, and no two prompts are the same", () => {
  const all = new Set<string>();
  for (const task of tasks)
    for (const count of [1, 3])
      for (const region of [undefined, ...regions]) {
        const [zh, en] = [taskPrompt(task, count, "zh", region), taskPrompt(task, count, "en", region)];
        assert.match(zh, /^[\p{Script=Han}，。：“”3]+$/u);
        assert.match(en, /^[\x20-\x7e]+$/);
        for (const prompt of [zh, en]) {
          assert.ok(!all.has(prompt), prompt);
          all.add(prompt);
        }
      }
});

test("a region is named in the prompt's language; without one no region is", () => {
  for (const language of languages)
    for (const region of regions) {
      const name = regionNames[region][language];
      for (const task of tasks) {
        assert.ok(taskPrompt(task, 1, language, region).includes(name));
        assert.ok(!taskPrompt(task, 1, language).includes(name));
      }
      assert.ok(questionPrompt("?", language, region).includes(name));
    }
});

test("one picture and several are told apart", () => {
  assert.match(taskPrompt("report", 1, "en", "breast"), /this breast ultrasound image /);
  assert.match(taskPrompt("report", 2, "en", "breast"), /these 2 breast ultrasound images /);
  assert.match(taskPrompt("report", 1, "zh", "breast"), /这张乳腺超声图像/);
  assert.match(taskPrompt("report", 2, "zh", "breast"), /这2张乳腺超声图像/);
});

test("a report asks for findings and impression by their usual headings", () => {
  assert.match(taskPrompt("report", 1, "zh"), /超声所见.*超声提示/);
  assert.match(taskPrompt("report", 1, "en"), /findings.*impression/);
});

test("a question stays word for word, behind the examination if it is known", () => {
  assert.equal(questionPrompt("Is it benign?", "en"), "Is it benign?");
  assert.equal(
    questionPrompt("Is it benign?", "en", "thyroid"),
    "Examination: thyroid ultrasound. Is it benign?",
  );
  assert.equal(questionPrompt("是良性吗？", "zh", "gynaecology"), "检查项目：妇科超声。是良性吗？");
});

test("pictures come before the text, in order", () => {
  assert.deepEqual(userMessage("Why?", ["a.png", "b.png"]), {
    role: "user",
    content: [
      { type: "image", image: "a.png" },
      { type: "image", image: "b.png" },
      { type: "text", text: "Why?" },
    ],
  });
});
