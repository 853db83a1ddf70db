// Failures: the class, the fields and the message that users of the official package rely on, and no key anywhere.

import { inspect } from "node:util";
import OpenAI from "openai-oxide/compat";
import * as native from "openai-oxide";
import * as errors from "openai-oxide/compat/error";
import { describe, expect, test } from "vitest";
import { chunk, events, json, serve } from "./server.mjs";

const KEY = "sk-secret-0123456789";
const REQUEST = { model: "m", messages: [] };

async function failure(answer: Parameters<typeof serve>[0], options: object = {}): Promise<unknown> {
  const server = await serve(answer);
  const openai = new OpenAI({ apiKey: KEY, baseURL: server.url, maxRetries: 0, ...options });
  return openai.chat.completions.create(REQUEST).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

describe("answers with a failing status", () => {
  const classes = [
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [409, OpenAI.ConflictError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [503, OpenAI.InternalServerError],
    [418, OpenAI.APIError],
  ] as const;

  test.each(classes)("%i", async (status, Class) => {
    const body = { error: { message: "no", code: "c", param: "p", type: "t", more: [1] } };
    const error = await failure((response) => json(response, body, status));
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(errors.APIError);
    expect(error).toBeInstanceOf(native.OpenAIError);
    expect((error as object).constructor).toBe(Class);
    expect(error).toMatchObject({ status, code: "c", param: "p", type: "t", error: body.error, requestID: "req_1" });
    expect((error as Error).message).toBe(`${status} no`);
    expect((error as errors.APIError).headers?.get("content-type")).toBe("application/json");
  });

  test.each([
    ["", "500 status code (no body)"],
    ["plain text", "500 plain text"],
    ['{"detail":"other server"}', '500 {"detail":"other server"}'],
    ['{"message":"other server","code":"c"}', "500 other server"],
    ['{"error":"words"}', '500 "words"'],
    ['{"error":null,"message":"words"}', "500 words"],
    ["[1]", "500 [1]"],
    ["{}", "500 {}"],
    ['{"error":{"message":{"a":1}}}', '500 {"a":1}'],
    ['{"error":{"x":1}}', '500 {"x":1}'],
  ])("a body of %j", async (body, message) => {
    expect(await failure((response) => response.writeHead(500).end(body))).toMatchObject({ message });
  });

  test("a log of an error as JSON holds what support asks for", async () => {
    const error = await failure((response) => json(response, { error: { message: "no" } }, 404));
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      status: 404,
      requestID: "req_1",
      error: { message: "no" },
    });
    const unanswered = new OpenAI.APIConnectionError({});
    expect(unanswered.requestID).toBeUndefined();
  });

  test("APIError.generate chooses the class", () => {
    const body = { error: { message: "no" } };
    expect(OpenAI.APIError.generate(404, body, undefined, new Headers())).toBeInstanceOf(OpenAI.NotFoundError);
    expect(OpenAI.APIError.generate(undefined, body, "x", undefined)).toBeInstanceOf(OpenAI.APIConnectionError);
  });
});

describe("no usable answer", () => {
  test("a closed port", async () => {
    const openai = new OpenAI({ apiKey: KEY, baseURL: "http://127.0.0.1:1/v1", maxRetries: 0 });
    const error: unknown = await openai.models.list().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(error).toMatchObject({ message: "Connection error.", status: undefined, headers: undefined });
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test("a timeout", async () => {
    const error = await failure(() => {}, { timeout: 50 });
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(error).toMatchObject({ message: "Request timed out.", phase: "attempt" });
  });

  test("an answer that is not JSON", async () => {
    const error = await failure((response) => json(response, '{"cut":'));
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ status: 200, kind: "response_validation", requestID: "req_1" });
  });

  test("aborted before and during the request", async () => {
    const server = await serve(() => {});
    const openai = new OpenAI({ apiKey: KEY, baseURL: server.url, maxRetries: 0 });
    const before = openai.models.list({ signal: AbortSignal.abort() });
    await expect(before).rejects.toThrow(OpenAI.APIUserAbortError);
    expect(server.requests).toHaveLength(0);
    const controller = new AbortController();
    const during = openai.models.list({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(during).rejects.toMatchObject({ message: "Request was aborted." });
    await server.closedEarly;
  });
});

describe("mistakes of the caller", () => {
  test("no key", () => {
    const before = process.env["OPENAI_API_KEY"];
    delete process.env["OPENAI_API_KEY"];
    try {
      expect(() => new OpenAI()).toThrow(OpenAI.OpenAIError);
      expect(() => new native.Client()).toThrow(/OPENAI_API_KEY/);
      process.env["OPENAI_API_KEY"] = "sk-from-env";
      expect(new OpenAI().apiKey).toBe("sk-from-env");
    } finally {
      if (before === undefined) delete process.env["OPENAI_API_KEY"];
      else process.env["OPENAI_API_KEY"] = before;
    }
  });

  test.each([
    { baseURL: "not a url" },
    { apiKey: "sk-with\nnewline" },
    { timeout: -1 },
    { timeout: NaN },
    { maxRetries: 1.5 },
    { fetch: () => {} },
  ])("constructor options %j", (options) => {
    expect(() => new OpenAI({ apiKey: KEY, ...options })).toThrow(OpenAI.OpenAIError);
  });

  test("an empty path parameter never becomes another route", async () => {
    const server = await serve((response) => json(response, {}));
    const openai = new OpenAI({ apiKey: KEY, baseURL: server.url });
    await expect(openai.models.retrieve("")).rejects.toThrow(OpenAI.OpenAIError);
    await expect(openai.models.retrieve(undefined as never)).rejects.toThrow(OpenAI.OpenAIError);
    expect(server.requests).toHaveLength(0);
  });

  test("a body that cannot be JSON", async () => {
    const circular: Record<string, unknown> = { model: "m" };
    circular["self"] = circular;
    const openai = new OpenAI({ apiKey: KEY });
    await expect(openai.chat.completions.create(circular as never)).rejects.toThrow(TypeError);
  });
});

test("the key is in no error and in no printed client", async () => {
  const shown: string[] = [];
  const openai = new OpenAI({ apiKey: KEY, defaultHeaders: { authorization: `Bearer ${KEY}` } });
  shown.push(inspect(openai, { depth: 9, showHidden: true }), JSON.stringify(openai));
  shown.push(inspect(new native.Client(KEY), { depth: 9, showHidden: true }));
  for (const error of [
    await failure((response) => json(response, { error: { message: "no" } }, 401)),
    await failure((response) => events(response).end("not json")),
    await failure(() => {}, { timeout: 30 }),
    await failure(() => {}, { timeout: 30, baseURL: "http://127.0.0.1:1" }),
  ]) {
    shown.push(inspect(error, { depth: 9, showHidden: true }), String(error), String((error as Error).stack));
  }
  expect(shown.join("\n")).not.toContain(KEY);
});

test("limits beyond the official ones, for a client or for one call", async () => {
  const server = await serve((response, { body }) => {
    if (body.includes("silent")) return;
    const stream = events(response);
    const timer = setInterval(() => stream.write(chunk("x")), 20);
    if (body.includes("stops")) setTimeout(() => clearInterval(timer), 70);
    stream.on("close", () => clearInterval(timer));
  });
  const options = { apiKey: KEY, baseURL: server.url, maxRetries: 0 };
  const walk = async (openai: OpenAI, model: string, limits: object): Promise<void> => {
    const stream = await openai.chat.completions.create({ model, messages: [], stream: true }, limits);
    for await (const _ of stream);
  };
  const openai = new OpenAI(options);
  for (const [phase, model, limits] of [
    ["first_token", "silent", { firstTokenTimeout: 100 }],
    ["idle", "stops", { idleTimeout: 100 }],
    ["deadline", "endless", { deadline: 100 }],
  ] as const) {
    const Class = OpenAI.APIConnectionTimeoutError;
    const ofCall: unknown = await walk(openai, model, limits).catch((error: unknown) => error);
    expect(ofCall).toBeInstanceOf(Class);
    expect(ofCall).toMatchObject({ phase });
    await expect(walk(new OpenAI({ ...options, ...limits }), model, {})).rejects.toMatchObject({ phase });
  }
  const small = new OpenAI({ ...options, maxEventBytes: 10 });
  await expect(walk(small, "endless", {})).rejects.toMatchObject({ kind: "event_too_large" });
});
