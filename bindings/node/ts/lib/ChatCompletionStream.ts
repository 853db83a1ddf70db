// A chat completion as it arrives: events with what they add up to, and the whole at the end.
//
// Each done event comes once. A call is done when the next one begins and its arguments are whole, else when the model
// stops; a stream that is cut before declares nothing done and fails.

import {
  APIError,
  ContentFilterFinishReasonError,
  IncompleteStreamError,
  LengthFinishReasonError,
  OpenAIError,
} from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import { Stream } from "../core/streaming.js";
import type { OpenAI } from "../generated/openai.js";
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessageParam,
  ChatCompletionTokenLogprob,
} from "../generated/types/chat.js";
import {
  AbstractChatCompletionRunner,
  type AbstractChatCompletionRunnerEvents,
} from "./AbstractChatCompletionRunner.js";
import { ChatAccumulator, type CallStep, type ChoiceState, type ChoiceStep } from "./chat-accumulator.js";
import type { ChatCompletionSnapshot } from "./chat-snapshot.js";
import { lazily } from "./lazy-partial.js";
import {
  hasAutoParseableInput,
  isAutoParsableTool,
  isChatCompletionFunctionTool,
  isParseableResponseFormat,
  maybeParseChatCompletion,
  parseJson,
  parseResponseFormatContent,
  shouldParseToolCall,
  type ParsedChatCompletion,
} from "./parser.js";

export type { ChatCompletionSnapshot } from "./chat-snapshot.js";

export interface ContentDeltaEvent {
  delta: string;
  snapshot: string;
  /** With a JSON schema as response format: the value so far, with what is open closed. Worked out when it is read. */
  parsed: unknown | null;
}

export interface ContentDoneEvent<ParsedT = null> {
  content: string;
  parsed: ParsedT | null;
}

export interface RefusalDeltaEvent {
  delta: string;
  snapshot: string;
}

export interface RefusalDoneEvent {
  refusal: string;
}

export interface FunctionToolCallArgumentsDeltaEvent {
  name: string;
  /** The call's place in the message. */
  index: number;
  /** All of the arguments so far. */
  arguments: string;
  /** With a strict tool: the value so far. Worked out when it is read. */
  parsed_arguments: unknown;
  arguments_delta: string;
}

export interface FunctionToolCallArgumentsDoneEvent {
  name: string;
  /** The call's place in the message. */
  index: number;
  arguments: string;
  /** With a strict tool or one with a parser: the value; otherwise null. */
  parsed_arguments: unknown;
}

export interface LogProbsContentDeltaEvent {
  content: ChatCompletionTokenLogprob[];
  /** All so far. The list grows; copy it to keep it. */
  snapshot: ChatCompletionTokenLogprob[];
}

export interface LogProbsContentDoneEvent {
  content: ChatCompletionTokenLogprob[];
}

export interface LogProbsRefusalDeltaEvent {
  refusal: ChatCompletionTokenLogprob[];
  /** All so far. The list grows; copy it to keep it. */
  snapshot: ChatCompletionTokenLogprob[];
}

export interface LogProbsRefusalDoneEvent {
  refusal: ChatCompletionTokenLogprob[];
}

export interface ChatCompletionStreamEvents<ParsedT = null> extends AbstractChatCompletionRunnerEvents {
  content: (contentDelta: string, contentSnapshot: string) => void;
  /** The snapshot is the same object each time, and grows. */
  chunk: (chunk: ChatCompletionChunk, snapshot: ChatCompletionSnapshot) => void;
  "content.delta": (props: ContentDeltaEvent) => void;
  "content.done": (props: ContentDoneEvent<ParsedT>) => void;
  "refusal.delta": (props: RefusalDeltaEvent) => void;
  "refusal.done": (props: RefusalDoneEvent) => void;
  "tool_calls.function.arguments.delta": (props: FunctionToolCallArgumentsDeltaEvent) => void;
  "tool_calls.function.arguments.done": (props: FunctionToolCallArgumentsDoneEvent) => void;
  "logprobs.content.delta": (props: LogProbsContentDeltaEvent) => void;
  "logprobs.content.done": (props: LogProbsContentDoneEvent) => void;
  "logprobs.refusal.delta": (props: LogProbsRefusalDeltaEvent) => void;
  "logprobs.refusal.done": (props: LogProbsRefusalDoneEvent) => void;
}

/** Parameters of `chat.completions.stream`. */
export type ChatCompletionStreamParams = Omit<ChatCompletionCreateParamsBase, "stream"> & { stream?: true };

/** @internal How a runner's messages travel in `toReadableStream`: as chunks without choices. */
export const MESSAGE_PREFIX = "chat.completion.chunk.message:";

/** A chat completion stream with listeners, promises and iteration. Made by `chat.completions.stream`. */
export class ChatCompletionStream<ParsedT = null>
  extends AbstractChatCompletionRunner<ChatCompletionStreamEvents<ParsedT>, ParsedT>
  implements AsyncIterable<ChatCompletionChunk>
{
  #params: ChatCompletionCreateParams | null;
  #accumulator: ChatAccumulator;

  constructor(params: ChatCompletionCreateParams | null) {
    super();
    this.#params = params;
    this.#accumulator = this.#begin();
  }

  /** Reads what `toReadableStream` wrote elsewhere. */
  static fromReadableStream(stream: ReadableStream): ChatCompletionStream<null> {
    const runner = new ChatCompletionStream<null>(null);
    runner._run(() => runner._fromReadableStream(stream));
    return runner;
  }

  /** Sends the request. Use `client.chat.completions.stream`. */
  static createChatCompletion<ParsedT>(
    client: OpenAI,
    params: ChatCompletionStreamParams,
    options?: RequestOptions,
  ): ChatCompletionStream<ParsedT> {
    const runner = new ChatCompletionStream<ParsedT>(params as ChatCompletionCreateParams);
    runner._run(() => runner._runChatCompletion(client, { ...params, stream: true }, options));
    return runner;
  }

  /** What has arrived of the completion in progress; undefined before its first chunk and after its end. */
  get currentChatCompletionSnapshot(): ChatCompletionSnapshot | undefined {
    return this.#accumulator.snapshot;
  }

  /** The chunks; leaving the loop aborts the request. Chunks that are not read yet are kept. */
  [Symbol.asyncIterator](): AsyncIterator<ChatCompletionChunk> {
    return this._iterate(
      "chunk",
      (chunk: ChatCompletionChunk) => chunk,
      () => this.abort(),
    );
  }

  /** The chunks as lines of JSON, for `fromReadableStream` in another program. Cancelling it aborts the request. */
  toReadableStream(): ReadableStream {
    return new Stream(() => this[Symbol.asyncIterator](), this.controller).toReadableStream();
  }

  /** @internal */
  override async _createChatCompletion(
    client: OpenAI,
    params: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): Promise<ParsedChatCompletion<ParsedT>> {
    this._listenForAbort(options?.signal);
    this.#params = params;
    this.#accumulator = this.#begin();
    const { signal } = this.controller;
    const stream = await client.chat.completions.create({ ...params, stream: true }, { ...options, signal });
    this._connected();
    for await (const chunk of stream) this.#addChunk(chunk);
    this._throwIfAborted();
    if (stream.endedEarly && this.#accumulator.snapshot && this.#accumulator.unfinished) {
      throw new IncompleteStreamError({ message: "The stream ended before the model had stopped." });
    }
    return this._addChatCompletion(this.#finish());
  }

  /** @internal Several completions may follow each other, told apart by their ids. */
  async _fromReadableStream(readable: ReadableStream): Promise<void> {
    this._connected();
    const stream = Stream.fromReadableStream<ChatCompletionChunk & { error?: object }>(readable, this.controller);
    let id: string | undefined;
    for await (const chunk of stream) {
      if (chunk.error) throw new APIError(undefined, chunk.error, undefined, undefined);
      const message = this.#messageIn(chunk);
      if (this.#accumulator.snapshot && (message || (id && chunk.id && chunk.id !== id))) {
        this._addChatCompletion(this.#finish());
      }
      if (message) this._addMessage(message);
      else this.#addChunk(chunk);
      id = message ? undefined : chunk.id || id;
    }
    this._throwIfAborted();
    if (this.#accumulator.snapshot || this._chatCompletions.length === 0) this._addChatCompletion(this.#finish());
  }

  #messageIn(chunk: ChatCompletionChunk): ChatCompletionMessageParam | undefined {
    const kind: string = chunk.object ?? "";
    if (!kind.startsWith(MESSAGE_PREFIX)) return undefined;
    const { message, tool_call_ids } = JSON.parse(kind.slice(MESSAGE_PREFIX.length)) as {
      message: ChatCompletionMessageParam;
      tool_call_ids?: string[];
    };
    const calls = this.#accumulator.snapshot?.choices[0]?.message.tool_calls ?? [];
    for (const [index, id] of tool_call_ids?.entries() ?? []) if (calls[index] && id) calls[index].id = id;
    return message;
  }

  #begin(): ChatAccumulator {
    const params = this.#params;
    if (!params) return new ChatAccumulator();
    return new ChatAccumulator({
      content: isParseableResponseFormat(params.response_format),
      tool: (name) => shouldParseToolCall(params, { type: "function", function: { name } }),
    });
  }

  #finish(): ParsedChatCompletion<ParsedT> {
    const accumulator = this.#accumulator;
    if (!accumulator.snapshot) throw new OpenAIError("The stream ended without a chunk.");
    this.#accumulator = this.#begin();
    return maybeParseChatCompletion(accumulator.finish(), this.#params) as ParsedChatCompletion<ParsedT>;
  }

  #addChunk(this: ChatCompletionStream<any>, chunk: ChatCompletionChunk): void {
    if (this.ended) return;
    const steps = this.#accumulator.add(chunk);
    for (const { finished, choice } of steps) if (finished) this.#refuseCut(choice.finish_reason);
    this._emit("chunk", chunk, this.#accumulator.snapshot!);
    for (const step of steps) this.#emitStep(step);
  }

  /** An answer that ended too early cannot be parsed. */
  #refuseCut(reason: string | null): void {
    if (!this.#params || !hasAutoParseableInput(this.#params)) return;
    if (reason === "length") throw new LengthFinishReasonError(this.#accumulator.finish());
    if (reason === "content_filter") throw new ContentFilterFinishReasonError(this.#accumulator.finish());
  }

  #emitStep(this: ChatCompletionStream<any>, { wire, choice, state, calls, finished }: ChoiceStep): void {
    const { message } = choice;
    const { delta, logprobs } = wire;
    if (message.role === "assistant") {
      if (delta?.content != null && message.content) {
        this._emit("content", delta.content, message.content);
        if (this._hasListeners("content.delta"))
          this._emit("content.delta", contentDelta(delta.content, message, state));
      }
      if (delta?.refusal != null && message.refusal) {
        this._emit("refusal.delta", { delta: delta.refusal, snapshot: message.refusal });
      }
      if (logprobs?.content) {
        this._emit("logprobs.content.delta", { content: logprobs.content, snapshot: choice.logprobs!.content! });
      }
      if (logprobs?.refusal) {
        this._emit("logprobs.refusal.delta", { refusal: logprobs.refusal, snapshot: choice.logprobs!.refusal! });
      }
    }
    if (finished) this.#emitContentDone(choice, state);
    for (const step of calls) {
      if (step.switched) this.#emitContentDone(choice, state);
      if (step.completed !== undefined) this.#emitCallDone(message, step.completed);
      if (step.call.type !== "function" || !this._hasListeners("tool_calls.function.arguments.delta")) continue;
      this._emit("tool_calls.function.arguments.delta", argumentsDelta(step, state));
    }
    if (!finished) return;
    for (const [index, call] of state.calls.entries()) {
      if (call.done) continue;
      call.done = true;
      this.#emitCallDone(message, index);
    }
  }

  #emitCallDone(this: ChatCompletionStream<any>, message: ChatCompletionSnapshot.Choice.Message, index: number): void {
    const call = message.tool_calls![index]!;
    if (call.type !== "function") return;
    const { name, arguments: text } = call.function;
    const tool = this.#params?.tools?.find((tool) => isChatCompletionFunctionTool(tool) && tool.function.name === name);
    let parsed_arguments: unknown = null;
    if (isAutoParsableTool(tool)) parsed_arguments = tool.$parseRaw(text);
    else if (tool?.type === "function" && tool.function.strict) parsed_arguments = parseJson(text);
    this._emit("tool_calls.function.arguments.done", { name, index, arguments: text, parsed_arguments });
  }

  #emitContentDone(this: ChatCompletionStream<any>, choice: ChatCompletionSnapshot.Choice, state: ChoiceState): void {
    const { content, refusal, tool_calls, function_call } = choice.message;
    const empty = content === "" && (refusal || tool_calls?.length || function_call);
    if (content != null && !empty && !state.contentDone) {
      state.contentDone = true;
      const parsed = refusal ? null : parseResponseFormatContent(this.#params?.response_format, content);
      this._emit("content.done", { content, parsed });
    }
    if (refusal && !state.refusalDone) {
      state.refusalDone = true;
      this._emit("refusal.done", { refusal });
    }
    if (choice.logprobs?.content && !state.logprobsContentDone) {
      state.logprobsContentDone = true;
      this._emit("logprobs.content.done", { content: choice.logprobs.content });
    }
    if (choice.logprobs?.refusal && !state.logprobsRefusalDone) {
      state.logprobsRefusalDone = true;
      this._emit("logprobs.refusal.done", { refusal: choice.logprobs.refusal });
    }
  }
}

function contentDelta(
  delta: string,
  { content, refusal }: ChatCompletionSnapshot.Choice.Message,
  { partial }: ChoiceState,
): ContentDeltaEvent {
  const event = { delta, snapshot: content!, parsed: undefined as unknown };
  if (partial) lazily(event, "parsed", partial, () => (refusal ? null : content), null);
  return event;
}

function argumentsDelta(step: CallStep, { calls }: ChoiceState): FunctionToolCallArgumentsDeltaEvent {
  const { index, argumentsDelta } = step;
  const { name, arguments: text } = (step.call as { function: { name: string; arguments: string } }).function;
  const event = {
    name,
    index,
    arguments: text,
    parsed_arguments: undefined as unknown,
    arguments_delta: argumentsDelta,
  };
  const { partial } = calls[index]!;
  if (partial) lazily(event, "parsed_arguments", partial, () => text);
  return event;
}
