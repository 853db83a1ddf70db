// Hosted agents beyond the suite's cases (conformance/suite/agents): leaving, aborting, keys, observers, files of this machine.

import OpenAI from "openai-oxide/compat";
import {
  agentFile,
  agentFileDestination,
  prepareAgentDirectory,
} from "openai-oxide/compat/helpers/beta/agents/filesystem";
import { zodAgentTextFormat } from "openai-oxide/compat/helpers/beta/agents/zod";
import { zodResponsesFunction } from "openai-oxide/compat/helpers/zod";
import { AgentTurnResultError } from "openai-oxide/compat/lib/beta/agents/agent-turn-result-error";
import { functionTool } from "openai-oxide/compat/lib/beta/agents/function-tool";
import type { AgentToolError } from "openai-oxide/compat/lib/beta/agents/tool-error";
import { APIUserAbortError, NotFoundError, OpenAIError } from "openai-oxide/compat/error";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { z } from "zod";
import { events, json, serve, type Seen, type Server } from "./server.mjs";

const session = { id: "s", object: "agent.session", status: "idle", required_actions: [] };
const turn = { id: "t", object: "agent.session.turn", session_id: "s", subagent_id: null, status: "queued" };
let serial = 0;
const event = (type: string, more: object): object => ({
  type: `agent.session.${type}`,
  event_id: `e${serial++}`,
  ...more,
});
const ofTurn = { session_id: "s", turn_id: "t" };
const created = event("turn.created", { ...ofTurn, turn });
const completed = event("turn.completed", { ...ofTurn, turn: { ...turn, status: "completed" } });
const idle = event("idle", { session });
const call = (name: string, args: unknown, call_id = name): object => {
  const item = { id: "i", type: "function_call", name, call_id, arguments: args, status: "in_progress", turn_id: "t" };
  return event("turn.item.added", { ...ofTurn, output_index: 0, item });
};
const answer = (text: string): object => {
  const content = [{ type: "output_text", text }];
  const item = { id: "m", type: "message", role: "assistant", status: "completed", phase: null, content, turn_id: "t" };
  return event("turn.item.done", { ...ofTurn, output_index: 1, item });
};

/** A session whose turn says these events, the last one only where `end`; inputs are accepted. */
function hosting(given: object[], end = true): Promise<Server> {
  return serve((response, { method, url }) => {
    if (method === "POST" && url.endsWith("/events")) return json(response, "", 202);
    if (url === "/v1/agents/sessions/s") return json(response, session);
    const stream = events(response);
    for (const each of given) stream.write(`data: ${JSON.stringify(each)}\n\n`);
    if (end) stream.end();
  });
}

const sessions = ({ url }: Server): OpenAI["beta"]["agents"]["sessions"] =>
  new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 }).beta.agents.sessions;
const inputs = ({ requests }: Server): Seen[] => requests.filter(({ method }) => method === "POST");

describe("a turn", () => {
  test("sends nothing before it is read, and is read once", async () => {
    const server = await hosting([created, completed, idle]);
    const stream = sessions(server).stream("s", { input: "Hi" });
    await wait(20);
    expect(server.requests).toEqual([]);
    for await (const _ of stream);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(OpenAIError);
    expect((await stream.finalResult()).turn_id).toBe("t");
    expect(() => sessions(server).stream("s", { input: [] })).toThrow(/empty/);
  });

  test("leaving the loop closes the connection, and the function of the last event is not run", async () => {
    const server = await hosting([created, call("f", "{}")], false);
    const f = vi.fn(() => null);
    const stream = sessions(server).stream("s", { input: "Hi", toolHandlers: { f } });
    for await (const { type } of stream) if (type === "agent.session.turn.item.added") break;
    await server.closedEarly;
    expect(f).not.toHaveBeenCalled();
    await expect(stream.finalResult()).rejects.toMatchObject({ name: "AgentTurnResultError", reason: "observation" });
  });

  test("aborting ends it with the reason as cause, also while a function runs", async () => {
    const server = await hosting([created, call("f", "{}")], false);
    const controller = new AbortController();
    const f = async (): Promise<null> => {
      controller.abort("enough");
      await wait(10_000, undefined, { ref: false });
      return null;
    };
    const stream = sessions(server).stream("s", { input: "Hi", toolHandlers: { f } }, { signal: controller.signal });
    const error = await stream.finalResult().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AgentTurnResultError);
    const { cause } = error as { cause: unknown };
    expect(cause).toBeInstanceOf(APIUserAbortError);
    expect((cause as Error).cause).toBe("enough");
    await server.closedEarly;
    expect(inputs(server)).toHaveLength(1);
  });

  test("aborting a request of it has the reason too, and nothing is handed in", async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort("enough"));
    const stream = sessions(server).stream("s", { input: "Hi" }, { signal: controller.signal });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ cause: "enough" });
    expect(server.requests).toHaveLength(1);
  });

  test("a signal that is aborted already sends nothing", async () => {
    const server = await hosting([]);
    const stream = sessions(server).stream("s", { input: "Hi" }, { signal: AbortSignal.abort() });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(APIUserAbortError);
    expect(server.requests).toEqual([]);
  });

  test("a failed request is the error of the loop, and the cause of the result's", async () => {
    const server = await serve((response) => json(response, { error: { message: "none" } }, 404));
    const stream = sessions(server).stream("s", { input: "Hi" });
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(NotFoundError);
    const error = await stream.finalResult().catch((caught: unknown) => caught);
    expect((error as AgentTurnResultError).cause).toBeInstanceOf(NotFoundError);
  });

  test("the input has the caller's key, and each result one of its own", async () => {
    const server = await hosting([created, call("f", "{}"), call("f", "{}", "again"), completed, idle]);
    const handlers = { toolHandlers: { f: () => null } };
    const options = { headers: { "Idempotency-Key": "header", "x-own": "1" } };
    await sessions(server)
      .stream("s", { input: "Hi", idempotencyKey: "param", ...handlers }, options)
      .finalResult();
    const keys = inputs(server).map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toBe("header");
    expect(new Set(keys).size).toBe(3);
    expect(server.requests.every(({ headers }) => headers["x-own"] === "1")).toBe(true);
    const reads = server.requests.filter(({ method }) => method === "GET");
    expect(reads.map(({ headers }) => headers["idempotency-key"])).toEqual([undefined, undefined]);
  });

  test("observers are told where a function failed; what they throw changes nothing", async () => {
    const parameters = z.object({ n: z.number() });
    const tool = (name: string, run: (args: { n: number }) => unknown): ReturnType<typeof functionTool> =>
      functionTool(zodResponsesFunction({ name, parameters, function: run }));
    const broken = tool("broken", () => {
      throw new Error("secret");
    });
    const circular = tool("circular", () => {
      const value: { self?: unknown } = {};
      return (value.self = value);
    });
    const calls = [call("broken", { n: "x" }, "1"), call("broken", { n: 1 }, "2"), call("circular", { n: 1 }, "3")];
    const server = await hosting([created, ...calls, completed, idle]);
    const told: AgentToolError[] = [];
    const toolHandlers = { broken: broken.handler, circular: circular.handler };
    const onToolError = (failure: AgentToolError): void => {
      told.push(failure);
      throw new Error("ignored");
    };
    await sessions(server).stream("s", { input: "Hi", toolHandlers, onToolError }).finalResult();
    expect(told.map(({ call_id, stage }) => [call_id, stage])).toEqual([
      ["1", "arguments"],
      ["2", "execution"],
      ["3", "output"],
    ]);
    const [, ...results] = inputs(server).map(({ body }) => JSON.parse(body).events[0]);
    expect(results.map(({ success, output }) => [success, output])).toEqual(Array(3).fill([false, undefined]));
    expect(JSON.stringify(results)).not.toContain("secret");
    expect(broken.definition).toMatchObject({ type: "function", name: "broken", parameters: { required: ["n"] } });
  });

  test("content, null and scalars of typed functions are told as they are", async () => {
    const content = [{ type: "input_text", text: "a" }];
    for (const [given, output] of [
      [content, content],
      [null, null],
      [3, "3"],
      [undefined, "undefined"],
      [[], "[]"],
    ]) {
      const f = functionTool(
        zodResponsesFunction({ name: "f", parameters: z.object({}), function: () => given }),
      ).handler;
      const server = await hosting([created, call("f", "{}"), completed, idle]);
      await sessions(server).stream("s", { input: "Hi", toolHandlers: { f } }).finalResult();
      expect(JSON.parse(inputs(server)[1]!.body).events[0].output).toEqual(output);
    }
  });

  test("its result has the type of the output format", async () => {
    const server = await hosting([created, answer('{"mood":"glad"}'), completed, idle]);
    const outputFormat = zodAgentTextFormat(z.object({ mood: z.string() }));
    const result = await sessions(server).stream("s", { input: "Hi", outputFormat }).finalResult();
    expectTypeOf(result.output_parsed).toEqualTypeOf<{ mood: string }>();
    expect(result.output_parsed).toEqual({ mood: "glad" });
    expect(result.raw_result.output_text).toBe('{"mood":"glad"}');
    const plain = sessions(server).stream("s", { input: "Hi" }).finalResult();
    expectTypeOf<Awaited<typeof plain>>().not.toHaveProperty("output_parsed");
    await plain;
  });
});

describe("a new session", () => {
  const params = { environment: { type: "none" as const }, input: "Hi" };

  test("streams all its events, hands results in, and sends no functions", async () => {
    const later = event("turn.created", { session_id: "s", turn_id: "u", turn: { ...turn, id: "u" } });
    const server = await hosting([event("created", { session }), created, call("f", "{}"), completed, idle, later]);
    const format = zodAgentTextFormat(z.object({}));
    const body = { ...params, agent: { model: "m", text: { format } }, toolHandlers: { f: () => ({ a: 1 }) } };
    const stream = await sessions(server).create({ ...body, stream: true });
    const seen: string[] = [];
    for await (const { type } of stream) seen.push(type);
    expect(seen).toHaveLength(6);
    expect(await stream.finalResult().catch((error: Error) => error.name)).toBe("AgentOutputParseError");
    const [creation, result] = inputs(server).map((request) => JSON.parse(request.body));
    expect(creation).toEqual({
      ...params,
      agent: { model: "m", text: { format: { type: "json_schema", schema: expect.any(Object) } } },
      stream: true,
    });
    expect(result.events[0]).toMatchObject({ success: true, output: '{"a":1}' });
  });

  test("finalResult closes the connection after the first turn", async () => {
    const server = await hosting([created, answer("Hello."), completed, idle], false);
    const stream = await sessions(server).create({ ...params, stream: true });
    expect((await stream.finalResult()).output_text).toBe("Hello.");
    await server.closedEarly;
  });

  test("is a session where it does not stream, and takes no functions then", async () => {
    const server = await serve((response) => json(response, session));
    const made = await sessions(server).create(params);
    expectTypeOf(made.status).toBeString();
    expect(made.id).toBe("s");
    expect(() => sessions(server).create({ ...params, toolHandlers: {} })).toThrow(/stream/);
  });
});

describe("files of this machine", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "agents-"));
    writeFileSync(join(folder, "a.txt"), "One.");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const uploads = (): Promise<Server> => serve((response, _, index) => json(response, { id: `f${index}` }));
  const files = ({ url }: Server): OpenAI["beta"]["agents"]["environments"]["files"] =>
    new OpenAI({ apiKey: "sk", baseURL: url, maxRetries: 0 }).beta.agents.environments.files;

  test("are uploaded from a folder by their paths in it", async () => {
    const server = await uploads();
    const { files: prepared } = await prepareAgentDirectory(files(server), folder, {
      include: ["a.txt"],
      to: "/workspace/in",
    });
    expect(prepared).toEqual([{ type: "file_id", file_id: "f0", path: "/workspace/in/a.txt" }]);
    expect(server.requests[0]!.body).toContain('filename="a.txt"');
    expect(server.requests[0]!.body).toContain("One.");
  });

  test("are no links, nothing outside the folder, and nothing twice", async () => {
    const server = await uploads();
    symlinkSync(join(folder, "a.txt"), join(folder, "link.txt"));
    symlinkSync(folder, join(folder, "loop"));
    for (const include of [["link.txt"], ["loop/a.txt"], ["../a.txt"], ["a.txt", "a.txt"], ["."], ["missing"]]) {
      await expect(prepareAgentDirectory(files(server), folder, { include })).rejects.toThrow();
    }
    await expect(agentFile(folder)).rejects.toThrow(/regular file/);
    expect(server.requests).toEqual([]);
  });

  test("must not change between being chosen and being sent", async () => {
    const server = await uploads();
    const file = await agentFile(join(folder, "a.txt"));
    expect(file.size).toBe(4);
    writeFileSync(join(folder, "a.txt"), "Longer.");
    await expect(files(server).prepare({ "/workspace/a": file })).rejects.toMatchObject({
      uploadedFiles: [],
      cause: { cause: { message: expect.stringMatching(/changed\.$/) } },
    });
  });

  test("places are checked before anything is uploaded", async () => {
    const server = await uploads();
    const file = new File(["x"], "x");
    const wrong = [
      "a",
      "/workspace",
      "/workspace/",
      "/etc/a",
      "/workspace//a",
      "/workspace/.codex/a",
      "/workspace/outputs",
    ];
    for (const path of wrong) {
      await expect(files(server).prepare({ "/workspace/ok": file, [path]: file }), path).rejects.toThrow(/path/);
    }
    await expect(files(server).prepare({ "/workspace/a/b": file, "/workspace/a": file })).rejects.toThrow(/folder/);
    const two = { "/workspace/a": file, "/workspace/b": file };
    await expect(files(server).prepare(two, { idempotencyKey: "k" })).rejects.toThrow(/key/);
    expect(server.requests).toEqual([]);
  });

  test("artifacts are written where the program says", async () => {
    const artifact = { id: "x", session_id: "s", turn_id: "t", path: "/workspace/out" };
    const server = await serve((response, { url }) => {
      if (url.endsWith("/content")) response.end("Result.");
      else json(response, { object: "list", data: [artifact], has_more: false });
    });
    const result = { session_id: "s", turn_id: "t" } as never;
    const artifacts = sessions(server).artifacts.forResult(result);
    const to = join(folder, "out.txt");
    writeFileSync(to, "What was there before is gone.");
    const found = await artifacts.download({ path: "/workspace/out", to: agentFileDestination(to) });
    expect([found.id, readFileSync(to, "utf8")]).toEqual(["x", "Result."]);
    symlinkSync(to, join(folder, "link"));
    const link = agentFileDestination(join(folder, "link"));
    await expect(artifacts.download({ path: "/workspace/out", to: link })).rejects.toThrow(/regular file/);
    expect(readFileSync(to, "utf8")).toBe("Result.");
  });
});
