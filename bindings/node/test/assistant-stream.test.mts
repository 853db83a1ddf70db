// AssistantStream: events in the official order, with what deltas add up to, and the three requests that give one.

import OpenAI from "openai-oxide/compat";
import { AssistantStream, type AssistantStreamEvents } from "openai-oxide/compat/lib/AssistantStream";
import { describe, expect, test } from "vitest";
import { DONE, events, serve, type Server } from "./server.mjs";

const run = (status: string): object => ({ id: "run_1", object: "thread.run", thread_id: "t", status });
const message = (content: object[] = []): object => ({ id: "msg_1", role: "assistant", content });
const step = (tool_calls: object[] = []): object => ({
  id: "step_1",
  step_details: { type: "tool_calls", tool_calls },
});
const call = (index: number, text: string, head: object = {}): object => ({
  index,
  type: "function",
  ...head,
  function: { arguments: text, ...("id" in head ? { name: "f" } : {}) },
});
const stepDelta = (call: object): object => {
  return { id: "step_1", delta: { step_details: { type: "tool_calls", tool_calls: [call] } } };
};
const text = (value: string): object => ({ type: "text", text: { value, annotations: [] } });
const image = { type: "image_file", image_file: { file_id: "file_1" } };
const textDelta = (value: string): object => ({ delta: { content: [{ index: 0, ...text(value) }] } });

const EVENTS: [event: string, data: object][] = [
  ["thread.run.created", run("queued")],
  ["thread.run.step.created", step()],
  ["thread.run.step.delta", stepDelta(call(0, '{"a"', { id: "call_1" }))],
  ["thread.run.step.delta", stepDelta(call(0, ":1}"))],
  ["thread.run.step.delta", stepDelta(call(1, "{}", { id: "call_2" }))],
  ["thread.run.step.completed", step([call(0, '{"a":1}', { id: "call_1" }), call(1, "{}", { id: "call_2" })])],
  ["thread.message.created", message()],
  ["thread.message.delta", textDelta("Hel")],
  ["thread.message.delta", textDelta("lo")],
  ["thread.message.delta", { delta: { content: [{ index: 1, ...image }] } }],
  ["thread.message.completed", message([text("Hello"), image])],
  ["thread.run.completed", run("completed")],
];

function answering(sent: typeof EVENTS, end = true): Promise<Server> {
  return serve((response) => {
    const stream = events(response);
    stream.write(sent.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(""));
    if (end) stream.end(DONE);
  });
}

function threads({ url }: Server): OpenAI["beta"]["threads"] {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 }).beta.threads;
}

test("events come in the official order, with what has arrived so far", async () => {
  const stream = threads(await answering(EVENTS)).runs.stream("t", { assistant_id: "a" });
  const seen: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void seen.push([name, ...args.map((arg) => JSON.stringify(arg))].join(" "));
  const names: (keyof AssistantStreamEvents)[] = ["messageCreated", "messageDone", "runStepCreated", "runStepDone"];
  for (const name of [
    ...names,
    "toolCallCreated",
    "toolCallDone",
    "textCreated",
    "textDone",
    "imageFileDone",
    "run",
  ] as const) {
    stream.on(name as "run", (first) => note(name)(first));
  }
  stream.on("toolCallDelta", note("toolCallDelta")).on("textDelta", note("textDelta"));
  await stream.done();
  const [one, two] = [call(0, '{"a":1}', { id: "call_1" }), call(1, "{}", { id: "call_2" })].map((each) =>
    JSON.stringify(each),
  );
  const whole = { value: "Hello", annotations: [] };
  expect(seen).toEqual([
    `runStepCreated ${JSON.stringify(step())}`,
    `toolCallCreated ${JSON.stringify(call(0, '{"a"', { id: "call_1" }))}`,
    `toolCallDelta ${JSON.stringify(call(0, ":1}"))} ${one}`,
    `toolCallDone ${one}`,
    `toolCallCreated ${two}`,
    `toolCallDone ${two}`,
    `runStepDone ${JSON.stringify(EVENTS[5]![1])}`,
    `messageCreated ${JSON.stringify(message())}`,
    `textCreated ${JSON.stringify({ value: "Hel", annotations: [] })}`,
    `textDelta ${JSON.stringify({ value: "Hel", annotations: [] })} ${JSON.stringify({ value: "Hel", annotations: [] })}`,
    `textDelta ${JSON.stringify({ value: "lo", annotations: [] })} ${JSON.stringify(whole)}`,
    `textDone ${JSON.stringify(whole)}`,
    `imageFileDone ${JSON.stringify({ file_id: "file_1" })}`,
    `messageDone ${JSON.stringify(EVENTS[10]![1])}`,
    `run ${JSON.stringify(run("completed"))}`,
  ]);
});

test("promises, iteration and snapshots; the events stay as they came", async () => {
  const stream = threads(await answering(EVENTS)).createAndRunStream({ assistant_id: "a" });
  const seen: OpenAI.Beta.AssistantStreamEvent[] = [];
  const texts: unknown[] = [];
  stream.on("messageDelta", () => texts.push(structuredClone(stream.currentMessageSnapshot()!.content[0])));
  for await (const event of stream) seen.push(event);
  expect(seen).toEqual(EVENTS.map(([event, data]) => ({ event, data })));
  expect(texts).toMatchObject([text("Hel"), text("Hello"), text("Hello")]);
  expect(await stream.finalRun()).toEqual(run("completed"));
  expect(await stream.finalMessages()).toEqual([EVENTS[10]![1]]);
  expect(await stream.finalRunSteps()).toEqual([EVENTS[5]![1]]);
  expect(stream.currentRun()).toEqual(run("completed"));
  expect(stream.currentEvent()).toEqual(seen.at(-1));
});

test("each method sends its request, streaming", async () => {
  const server = await answering([["thread.run.requires_action", run("requires_action")]]);
  const { runs } = threads(server);
  await runs.stream("t", { assistant_id: "a" }).done();
  await runs.createAndStream("t", { assistant_id: "a" }).done();
  await runs.submitToolOutputsStream("run_1", { thread_id: "t", tool_outputs: [] }).done();
  await threads(server).createAndRunStream({ assistant_id: "a" }).done();
  expect(server.requests.map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
    ["/v1/threads/t/runs", { assistant_id: "a", stream: true }],
    ["/v1/threads/t/runs", { assistant_id: "a", stream: true }],
    ["/v1/threads/t/runs/run_1/submit_tool_outputs", { tool_outputs: [], stream: true }],
    ["/v1/threads/runs", { assistant_id: "a", stream: true }],
  ]);
});

describe("ends that are errors", () => {
  test("a stream that is cut before the run ends", async () => {
    const stream = threads(await answering(EVENTS.slice(0, 4))).runs.stream("t", { assistant_id: "a" });
    await expect(stream.finalRun()).rejects.toThrow(OpenAI.OpenAIError);
  });

  test.each([
    ["a message", EVENTS[7]!],
    ["a step", EVENTS[2]!],
  ])("a delta without %s", async (_, event) => {
    const stream = threads(await answering([event, EVENTS.at(-1)!])).runs.stream("t", { assistant_id: "a" });
    await expect(stream.finalRun()).rejects.toThrow("to add to");
  });

  test("abort and break close the connection", async () => {
    const server = await answering(EVENTS.slice(0, 1), false);
    for await (const _ of threads(server).runs.stream("t", { assistant_id: "a" })) break;
    await server.closedEarly;
  });
});

test("a readable stream carries the events", async () => {
  const readable = threads(await answering(EVENTS))
    .runs.stream("t", { assistant_id: "a" })
    .toReadableStream();
  expect(await AssistantStream.fromReadableStream(readable).finalMessages()).toEqual([EVENTS[10]![1]]);
});

describe("accumulateDelta", () => {
  test("joins texts, merges objects and indexed lists, and leaves the delta alone", () => {
    const delta = {
      text: "b",
      n: 2,
      type: "y",
      list: [
        { index: 0, v: "2" },
        { index: 1, v: "3" },
      ],
      tags: ["b"],
      add: { a: [1] },
    };
    const before = structuredClone(delta);
    const whole = { text: "a", n: 1, type: "x", list: [{ index: 0, v: "1" }], tags: ["a"], kept: true };
    const result = AssistantStream.accumulateDelta(whole, delta);
    expect(result).toBe(whole);
    expect(result).toEqual({
      ...{ text: "ab", n: 3, type: "y", tags: ["a", "b"], add: { a: [1] }, kept: true },
      list: [
        { index: 0, v: "12" },
        { index: 1, v: "3" },
      ],
    });
    AssistantStream.accumulateDelta(whole, { list: [{ index: 1, v: "!" }], add: { a: [2] } });
    expect(delta).toEqual(before);
  });

  test("what does not fit is an error", () => {
    expect(() => AssistantStream.accumulateDelta({ a: "x" }, { a: {} })).toThrow(OpenAI.OpenAIError);
    expect(() => AssistantStream.accumulateDelta({ a: [] }, { a: [{ index: 5 }] })).toThrow("index 5");
  });

  test("a member called __proto__ changes no prototype", () => {
    const whole = AssistantStream.accumulateDelta({}, JSON.parse('{"__proto__": {"polluted": 1}}'));
    expect([Object.getPrototypeOf(whole) === Object.prototype, ({} as { polluted?: 1 }).polluted]).toEqual([
      true,
      undefined,
    ]);
  });
});
