// Early function calls: handed over while the stream runs, never when they were cut.

import OpenAI from "openai-oxide/compat";
import { Client, IncompleteStreamError } from "openai-oxide";
import { describe, expect, test } from "vitest";
import { REQUEST, call, delta, line, serveChunks } from "./chat-events.mjs";
import { DONE, events, serve, type Server } from "./server.mjs";

function openai({ url }: Server): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 });
}

const added = (output_index: number, call_id: string, status = "in_progress"): object => ({
  type: "response.output_item.added",
  output_index,
  item: { type: "function_call", id: `fc_${call_id}`, call_id, name: "f", arguments: "", status },
});
const piece = (output_index: number, delta: string): object => ({
  type: "response.function_call_arguments.delta",
  output_index,
  delta,
});
const argumentsDone = (output_index: number, text: string): object => ({
  type: "response.function_call_arguments.done",
  output_index,
  arguments: text,
});
const itemDone = (output_index: number, call_id: string, text: string, status = "completed"): object => ({
  type: "response.output_item.done",
  output_index,
  item: { type: "function_call", id: `fc_${call_id}`, call_id, name: "f", arguments: text, status },
});
const RESPONSE = { id: "resp_1", object: "response", output: [] };
const completed = { type: "response.completed", response: { ...RESPONSE, status: "completed" } };

async function taken(calls: AsyncIterable<{ name: string; callId: string; arguments: string }>): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, callId, arguments: text } of calls) found.push(`${name} ${callId} ${text}`);
  return found;
}

describe("the moment", () => {
  test("of a response's call is the end of its arguments, while the stream still runs", async () => {
    let rest!: () => void;
    const server = await serve((response) => {
      const stream = events(response);
      stream.write([added(0, "a"), piece(0, '{"n":'), piece(0, "1}"), argumentsDone(0, '{"n":1}')].map(line).join(""));
      rest = () => void stream.end([itemDone(0, "a", '{"n":1}'), completed].map(line).join(""));
    });
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    const { value } = await calls.next();
    expect(value).toMatchObject({ name: "f", callId: "a", arguments: '{"n":1}' });
    expect(value!.parsed).toEqual({ n: 1 });
    expect(value!.parsed).toBe(value!.parsed);
    rest();
    expect(await taken(calls)).toEqual([]); // once, not again with its item
    expect(await calls.finalResponse()).toMatchObject({ id: "resp_1", status: "completed", output_text: "" });
  });

  test("of a response's call without an event for its arguments is its item", async () => {
    const server = await serveChunks([added(0, "a"), itemDone(0, "a", ""), completed]);
    expect(await taken(openai(server).responses.createStreamFc({ model: "m", input: "x" }))).toEqual(["f a "]);
  });

  test("of a chat call is the beginning of the next", async () => {
    let rest!: () => void;
    const server = await serve((response) => {
      const stream = events(response);
      const first = [delta({ role: "assistant", ...call(0, '{"n":', "a") }), delta(call(0, "1}"))];
      stream.write([...first, delta(call(1, "", "b", "g"))].map(line).join(""));
      rest = () => void stream.end([delta(call(1, "{}")), delta({}, "tool_calls")].map(line).join("") + DONE);
    });
    const calls = openai(server).chat.completions.createStreamFc(REQUEST);
    expect((await calls.next()).value).toMatchObject({ name: "f", callId: "a", arguments: '{"n":1}' });
    rest();
    expect(await taken(calls)).toEqual(["g b {}"]);
    const completion = await calls.finalChatCompletion();
    expect(completion.choices[0]!.message.tool_calls).toHaveLength(2);
  });

  test("a call without an id has the same one in the completion", async () => {
    const server = await serveChunks([delta({ role: "assistant", ...call(0, "{}", "") }), delta({}, "tool_calls")]);
    const calls = openai(server).chat.completions.createStreamFc(REQUEST);
    const { value } = await calls.next();
    expect(value!.callId).toMatch(/^call_.{36}$/);
    const { choices } = await calls.finalChatCompletion();
    expect(choices[0]!.message.tool_calls![0]!.id).toBe(value!.callId);
  });

  test("of the native client is the same", async () => {
    const server = await serveChunks([added(0, "a"), argumentsDone(0, "{}"), completed]);
    const client = new Client({ apiKey: "sk-test", baseURL: server.url });
    expect(await taken(client.createStreamFc({ model: "m", input: "x", maxOutputTokens: 9 }))).toEqual(["f a {}"]);
    expect(await taken(client.createStreamFc("m", "x"))).toEqual(["f a {}"]);
    expect(server.requests.map(({ body }) => JSON.parse(body))).toEqual([
      { model: "m", input: "x", max_output_tokens: 9, stream: true },
      { model: "m", input: "x", stream: true },
    ]);
  });
});

describe("a call that was cut is not handed over", () => {
  const begun = [delta({ role: "assistant", ...call(0, "{}", "a") }), delta(call(1, '{"n":', "b"))];

  test("by a broken connection", async () => {
    const calls = openai(await serveChunks(begun, "cut")).chat.completions.createStreamFc(REQUEST);
    expect((await calls.next()).value).toMatchObject({ callId: "a" });
    await expect(calls.next()).rejects.toThrow(IncompleteStreamError);
    await expect(calls.finalChatCompletion()).rejects.toThrow(IncompleteStreamError);
  });

  test.each(["length", "content_filter"])("by %s", async (reason) => {
    const server = await serveChunks([...begun, delta({}, reason)]);
    const calls = openai(server).chat.completions.createStreamFc(REQUEST);
    expect(await taken(calls)).toEqual(["f a {}"]);
    expect((await calls.finalChatCompletion()).choices[0]!.finish_reason).toBe(reason);
  });

  test("by the limit of a response", async () => {
    const incomplete = { type: "response.incomplete", response: { ...RESPONSE, status: "incomplete" } };
    const server = await serveChunks([
      ...[added(0, "a"), piece(0, '{"n":'), argumentsDone(0, '{"n":'), itemDone(0, "a", '{"n":', "incomplete")],
      incomplete,
    ]);
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    expect(await taken(calls)).toEqual([]);
    expect((await calls.finalResponse()).status).toBe("incomplete");
  });

  test("by a broken connection, of a response", async () => {
    const server = await serveChunks([added(0, "a"), piece(0, "{}")], "cut");
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    await expect(taken(calls)).rejects.toThrow(IncompleteStreamError);
  });
});

describe("reading", () => {
  const chunks = [
    added(0, "a"),
    piece(0, '{"n'),
    piece(0, '": [1'),
    piece(0, ", 2]}"),
    argumentsDone(0, '{"n": [1, 2]}'),
  ];

  test("the final answer first keeps the calls for later", async () => {
    const server = await serveChunks([...chunks, completed]);
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    const [final, found] = await Promise.all([calls.finalResponse(), taken(calls)]);
    expect(final.id).toBe("resp_1");
    expect(found).toEqual(['f a {"n": [1, 2]}']);
  });

  test("updates() gives the arguments while they arrive", async () => {
    const server = await serveChunks([...chunks, completed]);
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    const seen: unknown[] = [];
    for await (const { callId, delta, arguments: text, partial } of calls.updates()) {
      seen.push([callId, delta, text, partial]);
    }
    expect(seen).toEqual([
      ["a", '{"n', '{"n', {}],
      ["a", '": [1', '{"n": [1', { n: [] }],
      ["a", ", 2]}", '{"n": [1, 2]}', { n: [1, 2] }],
    ]);
    expect(await taken(calls)).toEqual(['f a {"n": [1, 2]}']);
  });

  test("leaving the loop cancels the request", async () => {
    const server = await serveChunks(chunks, "open");
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" });
    for await (const _ of calls) break;
    await server.closedEarly;
    await expect(calls.finalResponse()).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(await calls.next()).toEqual({ value: undefined, done: true });
  });

  test("a signal cancels it too", async () => {
    const server = await serveChunks(chunks, "open");
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const calls = openai(server).responses.createStreamFc({ model: "m", input: "x" }, options);
    await calls.next();
    controller.abort();
    await expect(calls.next()).rejects.toThrow(OpenAI.APIUserAbortError);
    await server.closedEarly;
  });

  test("an error answer rejects, and is not unhandled where nobody reads", async () => {
    const server = await serve((response) => response.writeHead(401).end("{}"));
    openai(server).responses.createStreamFc({ model: "m", input: "x" });
    const calls = openai(server).chat.completions.createStreamFc(REQUEST);
    await expect(calls.next()).rejects.toThrow(OpenAI.AuthenticationError);
  });
});
