// The runner of helpers/responses-tool-runner beyond the suite's cases: what the caller steers, early calls, and refusals.

import OpenAI from "openai-oxide/compat";
import {
  ResponsesToolRunner,
  ResponsesToolRunnerError,
  runnerFunction,
  type ResponsesRunnerCheckpoint,
  type ResponsesRunnerOptions,
  type ResponsesRunnerTools,
  type ResponsesRunnerTurn,
  type RunnerDiagnostic,
  type RunnerFunction,
} from "openai-oxide/compat/helpers/responses-tool-runner";
import { zodResponsesFunction } from "openai-oxide/compat/helpers/zod";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { events, json, serve, type Server } from "./server.mjs";

const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
const response = (...output: object[]): object => ({ id: "r", object: "response", status: "completed", output, usage });
const says = (text: string): object => {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { id: "m", type: "message", role: "assistant", status: "completed", content };
};
const call = (name: string, id = name, args = "{}"): object => ({
  type: "function_call",
  name,
  call_id: id,
  arguments: args,
  status: "completed",
});
const fn = (name: string, execute: RunnerFunction["execute"], more: Partial<RunnerFunction> = {}): RunnerFunction => ({
  tool: { type: "function", name, parameters: {}, strict: false },
  execute,
  ...more,
});

/** Answers each request with the next response, as a stream where one is asked for. */
function answering(...answers: object[]): Promise<Server> {
  return serve((reply, { body }, index) => {
    const answer = answers[Math.min(index, answers.length - 1)] as { output: object[] };
    if (!JSON.parse(body).stream) return json(reply, answer);
    const items = answer.output.map((item, output_index) => ({
      type: "response.output_item.done",
      output_index,
      item,
    }));
    const all = [...items, { type: "response.completed", response: answer }];
    events(reply).end(all.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""));
  });
}

const params = { model: "m", input: "Go" };
const client = ({ url }: Server): OpenAI => new OpenAI({ apiKey: "sk", baseURL: url, maxRetries: 0 });
const sent = (server: Server, index: number): any => JSON.parse(server.requests[index]!.body);
const failure = (
  server: Server,
  tools: ResponsesRunnerTools,
  options?: ResponsesRunnerOptions,
): Promise<ResponsesToolRunnerError> =>
  new ResponsesToolRunner(tools).run(client(server), params, options).then(
    () => expect.unreachable(),
    (error: ResponsesToolRunnerError) => error,
  );

describe("turns", () => {
  test("are told before their functions run, and the conversation is sent again each time", async () => {
    const server = await answering(response(call("add", "c", '{"a":1}')), response(says("Done.")));
    const add = vi.fn(() => "3");
    const runner = new ResponsesToolRunner({ functions: [fn("add", add)] });
    const seen: unknown[] = [];
    const options = { requestOptions: { idempotencyKey: "first" } };
    for await (const turn of runner.iterate(client(server), params, options)) {
      seen.push([turn.step, turn.final, turn.completedCallIds, add.mock.calls.length]);
      turn.response.output.length = 0; // changes nothing
    }
    expect(seen).toEqual([
      [1, false, [], 0],
      [2, true, ["c"], 1],
    ]);
    expect(add).toHaveBeenCalledExactlyOnceWith({ a: 1 });
    expect(sent(server, 0)).toMatchObject({ include: ["reasoning.encrypted_content"], tools: [{ name: "add" }] });
    expect(sent(server, 1).input).toEqual([
      { role: "user", content: "Go" },
      call("add", "c", '{"a":1}'),
      { type: "function_call_output", call_id: "c", output: "3" },
    ]);
    const [first, second] = server.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toBe("first");
    expect(second).not.toBe("first");
  });

  test("take results and text of the caller's", async () => {
    const server = await answering(response(call("f"), call("g")), response(says("Done.")));
    const f = vi.fn(() => "run");
    const functions = [fn("f", f, { allowOutputOverride: true }), fn("g", () => "run")];
    let over: ResponsesRunnerTurn | undefined;
    for await (const turn of new ResponsesToolRunner({ functions }).iterate(client(server), params)) {
      if (turn.final) {
        expect(() => turn.appendUserText("after the last")).toThrow(TypeError);
        expect(() => over!.appendUserText("late")).toThrow(TypeError);
        expect(() => over!.supplyOutputs([])).toThrow(TypeError);
        continue;
      }
      over = turn;
      const output = { type: "function_call_output" as const, output: "given" };
      expect(() => turn.supplyOutputs([{ ...output, call_id: "g" }])).toThrow(TypeError);
      turn.supplyOutputs([{ ...output, call_id: "f" }]);
      turn.appendUserText("And then?");
    }
    expect(f).not.toHaveBeenCalled();
    expect(sent(server, 1).input.slice(3)).toEqual([
      { type: "function_call_output", call_id: "f", output: "given" },
      { type: "function_call_output", call_id: "g", output: "run" },
      { role: "user", content: "And then?" },
    ]);
  });

  test("leaving the loop runs nothing more and frees the runner; closing it while it runs waits", async () => {
    const server = await answering(response(call("f")));
    const f = vi.fn(() => "");
    const runner = new ResponsesToolRunner({ functions: [fn("f", f)] });
    for await (const _ of runner.iterate(client(server), params)) {
      await expect(runner.run(client(server), params)).rejects.toThrow(TypeError);
      break;
    }
    for await (const _ of runner.iterate(client(server), params)) {
      expect(runner.close()).toEqual({ status: "draining" });
      break;
    }
    expect(runner.close()).toEqual({ status: "closed" });
    await expect(runner.run(client(server), params)).rejects.toThrow(/closed/);
    expect([f.mock.calls.length, server.requests.length]).toEqual([0, 2]);
  });

  test("typed functions get what their schema parses; wrong arguments stop the run before anything runs", async () => {
    const f = vi.fn(({ n }: { n: number }) => String(n + 1));
    const typed = runnerFunction(
      zodResponsesFunction({ name: "f", parameters: z.object({ n: z.int() }), function: f }),
    );
    const functions = [typed];
    const server = await answering(response(call("f", "c", '{"n":1}')), response(says("Done.")));
    expect((await new ResponsesToolRunner({ functions }).run(client(server), params)).output_text).toBe("Done.");
    expect(sent(server, 1).input[2].output).toBe("2");
    const wrong = await answering(response(call("f", "1", '{"n":1}'), call("f", "2", '{"n":"x"}')));
    expect((await failure(wrong, { functions })).attemptedCallIds).toEqual([]);
    expect(f).toHaveBeenCalledOnce();
    const bare = zodResponsesFunction({ name: "f", parameters: z.object({}) });
    expect(() => runnerFunction(bare)).toThrow(TypeError);
  });
});

describe("runs end", () => {
  test("with the first failure, which says which calls were begun and nothing else", async () => {
    const server = await answering(response(call("ok"), call("bad"), call("ok", "never")));
    const bad = (): never => {
      throw new Error("secret");
    };
    const error = await failure(server, { functions: [fn("ok", () => "1"), fn("bad", bad)] });
    expect(error).toBeInstanceOf(ResponsesToolRunnerError);
    expect([error.attemptedCallIds, error.completedCallIds]).toEqual([["ok", "bad"], ["ok"]]);
    expect(error.message + error.stack + JSON.stringify(error) + String(error.cause)).not.toContain("secret");
  });

  test("at maxSteps without running what cannot be told any more", async () => {
    const server = await answering(response(call("f", "1")), response(call("f", "2")));
    const f = vi.fn(() => "");
    const error = await failure(server, { functions: [fn("f", f)] }, { maxSteps: 2 });
    expect(error.message).toMatch(/maxSteps/);
    expect([error.completedCallIds, f.mock.calls.length, server.requests.length]).toEqual([["1"], 1, 2]);
  });

  test("where an answer is not whole, unknown, or calls the same twice", async () => {
    const functions = [fn("f", () => "")];
    const bad = [
      { ...response(says("…")), status: "incomplete" },
      response({ type: "shell_call" }),
      response(call("other")),
      response(call("f"), call("f")),
      response({ ...call("f"), status: "incomplete" }),
      response({ type: "reasoning", id: "r", summary: [] }),
    ];
    for (const answer of bad) {
      const error = await failure(await answering(answer), { functions });
      expect(error.attemptedCallIds, JSON.stringify(answer)).toEqual([]);
    }
  });

  test("when they are aborted; functions have the signal", async () => {
    const server = await answering(response(call("f")));
    const controller = new AbortController();
    const f = fn("f", async (_, options) => {
      expect(options?.signal).toBe(controller.signal);
      controller.abort();
      return "";
    });
    const told: RunnerDiagnostic[] = [];
    const options = { signal: controller.signal, onDiagnostic: (each: RunnerDiagnostic) => void told.push(each) };
    const error = await failure(server, { functions: [f] }, options);
    expect([error.completedCallIds, server.requests.length]).toEqual([["f"], 1]);
    expect(told.map(({ stage, reason, usage: used }) => [stage, reason, used])).toEqual([
      ["request", "completed", usage],
      ["action", "completed", null],
    ]);
  });

  test("before they begin, where parameters do not fit", async () => {
    const server = await answering(response(says("Done.")));
    const runner = new ResponsesToolRunner({ functions: [fn("f", () => "")] });
    const wrong: [object, object?][] = [
      [{ conversation: "c" }],
      [{ previous_response_id: "r" }],
      [{ background: true }],
      [{ tools: [{ type: "function", name: "f" }] }],
      [{ tool_choice: "required" }],
      [{}, { eager: true }],
      [{}, { maxSteps: 0 }],
      [{}, { ledger: { runId: "", save: () => {} } }],
      [{ truncation: "auto" }, { contextBudget: { maxInputBytes: 1, maxInputImages: 0 } }],
    ];
    for (const [more, options] of wrong) {
      const run = runner.run(client(server), { ...params, ...more } as typeof params, options);
      await expect(run, JSON.stringify([more, options])).rejects.toThrow(TypeError);
    }
    expect(() => new ResponsesToolRunner({ browser: {} } as never)).toThrow(/browser/);
    expect(() => new ResponsesToolRunner({ functions: [fn("f", () => ""), fn("f", () => "")] })).toThrow(TypeError);
    expect(server.requests).toEqual([]);
  });
});

describe("early calls", () => {
  /** Says its items, and ends only when told to. */
  const paced = async (...items: object[]): Promise<{ server: Server; finish: () => void }> => {
    let finish!: () => void;
    const server = await serve((reply, _, index) => {
      const stream = events(reply);
      const line = (each: object): void => void stream.write(`data: ${JSON.stringify(each)}\n\n`);
      const output = index === 0 ? items : [says("Done.")];
      for (const [output_index, item] of output.entries())
        line({ type: "response.output_item.done", output_index, item });
      finish = () => {
        line({ type: "response.completed", response: response(...output) });
        stream.end();
      };
      if (index > 0) finish();
    });
    return { server, finish: () => finish() };
  };

  test("run while their answer streams, in order, and are told as run", async () => {
    const { server, finish } = await paced(call("a"), call("b"));
    const seen: string[] = [];
    const a = fn("a", async () => {
      await wait(20);
      seen.push("a");
      return "1";
    });
    const b = fn("b", () => {
      seen.push("b");
      finish(); // the end comes because the function has run
      return "2";
    });
    const turns = new ResponsesToolRunner({ functions: [a, b] }).iterate(client(server), params, {
      stream: true,
      eager: true,
    });
    const first = (await turns.next()).value!;
    expect([seen, first.toolsExecuted, first.completedCallIds]).toEqual([["a", "b"], true, ["a", "b"]]);
    expect((await turns.next()).value!.final).toBe(true);
    const outputs = sent(server, 1).input.slice(3);
    expect(outputs.map(({ call_id, output }: any) => [call_id, output])).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  test("independent ones run beside each other; their results keep the order of the calls", async () => {
    const { server, finish } = await paced(call("slow"), call("fast"));
    const seen: string[] = [];
    const slow = fn(
      "slow",
      async () => {
        await wait(30);
        seen.push("slow");
        finish();
        return "s";
      },
      { independent: true },
    );
    const fast = fn("fast", () => (seen.push("fast"), "f"), { independent: true });
    const options = { stream: true, eager: true };
    await new ResponsesToolRunner({ functions: [slow, fast] }).run(client(server), params, options);
    expect(seen).toEqual(["fast", "slow"]);
    expect(
      sent(server, 1)
        .input.slice(3)
        .map(({ output }: any) => output),
    ).toEqual(["s", "f"]);
  });

  test("one that depends waits for the independent ones before it", async () => {
    const { server, finish } = await paced(call("slow"), call("after"));
    const seen: string[] = [];
    const slow = fn("slow", () => wait(30).then(() => (seen.push("slow"), "")), { independent: true });
    const after = fn("after", () => {
      seen.push("after");
      finish();
      return "";
    });
    const options = { stream: true, eager: true };
    await new ResponsesToolRunner({ functions: [slow, after] }).run(client(server), params, options);
    expect(seen).toEqual(["slow", "after"]);
  });

  test("must be in the whole answer too", async () => {
    const server = await serve((reply) => {
      const item = { type: "response.output_item.done", output_index: 0, item: call("f") };
      const whole = { type: "response.completed", response: response(says("Done.")) };
      events(reply).end([item, whole].map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""));
    });
    const error = await failure(server, { functions: [fn("f", () => "")] }, { stream: true, eager: true });
    expect([error.completedCallIds, server.requests.length]).toEqual([["f"], 1]);
  });

  test("wait from the first one on that must", async () => {
    const items = [call("a"), call("held"), call("a", "later")];
    const names = ["a", "held"];
    const waiting = { earlyExecution: { functions: ["a"] } };
    const asking = { beforeEarlyCall: ({ name }: { name: string }) => (name === "held" ? "defer" : "execute") };
    for (const [tools, more] of [
      [waiting, {}],
      [{}, asking],
    ]) {
      const server = await answering(response(...items), response(says("Done.")));
      const functions = names.map((name) => fn(name, () => ""));
      const options = { stream: true, eager: true, ...more } as ResponsesRunnerOptions;
      const turns = new ResponsesToolRunner({ functions, ...tools }).iterate(client(server), params, options);
      expect((await turns.next()).value!.completedCallIds).toEqual(["a"]);
      expect((await turns.next()).value!.completedCallIds).toEqual(["a", "held", "later"]);
    }
  });

  test("events are told with copies, one after another", async () => {
    const server = await answering(response(says("Done.")));
    const seen: string[] = [];
    const onEvent = async (event: { type: string }): Promise<void> => {
      await wait(1);
      seen.push(event.type);
      event.type = "changed";
    };
    const done = await new ResponsesToolRunner({}).run(client(server), params, { stream: true, onEvent });
    expect([seen, done.output_text]).toEqual([["response.output_item.done", "response.completed"], "Done."]);
  });
});

test("an MCP server's question is answered, and its requests are not repeated", async () => {
  const request = { type: "mcp_approval_request", id: "q", server_label: "x", name: "t", arguments: "{}" };
  const server = await serve((reply, _, index) => {
    if (index === 0) json(reply, response(request));
    else json(reply, { error: { message: "busy" } }, 500);
  });
  const tools = [{ type: "mcp" as const, server_label: "x", server_url: "https://x.example" }];
  const run = new ResponsesToolRunner({}).run(
    client(server).withOptions({ maxRetries: 2 }),
    { ...params, tools },
    {
      approveMcp: ({ name }) => name === "t",
    },
  );
  await expect(run).rejects.toMatchObject({ attemptedCallIds: ["q"], completedCallIds: ["q"] });
  expect(server.requests).toHaveLength(2);
  expect(sent(server, 1).input[2]).toEqual({ type: "mcp_approval_response", approval_request_id: "q", approve: true });
});

describe("a ledger", () => {
  const mcp = { type: "mcp" as const, server_label: "x", server_url: "https://x.example/t", authorization: "secret" };
  const functions = ["f", "a"].map((name) => fn(name, () => "1", { allowOutputOverride: true }));
  const written = (): { saved: ResponsesRunnerCheckpoint[]; ledger: ResponsesRunnerOptions["ledger"] } => {
    const saved: ResponsesRunnerCheckpoint[] = [];
    return { saved, ledger: { runId: "run", save: async (checkpoint) => void saved.push(checkpoint) } };
  };

  test("is told of requests, calls and turns, without what lets its reader in", async () => {
    const server = await answering(response(call("f", "c")), response(says("Done.")));
    const { saved, ledger } = written();
    await new ResponsesToolRunner({ functions }).run(client(server), params, { ledger });
    expect(saved.map((each) => [each.revision, each.phase, each.consumed_requests])).toEqual([
      [1, "boundary", 1],
      [2, "pending", 1],
      [3, "pending", 1],
      [4, "pending", 1],
      [5, "boundary", 1],
      [6, "boundary", 2],
      [7, "final", 2],
    ]);
    const calls = saved.map((each) => [each.attempted_call_ids.length, each.returned_call_ids.length]);
    expect(calls.slice(1, 5)).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(saved[3]).toMatchObject({ pending_items: [call("f", "c")], returned_outputs: [{ output: "1" }] });
    expect(saved[4]).toMatchObject({ pending_items: [], output_override_names: ["a", "f"], history: { length: 3 } });
    expect(saved[6]!.final_response).toMatchObject({ id: "r" });
    const secretive = written();
    const hosted = await answering(response(says("Done.")));
    const more = { ...params, tools: [mcp] };
    await new ResponsesToolRunner({}).run(client(hosted), more, { ledger: secretive.ledger! });
    expect(JSON.stringify(secretive.saved)).not.toMatch(/secret|x\.example/);
    expect(secretive.saved.map(({ phase }) => phase)).toEqual(["pending", "final"]);
    expect(sent(hosted, 0).tools[0]).toEqual(mcp);
  });

  test("lets a run go on from between two turns, with something new", async () => {
    const first = written();
    const interrupted = await answering(response(call("f", "c")), response(call("f", "d")));
    for await (const { step } of new ResponsesToolRunner({ functions }).iterate(client(interrupted), params, {
      ledger: first.ledger!,
    })) {
      if (step === 2) break;
    }
    const resumeFrom = first.saved.find(({ phase, revision }) => phase === "boundary" && revision > 1)!;
    const server = await answering(response(says("Done.")));
    const { saved, ledger } = written();
    const options = { ledger: { ...ledger!, resumeFrom } };
    const run = (tools: ResponsesRunnerTools, input: string | never[], from = resumeFrom): Promise<unknown> =>
      new ResponsesToolRunner(tools).run(
        client(server),
        { ...params, input },
        {
          ledger: { ...options.ledger, resumeFrom: from },
        },
      );
    await expect(run({ functions }, [])).rejects.toThrow(TypeError);
    await expect(run({ functions: [fn("g", () => "")] }, "Go on")).rejects.toThrow(/tools/);
    await expect(run({ functions }, "Go on", { ...resumeFrom, run_id: "other" })).rejects.toThrow(/run_id/);
    await expect(run({ functions }, "Go on", first.saved[2]!)).rejects.toThrow(/phase/);
    await expect(run({ functions }, "Go on", { ...resumeFrom, returned_call_ids: [] })).rejects.toThrow(/result/);
    expect(server.requests).toEqual([]);
    await run({ functions }, "Go on");
    expect(sent(server, 0).input).toEqual([...resumeFrom.history, { role: "user", content: "Go on" }]);
    expect(saved.at(-1)).toMatchObject({ phase: "final", consumed_requests: 2, attempted_call_ids: ["c"] });
    expect(saved[0]!.revision).toBe(resumeFrom.revision + 1);
  });

  test("that cannot be written ends the run before the call, and nothing is repeated", async () => {
    const f = vi.fn(() => "");
    const server = await answering(response(call("f")));
    const save = ({ attempted_call_ids }: ResponsesRunnerCheckpoint): void => {
      if (attempted_call_ids.length > 0) throw new Error("full");
    };
    const error = await failure(server, { functions: [fn("f", f)] }, { ledger: { runId: "run", save } });
    expect([error.attemptedCallIds, f.mock.calls.length]).toEqual([["f"], 0]);
    const busy = await serve((reply) => json(reply, { error: { message: "busy" } }, 500));
    const retrying = client(busy).withOptions({ maxRetries: 2 });
    await new ResponsesToolRunner({}).run(retrying, params, { ledger: { runId: "r", save } }).catch(() => {});
    expect(busy.requests).toHaveLength(1);
  });
});

test("a budget of the context leaves calls out that the caller drops, and ends the run where that is not enough", async () => {
  const answers = [response(call("f", "1")), response(call("f", "2")), response(says("Done."))];
  const functions = [fn("f", () => "x".repeat(100))];
  const contextBudget = { maxInputBytes: 450, maxInputImages: 0 };
  const server = await answering(...answers);
  const asked: unknown[] = [];
  const compact = ({ eligibleCallIds, inputBytes }: { eligibleCallIds: string[]; inputBytes: number }) => {
    asked.push([eligibleCallIds, inputBytes > 450]);
    return { dropCallIds: ["1"], summary: "Nothing." };
  };
  await new ResponsesToolRunner({ functions }).run(client(server), params, {
    contextBudget: { ...contextBudget, compact },
  });
  expect(asked).toEqual([[["1", "2"], true]]);
  expect(sent(server, 1)).toMatchObject({ truncation: "disabled", input: { length: 3 } });
  const { input } = sent(server, 2);
  expect(input.slice(0, 2).map(({ content }: any) => content)).toEqual([
    expect.stringContaining("Nothing."),
    expect.stringContaining("f (1)"),
  ]);
  expect(input.slice(2).map(({ call_id }: any) => call_id)).toEqual([undefined, "2", "2"]);
  for (const drop of [undefined, () => ({ dropCallIds: [] }), () => ({ dropCallIds: ["1", "other"] })]) {
    const over = await answering(...answers);
    const budget = { ...contextBudget, ...(drop && { compact: drop }) };
    await failure(over, { functions }, { contextBudget: budget });
    expect(over.requests).toHaveLength(2);
  }
});
