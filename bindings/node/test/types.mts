// Checked by `npm run typecheck`, never run: what TypeScript programs written for the official package rely on.

import OpenAI, { type ClientOptions } from "openai-oxide/compat";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai-oxide/compat/resources/chat/completions";
import type { Response as ModelResponse } from "openai-oxide/compat/resources/responses/responses";
import { Stream } from "openai-oxide/compat/streaming";
import { ChatCompletionStream, type ContentDeltaEvent } from "openai-oxide/compat/lib/ChatCompletionStream";
import { ResponseStream } from "openai-oxide/compat/lib/responses/ResponseStream";
import { Client, PartialJson, type FunctionCall, type ResponseParams } from "openai-oxide";

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

export async function streams(openai: OpenAI, client: Client): Promise<void> {
  const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "x" }];
  const stream = openai.chat.completions.stream({ model: "m", messages }, { signal: AbortSignal.timeout(5) });
  same<typeof stream, ChatCompletionStream<null>>(true);
  stream
    .on("content", (delta, snapshot) => void [delta.length, snapshot.length])
    .on("content.delta", (event) => same<typeof event, ContentDeltaEvent>(true))
    .on("chunk", (chunk, snapshot) => void [chunk.choices[0]?.delta, snapshot.choices[0]?.message.content])
    .on("tool_calls.function.arguments.done", ({ name, index, arguments: text }) => void [name, index.toFixed(), text])
    .on("error", (error) => same<typeof error, InstanceType<typeof OpenAI.OpenAIError>>(true))
    .once("end", () => {});
  for await (const chunk of stream) same<typeof chunk, OpenAI.ChatCompletionChunk>(true);
  const [delta, snapshot] = await stream.emitted("content");
  for await (const [message] of stream.events("message")) void message.role;
  const content: string | null = await stream.finalContent();
  const completion: OpenAI.ChatCompletion = await stream.finalChatCompletion();
  const message: OpenAI.ChatCompletionMessage = await stream.finalMessage();
  const tokens: number = (await stream.totalUsage()).total_tokens;
  const readable: ReadableStream = stream.toReadableStream();
  void ChatCompletionStream.fromReadableStream(readable).controller.signal.aborted;
  // @ts-expect-error: not an event
  stream.on("contents", () => {});

  const responses = openai.responses.stream({ model: "m", input: "x" });
  same<typeof responses, ResponseStream<null>>(true);
  responses
    .on("response.output_text.delta", ({ delta, snapshot }) => void [delta, snapshot.length])
    .on("response.completed", ({ response }) => same<typeof response, ModelResponse>(true))
    .on("event", ({ type, sequence_number }) => void [type, sequence_number]);
  for await (const event of responses) if (event.type === "response.output_item.done") void event.item;
  void (await responses.finalResponse()).output_text;
  void openai.responses.stream({ response_id: "resp_1", starting_after: 4 });

  const calls = client.createStreamFc({ model: "m", input: "x", maxOutputTokens: 5 });
  for await (const call of calls) {
    same<typeof call, FunctionCall>(true);
    void [call.name, call.callId, call.arguments, call.parsed.city];
  }
  same<Awaited<ReturnType<typeof calls.finalResponse>>, ModelResponse>(true);
  for await (const { partial, delta } of openai.chat.completions.createStreamFc({ model: "m", messages }).updates()) {
    void [partial, delta];
  }
  const known: unknown = new PartialJson().push("{").value;
  void [delta, snapshot, content, completion, message, tokens, known];
}
