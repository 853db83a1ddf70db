// However an answer is cut into chunks and its calls are mixed, the same comes out of it.

import OpenAI from "openai-oxide/compat";
import { ChatCompletionStream } from "openai-oxide/compat/lib/ChatCompletionStream";
import { ResponseStream } from "openai-oxide/compat/lib/responses/ResponseStream";
import { expect, test } from "vitest";
import { REQUEST, delta, serveChunks } from "./chat-events.mjs";
import { Random } from "./random.mjs";

interface Call {
  id: string;
  name: string;
  arguments: string;
}

interface Answer {
  content: string;
  calls: Call[];
}

function answer(random: Random): Answer {
  const calls = Array.from({ length: random.next(4) }, (_, i) => ({
    id: `call_${i}`,
    name: random.pick(["f", "g"]),
    arguments: JSON.stringify({ value: random.json(2) }),
  }));
  return { content: random.text() + random.text(), calls };
}

/** The pieces of an answer in a random order that keeps each part's own; how a call is told apart varies. */
function cut({ content, calls }: Answer, random: Random): object[] {
  const style = random.pick(["index", "id", "both"]);
  const parts = [
    random.cut(content, 4).map((content) => ({ content })),
    ...calls.map((call, index) => {
      const named = style === "index" ? {} : { id: call.id };
      const placed = style === "id" ? {} : { index };
      const [first = "", ...pieces] = random.cut(call.arguments, 9);
      const head = { ...placed, id: call.id, type: "function", function: { name: call.name, arguments: first } };
      return [head, ...pieces.map((text) => ({ ...placed, ...named, function: { arguments: text } }))].map((piece) => ({
        tool_calls: [piece],
      }));
    }),
  ];
  // The heads come in order, as the places in the message do.
  const begun = [0];
  const chunks: object[] = [delta({ role: "assistant" })];
  while (begun.length < parts.length || parts.some((part) => part.length > 0)) {
    const open = begun.filter((part) => parts[part]!.length > 0);
    if (begun.length < parts.length && (open.length === 0 || random.next(4) === 0)) {
      open.push(begun.length);
      begun.push(begun.length);
      chunks.push(delta(parts[begun.length - 1]!.shift()!));
    } else chunks.push(delta(parts[random.pick(open)]!.shift()!));
  }
  return [...chunks, delta({}, calls.length > 0 ? "tool_calls" : "stop")];
}

const lines = (events: object[]): ReadableStream =>
  new Blob([events.map((event) => `${JSON.stringify(event)}\n`).join("")]).stream();

test("a chat stream: snapshots are the pieces joined, each part is done once, and the message is the same", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed);
    const expected = answer(random);
    const stream = ChatCompletionStream.fromReadableStream(lines(cut(expected, random)));
    const joined = new Map<number, string>();
    const done: string[] = [];
    let text = "";
    stream.on("content", (piece, snapshot) => expect(snapshot, `seed ${seed}`).toBe((text += piece)));
    stream.on("content.done", ({ content }) => expect(done.push(content)).toBe(1));
    stream.on("tool_calls.function.arguments.delta", ({ index, name, arguments: snapshot, arguments_delta }) => {
      joined.set(index, (joined.get(index) ?? "") + arguments_delta);
      expect([name, snapshot], `seed ${seed}`).toEqual([expected.calls[index]!.name, joined.get(index)]);
    });
    const calls: Partial<Call>[] = [];
    stream.on("tool_calls.function.arguments.done", ({ index, name, arguments: text }) => {
      expect(calls[index]).toBeUndefined();
      calls[index] = { id: `call_${index}`, name, arguments: text };
    });
    const message = await stream.finalMessage();
    expect(calls, `seed ${seed}`).toEqual(expected.calls);
    expect(message.content ?? "", `seed ${seed}`).toBe(expected.content);
    const flat = message.tool_calls?.map((call) => ({ id: call.id, ...(call as { function: object }).function }));
    expect(flat ?? [], `seed ${seed}`).toEqual(expected.calls);
  }
});

test("early calls: each whole call once", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const expected = answer(random);
    const server = await serveChunks(cut(expected, random));
    const client = new OpenAI({ apiKey: "sk-test", baseURL: server.url });
    const found: Call[] = [];
    for await (const { callId: id, name, arguments: text } of client.chat.completions.createStreamFc(REQUEST)) {
      found.push({ id, name, arguments: text });
    }
    found.sort((a, b) => a.id.localeCompare(b.id));
    expect(found, `seed ${seed}`).toEqual(expected.calls);
  }
});

test("a response stream: snapshots are the pieces joined, and without a last response the items add up to it", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed);
    const { content, calls } = answer(random);
    const response = { id: "resp_1", object: "response", status: "in_progress", output: [] as object[] };
    const part = { type: "output_text", text: "", annotations: [] };
    const whole = random.next(2) === 0;
    const message = { type: "message", id: "msg_1", role: "assistant", content: whole ? [part] : [] };
    const at = { output_index: 0, content_index: 0, item_id: "msg_1" };
    const events: object[] = [
      { type: "response.created", response },
      { type: "response.output_item.added", output_index: 0, item: message },
      ...(whole ? [] : [{ type: "response.content_part.added", ...at, part }]),
    ];
    const parts = [
      random.cut(content, 4).map((delta) => ({ type: "response.output_text.delta", ...at, delta })),
      ...calls.map((call, i) => {
        const item = { type: "function_call", call_id: call.id, name: call.name, arguments: "" };
        events.push({ type: "response.output_item.added", output_index: i + 1, item });
        return random.cut(call.arguments, 9).map((delta) => {
          return { type: "response.function_call_arguments.delta", output_index: i + 1, delta };
        });
      }),
    ];
    for (let left = parts.filter((part) => part.length); left.length; left = parts.filter((part) => part.length)) {
      events.push(random.pick(left).shift()!);
    }
    events.push({ type: "response.completed", response: { ...response, status: "completed", output: null } });
    const stream = ResponseStream.fromReadableStream(lines(events));
    const joined = new Map<number, string>();
    const check = (event: { output_index: number; delta: string; snapshot: string }): void => {
      joined.set(event.output_index, (joined.get(event.output_index) ?? "") + event.delta);
      expect(event.snapshot, `seed ${seed}`).toBe(joined.get(event.output_index));
    };
    const seen: object[] = [];
    stream.on("event", (event) => seen.push(event));
    stream.on("response.output_text.delta", check).on("response.function_call_arguments.delta", check);
    const final = await stream.finalResponse();
    expect(final.output_text, `seed ${seed}`).toBe(content);
    expect(final.output.slice(1), `seed ${seed}`).toMatchObject(calls.map((call) => ({ arguments: call.arguments })));
    expect(seen, `seed ${seed}`).toEqual(events); // as they came: nothing was added to them
  }
});

test("reading every value of a long answer is linear: 16 times the chunks take nothing like 256 times the time", async () => {
  const time = async (chunks: number): Promise<number> => {
    const pieces = Array.from({ length: chunks }, (_, i) => delta({ content: i === 0 ? '{"text": "' : "word word " }));
    const client = new OpenAI({
      apiKey: "sk-test",
      baseURL: (await serveChunks([...pieces, delta({ content: '"}' }, "stop")])).url,
    });
    const response_format = { type: "json_schema", json_schema: { name: "n", schema: {} } } as const;
    const stream = client.chat.completions.stream({ ...REQUEST, response_format });
    let seen = 0;
    stream.on(
      "content.delta",
      ({ parsed }) => (seen += (parsed as { text?: string } | null)?.text === undefined ? 0 : 1),
    );
    await stream.emitted("connect");
    const start = performance.now();
    await stream.done();
    expect(seen).toBe(chunks + 1);
    return performance.now() - start;
  };
  await time(2_000);
  expect((await time(32_000)) / (await time(2_000))).toBeLessThan(48);
});
