// Structured output: what is parsed, by whom, and how answers that cannot be parsed fail.

import OpenAI from "openai-oxide/compat";
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from "openai-oxide/compat/helpers/zod";
import { standardResponseFormat } from "openai-oxide/helpers/standard-schema";
import { ContentFilterFinishReasonError, LengthFinishReasonError, OpenAIError } from "openai-oxide/compat/error";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { json, serve, type Server } from "./server.mjs";

const Person = z.object({ name: z.string(), age: z.int() });
const ADA = '{"name":"Ada","age":36}';
const messages = [{ role: "user" as const, content: "x" }];

function openai({ url }: Server): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: url, maxRetries: 0 });
}

function completion(message: object, finish_reason = "stop"): object {
  const choices = [
    { index: 0, message: { role: "assistant", content: null, refusal: null, ...message }, finish_reason },
  ];
  return { id: "c", object: "chat.completion", created: 1, model: "m", choices, usage: { total_tokens: 7 } };
}

function response(output: object[], rest: object = {}): object {
  return { id: "r", object: "response", status: "completed", model: "m", output, ...rest };
}

function said(text: string, rest: object = {}): object {
  return { type: "message", role: "assistant", content: [{ type: "output_text", text, annotations: [] }], ...rest };
}

const answering = (body: object): Promise<Server> => serve((answer) => json(answer, body));

describe("chat", () => {
  test("parses by the schema; the answer keeps its request id, and nothing of the parser is sent", async () => {
    const server = await answering(completion({ content: ADA }));
    const response_format = zodResponseFormat(Person, "person");
    const { data, request_id } = await openai(server)
      .chat.completions.parse({ model: "m", messages, response_format })
      .withResponse();
    expect(data.choices[0]!.message.parsed).toEqual({ name: "Ada", age: 36 });
    expect([(data as { _request_id?: string })._request_id, request_id]).toEqual(["req_1", "req_1"]);
    const sent = JSON.parse(server.requests[0]!.body);
    expect(Object.keys(sent.response_format)).toEqual(["type", "json_schema"]);
    expect(sent.response_format.json_schema).toMatchObject({
      name: "person",
      strict: true,
      schema: { required: ["name", "age"], additionalProperties: false },
    });
  });

  test("parses a plain JSON schema as JSON, and leaves text alone without one", async () => {
    const server = await answering(completion({ content: ADA }));
    const { completions } = openai(server).chat;
    const plain = { type: "json_schema" as const, json_schema: { name: "p", schema: {} } };
    const parsed = await completions.parse({ model: "m", messages, response_format: plain });
    expect(parsed.choices[0]!.message.parsed).toEqual({ name: "Ada", age: 36 });
    const unparsed = await completions.parse({ model: "m", messages });
    expect(unparsed.choices[0]!.message.parsed).toBeNull();
  });

  test("parses the arguments of strict tools; refusals are not parsed", async () => {
    const calls = [
      { id: "1", type: "function", function: { name: "zod", arguments: ADA } },
      { id: "2", type: "function", function: { name: "plain", arguments: '{"a":1}' } },
      { id: "3", type: "custom", custom: { name: "c", input: "x" } },
    ];
    const server = await answering(completion({ content: "", refusal: "No.", tool_calls: calls }, "tool_calls"));
    const tools = [
      zodFunction({ name: "zod", parameters: Person }),
      { type: "function" as const, function: { name: "plain", strict: true, parameters: {} } },
    ];
    const response_format = zodResponseFormat(Person, "person");
    const { choices } = await openai(server).chat.completions.parse({ model: "m", messages, tools, response_format });
    const { parsed, refusal, tool_calls } = choices[0]!.message;
    expect([parsed, refusal]).toEqual([null, "No."]);
    expect(tool_calls!.map((call) => call.type === "function" && call.function.parsed_arguments)).toEqual([
      { name: "Ada", age: 36 },
      { a: 1 },
      false,
    ]);
  });

  test("does not parse what stands beside a refusal", async () => {
    const server = await answering(completion({ content: ADA, refusal: "No." }));
    const response_format = zodResponseFormat(Person, "person");
    const { choices } = await openai(server).chat.completions.parse({ model: "m", messages, response_format });
    expect(choices[0]!.message.parsed).toBeNull();
  });

  test("refuses tools that cannot be parsed before anything is sent", async () => {
    const server = await answering(completion({ content: ADA }));
    const tools = [{ type: "function" as const, function: { name: "loose" } }];
    expect(() => openai(server).chat.completions.parse({ model: "m", messages, tools })).toThrow(
      /"loose".*strict: true/,
    );
    expect(server.requests).toEqual([]);
  });

  test.each([
    ["length", LengthFinishReasonError],
    ["content_filter", ContentFilterFinishReasonError],
  ])("an answer that ends with %s is an error that keeps what came", async (reason, Class) => {
    const server = await answering(completion({ content: '{"na' }, reason));
    const parsed = openai(server).chat.completions.parse({ model: "m", messages });
    const error = await parsed.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(OpenAIError);
    expect((error as LengthFinishReasonError).completion).toMatchObject({ usage: { total_tokens: 7 } });
  });

  test("what is no JSON is a syntax error that does not repeat it; what does not fit is the schema's error", async () => {
    const { completions } = openai(await answering(completion({ content: "secret" }))).chat;
    const response_format = zodResponseFormat(Person, "person");
    const broken = await completions.parse({ model: "m", messages, response_format }).catch((error: unknown) => error);
    expect(broken).toBeInstanceOf(SyntaxError);
    expect(String(broken)).not.toContain("secret");
    const others = openai(await answering(completion({ content: '{"name":"Ada"}' }))).chat.completions;
    await expect(others.parse({ model: "m", messages, response_format })).rejects.toMatchObject({
      issues: [{ path: ["age"] }],
    });
    const standard = standardResponseFormat(Person, "person");
    await expect(others.parse({ model: "m", messages, response_format: standard })).rejects.toThrow(/age: /);
  });
});

describe("responses", () => {
  test("parse text and calls; output_parsed is the first that is parsed", async () => {
    const call = { type: "function_call", call_id: "1", name: "f", arguments: ADA };
    const comment = said("thinking aloud", { phase: "commentary" });
    const server = await answering(
      response([
        comment,
        said(ADA, { phase: "final_answer" }),
        said('{"name":"Bob","age":1}'),
        call,
        { ...call, name: "unknown" },
      ]),
    );
    const parsed = await openai(server).responses.parse({
      model: "m",
      input: "x",
      text: { format: zodTextFormat(Person, "person") },
      tools: [zodResponsesFunction({ name: "f", parameters: Person })],
    });
    expect(parsed.output_parsed).toEqual({ name: "Ada", age: 36 });
    expect(parsed.output_text).toBe(`thinking aloud${ADA}{"name":"Bob","age":1}`);
    expect(parsed.output.map((item) => item.type === "function_call" && item.parsed_arguments)).toEqual([
      false,
      false,
      false,
      { name: "Ada", age: 36 },
      null,
    ]);
    expect(parsed._request_id).toBe("req_1");
  });

  test("that are incomplete or refuse are not parsed", async () => {
    const text = { format: zodTextFormat(Person, "person") };
    const cut = openai(await answering(response([said('{"na')], { status: "incomplete" })));
    expect((await cut.responses.parse({ model: "m", input: "x", text })).output_parsed).toBeNull();
    const refusal = said("", { content: [{ type: "refusal", refusal: "No." }] });
    const refused = openai(await answering(response([refusal])));
    expect((await refused.responses.parse({ model: "m", input: "x", text })).output_parsed).toBeNull();
  });

  test("take the format of the last update in the input, or a local one that is not sent", async () => {
    const server = await answering(response([said(ADA)]));
    const { responses } = openai(server);
    const format = zodTextFormat(Person, "person");
    const update = { type: "configuration_update" as const, text: { format } };
    const before = { type: "configuration_update" as const, text: { format: { type: "text" as const } } };
    const input = [before, { role: "user" as const, content: "x" }, update];
    expect((await responses.parse({ model: "m", input })).output_parsed).toEqual({ name: "Ada", age: 36 });
    const local = await responses.parse({ model: "m", input: "x" }, { parseAs: format });
    expect(local.output_parsed).toEqual({ name: "Ada", age: 36 });
    expect(JSON.parse(server.requests[1]!.body)).toEqual({ model: "m", input: "x" });
    const off = await responses.parse({ model: "m", input: "x", text: { format } }, { parseAs: null });
    expect(off.output_parsed).toBeNull();
    expect(() => responses.parse({ model: "m", input: [before] }, { parseAs: format })).toThrow(OpenAIError);
  });
});
