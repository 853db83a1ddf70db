// ResponseStream: life cycle, the requests, and what only listeners get. What the events say is held by the suite.

import OpenAI from "openai-oxide/compat";
import { ResponseStream } from "openai-oxide/compat/lib/responses/ResponseStream";
import { expect, test, vi } from "vitest";
import { line } from "./chat-events.mjs";
import { events, serve, type Server } from "./server.mjs";

const RESPONSE = { id: "resp_1", object: "response", status: "in_progress", output: [] };
const AT = { output_index: 0, content_index: 0, item_id: "msg_1" };
const PART = { type: "output_text", text: "", annotations: [] };
const MESSAGE = { type: "message", id: "msg_1", role: "assistant", status: "in_progress", content: [] };
const EVENTS = [
  { type: "response.created", response: RESPONSE },
  { type: "response.output_item.added", output_index: 0, item: MESSAGE },
  { type: "response.content_part.added", ...AT, part: PART },
  { type: "response.output_text.delta", ...AT, delta: '{"n": ' },
  { type: "response.output_text.delta", ...AT, delta: "1}" },
  { type: "response.output_text.done", ...AT, text: '{"n": 1}' },
  {
    type: "response.output_item.done",
    output_index: 0,
    item: { ...MESSAGE, content: [{ ...PART, text: '{"n": 1}' }] },
  },
  {
    type: "response.completed",
    response: { ...RESPONSE, status: "completed", output: [{ ...MESSAGE, content: [{ ...PART, text: '{"n": 1}' }] }] },
  },
].map((event, sequence_number) => ({ ...event, sequence_number }));

function answering(sent: object[], end = true): Promise<Server> {
  return serve((response) => {
    const stream = events(response);
    stream.write(sent.map(line).join(""));
    if (end) stream.end();
  });
}

function client({ url }: Server): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 });
}

test("listeners get every event, deltas with their snapshot; events themselves stay as they were", async () => {
  const stream = client(await answering(EVENTS)).responses.stream({ model: "m", input: "x" });
  const seen: string[] = [];
  const raw: unknown[] = [];
  stream.on("connect", () => seen.push("connect")).on("end", () => seen.push("end"));
  stream.on("event", (event) => raw.push(event));
  stream.on("response.output_text.delta", ({ delta, snapshot }) => seen.push(`${delta}|${snapshot}`));
  stream.on("response.completed", ({ response }) => seen.push(response.status!));
  const final = await stream.finalResponse();
  expect(seen).toEqual(["connect", '{"n": |{"n": ', '1}|{"n": 1}', "completed", "end"]);
  expect(raw).toEqual(EVENTS);
  expect(final).toMatchObject({ id: "resp_1", status: "completed", output_text: '{"n": 1}', output_parsed: null });
});

test("a text format that can be parsed is", async () => {
  const text = { format: { type: "json_schema", name: "n", schema: {} } } as const;
  const final = await client(await answering(EVENTS))
    .responses.stream({ model: "m", input: "x", text })
    .finalResponse();
  expect(final.output_parsed).toEqual({ n: 1 });
});

test("with an id an existing response is followed; events up to starting_after are not told but count", async () => {
  const server = await answering(EVENTS);
  const stream = client(server).responses.stream({ response_id: "resp_1", starting_after: 3 });
  const snapshots: string[] = [];
  stream.on("response.output_text.delta", ({ snapshot }) => snapshots.push(snapshot));
  const numbers: number[] = [];
  for await (const { sequence_number } of stream) numbers.push(sequence_number);
  expect(numbers).toEqual([4, 5, 6, 7]);
  expect(snapshots).toEqual(['{"n": 1}']);
  expect((await stream.finalResponse()).output_text).toBe('{"n": 1}');
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /v1/responses/resp_1?stream=true",
  ]);
});

test("a connection that ends early leaves what has arrived", async () => {
  const final = await client(await answering(EVENTS.slice(0, 5)))
    .responses.stream({ model: "m", input: "x" })
    .finalResponse();
  expect(final).toMatchObject({ status: "in_progress", output_text: '{"n": 1}' });
  await expect(
    client(await answering([]))
      .responses.stream({ model: "m", input: "x" })
      .done(),
  ).rejects.toThrow(OpenAI.OpenAIError);
});

test("an error event rejects and is told once", async () => {
  const failure = { type: "error", code: "server_error", message: "boom", param: null, sequence_number: 1 };
  const stream = client(await answering([EVENTS[0]!, failure])).responses.stream({ model: "m", input: "x" });
  const told = vi.fn();
  stream.on("error", told);
  await expect(stream.finalResponse()).rejects.toThrow("boom");
  expect(told).toHaveBeenCalledTimes(1);
});

test("a piece without what it belongs to is an error", async () => {
  for (const missing of [0, 1, 2]) {
    const stream = client(await answering(EVENTS.toSpliced(missing, 1))).responses.stream({ model: "m", input: "x" });
    await expect(stream.finalResponse(), `without ${EVENTS[missing]!.type}`).rejects.toThrow(OpenAI.OpenAIError);
  }
});

test("a response in progress that is told again keeps its items", async () => {
  const again = { type: "response.in_progress", response: { ...RESPONSE, metadata: { a: "b" } }, sequence_number: 9 };
  const sent = [...EVENTS.slice(0, 4), again, EVENTS[4]!];
  const final = await client(await answering(sent))
    .responses.stream({ model: "m", input: "x" })
    .finalResponse();
  expect(final).toMatchObject({ metadata: { a: "b" }, output_text: '{"n": 1}' });
});

test("texts, parts and annotations of every kind add up", async () => {
  const reasoning = { type: "reasoning", id: "rs_1", summary: [] };
  const summary = { output_index: 0, summary_index: 0 };
  const sent = [
    EVENTS[0]!,
    { type: "response.output_item.added", output_index: 0, item: reasoning },
    { type: "response.reasoning_summary_part.added", ...summary, part: { type: "summary_text", text: "" } },
    { type: "response.reasoning_summary_text.delta", ...summary, delta: "be" },
    { type: "response.reasoning_summary_text.delta", ...summary, delta: "cause" },
    { type: "response.content_part.added", ...AT, part: { type: "reasoning_text", text: "" } },
    { type: "response.reasoning_text.delta", ...AT, delta: "hm" },
    { type: "response.output_item.added", output_index: 1, item: MESSAGE },
    { type: "response.content_part.added", ...AT, output_index: 1, part: PART },
    { type: "response.output_text.delta", ...AT, output_index: 1, delta: "t", logprobs: [{ token: "t", logprob: -1 }] },
    { type: "response.output_text.done", ...AT, output_index: 1, text: "t", logprobs: [{ token: "t", logprob: -1 }] },
    {
      type: "response.output_text.annotation.added",
      ...AT,
      output_index: 1,
      annotation_index: 0,
      annotation: { type: "a" },
    },
    {
      type: "response.content_part.added",
      ...AT,
      output_index: 1,
      content_index: 1,
      part: { type: "refusal", refusal: "" },
    },
    { type: "response.refusal.delta", ...AT, output_index: 1, content_index: 1, delta: "no" },
    { type: "response.output_item.added", output_index: 2, item: { type: "custom_tool_call", input: "" } },
    { type: "response.custom_tool_call_input.delta", output_index: 2, delta: "ls" },
    { type: "response.output_item.added", output_index: 3, item: { type: "code_interpreter_call", code: null } },
    { type: "response.code_interpreter_call_code.delta", output_index: 3, delta: "1+" },
    { type: "response.code_interpreter_call_code.done", output_index: 3, code: "1+1" },
    { type: "response.output_item.added", output_index: 4, item: { type: "mcp_call", arguments: "" } },
    { type: "response.mcp_call_arguments.delta", output_index: 4, delta: "{}" },
    { type: "response.of_tomorrow.delta", output_index: 4, delta: "?" },
  ];
  const final = await client(await answering(sent))
    .responses.stream({ model: "m", input: "x" })
    .finalResponse();
  expect(final.output).toEqual([
    {
      ...reasoning,
      summary: [{ type: "summary_text", text: "because" }],
      content: [{ type: "reasoning_text", text: "hm" }],
    },
    {
      ...MESSAGE,
      content: [
        { ...PART, parsed: null, text: "t", annotations: [{ type: "a" }], logprobs: [{ token: "t", logprob: -1 }] },
        { type: "refusal", refusal: "no" },
      ],
    },
    { type: "custom_tool_call", input: "ls" },
    { type: "code_interpreter_call", code: "1+1" },
    { type: "mcp_call", arguments: "{}" },
  ]);
});

test("leaving the loop and abort() close the connection", async () => {
  const left = await answering(EVENTS.slice(0, 2), false);
  for await (const _ of client(left).responses.stream({ model: "m", input: "x" })) break;
  await left.closedEarly;
  const aborted = await answering(EVENTS.slice(0, 2), false);
  const stream = client(aborted).responses.stream({ model: "m", input: "x" });
  stream.once("event", () => stream.abort());
  await expect(stream.finalResponse()).rejects.toThrow(OpenAI.APIUserAbortError);
  await aborted.closedEarly;
});

test("a readable stream of events", async () => {
  const readable = new Blob([EVENTS.map((event) => JSON.stringify(event)).join("\n")]).stream();
  expect((await ResponseStream.fromReadableStream(readable).finalResponse()).output_text).toBe('{"n": 1}');
});
