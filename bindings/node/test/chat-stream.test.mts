// ChatCompletionStream: life cycle, listeners, promises and iteration. What the events say is held by the suite.

import OpenAI from "openai-oxide/compat";
import { ChatCompletionStream } from "openai-oxide/compat/lib/ChatCompletionStream";
import { IncompleteStreamError } from "openai-oxide";
import { describe, expect, test, vi } from "vitest";
import { REQUEST, TEXT, call, delta, line, serveChunks } from "./chat-events.mjs";
import { DONE, events, serve, type Server } from "./server.mjs";

function open(server: Server, options?: OpenAI.RequestOptions): ChatCompletionStream<null> {
  const client = new OpenAI({ apiKey: "sk-test", baseURL: server.url, maxRetries: 0 });
  return client.chat.completions.stream(REQUEST, options);
}

describe("promises", () => {
  test("give the whole, also after the end", async () => {
    const usage = {
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      prompt_tokens_details: { cached_tokens: 1 },
    };
    const chunks = [...TEXT.slice(0, 2), delta(call(0, "{}", "call_1")), delta({}, "tool_calls")];
    const server = await serveChunks([...chunks, { ...delta({}), choices: [], usage }]);
    const stream = open(server);
    expect(await stream.finalContent()).toBe("Hello");
    expect(await stream.finalMessage()).toMatchObject({ role: "assistant", content: "Hello", refusal: null });
    expect(await stream.finalFunctionToolCall()).toEqual({ name: "f", arguments: "{}" });
    expect(await stream.finalFunctionToolCallResult()).toBeUndefined();
    expect(await stream.totalUsage()).toEqual(usage);
    const completion = await stream.finalChatCompletion();
    expect(completion.object).toBe("chat.completion");
    expect(stream.allChatCompletions()).toEqual([completion]);
    expect(stream.messages).toEqual([...REQUEST.messages, completion.choices[0]!.message]);
    expect([stream.ended, stream.errored, stream.aborted]).toEqual([true, false, false]);
    expect(stream.currentChatCompletionSnapshot).toBeUndefined();
    await stream.done();
  });

  test("emitted() waits for one event, and rejects if the stream fails first", async () => {
    const stream = open(await serveChunks(TEXT));
    expect(await stream.emitted("connect")).toBeUndefined();
    expect(await stream.emitted("content")).toEqual(["Hel", "Hel"]);
    expect(await stream.emitted("finalContent")).toBe("Hello");
    const failing = open(await serve((response) => response.writeHead(401).end("{}")));
    await expect(failing.emitted("message")).rejects.toThrow(OpenAI.AuthenticationError);
    const told = open(await serve((response) => response.writeHead(401).end("{}")));
    expect(await told.emitted("error")).toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe("listeners", () => {
  test("are called in the official order, on() and once() as often as they were added", async () => {
    const stream = open(await serveChunks(TEXT));
    const seen: string[] = [];
    for (const event of [
      "end",
      "finalContent",
      "finalMessage",
      "finalChatCompletion",
      "message",
      "chatCompletion",
    ] as const) {
      stream.on(event, () => seen.push(event));
    }
    const twice = vi.fn();
    const never = vi.fn();
    stream.on("connect", () => seen.push("connect")).once("content", () => seen.push("once"));
    stream.on("chunk", twice).on("chunk", twice).on("chunk", never).off("chunk", never);
    await stream.done();
    expect(seen).toEqual([
      ...["connect", "once", "chatCompletion", "message", "finalChatCompletion", "finalMessage", "finalContent", "end"],
    ]);
    expect(twice).toHaveBeenCalledTimes(6);
    expect(never).not.toHaveBeenCalled();
  });

  test("who listens first during an event hears the next one", async () => {
    const stream = open(await serveChunks(TEXT));
    const late: string[] = [];
    stream.once("content", () => stream.on("content", (piece) => late.push(piece)));
    await stream.done();
    expect(late).toEqual(["lo"]);
  });

  test("one that throws fails the stream and closes the connection", async () => {
    const server = await serveChunks(TEXT.slice(0, 2), "open");
    const stream = open(server);
    const cause = new Error("mine");
    stream.on("content", () => {
      throw cause;
    });
    const error = await stream.done().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OpenAI.OpenAIError);
    expect(error).toMatchObject({ message: "mine", cause });
    expect(stream.errored).toBe(true);
    await server.closedEarly;
  });

  test("the snapshot grows with the chunks", async () => {
    const stream = open(await serveChunks(TEXT));
    const seen: unknown[] = [];
    stream.on("chunk", (_, snapshot) => {
      expect(snapshot).toBe(stream.currentChatCompletionSnapshot);
      seen.push(snapshot.choices[0]!.message.content);
    });
    await stream.done();
    expect(seen).toEqual(["Hel", "Hello", "Hello"]);
  });
});

describe("iteration", () => {
  test("gives every chunk, and the promises work beside it", async () => {
    const stream = open(await serveChunks(TEXT));
    const seen: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) seen.push(chunk);
    expect(seen).toEqual(TEXT);
    expect(await stream.finalContent()).toBe("Hello");
    for await (const _ of stream) expect.unreachable();
  });

  test("a slow reader gets everything that came meanwhile", async () => {
    const stream = open(await serveChunks(TEXT));
    const iterator = stream[Symbol.asyncIterator]();
    await stream.done();
    const next = async (): Promise<unknown> => (await iterator.next()).value;
    expect([await next(), await next(), await next(), await next()]).toEqual([...TEXT, undefined]);
  });

  test("break aborts the request, without an unhandled rejection", async () => {
    const server = await serveChunks(TEXT.slice(0, 2), "open");
    const stream = open(server);
    for await (const _ of stream) break;
    await server.closedEarly;
    await expect(stream.done()).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(stream.aborted).toBe(true);
  });

  test("a failure comes after the chunks before it, once", async () => {
    const stream = open(
      await serve((response) => {
        events(response).end(`${line(TEXT[0]!)}data: {"error":{"message":"boom"}}\n\n`);
      }),
    );
    const iterator = stream[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual(TEXT[0]);
    await expect(iterator.next()).rejects.toThrow("boom");
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test("events() iterates over any event", async () => {
    const stream = open(await serveChunks(TEXT));
    const seen: unknown[] = [];
    for await (const args of stream.events("content")) seen.push(args);
    expect(seen).toEqual([
      ["Hel", "Hel"],
      ["lo", "Hello"],
    ]);
    const failing = open(await serve((response) => response.writeHead(401).end("{}")));
    for await (const [error] of failing.events("error")) expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe("abort", () => {
  test("abort() rejects, emits abort and end, and closes the connection", async () => {
    const server = await serveChunks(TEXT.slice(0, 1), "open");
    const stream = open(server);
    const seen: string[] = [];
    stream
      .on("abort", () => seen.push("abort"))
      .on("end", () => seen.push("end"))
      .on("error", () => seen.push("error"));
    stream.once("content", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(seen).toEqual(["abort", "end"]);
    expect([stream.ended, stream.errored, stream.aborted]).toEqual([true, true, true]);
    await server.closedEarly;
  });

  test("the caller's signal aborts, with its reason as the cause", async () => {
    const server = await serveChunks(TEXT.slice(0, 1), "open");
    const controller = new AbortController();
    const stream = open(server, { signal: controller.signal });
    stream.once("content", () => controller.abort("because"));
    await expect(stream.done()).rejects.toMatchObject({ cause: "because" });
    await server.closedEarly;
  });

  test("a signal that was aborted before sends nothing", async () => {
    const server = await serveChunks(TEXT);
    const stream = open(server, { signal: AbortSignal.abort() });
    await expect(stream.done()).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(server.requests).toHaveLength(0);
  });

  test("no listener stays on the caller's signal", async () => {
    const server = await serveChunks(TEXT);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    for (let i = 0; i < 10; i++) await open(server, { signal }).done();
    expect(listeners).toBe(0);
  });

  test("an ended stream lets go of its listeners", async () => {
    const stream = open(await serveChunks(TEXT));
    const listener = new WeakRef(((object) => (stream.on("chunk", () => void object), object))({}));
    await stream.done();
    await new Promise((resolve) => setTimeout(resolve, 10));
    (globalThis as { gc?: () => void }).gc!();
    expect(listener.deref()).toBeUndefined();
  });
});

describe("ends that are errors", () => {
  test("a cut stream", async () => {
    const stream = open(await serveChunks(TEXT.slice(0, 2), "cut"));
    const done = vi.fn();
    stream.on("content.done", done);
    await expect(stream.finalChatCompletion()).rejects.toThrow(IncompleteStreamError);
    expect(done).not.toHaveBeenCalled();
  });

  test("a stream without chunks", async () => {
    await expect(open(await serveChunks([])).done()).rejects.toThrow(OpenAI.OpenAIError);
  });

  test("a choice that never stopped, although the stream did", async () => {
    await expect(open(await serveChunks(TEXT.slice(0, 2))).done()).rejects.toThrow("finish_reason");
  });
});

describe("readable streams", () => {
  test("carry the chunks to another program", async () => {
    const copy = ChatCompletionStream.fromReadableStream(open(await serveChunks(TEXT)).toReadableStream());
    const seen: string[] = [];
    copy.on("content", (piece) => seen.push(piece));
    expect(await copy.finalContent()).toBe("Hello");
    expect(seen).toEqual(["Hel", "lo"]);
  });

  test("cancelling aborts the request", async () => {
    const server = await serveChunks(TEXT.slice(0, 1), "open");
    const reader = open(server).toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
    await server.closedEarly;
  });

  test("several completions and the messages between them", async () => {
    const first = [delta({ role: "assistant", ...call(0, "{}", "call_1") }), delta({}, "tool_calls")];
    const result = { role: "tool", tool_call_id: "call_1", content: "42" };
    const object = `chat.completion.chunk.message:${JSON.stringify({ type: "message", message: result })}`;
    const second = TEXT.map((chunk) => ({ ...chunk, id: "d" }));
    const lines = [...first, { ...first[0], choices: [], object }, ...second].map((each) => JSON.stringify(each));
    const stream = ChatCompletionStream.fromReadableStream(new Blob([lines.join("\n")]).stream());
    expect(await stream.finalContent()).toBe("Hello");
    expect(stream.allChatCompletions().map(({ id }) => id)).toEqual(["c", "d"]);
    expect(await stream.finalFunctionToolCallResult()).toBe("42");
  });
});

describe("what compatible servers send", () => {
  async function read(...chunks: object[]): Promise<OpenAI.ChatCompletion> {
    const text = chunks.map((chunk) => JSON.stringify(chunk)).join("\n");
    return ChatCompletionStream.fromReadableStream(new Blob([text]).stream()).finalChatCompletion();
  }
  const calls = async (...deltas: Parameters<typeof delta>[0][]): Promise<unknown> => {
    const { choices } = await read(...deltas.map((each) => delta(each)), delta({}, "tool_calls"));
    return choices[0]!.message.tool_calls!.map((each) => [each.id, (each as { function: object }).function]);
  };

  test("an id that comes later is the call's, and an empty one is none", async () => {
    const piece = { index: 0, function: { name: "f", arguments: "}" } };
    const found = await calls(call(0, "{", ""), { tool_calls: [{ ...piece, id: "late" }] });
    expect(found).toEqual([["late", { name: "f", arguments: "{}" }]]);
    expect(await calls(call(0, "{}", ""))).toEqual([[expect.stringMatching(/^call_.{36}$/), expect.anything()]]);
  });

  test("whole calls without id and index are calls of their own", async () => {
    const whole = (name: string): object => ({
      tool_calls: [{ type: "function", function: { name, arguments: "{}" } }],
    });
    const found = await calls(whole("f") as never, whole("f") as never);
    expect(found).toEqual(["f", "f"].map((name) => [expect.any(String), { name, arguments: "{}" }]));
    const again = { id: "call_1", type: "function", function: { name: "f", arguments: "1" } };
    const repeated = await calls({ tool_calls: [again] }, { tool_calls: [again] });
    expect(repeated).toEqual([["call_1", { name: "f", arguments: "11" }]]);
  });

  test("no first choice", async () => {
    const choices = [{ index: 1, delta: { content: "x" }, finish_reason: "stop" }];
    expect((await read({ ...delta({}), choices })).choices.map(({ index }) => index)).toEqual([1]);
    const far = { ...delta({}), choices: [{ ...choices[0], index: 1e9 }] };
    await expect(read(far)).rejects.toThrow("index 1000000000");
  });

  test("an audio answer ends with the time until which it is kept", async () => {
    const audio = (audio: object): object => delta({ audio });
    const pieces = [audio({ id: "a", data: "QU" }), audio({ data: "JD", transcript: "Hi" }), audio({ expires_at: 9 })];
    const [choice] = (await read(...pieces)).choices;
    expect(choice).toMatchObject({
      finish_reason: "stop",
      message: { audio: { id: "a", data: "QUJD", transcript: "Hi", expires_at: 9 } },
    });
    await expect(read(...pieces.slice(0, 2))).rejects.toThrow("finish_reason");
  });

  test("a function call of the old kind", async () => {
    const fn = (function_call: object): object => delta({ function_call });
    const { message } = (
      await read(fn({ name: "f", arguments: "{" }), fn({ arguments: "}" }), delta({}, "function_call"))
    ).choices[0]!;
    expect(message.function_call).toEqual({ name: "f", arguments: "{}" });
  });
});

describe("structured output", () => {
  const response_format = { type: "json_schema", json_schema: { name: "n", schema: {} } } as const;

  function structured(server: Server): ChatCompletionStream<unknown> {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: server.url, maxRetries: 0 });
    return client.chat.completions.stream({ ...REQUEST, response_format });
  }

  test("the value so far is there for who reads it, and stays as it was read", async () => {
    const pieces = ['{"steps": ["a', 'b", "c', '"], "n": 4', "2}"];
    const stream = structured(
      await serveChunks([...pieces.map((content) => delta({ role: "assistant", content })), delta({}, "stop")]),
    );
    const seen: unknown[] = [];
    const late: { parsed: unknown }[] = [];
    stream.on("content.delta", (event) => (seen.push(event.parsed), late.push(event)));
    const done = stream.emitted("content.done");
    const message = (await stream.finalChatCompletion()).choices[0]!.message;
    expect(seen).toEqual([
      { steps: ["a"] },
      { steps: ["ab", "c"] },
      { steps: ["ab", "c"] },
      { steps: ["ab", "c"], n: 42 },
    ]);
    expect(late.map(({ parsed }) => parsed)).toEqual(seen);
    expect((await done).parsed).toEqual(message.parsed);
    expect(message.parsed).toEqual({ steps: ["ab", "c"], n: 42 });
  });

  test("an answer that the limit cut is an error with the completion so far", async () => {
    const stream = structured(
      await serveChunks([delta({ role: "assistant", content: '{"a": ' }), delta({}, "length")]),
    );
    const error = await stream.done().catch((error: unknown) => error);
    expect(error).toMatchObject({ completion: { choices: [{ message: { content: '{"a": ' } }] } });
    expect((error as Error).constructor.name).toBe("LengthFinishReasonError");
  });

  test("a refusal has no value", async () => {
    const chunks = [delta({ role: "assistant", refusal: "No." }), delta({ content: "{}" }), delta({}, "stop")];
    const stream = structured(await serveChunks(chunks));
    const seen: unknown[] = [];
    stream.on("content.delta", ({ parsed }) => seen.push(parsed));
    stream.on("content.done", ({ parsed }) => seen.push(parsed));
    expect((await stream.finalChatCompletion()).choices[0]!.message).toMatchObject({ refusal: "No.", parsed: null });
    expect(seen).toEqual([null, null]);
  });

  test("arguments of a strict tool have a value so far", async () => {
    const server = await serveChunks([
      delta({ role: "assistant", ...call(0, '{"city": "Pa', "call_1") }),
      delta(call(0, 'ris"}')),
      delta({}, "tool_calls"),
    ]);
    const client = new OpenAI({ apiKey: "sk-test", baseURL: server.url, maxRetries: 0 });
    const tools = [{ type: "function", function: { name: "f", strict: true, parameters: {} } }] as const;
    const stream = client.chat.completions.stream({ ...REQUEST, tools: [...tools] });
    const seen: unknown[] = [];
    stream.on("tool_calls.function.arguments.delta", ({ parsed_arguments }) => seen.push(parsed_arguments));
    stream.on("tool_calls.function.arguments.done", ({ parsed_arguments }) => seen.push(parsed_arguments));
    await stream.done();
    expect(seen).toEqual([{ city: "Pa" }, { city: "Paris" }, { city: "Paris" }]);
  });
});

test("chunks are handed on as they arrive, not at the end", async () => {
  let write!: (text: string) => void;
  const server = await serve((response) => {
    const stream = events(response);
    write = (text) => void stream.write(text);
    write(line(TEXT[0]!));
  });
  const stream = open(server);
  expect(await stream.emitted("content")).toEqual(["Hel", "Hel"]);
  const second = stream.emitted("content");
  write(line(TEXT[1]!));
  expect(await second).toEqual(["lo", "Hello"]);
  write(line(TEXT[2]!) + DONE);
  await stream.done();
});
