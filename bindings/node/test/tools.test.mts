// Tool loops beyond the suite's cases (conformance/suite/tools): events, options, order, and how runs end early.

import OpenAI from "openai-oxide/compat";
import { zodFunction, zodResponsesFunction } from "openai-oxide/compat/helpers/zod";
import { ChatCompletionStreamingRunner } from "openai-oxide/compat/lib/ChatCompletionStreamingRunner";
import { ParsingToolFunction } from "openai-oxide/compat/lib/RunnableFunction";
import { APIUserAbortError } from "openai-oxide/compat/error";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { call, delta, line } from "./chat-events.mjs";
import { DONE, events, json, serve, type Server } from "./server.mjs";

const messages = [{ role: "user" as const, content: "x" }];
const REQUEST = { model: "m", messages };

function openai({ url }: Server): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 });
}

type Call = [id: string, name: string, args: string];

function completion(content: string | null, calls: Call[] = []): object {
  const tool_calls = calls.map(([id, name, text]) => ({ id, type: "function", function: { name, arguments: text } }));
  const message = { role: "assistant", content, refusal: null, ...(calls.length && { tool_calls }) };
  const choices = [{ index: 0, message, finish_reason: calls.length ? "tool_calls" : "stop" }];
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  return { id: "c", object: "chat.completion", created: 1, model: "m", choices, usage };
}

/** Answers each request with the next body; the last one again. */
function answering(...bodies: object[]): Promise<Server> {
  return serve((response, _request, index) => json(response, bodies[Math.min(index, bodies.length - 1)]));
}

function tool(
  name: string,
  run: (args: any, runner: any, context: any) => unknown,
  parse?: (text: string) => any,
): any {
  return {
    type: "function",
    function: { name, description: name, parameters: {}, function: run, ...(parse && { parse }) },
  };
}

const sent = (server: Server, index: number): any => JSON.parse(server.requests[index]!.body);

describe("chat", () => {
  test("tells its events, its results and its steps", async () => {
    const server = await answering(completion(null, [["1", "add", "[1,2]"]]), completion("3."));
    const add = tool("add", ([a, b]: number[]) => ({ sum: a! + b! }), JSON.parse);
    const runner = openai(server).chat.completions.runTools({ ...REQUEST, tools: [add] });
    const seen: string[] = [];
    runner.on("functionToolCall", ({ name }) => seen.push(`call ${name}`));
    runner.on("functionToolCallResult", (result) => seen.push(`result ${result}`));
    runner.on("content", (text) => seen.push(`content ${text}`));
    runner.on("message", ({ role }) => seen.push(role));
    runner.on("end", () => seen.push("end"));
    expect(await runner.finalContent()).toBe("3.");
    expect(seen).toEqual(["assistant", "call add", "tool", 'result {"sum":3}', "assistant", "content 3.", "end"]);
    expect(await runner.finalFunctionToolCallResult()).toBe('{"sum":3}');
    expect((await runner.totalUsage()).total_tokens).toBe(6);
    expect(runner.steps).toEqual([
      { type: "assistant", content: null, calls: [{ name: "add", arguments: "[1,2]", call_id: "1" }] },
      { type: "tool", name: "add", call_id: "1", output: '{"sum":3}' },
      { type: "assistant", content: "3.", calls: [] },
    ]);
    expect(sent(server, 0)).toMatchObject({ tool_choice: "auto", messages });
    expect(sent(server, 1).messages[1]).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "1", type: "function", function: { name: "add", arguments: "[1,2]" } }],
    });
  });

  test("what parse throws is told to the model; what a function throws ends the run", async () => {
    const server = await answering(completion(null, [["1", "f", "{}"]]), completion("Done."));
    const { completions } = openai(server).chat;
    const refuse = (): never => {
      throw new Error("no such town");
    };
    const told = completions.runTools({ ...REQUEST, tools: [tool("f", () => "unreached", refuse)] });
    expect(await told.finalFunctionToolCallResult()).toBe("no such town");
    const failed = openai(await answering(completion(null, [["1", "f", "{}"]]))).chat.completions.runTools({
      ...REQUEST,
      tools: [tool("f", refuse)],
    });
    await expect(failed.done()).rejects.toThrow("no such town");
    expect(failed.messages).toHaveLength(2);
  });

  test("functions get the runner and the context; undefined is told as a word", async () => {
    const server = await answering(completion(null, [["1", "f", "raw"]]), completion("Done."));
    const run = vi.fn();
    const runner = openai(server).chat.completions.runTools({
      ...REQUEST,
      toolContext: { user: 7 },
      tools: [tool("f", run)],
    });
    expect(await runner.finalFunctionToolCallResult()).toBe("undefined");
    expect(run).toHaveBeenCalledExactlyOnceWith("raw", runner, { user: 7 });
    expect(sent(server, 0)).not.toHaveProperty("toolContext");
  });

  test("in order with parallel_tool_calls: false, at the same time without", async () => {
    const calls: Call[] = [
      ["1", "slow", ""],
      ["2", "fast", ""],
    ];
    for (const parallel_tool_calls of [false, true]) {
      const server = await answering(completion(null, calls), completion("Done."));
      const seen: string[] = [];
      const slow = tool("slow", async () => {
        await wait(20);
        seen.push("slow");
      });
      const fast = tool("fast", () => void seen.push("fast"));
      const runner = openai(server).chat.completions.runTools({ ...REQUEST, parallel_tool_calls, tools: [slow, fast] });
      await runner.done();
      expect(seen).toEqual(parallel_tool_calls ? ["fast", "slow"] : ["slow", "fast"]);
      expect(
        sent(server, 1)
          .messages.slice(2)
          .map((message: any) => message.tool_call_id),
      ).toEqual(["1", "2"]);
    }
  });

  test("a named function as tool_choice ends the run with its result", async () => {
    const calls: Call[] = [
      ["1", "other", ""],
      ["2", "wanted", ""],
      ["3", "wanted", ""],
    ];
    const server = await answering(completion(null, calls));
    const run = vi.fn(() => "42");
    const other = vi.fn();
    const runner = openai(server).chat.completions.runTools({
      ...REQUEST,
      tool_choice: { type: "function", function: { name: "wanted" } },
      tools: [tool("wanted", run), tool("other", other)],
    });
    expect(await runner.finalFunctionToolCallResult()).toBe("42");
    expect([run.mock.calls.length, other.mock.calls.length, server.requests.length]).toEqual([1, 0, 1]);
  });

  test("afterCompletion is awaited before the next request and may add messages; maxChatCompletions bounds", async () => {
    const server = await answering(completion(null, [["1", "f", ""]]));
    const runner = openai(server).chat.completions.runTools(
      { ...REQUEST, tools: [tool("f", () => "1")] },
      {
        maxChatCompletions: 3,
        afterCompletion: async (_, { messages }) => {
          await wait(1);
          messages.push({ role: "user", content: "more" });
        },
      },
    );
    await runner.done();
    expect(server.requests).toHaveLength(3);
    expect(sent(server, 1).messages.map(({ role }: any) => role)).toEqual(["user", "assistant", "tool", "user"]);
  });

  test("tools without a function are refused", async () => {
    const tools = [zodFunction({ name: "f", parameters: z.object({}) })] as any;
    const runner = openai(await answering({})).chat.completions.runTools({ ...REQUEST, tools });
    await expect(runner.done()).rejects.toThrow(/"f"/);
  });

  test("ParsingToolFunction passes what it parses", async () => {
    const server = await answering(completion(null, [["1", "f", '{"n":1}']]), completion("Done."));
    const run = vi.fn(({ n }: { n: number }) => n + 1);
    const parse = (text: string): { n: number } => JSON.parse(text);
    const parsing = new ParsingToolFunction({ name: "f", description: "", parameters: {}, parse, function: run });
    const runner = openai(server).chat.completions.runTools({ ...REQUEST, tools: [parsing] });
    expect(await runner.finalFunctionToolCallResult()).toBe("2");
  });

  test("aborting while a function runs ends the run; nothing is sent any more", async () => {
    const server = await answering(completion(null, [["1", "f", ""]]));
    let signal!: AbortSignal;
    const runner = openai(server).chat.completions.runTools({
      ...REQUEST,
      tools: [
        tool("f", async (_, running) => {
          signal = running.controller.signal;
          running.abort();
          await wait(1);
          return "late";
        }),
      ],
    });
    await expect(runner.done()).rejects.toBeInstanceOf(APIUserAbortError);
    expect([signal.aborted, runner.aborted, server.requests.length]).toEqual([true, true, 1]);
  });
});

describe("streams", () => {
  const two = [
    delta({ role: "assistant", content: null }),
    delta(call(0, "[1,2]", "a", "add")),
    delta(call(1, "{}", "b", "noop")),
  ];
  const rest = delta({}, "tool_calls");
  const done = [delta({ role: "assistant", content: "Do" }), delta({ content: "ne." }), delta({}, "stop")];

  test("a function starts while its answer still streams, and once", async () => {
    let finish!: () => void;
    const server = await serve((response, _request, index) => {
      const stream = events(response);
      if (index > 0) return void stream.end(done.map(line).join("") + DONE);
      stream.write(two.map(line).join(""));
      finish = () => void stream.end(line(rest) + DONE);
    });
    const add = vi.fn(([a, b]: number[]) => {
      finish(); // the rest comes because the function has started
      return a! + b!;
    });
    const noop = vi.fn(() => "ok");
    const runner = openai(server).chat.completions.runTools({
      ...REQUEST,
      stream: true,
      tools: [tool("add", add, JSON.parse), tool("noop", noop)],
    });
    expect(await runner.finalContent()).toBe("Done.");
    expect([add.mock.calls.length, noop.mock.calls.length]).toEqual([1, 1]);
    expect(runner.steps.map((step) => (step.type === "tool" ? step.output : step.content))).toEqual([
      null,
      "3",
      "ok",
      "Done.",
    ]);
  });

  test("in order with parallel_tool_calls: false: only the first starts early", async () => {
    const server = await serve((response, _request, index) => {
      const chunks = index === 0 ? [...two, rest] : done;
      events(response).end(chunks.map(line).join("") + DONE);
    });
    const seen: string[] = [];
    const slow = tool("add", async () => {
      await wait(20);
      seen.push("add");
    });
    const tools = [slow, tool("noop", () => void seen.push("noop"))];
    const params = { ...REQUEST, stream: true as const, parallel_tool_calls: false, tools };
    await openai(server).chat.completions.runTools(params).done();
    expect(seen).toEqual(["add", "noop"]);
  });

  test("a run passes through a readable stream, results included", async () => {
    const server = await serve((response, _request, index) => {
      const chunks = index === 0 ? [...two, rest] : done;
      events(response).end(chunks.map(line).join("") + DONE);
    });
    const tools = [tool("add", () => "3"), tool("noop", () => "ok")];
    const runner = openai(server).chat.completions.runTools({ ...REQUEST, stream: true, tools });
    const copy = ChatCompletionStreamingRunner.fromReadableStream(runner.toReadableStream());
    expect(await copy.finalContent()).toBe("Done.");
    expect(copy.messages.map(({ role, content }) => `${role} ${content}`)).toEqual([
      "assistant null",
      "tool 3",
      "tool ok",
      "assistant Done.",
    ]);
    expect(await copy.finalFunctionToolCallResult()).toBe("ok");
  });

  test("a function that fails while its answer streams ends the run when the answer has ended", async () => {
    const server = await serve((response) => {
      events(response).write(two.map(line).join(""));
      setTimeout(() => response.end(line(rest) + DONE), 20);
    });
    const fail = tool("add", () => Promise.reject(new Error("broken")));
    const runner = openai(server).chat.completions.runTools({ ...REQUEST, stream: true, tools: [fail] });
    await expect(runner.done()).rejects.toThrow("broken");
    expect(server.requests).toHaveLength(1);
  });
});

describe("responses", () => {
  const N = z.object({ n: z.number() });
  const item = (id: string, args: string): object => ({
    type: "function_call",
    id: `fc_${id}`,
    call_id: id,
    name: "f",
    arguments: args,
    status: "completed",
  });
  const said = {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: "Done.", annotations: [] }],
  };
  const completed = (output: object[], status = "completed"): object => ({
    type: `response.${status}`,
    response: { id: "r", object: "response", status, output },
  });
  const itemDone = (output_index: number, item: object): object => ({
    type: "response.output_item.done",
    output_index,
    item,
  });

  function streaming(...answers: object[][]): Promise<Server> {
    return serve((response, _request, index) => {
      const answer = answers[Math.min(index, answers.length - 1)]!;
      events(response).end(answer.map(line).join(""));
    });
  }

  const REQUEST = { model: "m", input: "x" };
  const calls = [itemDone(0, item("1", '{"n":1}')), itemDone(1, item("2", '{"n":2}'))];
  const both = completed([item("1", '{"n":1}'), item("2", '{"n":2}')]);

  test("keep the whole conversation as input; results stand in the order of the calls", async () => {
    const server = await streaming([...calls, both], [completed([said])]);
    const steps: string[] = [];
    const f = zodResponsesFunction({
      name: "f",
      parameters: N,
      function: async ({ n }) => {
        await wait(n === 1 ? 20 : 1);
        return { n };
      },
    });
    const runner = openai(server).responses.runTools({ ...REQUEST, tools: [f] });
    runner.on("step", (step) => steps.push(step.type === "tool" ? step.output : step.type));
    expect((await runner.finalResponse()).output_text).toBe("Done.");
    expect(steps).toEqual(["assistant", '{"n":1}', '{"n":2}', "assistant"]);
    const given = [{ role: "user", content: "x" }, item("1", '{"n":1}'), item("2", '{"n":2}')];
    const results = [
      { type: "function_call_output", call_id: "1", output: '{"n":1}' },
      { type: "function_call_output", call_id: "2", output: '{"n":2}' },
    ];
    expect(sent(server, 1).input).toEqual([...given, ...results]);
    expect(runner.input).toEqual([...given, ...results, said]);
  });

  test("with a conversation send the results alone", async () => {
    const server = await streaming([...calls, both], [completed([said])]);
    const f = zodResponsesFunction({ name: "f", parameters: N, function: () => "1" });
    const runner = openai(server).responses.runTools({ ...REQUEST, conversation: "conv_1", tools: [f] });
    await runner.done();
    expect(runner.input).toEqual(sent(server, 1).input);
    expect(sent(server, 1).input.map(({ type }: any) => type)).toEqual(Array(2).fill("function_call_output"));
  });

  test("end with a call that only the caller can answer, and with an answer that is cut", async () => {
    const f = zodResponsesFunction({ name: "f", parameters: N });
    const server = await streaming([...calls, both]);
    const own = openai(server).responses.runTools({ ...REQUEST, tools: [f] });
    expect((await own.finalResponse()).output).toHaveLength(2);
    expect(server.requests).toHaveLength(1);
    const run = vi.fn();
    const g = zodResponsesFunction({ name: "f", parameters: N, function: run });
    const cut = completed([{ ...item("1", '{"n":1}'), status: "incomplete" }], "incomplete");
    const short = openai(await streaming([cut])).responses.runTools({ ...REQUEST, tools: [g] });
    expect((await short.finalResponse()).status).toBe("incomplete");
    expect(run).not.toHaveBeenCalled();
  });

  test("maxRounds bounds the requests", async () => {
    const server = await streaming([...calls, both]);
    const run = vi.fn(() => "1");
    const f = zodResponsesFunction({ name: "f", parameters: N, function: run });
    const { responses } = openai(server);
    await responses.runTools({ ...REQUEST, tools: [f] }, { maxRounds: 2 }).done();
    expect([server.requests.length, run.mock.calls.length]).toEqual([2, 4]);
    await expect(responses.runTools(REQUEST, { maxRounds: 0 }).done()).rejects.toThrow(/maxRounds/);
  });

  test("a named function as tool_choice ends the run with its result", async () => {
    const server = await streaming([...calls, both]);
    const f = zodResponsesFunction({ name: "f", parameters: N, function: ({ n }) => n });
    const tool_choice = { type: "function" as const, name: "f" };
    const runner = openai(server).responses.runTools({ ...REQUEST, tool_choice, tools: [f] });
    await runner.done();
    expect(runner.steps.at(-1)).toMatchObject({ type: "tool", output: "2" });
    expect(server.requests).toHaveLength(1);
  });

  test("aborting reaches the functions and does not wait for them", async () => {
    const server = await streaming([...calls, both]);
    let seen: AbortSignal | undefined;
    const never = new Promise(() => {});
    const controller = new AbortController();
    const f = zodResponsesFunction({
      name: "f",
      parameters: N,
      function: ((_: unknown, { signal }: { signal: AbortSignal }) => {
        seen = signal;
        setTimeout(() => controller.abort(), 5);
        return never;
      }) as any,
    });
    const runner = openai(server).responses.runTools({ ...REQUEST, tools: [f] }, { signal: controller.signal });
    await expect(runner.done()).rejects.toBeInstanceOf(APIUserAbortError);
    expect(seen!.aborted).toBe(true);
  });

  test("a cut stream is an error, also when its calls have run", async () => {
    const run = vi.fn(() => "1");
    const f = zodResponsesFunction({ name: "f", parameters: N, function: run });
    const runner = openai(await streaming(calls)).responses.runTools({ ...REQUEST, tools: [f] });
    await expect(runner.done()).rejects.toMatchObject({ kind: "incomplete_stream" });
    expect(run).toHaveBeenCalledTimes(2);
  });
});
