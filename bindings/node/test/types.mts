// Checked by `npm run typecheck`, never run: what TypeScript programs written for the official package rely on.

import OpenAI, { type ClientOptions } from "openai-oxide/compat";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai-oxide/compat/resources/chat/completions";
import type { Response as ModelResponse } from "openai-oxide/compat/resources/responses/responses";
import { Stream } from "openai-oxide/compat/streaming";
import { Client, type ResponseParams } from "openai-oxide";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export async function program(openai: OpenAI, stream: boolean): Promise<void> {
  const messages: OpenAI.Chat.Completions.ChatCompletionMessageParam[] = [
    { role: "system", content: "s" },
    {
      role: "user",
      content: [
        { type: "text", text: "t" },
        { type: "image_url", image_url: { url: "u" } },
      ],
    },
  ];
  same<OpenAI.ChatCompletionMessageParam, ChatCompletionMessageParam>(true);
  const tools: ChatCompletionTool[] = [{ type: "function", function: { name: "f", parameters: {}, strict: true } }];

  // The result's type follows the literal type of `stream`.
  const whole = await openai.chat.completions.create({ model: "m", messages, tools });
  const content: string | null = whole.choices[0]!.message.content;
  const total: number | undefined = whole.usage?.total_tokens;
  const id: string | null | undefined = whole._request_id;
  const events = await openai.chat.completions.create({ model: "m", messages, stream: true });
  same<typeof events, Stream<OpenAI.ChatCompletionChunk> & { _request_id?: string | null }>(true);
  for await (const event of events) {
    const delta: OpenAI.ChatCompletionChunk.Choice.Delta = event.choices[0]!.delta;
    const reason: "stop" | "length" | "tool_calls" | "content_filter" | "function_call" | null =
      event.choices[0]!.finish_reason;
    void [delta.content, delta.tool_calls?.[0]?.function?.arguments, reason];
  }
  const either = await openai.chat.completions.create({ model: "m", messages, stream });
  if (either instanceof Stream) for await (const event of either) void event.choices;
  else void either.choices;

  const params: OpenAI.ChatCompletionCreateParamsNonStreaming = { model: "gpt-of-tomorrow", messages };
  const call = whole.choices[0]!.message.tool_calls?.[0];
  if (call?.type === "function") void call.function.arguments;

  const response = await openai.responses.create({ model: "m", input: [{ role: "user", content: "hi" }] });
  const text: string = response.output_text;
  for (const item of response.output) {
    if (item.type === "message") {
      for (const part of item.content) if (part.type === "output_text") void part.text;
    } else if (item.type === "function_call") void item.arguments;
  }
  same<OpenAI.Responses.Response, ModelResponse>(true);
  const input: OpenAI.Responses.ResponseInputItem[] = [
    { role: "user", content: "hi" },
    { type: "function_call_output", call_id: "c", output: "o" },
  ];
  for await (const event of await openai.responses.create({ model: "m", input, stream: true })) {
    if (event.type === "response.output_text.delta") void event.delta.length;
    if (event.type === "response.completed") void event.response.usage?.input_tokens;
  }

  const vectors = await openai.embeddings.create({ model: "m", input: ["a"] });
  const vector: number[] = vectors.data[0]!.embedding;
  for await (const model of openai.models.list()) same<typeof model, OpenAI.Model>(true);
  const page = await openai.chat.completions.list({ limit: 2 });
  if (page.hasNextPage()) void (await page.getNextPage()).data[0]!.id;
  const { data, response: raw, request_id } = await openai.models.retrieve("m").withResponse();
  same<typeof data, OpenAI.Model>(true);
  same<typeof raw, Response>(true);

  const perCall: OpenAI.RequestOptions = { timeout: 5 };
  same<typeof page, OpenAI.CursorPage<OpenAI.ChatCompletion> & { _request_id?: string | null }>(true);
  const options: ClientOptions = { apiKey: async () => "k", maxRetries: 1 };
  try {
    await new OpenAI(options).models.delete("m", { signal: AbortSignal.timeout(5), headers: { a: null } });
  } catch (error) {
    if (error instanceof OpenAI.RateLimitError) same<typeof error.status, 429>(true);
    if (error instanceof OpenAI.APIError) void [error.status, error.code, error.requestID];
  }
  void [perCall, content, total, id, params, text, vector, request_id];

  // @ts-expect-error: messages are required
  await openai.chat.completions.create({ model: "m" });
  // @ts-expect-error: not a role
  const wrong: ChatCompletionMessageParam = { role: "robot", content: "x" };
  // @ts-expect-error: a stream of another operation
  openai.embeddings.create({ model: "m", input: "x", stream: true });
  void wrong;
}

export async function native(client: Client): Promise<void> {
  const params: ResponseParams = { model: "m", input: "x", maxOutputTokens: 5, top_p: 1, reasoning: { effort: "low" } };
  same<Awaited<ReturnType<Client["createText"]>>, string>(true);
  const response = await client.createResponse(params);
  void response.output_text.length;
  for await (const event of client.createStream("m", "x")) {
    if (event.type === "response.output_text.delta") void event.delta;
  }
  // @ts-expect-error: not a number
  await client.createResponse({ model: "m", maxOutputTokens: "5" });
}
