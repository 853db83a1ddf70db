// Streams: every event once and in order, few crossings, and the connection closed when the reader leaves.

import OpenAI from "openai-oxide/compat";
import { Client, IncompleteStreamError } from "openai-oxide";
import { Stream } from "openai-oxide/compat/streaming";
import { describe, expect, test } from "vitest";
import { DONE, chunk, events, serve, type Server } from "./server.mjs";

const CROSSINGS = Symbol.for("openai-oxide.crossings");
const REQUEST: OpenAI.ChatCompletionCreateParamsStreaming = { model: "m", messages: [], stream: true };

function client({ url }: Server): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 });
}

async function texts(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string[]> {
  const found: string[] = [];
  for await (const event of stream) found.push(event.choices[0]!.delta.content!);
  return found;
}

function crossingsOf(stream: object): number {
  return (stream as Record<symbol, number>)[CROSSINGS]!;
}

test("5,000 chunks cross in as many batches as arrive, not one by one", async () => {
  const server = await serve((response) => {
    const stream = events(response);
    for (let i = 0; i < 5_000; i++) stream.write(chunk(`w${i}`));
    stream.end(DONE);
  });
  const stream = await client(server).chat.completions.create(REQUEST);
  expect(await texts(stream)).toEqual(Array.from({ length: 5_000 }, (_, i) => `w${i}`));
  expect(crossingsOf(stream)).toBeGreaterThan(0);
  expect(crossingsOf(stream)).toBeLessThan(500);
});

test("each chunk is there when it has arrived", async () => {
  let stream: ReturnType<typeof events>;
  const server = await serve((response) => {
    stream = events(response);
    stream.write(chunk("one"));
  });
  const iterator = (await client(server).chat.completions.create(REQUEST))[Symbol.asyncIterator]();
  expect((await iterator.next()).value?.choices[0]?.delta.content).toBe("one");
  stream!.write(chunk("two"));
  expect((await iterator.next()).value?.choices[0]?.delta.content).toBe("two");
  stream!.end(DONE);
  expect(await iterator.next()).toEqual({ value: undefined, done: true });
  expect(await iterator.next()).toEqual({ value: undefined, done: true });
});

test("several next() at once are answered in order", async () => {
  const server = await serve((response) => {
    const stream = events(response);
    for (let i = 0; i < 3; i++) setTimeout(() => stream.write(chunk(`${i}`)), 10 * i);
    setTimeout(() => stream.end(DONE), 30);
  });
  const iterator = (await client(server).chat.completions.create(REQUEST))[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 4 }, () => iterator.next()));
  expect(results.map(({ value }) => value?.choices[0]?.delta.content)).toEqual(["0", "1", "2", undefined]);
});

test("a reader that stops pulling stops the server (back-pressure)", async () => {
  let written = 0;
  const big = chunk("x".repeat(100_000));
  const server = await serve((response) => {
    const stream = events(response);
    const write = (): void => {
      while (written < 1_000 && !stream.destroyed) {
        written += 1;
        if (!stream.write(big)) return void stream.once("drain", write);
      }
    };
    write();
  });
  const stream = await client(server).chat.completions.create(REQUEST);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBeLessThan(300); // socket buffers and one batch, not the 100 MB
  await iterator.return!();
});

describe("leaving early", () => {
  test("break closes the connection promptly", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    const stream = await client(server).chat.completions.create(REQUEST);
    for await (const _ of stream) break;
    const start = performance.now();
    await server.closedEarly;
    expect(performance.now() - start).toBeLessThan(500);
    expect(stream.controller.signal.aborted).toBe(true);
  });

  test("the caller's signal ends the iteration without an error, as in the official package", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    const controller = new AbortController();
    const stream = await client(server).chat.completions.create(REQUEST, { signal: controller.signal });
    const seen: unknown[] = [];
    for await (const event of stream) {
      seen.push(event);
      setTimeout(() => controller.abort(), 20);
    }
    expect(seen).toHaveLength(1);
    await server.closedEarly;
  });

  test("stream.controller.abort() too", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    const stream = await client(server).chat.completions.create(REQUEST);
    for await (const _ of stream) stream.controller.abort();
    await server.closedEarly;
  });

  test("the native client tells that it was aborted", async () => {
    const server = await serve((response) => events(response).write('data: {"type":"a"}\n\n'));
    const controller = new AbortController();
    const native = new Client({ apiKey: "k", baseURL: server.url });
    const walk = async (): Promise<void> => {
      for await (const _ of native.createStream({ model: "m", input: "x" }, { signal: controller.signal })) {
        setTimeout(() => controller.abort(), 20);
      }
    };
    await expect(walk()).rejects.toThrow(OpenAI.APIUserAbortError);
    await server.closedEarly;
  });

  test("a stream that is opened and forgotten is closed by the garbage collector", async () => {
    const server = await serve((response) => events(response).write(chunk("one")));
    await (async () => void (await client(server).chat.completions.create(REQUEST)))();
    const collect = setInterval(() => (globalThis as { gc?: () => void }).gc?.(), 20);
    await server.closedEarly;
    clearInterval(collect);
  });
});

describe("what can be wrong with a stream", () => {
  test("a malformed event is an error after all good events before it", async () => {
    const server = await serve((response) => {
      events(response).end(`${chunk("one")}${chunk("two")}data: {"broken\n\n${chunk("three")}${DONE}`);
    });
    const found: string[] = [];
    const walk = async (): Promise<void> => {
      const stream = await client(server).chat.completions.create(REQUEST);
      for await (const event of stream) found.push(event.choices[0]!.delta.content!);
    };
    await expect(walk()).rejects.toThrow(SyntaxError);
    expect(found).toEqual(["one", "two"]);
  });

  test("events that are JSON only together are not", async () => {
    const server = await serve((response) => events(response).end(`data: 1,2\n\n${DONE}`));
    const stream = await client(server).chat.completions.create(REQUEST);
    await expect(texts(stream)).rejects.toThrow(SyntaxError);
  });

  test("an error event is an error with its fields", async () => {
    const server = await serve((response) => {
      events(response).end(`${chunk("one")}data: {"error":{"message":"boom","code":"server_error","type":"t"}}\n\n`);
    });
    const stream = await client(server).chat.completions.create(REQUEST);
    const error = await texts(stream).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ message: expect.stringContaining("boom"), code: "server_error", type: "t" });
  });

  test("a cut stream ends quietly in compat, visibly where asked", async () => {
    const server = await serve((response) => events(response).end(chunk("one")));
    const stream = await client(server).chat.completions.create(REQUEST);
    expect(await texts(stream)).toEqual(["one"]);
    expect(stream.endedEarly).toBe(true);
  });

  test("a cut stream is an error of the native client, after its events", async () => {
    const server = await serve((response) => events(response).end('data: {"type":"response.created"}\n\n'));
    const seen: string[] = [];
    const walk = async (): Promise<void> => {
      for await (const event of new Client({ apiKey: "k", baseURL: server.url }).createStream("m", "x")) {
        seen.push(event.type);
      }
    };
    await expect(walk()).rejects.toThrow(IncompleteStreamError);
    expect(seen).toEqual(["response.created"]);
  });

  test("an error before the first event is thrown by the call", async () => {
    const server = await serve((response) => response.writeHead(401).end('{"error":{"message":"no"}}'));
    await expect(client(server).chat.completions.create(REQUEST)).rejects.toThrow(OpenAI.AuthenticationError);
  });
});

describe("other ways to read", () => {
  const three = (response: Parameters<typeof events>[0]): void =>
    void events(response).end(`${chunk("a")}${chunk("b")}${chunk("c")}${DONE}`);

  test("tee gives both readers everything", async () => {
    const server = await serve(three);
    const [left, right] = (await client(server).chat.completions.create(REQUEST)).tee();
    expect(await texts(left)).toEqual(["a", "b", "c"]);
    expect(await texts(right)).toEqual(["a", "b", "c"]);
  });

  test("leaving one branch leaves the other, leaving both closes the connection", async () => {
    const server = await serve((response) => void events(response).write(`${chunk("a")}${chunk("b")}`));
    const [left, right] = (await client(server).chat.completions.create(REQUEST)).tee();
    for await (const _ of left) break;
    const seen: string[] = [];
    for await (const event of right) {
      seen.push(event.choices[0]!.delta.content!);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["a", "b"]);
    await server.closedEarly;
  });

  test("toReadableStream and back", async () => {
    const server = await serve(three);
    const stream = await client(server).chat.completions.create(REQUEST);
    const copy = Stream.fromReadableStream<OpenAI.ChatCompletionChunk>(
      stream.toReadableStream(),
      new AbortController(),
    );
    expect(await texts(copy)).toEqual(["a", "b", "c"]);
  });

  test("a stream is read once", async () => {
    const server = await serve(three);
    const stream = await client(server).chat.completions.create(REQUEST);
    await texts(stream);
    await expect(texts(stream)).rejects.toThrow(OpenAI.OpenAIError);
  });

  test("an undocumented call can stream", async () => {
    const server = await serve(three);
    const stream = await client(server).post<Stream<OpenAI.ChatCompletionChunk>>("/x", { body: {}, stream: true });
    expect(await texts(stream)).toEqual(["a", "b", "c"]);
  });
});

test("finished streams leave no listener on the caller's signal", async () => {
  const server = await serve((response) => events(response).end(chunk("a") + DONE));
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  for (let i = 0; i < 20; i++) await texts(await client(server).chat.completions.create(REQUEST, { signal }));
  expect(listeners).toBe(0);
});

test("streams that were left are garbage", async () => {
  const server = await serve((response) => events(response).write(chunk("a")));
  const leave = async (): Promise<WeakRef<AbortController>> => {
    const stream = await client(server).chat.completions.create(REQUEST);
    for await (const _ of stream) break;
    return new WeakRef(stream.controller);
  };
  const left = await Promise.all(Array.from({ length: 20 }, leave));
  for (let round = 0; round < 50 && left.some((each) => each.deref()); round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    (globalThis as { gc?: () => void }).gc!();
  }
  expect(left.filter((each) => each.deref())).toEqual([]);
});

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of stream) found.push(each);
  return found;
}

describe("a response that was fetched by other means", () => {
  const read = async (pieces: string[], named?: boolean): Promise<[unknown[], AbortController]> => {
    const controller = new AbortController();
    const body = new ReadableStream({
      start(sink) {
        for (const piece of pieces) sink.enqueue(Buffer.from(piece, "latin1"));
        sink.close();
      },
    });
    const stream = Stream.fromSSEResponse(new Response(body), controller, undefined, named);
    return [await all(stream), controller];
  };
  const text =
    'data: {"a":"\u00c3\u00a9"}\r\n\r\n: note\nevent: thread.created\ndata: {"b":\ndata: 2}\n\nevent: none\n\rdata:[3]\r\rdata: [DONE]\n\ndata: 4\n\n';

  test("cut anywhere, with any end of line, until [DONE]", async () => {
    for (const pieces of [[text], [...text], text.split(/(?<=\r)/)]) {
      const [found, controller] = await read(pieces);
      expect(found).toEqual([{ a: "é" }, { event: "thread.created", data: { b: 2 } }, [3]]);
      expect(controller.signal.aborted).toBe(false);
    }
    expect((await read([text], true))[0][2]).toEqual({ event: null, data: [3] });
    expect((await read(["data: 1\n\ndata: 2"]))[0]).toEqual([1, 2]);
  });

  test("errors inside are errors, and leaving aborts", async () => {
    await expect(read(['data: {"error":{"message":"no","code":"c"}}\n\n'])).rejects.toMatchObject({
      message: "no",
      code: "c",
    });
    await expect(read(['event: error\ndata: {"message":"no","code":"c"}\n\n'])).rejects.toMatchObject({ code: "c" });
    for (const text of ["data: {\n\n", 'data: {"cut"']) await expect(read([text])).rejects.toThrow(SyntaxError);
    const controller = new AbortController();
    const stream = Stream.fromSSEResponse(new Response("data: 1\n\ndata: 2\n\n"), controller);
    for await (const _ of stream) break;
    expect(controller.signal.aborted).toBe(true);
    await expect(all(stream)).rejects.toThrow(/read already/);
  });
});
