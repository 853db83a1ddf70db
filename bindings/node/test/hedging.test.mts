// Hedged calls: settings in every place, the report, and cancellation. When a hedge starts and who wins is judged by the
// suite in every language.

import { Client, OpenAIError, type HedgeOption } from "openai-oxide";
import { OpenAI } from "openai-oxide/compat";
import { expect, test } from "vitest";
import { events, json, serve, type Server } from "./server.mjs";

const chat = { id: "c1", object: "chat.completion", choices: [] };
const params = { model: "m", messages: [] };
const lost = [{ racer: 0, outcome: "cancelled" }];

/** Answers all requests but the first. */
const firstIsLate = (answer: object = chat): Promise<Server> =>
  serve((response, _request, index) => {
    if (index > 0) json(response, answer);
  });

test("a late answer loses, and its connection closes", async () => {
  const server = await firstIsLate();
  const client = new OpenAI({ apiKey: "sk", baseURL: server.url });
  const { data, hedge } = await client.withOptions({ hedge: 50 }).chat.completions.create(params).withResponse();
  expect(data.id).toBe("c1");
  expect(hedge).toEqual({ started: 2, winner: 1, delay: 50, losers: lost });
  await server.closedEarly;
  const [first, second] = server.requests;
  expect(second!.body).toBe(first!.body);
  expect(second!.headers["idempotency-key"]).not.toBe(first!.headers["idempotency-key"]);
});

test("streams race to their first token", async () => {
  const server = await serve((response, _request, index) => {
    events(response);
    const delta = index === 0 ? { role: "assistant", content: "" } : { content: "a" };
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`);
    if (index > 0) response.end("data: [DONE]\n\n");
  });
  const client = new OpenAI({ apiKey: "sk", baseURL: server.url, hedge: { delay: 50 } });
  const { data, hedge } = await client.chat.completions.create({ ...params, stream: true }).withResponse();
  const seen: unknown[] = [];
  for await (const chunk of data) seen.push(chunk.choices[0]!.delta.content);
  expect(seen).toEqual(["a"]);
  expect(hedge).toEqual({ started: 2, winner: 1, delay: 50, losers: lost });
  await server.closedEarly;
});

test("an aborted call cancels all its requests", async () => {
  let closed = 0;
  const server = await serve((response) => response.on("close", () => closed++));
  const client = new OpenAI({ apiKey: "sk", baseURL: server.url, maxRetries: 0 });
  const controller = new AbortController();
  const call = client.chat.completions.create(params, { hedge: { delay: 0, max: 3 }, signal: controller.signal });
  await expect.poll(() => server.requests.length).toBe(3);
  controller.abort();
  await expect(call).rejects.toThrow();
  await expect.poll(() => closed).toBe(3);
});

test("settings travel with copies and single calls", async () => {
  const server = await serve((response) => json(response, chat));
  const client = new OpenAI({ apiKey: "sk", baseURL: server.url, hedge: { delay: 5000, max: 3 } });
  const report = async (from: OpenAI, hedge?: HedgeOption) =>
    (await from.chat.completions.create(params, { hedge }).withResponse()).hedge;
  const one = { started: 1, winner: 0, losers: [] };
  expect(await report(client)).toEqual({ ...one, delay: 5000 });
  expect(await report(client.withOptions({ timeout: 1000 }))).toEqual({ ...one, delay: 5000 });
  expect(await report(client, true)).toEqual({ ...one, delay: 1000 });
  expect(await report(client.withOptions({ hedge: false }))).toBeUndefined();
  expect(await report(client.withOptions({ hedge: null }))).toBeUndefined();
  expect(await report(client, false)).toBeUndefined();
});

test("copies share connections and the budget", async () => {
  const server = await serve((response) => setTimeout(() => json(response, chat), 20));
  const client = new OpenAI({ apiKey: "sk", baseURL: server.url });
  const started: unknown[] = [];
  for (let call = 0; call < 5; call += 1) {
    const answer = await client.withOptions({ hedge: 0 }).chat.completions.create(params).withResponse();
    started.push(answer.hedge?.started);
  }
  expect(started).toEqual([2, 2, 1, 1, 1]);
});

test("settings that cannot work are refused at once", () => {
  const wrong = [
    "x",
    [1],
    NaN,
    -1,
    { max: 0 },
    { max: 17 },
    { max: 1.5 },
    { budget: -1 },
    { delays: 1 },
    { delay: "1" },
  ];
  for (const hedge of wrong) {
    expect(() => new OpenAI({ apiKey: "sk", hedge: hedge as never }), JSON.stringify(hedge)).toThrow(OpenAIError);
  }
});

test("the native client's hedged request", async () => {
  const server = await firstIsLate({ id: "resp_2", output: [] });
  const client = new Client("sk", { baseURL: server.url });
  const call = client.hedgedRequest({ model: "m", input: "Hello", maxOutputTokens: 16 }, 3, { delay: 300 });
  const { data, hedge } = await call.withResponse();
  expect(data.id).toBe("resp_2");
  expect(hedge).toEqual({ started: 2, winner: 1, delay: 300, losers: lost });
  expect(JSON.parse(server.requests[1]!.body)).toEqual({ model: "m", input: "Hello", max_output_tokens: 16 });
});

test("the native client's streams tell what became of the requests", async () => {
  const server = await serve((response, _request, index) => {
    if (index % 2 === 0) return;
    const ended = { type: "response.completed", response: { id: "resp_2", output: [] } };
    events(response).end(`data: ${JSON.stringify(ended)}\n\n`);
  });
  const client = new Client("sk", { baseURL: server.url });
  const report = { started: 2, winner: 1, delay: 50, losers: lost };
  const stream = client.createStream("m", "Hello", { hedge: 50 });
  expect(stream.hedge).toBeNull();
  for await (const event of stream) expect(event.type).toBe("response.completed");
  expect(stream.hedge).toEqual(report);
  const calls = client.createStreamFc("m", "Hello", { hedge: 50 });
  await calls.finalResponse();
  expect(calls.hedge).toEqual(report);
});
