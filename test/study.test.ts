/** @file A study gives the answers of requests of their own, with less work. */

import assert from "node:assert/strict";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type Answer,
  loadModel,
  openStudy,
  questionPrompt,
  RequestError,
  type Study,
  type StudyOptions,
  shippedModel,
  taskPrompt,
  userMessage,
} from "../src/index.ts";
import { echovlm } from "./cli_process.ts";
import { assertSameAnswer, fixtureFolder, picture, sampled, watch } from "./model_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}.jpg`, import.meta.url));
const greedy = { temperature: 0, logprobs: 0 } as const;
const question = { question: "Which organ is this?" };

for (const [name, folder, pictures, options, sessions] of [
  ["a model of random weights", fixtureFolder, [picture("nodule"), picture("kidney")], sampled, 1],
  ["one spread over two sessions", fixtureFolder, [picture("nodule"), picture("kidney")], sampled, 2],
  ["the shipped model", shippedModel, [sample("carotid"), sample("liver")], greedy, 1],
] as const)
  describe(name, async () => {
    const model = await loadModel(folder, { threads: 1, sessions });
    after(() => model.close());
    const english: StudyOptions = { language: "en" };

    /** Ask in the study and in a request of its own. */
    async function sameAsAlone(study: Study, asked: Parameters<Study["ask"]>[0]): Promise<Answer> {
      const answer = await study.ask(asked, options);
      const alone = await model.generate(study.messages(asked), { ...options, lookup: { most: 0 } });
      assertSameAnswer(answer, alone);
      return answer;
    }

    test("in any order, any number of times, each answer is that of a request of its own", async () => {
      const study = await openStudy(model, pictures, english);
      for (const asked of ["report", "diagnose", question, "report", question, "diagnose"] as const)
        await sameAsAlone(study, asked);
      await study.close();
    });

    test("pictures are encoded once, and the cache reaches behind them from the second answer on", async () => {
      const study = await openStudy(model, pictures, english);
      const { counts, restore } = watch(model);
      const first = await study.ask("report", options);
      const second = await study.ask("diagnose", options);
      const third = await study.ask(question, options);
      restore();
      await study.close();
      assert.equal(counts.sees, pictures.length);
      assert.equal(first.usage.cachedTokens, 0);
      const pictureEnd = first.provenance.prompt.lastIndexOf("<|vision_end|>");
      const behind = first.provenance.prompt.slice(pictureEnd + "<|vision_end|>".length);
      const shared = first.usage.promptTokens - model.processor.tokenizer.encode(behind).length;
      for (const { usage } of [second, third]) assert.ok(usage.cachedTokens >= shared);
    });

    test("asked at once, each answer is that of a request of its own, and so are those asked afterwards", async () => {
      const study = await openStudy(model, pictures, english);
      const requests = ["report", "diagnose", question, { question: "Is it cystic?" }] as const;
      const { counts, restore } = watch(model);
      const answers = await study.askAll(requests, options);
      restore();
      assert.equal(counts.sees, pictures.length);
      assert.equal(counts.openCaches, 0, "every branch is closed");
      for (const [n, request] of requests.entries()) {
        const alone = await model.generate(study.messages(request), { ...options, lookup: { most: 0 } });
        assertSameAnswer(answers[n]!, alone);
        if (folder === shippedModel) assert.ok(answers[n]!.usage.passes < alone.usage.passes, `${request}`);
      }
      await sameAsAlone(study, "diagnose");
      const [, second] = await study.streamAll(["report", "diagnose"], options);
      let pieces = 0;
      for await (const _ of second!) if (++pieces === 2) break;
      const signal = AbortSignal.abort(new Error("enough"));
      await assert.rejects(study.askAll(["report", "diagnose"], { ...options, signal }), /enough/);
      await sameAsAlone(study, "report");
      assert.deepEqual(await study.askAll([], options), []);
      await study.close();
    });

    test("the prompts are those of the tasks, with region, scale and system prompt", async () => {
      const study = await openStudy(model, pictures.slice(0, 1), {
        language: "zh",
        region: "liver",
        system: "简短。",
        mmPerPixel: 0.1,
      });
      const [system, user] = study.messages("report");
      assert.deepEqual(system, { role: "system", content: "简短。" });
      assert.match(JSON.stringify(user?.content), /图像实际宽.*请阅读这张肝脏超声图像/);
      await sameAsAlone(study, "report");
      await sameAsAlone(study, { question: "有结节吗？" });
      await study.close();
    });
  });

test("pictures are read when the study is opened, and wrong ones refused then", async (t) => {
  const model = await loadModel(fixtureFolder, { threads: 1 });
  t.after(() => model.close());
  const file = join(temporaryFolder(t), "scan.png");
  copyFileSync(picture("nodule"), file);
  const study = await openStudy(model, [file], { language: "en" });
  rmSync(file);
  const answer = await study.ask("report", sampled);
  const message = userMessage(taskPrompt("report", 1, "en"), [picture("nodule")]);
  assertSameAnswer(answer, await model.generate([message], sampled));
  await study.close();
  await assert.rejects(openStudy(model, [file], { language: "en" }), RequestError);
  const scaled = { language: "en", mmPerPixel: 0.1 } as const;
  await assert.rejects(
    openStudy(model, [picture("nodule"), picture("liver")], scaled),
    /mmPerPixel: expected one/,
  );
});

test("the command gives what the commands give one by one, named", async () => {
  const one = async (...args: string[]) => {
    const { code, stdout, stderr } = await echovlm(args, { env: { ECHOVLM_MODEL: fixtureFolder } });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const short = ["--max-new-tokens", "6", "--json"];
  const scan = picture("nodule");
  const together = await one("study", ...short, "--ask", "Is it cystic?", "--ask", "Where?", scan);
  const answers = JSON.parse(`[${together.replaceAll("}\n{", "},{")}]`) as (Answer & { asked: string })[];
  assert.deepEqual(
    answers.map(({ asked }) => asked),
    ["report", "diagnose", "Is it cystic?", "Where?"],
  );
  const diagnosis = JSON.parse(await one("diagnose", ...short, scan)) as Answer;
  assert.deepEqual(answers[1]!.tokens, diagnosis.tokens);
  assert.equal(answers[1]!.provenance.prompt, diagnosis.provenance.prompt);
  assert.ok(answers[2]!.provenance.prompt.includes(questionPrompt("Is it cystic?", "en")));
  const text = await one("study", "--max-new-tokens", "6", "--ask", "Where?", scan);
  assert.match(text, /^# report\n.*\n# diagnose\n.*\n# Where\?\n/s);
  const { code, stderr } = await echovlm(["study", "--tasks", "", scan]);
  assert.deepEqual([code, /expected tasks or questions/.test(stderr)], [2, true]);
});
