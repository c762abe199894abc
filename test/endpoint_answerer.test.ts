import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import type { AnswerSettings } from "../src/eval/answerer.ts";
import { type EndpointOptions, endpointModel } from "../src/eval/endpoint_answerer.ts";
import { decodeImage } from "../src/image/decode.ts";
import { completion, lastText, openChatServer, send } from "./chat_server.ts";
import { ask, type Messages, picture, reply } from "./model_fixture.ts";

const settings: AnswerSettings = { maxNewTokens: 30, temperature: 0, seed: 7 };
const options = { model: "us-vl", concurrency: 2, timeoutMs: 60_000, backoffMs: 1 };

/** Ask an endpoint. */
async function answer(
  endpoint: Partial<EndpointOptions> & { readonly url: string },
  conversations: readonly Messages[],
  {
    signal = new AbortController().signal,
    ...fields
  }: Partial<AnswerSettings> & { signal?: AbortSignal } = {},
) {
  const answerer = await endpointModel({ ...options, ...endpoint }).open(signal);
  return answerer.answer(conversations, { ...settings, ...fields }, signal);
}

/** Set a variable until the test ends. */
function setVariable(t: TestContext, name: string, value: string): void {
  process.env[name] = value;
  t.after(() => delete process.env[name]);
}

const asked = (...texts: readonly string[]): Messages[] => texts.map((text) => [ask(text)]);
const stopped = (text: string) => ({ text, finish: "stop" });

test("words, turns, settings and pictures arrive as they are; the key in its header alone", async (t) => {
  setVariable(t, "ECHOVLM_TEST_KEY", "sk-secret");
  const { url, posted } = await openChatServer(t, (response) => send(response, 200, completion("A cyst.")));
  const model = endpointModel({ ...options, url: `${url}/`, keyVariable: "ECHOVLM_TEST_KEY" });
  const answerer = await model.open(new AbortController().signal);
  const tiff = await sharp(picture("liver")).tiff().toBuffer();
  const messages: Messages = [
    { role: "system", content: "Be brief." },
    ask("What is it?", picture("liver")),
    reply("A liver."),
    ask("And now?", new Uint8Array(tiff)),
  ];
  const replies = await answerer.answer([messages], settings, new AbortController().signal);
  assert.deepEqual(replies, [stopped("A cyst.")]);

  assert.equal(model.name, "us-vl");
  assert.deepEqual(answerer.identity, { url, model: "us-vl" });
  const [{ path, headers, body } = assert.fail()] = posted;
  assert.equal(path, "/v1/chat/completions");
  assert.equal(headers.authorization, "Bearer sk-secret");
  assert.doesNotMatch(JSON.stringify([body, answerer.identity]), /sk-secret/);
  const { messages: sent, ...rest } = body;
  assert.deepEqual(rest, { model: "us-vl", max_tokens: 30, temperature: 0, seed: 7 });
  const file = readFileSync(picture("liver")).toString("base64");
  assert.deepEqual(sent.slice(0, 3), [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: `data:image/png;base64,${file}` } },
        { type: "text", text: "What is it?" },
      ],
    },
    { role: "assistant", content: "A liver." },
  ]);
  const [shown] = sent[3]!.content as readonly { readonly image_url?: { readonly url: string } }[];
  const [, png = ""] = /^data:image\/png;base64,(.*)$/.exec(shown?.image_url?.url ?? "") ?? [];
  const [got, own] = [await decodeImage(Buffer.from(png, "base64")), await decodeImage(tiff)];
  assert.deepEqual(got.data, own.data, "formats that few read arrive as PNG, pixel by pixel");
});

test("no key is sent unless a variable is named", async (t) => {
  setVariable(t, "OPENAI_API_KEY", "sk-secret");
  const { url, posted } = await openChatServer(t, (response) => send(response, 200, completion("x")));
  await answer({ url }, asked("a"));
  assert.equal(posted[0]?.headers.authorization, undefined);
});

test("answers are in the order of the questions; as many may be under way as wanted, each by itself", async (t) => {
  const { url } = await openChatServer(t, (response, posted) =>
    send(response, 200, completion(lastText(posted))),
  );
  assert.deepEqual(await answer({ url }, asked("a", "b", "c")), ["a", "b", "c"].map(stopped));
  const { batch, concurrency } = await endpointModel({ ...options, url, concurrency: 3 }).open(
    new AbortController().signal,
  );
  assert.deepEqual([batch, concurrency], [1, 3]);
});

test("probabilities are asked for only when wanted, at most as many as the protocol allows", async (t) => {
  const spoken = (token: string, logprob: number) => ({ token, logprob, bytes: [] });
  const logprobs = {
    content: [{ ...spoken("Yes", -0.1), top_logprobs: [spoken("Yes", -0.1), spoken("No", -2)] }],
  };
  const { url, posted } = await openChatServer(t, (response) =>
    send(response, 200, completion("Yes", { logprobs, finish_reason: "length" })),
  );
  const [given] = await answer({ url }, asked("a"), { logprobs: 24 });
  const top = [
    { text: "Yes", logprob: -0.1 },
    { text: "No", logprob: -2 },
  ];
  assert.deepEqual(given, { text: "Yes", finish: "length", tokens: [{ text: "Yes", logprob: -0.1, top }] });
  assert.deepEqual([posted[0]?.body.logprobs, posted[0]?.body.top_logprobs], [true, 20]);
});

test("an answer without text is empty; one that a filter ended failed", async (t) => {
  const bodies = [completion(null), completion("half", { finish_reason: "content_filter" })];
  const { url } = await openChatServer(t, (response, _, count) => send(response, 200, bodies[count]!));
  const replies = await answer({ url, concurrency: 1 }, asked("a", "b"));
  assert.deepEqual(replies[0], stopped(""));
  assert.match(String(replies[1]?.problem), /content filter/);
});

test("too many requests, broken servers, bodies and connections are tried again until there is an answer", async (t) => {
  const { url, posted } = await openChatServer(t, (response, _, count) => {
    if (count === 0) send(response, 429, "{}");
    else if (count === 1) send(response, 503, "<html>busy</html>");
    else if (count === 2) send(response, 200, '{"choices": [');
    else if (count === 3) response.destroy();
    else send(response, 200, completion("at last"));
  });
  assert.deepEqual(await answer({ url }, asked("a")), [stopped("at last")]);
  assert.equal(posted.length, 5);
});

test("the endpoint is given the time that it asks for, in seconds or as a date", async (t) => {
  const waits = [() => "1", () => new Date(Date.now() + 2000).toUTCString()];
  for (const waitAskedFor of waits) {
    const times: number[] = [];
    const { url } = await openChatServer(t, (response, _, count) => {
      times.push(Date.now());
      if (count === 0) send(response, 429, "{}", { "retry-after": waitAskedFor() });
      else send(response, 200, completion("x"));
    });
    await answer({ url }, asked("a"));
    assert.ok(times[1]! - times[0]! >= 950, `waited ${times[1]! - times[0]!} ms`);
  }
});

test("a wait of an hour is not waited for, and what goes wrong to the end is thrown with a hint", async (t) => {
  const long = await openChatServer(t, (response) => send(response, 429, "{}", { "retry-after": "3600" }));
  await assert.rejects(
    answer(long, asked("a")),
    /^RequestError: .* got 429: .* at attempt 1, to wait 3600 s/,
  );
  const busy = await openChatServer(t, (response) =>
    send(response, 503, '{"error": {"message": "overloaded"}}'),
  );
  await assert.rejects(
    answer(busy, asked("a")),
    /^RequestError: http:.*: expected an answer, got 503: overloaded at attempt 6 \(what was answered is kept/,
  );
  assert.equal(busy.posted.length, 6);
  const page = await openChatServer(t, (response) => send(response, 200, "<html>Sign in</html>"));
  await assert.rejects(answer(page, asked("a")), /got no chat completion: a body that begins "<html>Sign in/);
});

test("where no one listens, and where no answer comes in time, it says so", async (t) => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  await assert.rejects(
    answer({ url: `http://127.0.0.1:${port}/v1` }, asked("a")),
    /no connection: ECONNREFUSED/,
  );
  const { url } = await openChatServer(t, () => {}); // never answers
  await assert.rejects(answer({ url, timeoutMs: 20 }, asked("a")), /got no answer within 20 ms at attempt 6/);
});

test("a question that is refused, that breaks the server or shows a bad picture fails alone", async (t) => {
  const { url } = await openChatServer(t, (response, posted) => {
    const text = lastText(posted);
    if (text === "too long") send(response, 400, '{"error": {"message": "maximum context length is 8"}}');
    else if (text === "poison") send(response, 500, "oops");
    else send(response, 200, completion(text));
  });
  const damaged: Messages = [ask("picture", new Uint8Array(readFileSync(picture("liver"))).subarray(0, 500))];
  const replies = await answer({ url }, [...asked("a", "too long", "poison", "b"), damaged]);
  assert.deepEqual(
    [0, 3].map((row) => replies[row]),
    ["a", "b"].map(stopped),
  );
  const problems = [1, 2, 4].map((row) => [replies[row]?.finish, replies[row]?.problem] as const);
  for (const [finish] of problems) assert.equal(finish, "failed");
  assert.match(String(problems[0]?.[1]), /refused the question with 400: maximum context length is 8$/);
  assert.match(String(problems[1]?.[1]), /^500: a body that begins "oops"$/);
  assert.match(String(problems[2]?.[1]), /^image bytes: expected an undamaged picture/);
});

const fatal: readonly [status: number, message: RegExp][] = [
  [401, /^ConfigError: http.*expected to be let in, got 401: bad key \[key\] \(ECHOVLM_TEST_KEY holds a key/],
  [403, /^ConfigError: http.*got 403: bad key \[key\]/],
  [404, /^ConfigError: http.*expected chat completions of us-vl, got 404: .*address is that of the API/],
  [302, /^RequestError: http.*expected a chat completion, got 302: /],
];
for (const [status, message] of fatal)
  test(`${status} ends the run at once, and no message holds the key`, async (t) => {
    setVariable(t, "ECHOVLM_TEST_KEY", "sk-secret");
    const { url, posted } = await openChatServer(t, (response, { headers }) => {
      const key = headers.authorization?.replace("Bearer ", "");
      send(response, status, JSON.stringify({ error: { message: `bad key ${key}` } }), { location: "/" });
    });
    const keyVariable = "ECHOVLM_TEST_KEY";
    await assert.rejects(answer({ url, keyVariable, concurrency: 1 }, asked("a", "b")), (error) => {
      assert.match(String(error), message);
      assert.doesNotMatch(String(error), /sk-secret/);
      return true;
    });
    assert.equal(posted.length, 1);
  });

test("an aborted signal ends answers and waits with its reason", async (t) => {
  const reason = new Error("Ctrl-C");
  for (const silent of [true, false]) {
    const stop = new AbortController();
    const { url } = await openChatServer(t, (response) => {
      if (!silent) send(response, 429, "{}", { "retry-after": "60" });
      setTimeout(() => stop.abort(reason), 50);
    });
    await assert.rejects(answer({ url }, asked("a"), { signal: stop.signal }), reason);
  }
});

test("addresses and variables that cannot be are refused before anything is asked, without telling secrets", (t) => {
  const refusal = (fields: Partial<EndpointOptions>) => {
    try {
      endpointModel({ ...options, url: "http://localhost/v1", ...fields });
    } catch (error) {
      return String(error);
    }
    return assert.fail("no endpoint");
  };
  setVariable(t, "ECHOVLM_TEST_KEY", "sk-sec ret\n");
  assert.match(refusal({ url: "localhost" }), /^ConfigError: endpoint: expected an address such as/);
  assert.match(refusal({ url: "file:///etc/passwd" }), /^ConfigError: endpoint/);
  for (const url of ["http://me:pass@localhost/v1", "http://localhost/v1?key=pass"]) {
    assert.match(refusal({ url }), /without user, password or query/);
    assert.doesNotMatch(refusal({ url }), /pass@|=pass/);
  }
  assert.match(
    refusal({ keyVariable: "ECHOVLM_NONE" }),
    /^ConfigError: ECHOVLM_NONE: expected an environment/,
  );
  assert.match(
    refusal({ keyVariable: "ECHOVLM_TEST_KEY" }),
    /^ConfigError: ECHOVLM_TEST_KEY: expected a key/,
  );
  assert.doesNotMatch(refusal({ keyVariable: "ECHOVLM_TEST_KEY" }), /sk-/);
  for (const timeoutMs of [0, Number.NaN, 2 ** 31, 1e15])
    assert.match(
      refusal({ timeoutMs }),
      /^ConfigError: timeoutMs: expected more than 0, 2147483647 at most, got/,
    );
});
