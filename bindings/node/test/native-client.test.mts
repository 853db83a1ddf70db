// The native client of `openai-oxide`.

import { Client, OpenAIError } from "openai-oxide";
import { expect, test } from "vitest";
import { events, json, serve, type Server } from "./server.mjs";

const answer = {
  id: "resp_1",
  object: "response",
  output: [{ type: "message", content: [{ type: "output_text", text: "Hello!" }] }],
};

async function running(): Promise<{ client: Client; server: Server }> {
  const server = await serve((response) => json(response, answer));
  return { client: new Client("sk-native", { baseURL: server.url }), server };
}

test("createText, createStoredResponseId, createTextFollowup, createResponse", async () => {
  const { client, server } = await running();
  expect(await client.createText("m", "hi")).toBe("Hello!");
  expect(await client.createStoredResponseId("m", "hi")).toBe("resp_1");
  expect(await client.createTextFollowup("m", "more", "resp_1")).toBe("Hello!");
  expect((await client.createResponse({ model: "m", input: "x" })).output_text).toBe("Hello!");
  expect(server.requests[0]?.headers.authorization).toBe("Bearer sk-native");
  expect(server.requests.map(({ method, url, body }) => [method, url, JSON.parse(body)])).toEqual([
    ["POST", "/v1/responses", { model: "m", input: "hi" }],
    ["POST", "/v1/responses", { model: "m", input: "hi", store: true }],
    ["POST", "/v1/responses", { model: "m", input: "more", previous_response_id: "resp_1" }],
    ["POST", "/v1/responses", { model: "m", input: "x" }],
  ]);
});

test("camel case is translated for known top-level names only, in the caller's order", async () => {
  const { client, server } = await running();
  const schema = { maxOutputTokens: { previousResponseId: 1 } };
  await client.createResponse({
    topP: 0.5,
    model: "m",
    maxOutputTokens: 16,
    max_tool_calls: 2,
    metadata: { maxOutputTokens: "kept" },
    text: { format: { type: "json_schema", name: "n", schema } },
    someNewParameter: true,
  } as never);
  expect(server.requests[0]!.body).toBe(
    JSON.stringify({
      top_p: 0.5,
      model: "m",
      max_output_tokens: 16,
      max_tool_calls: 2,
      metadata: { maxOutputTokens: "kept" },
      text: { format: { type: "json_schema", name: "n", schema } },
      someNewParameter: true,
    }),
  );
});

test("one parameter in two spellings is a mistake", async () => {
  const { client, server } = await running();
  await expect(client.createResponse({ maxOutputTokens: 1, max_output_tokens: 2 })).rejects.toThrow(OpenAIError);
  expect(server.requests).toHaveLength(0);
});

test("createStream with a text or with parameters, awaited or not", async () => {
  const server = await serve((response) => {
    events(response).end(
      'data: {"type":"response.output_text.delta","delta":"Hi"}\n\ndata: {"type":"response.completed"}\n\n',
    );
  });
  const client = new Client({ apiKey: "k", baseURL: server.url });
  const streams = [
    client.createStream("m", "x"),
    await client.createStream({ model: "m", input: "x", maxOutputTokens: 9 }),
  ];
  for (const stream of streams) {
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(["response.output_text.delta", "response.completed"]);
  }
  expect(server.requests.map(({ body }) => JSON.parse(body))).toEqual([
    { model: "m", input: "x", stream: true },
    { model: "m", input: "x", max_output_tokens: 9, stream: true },
  ]);
});

test("an error before the first event reaches the loop, also when nobody listens yet", async () => {
  const server = await serve((response) => json(response, { error: { message: "no" } }, 404));
  const stream = new Client({ apiKey: "k", baseURL: server.url }).createStream("m", "x");
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expect(stream.next()).rejects.toMatchObject({ status: 404 });
});

test("a key alone", () => {
  expect(new Client("sk-given").apiKey).toBe("sk-given");
});
