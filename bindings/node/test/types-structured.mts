// Checked by `npm run typecheck`, never run: the types of parsed answers and of tools follow from the parameters.

import OpenAI from "openai-oxide/compat";
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from "openai-oxide/compat/helpers/zod";
import type { ChatCompletionRunner } from "openai-oxide/compat/lib/ChatCompletionRunner";
import type { ChatCompletionStreamingRunner } from "openai-oxide/compat/lib/ChatCompletionStreamingRunner";
import { ParsingToolFunction } from "openai-oxide/compat/lib/RunnableFunction";
import type { ExtractParsedContentFromParams } from "openai-oxide/compat/lib/parser";
import type { ChatCompletionParseParams, ParsedChatCompletion } from "openai-oxide/compat/resources/chat/completions";
import type { ParsedResponse } from "openai-oxide/compat/resources/responses/responses";
import { standardFunction, standardResponseFormat, standardTextFormat } from "openai-oxide/helpers/standard-schema";
import { z } from "zod";
import * as mini from "zod/mini";
import { z as z3 } from "zod/v3";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

type Person = { name: string; age: number; email: string | null };
const Person = z.object({ name: z.string(), age: z.int(), email: z.string().nullable() });
const messages: OpenAI.ChatCompletionMessageParam[] = [];

export async function chat({ chat: { completions } }: OpenAI): Promise<void> {
  const response_format = zodResponseFormat(Person, "person");
  const parsed = await completions.parse({ model: "m", messages, response_format });
  const person = parsed.choices[0]!.message.parsed;
  same<typeof person, Person | null>(true);
  const named: OpenAI.Chat.Completions.ParsedChatCompletion<Person> = parsed;
  const tool = named.choices[0]!.message.tool_calls?.[0];
  if (tool?.type === "function") same<typeof tool.function.parsed_arguments, unknown>(true);

  const small = await completions.parse({
    model: "m",
    messages,
    response_format: zodResponseFormat(mini.object({ ok: mini.boolean() }), "ok"),
  });
  same<NonNullable<(typeof small.choices)[0]["message"]["parsed"]>, { ok: boolean }>(true);

  const standard = await completions.parse({
    model: "m",
    messages,
    response_format: standardResponseFormat(Person, "person"),
  });
  same<NonNullable<(typeof standard.choices)[0]["message"]["parsed"]>, Person>(true);

  const older = z3.object({ name: z3.string(), age: z3.number().int().nullable() });
  const classic = await completions.parse({ model: "m", messages, response_format: zodResponseFormat(older, "older") });
  same<NonNullable<(typeof classic.choices)[0]["message"]["parsed"]>, { name: string; age: number | null }>(true);

  // Transformed output is the parser's; a plain schema promises nothing; without one there is nothing.
  const dated = zodTextFormat(z.object({ at: z.string().default("now") }), "dated");
  same<ReturnType<typeof dated.$parseRaw>, { at: string }>(true);
  const plain = { type: "json_schema" as const, json_schema: { name: "p" } };
  const loose = await completions.parse({ model: "m", messages, response_format: plain });
  same<(typeof loose.choices)[0]["message"]["parsed"], unknown>(true);
  const none = await completions.parse({ model: "m", messages });
  same<(typeof none.choices)[0]["message"]["parsed"], null>(true);
  same<ExtractParsedContentFromParams<{ response_format: typeof response_format }>, Person>(true);
  void (null as unknown as ParsedChatCompletion<Person> | ChatCompletionParseParams);
}

export async function responses({ responses }: OpenAI): Promise<void> {
  const format = zodTextFormat(Person, "person");
  const parsed = await responses.parse({ model: "m", input: "x", text: { format } });
  same<typeof parsed.output_parsed, Person | null>(true);
  const named: ParsedResponse<Person> = parsed;
  const standard = standardTextFormat(Person, "person");
  const other = await responses.parse({ model: "m", input: "x", text: { format: standard } });
  same<typeof other.output_parsed, Person | null>(true);
  const local = await responses.parse({ model: "m", input: "x" }, { parseAs: format });
  same<typeof local.output_parsed, Person | null>(true);
  const none = await responses.parse({ model: "m", input: "x" });
  same<typeof none.output_parsed, null>(true);
  const updated = await responses.parse({ model: "m", input: [{ type: "configuration_update", text: { format } }] });
  same<NonNullable<typeof updated.output_parsed>, Person>(true);
  void named;

  const lookUp = zodResponsesFunction({ name: "f", parameters: Person, function: ({ age }) => age });
  const runner = responses.runTools({ model: "m", input: "x", tools: [lookUp], text: { format } }, { maxRounds: 3 });
  const final = await runner.finalResponse();
  same<typeof final.output_parsed, Person | null>(true);
  for (const step of runner.steps) void (step.type === "tool" ? step.output : step.calls[0]?.arguments);
}

export async function tools({ chat: { completions } }: OpenAI): Promise<void> {
  const lookUp = zodFunction({
    name: "f",
    parameters: Person,
    function: (args) => {
      same<typeof args, Person>(true);
      return args.name;
    },
  });
  const runner = completions.runTools({ model: "m", messages, tools: [lookUp] });
  same<typeof runner, ChatCompletionRunner<null>>(true);
  const text: string | null = await runner.finalContent();
  const result: string | undefined = await runner.finalFunctionToolCallResult();
  const streaming = completions.runTools({ model: "m", messages, stream: true, tools: [lookUp] });
  same<typeof streaming, ChatCompletionStreamingRunner<null>>(true);
  streaming.on("content", (delta: string, snapshot: string) => void [delta, snapshot]);
  void [text, result];

  const parsing = new ParsingToolFunction({
    name: "f",
    description: "",
    parameters: {},
    parse: (input): { n: number } => JSON.parse(input),
    function: ({ n }) => n.toFixed(),
  });
  completions.runTools({ model: "m", messages, tools: [parsing] });
  completions.runTools({
    model: "m",
    messages,
    toolContext: { user: "u" },
    tools: [
      {
        type: "function",
        function: {
          name: "f",
          description: "",
          parameters: {},
          function: (_args, runner, { user }) => (runner.abort(), user.length),
        },
      },
    ],
  });
  const undone = zodFunction({ name: "f", parameters: Person });
  // @ts-expect-error A tool without a function cannot be run.
  completions.runTools({ model: "m", messages, tools: [undone] });
  // @ts-expect-error Of a schema that says otherwise.
  standardFunction({ name: "f", parameters: Person, function: (args: { wrong: string }) => args });
}
