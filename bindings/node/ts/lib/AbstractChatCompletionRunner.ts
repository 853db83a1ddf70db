// A conversation with the model: the messages and completions of one or more requests, and what the last of them says.

import { randomUUID } from "node:crypto";

import { OpenAIError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import type { OpenAI } from "../generated/openai.js";
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessage,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from "../generated/types/chat.js";
import type { CompletionUsage } from "../generated/types/root.js";
import { EventStream, type BaseEvents } from "./EventStream.js";
import { parseChatCompletion, type ParsedChatCompletion } from "./parser.js";

/** Events of everything that produces chat completions. */
export interface AbstractChatCompletionRunnerEvents extends BaseEvents {
  /** For each function call of an answer. */
  functionToolCall: (functionCall: ChatCompletionMessageFunctionToolCall.Function) => void;
  /** For each answer and each tool's result. */
  message: (message: ChatCompletionMessageParam) => void;
  /** For each whole completion. */
  chatCompletion: (completion: ChatCompletion) => void;
  /** At a good end, if the last answer has text. */
  finalContent: (contentSnapshot: string) => void;
  /** At a good end. */
  finalMessage: (message: ChatCompletionMessageParam) => void;
  /** At a good end. */
  finalChatCompletion: (completion: ChatCompletion) => void;
  /** At a good end, if a function was called. */
  finalFunctionToolCall: (functionCall: ChatCompletionMessageFunctionToolCall.Function) => void;
  /** For each result of a function that is not empty. */
  functionToolCallResult: (content: string) => void;
  /** At a good end, if a function gave a result. */
  finalFunctionToolCallResult: (content: string) => void;
  /** At a good end, if a completion tells its usage. */
  totalUsage: (usage: CompletionUsage) => void;
}

/** Base of streams and runners of chat completions. The promises reject if the stream fails or is aborted. */
export class AbstractChatCompletionRunner<
  EventTypes extends AbstractChatCompletionRunnerEvents,
  ParsedT,
> extends EventStream<EventTypes> {
  /** @internal */
  readonly _chatCompletions: ParsedChatCompletion<ParsedT>[] = [];
  /** The conversation: what was sent, the answers, and the tools' results. */
  messages: ChatCompletionMessageParam[] = [];

  /** The last completion. */
  async finalChatCompletion(): Promise<ParsedChatCompletion<ParsedT>> {
    await this.done();
    const completion = this._chatCompletions.at(-1);
    if (!completion) throw new OpenAIError("The stream ended without a completion.");
    return completion;
  }

  /** The text of the last answer; null if it has none. */
  async finalContent(): Promise<string | null> {
    return (await this.finalMessage()).content;
  }

  /** The last answer. */
  async finalMessage(): Promise<ChatCompletionMessage> {
    await this.done();
    return this.#finalMessage();
  }

  /** The last function call, if there is one. */
  async finalFunctionToolCall(): Promise<ChatCompletionMessageFunctionToolCall.Function | undefined> {
    await this.done();
    return this.#finalFunctionToolCall();
  }

  /** The last result of a function that was called, if there is one. */
  async finalFunctionToolCallResult(): Promise<string | undefined> {
    await this.done();
    return this.#finalFunctionToolCallResult();
  }

  /** The tokens of all completions together. */
  async totalUsage(): Promise<CompletionUsage> {
    await this.done();
    return this.#totalUsage();
  }

  /** All whole completions so far, in order. */
  allChatCompletions(): ChatCompletion[] {
    return [...this._chatCompletions];
  }

  /** @internal */
  _addChatCompletion(
    this: AbstractChatCompletionRunner<any, ParsedT>,
    completion: ParsedChatCompletion<ParsedT>,
  ): ParsedChatCompletion<ParsedT> {
    for (const { message } of completion.choices) {
      // Some servers send no ids; a call and its result must be able to name each other.
      for (const call of message.tool_calls ?? []) call.id ||= `call_${randomUUID()}`;
    }
    this._chatCompletions.push(completion);
    this._emit("chatCompletion", completion);
    const message = completion.choices[0]?.message;
    if (message) this._addMessage(message as ChatCompletionMessageParam);
    return completion;
  }

  /** @internal `emit` is false for the messages that the caller gave. */
  _addMessage(
    this: AbstractChatCompletionRunner<any, ParsedT>,
    message: ChatCompletionMessageParam,
    emit = true,
  ): void {
    if (emit && !("content" in message)) (message as ChatCompletionMessage).content = null;
    this.messages.push(message);
    if (!emit) return;
    this._emit("message", message);
    if (message.role === "tool" && message.content) {
      this._emit("functionToolCallResult", message.content as string);
    } else if (message.role === "assistant") {
      for (const call of message.tool_calls ?? []) {
        if (call.type === "function") this._emit("functionToolCall", call.function);
      }
    }
  }

  /** @internal One request and its completion. */
  async _createChatCompletion(
    client: OpenAI,
    params: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): Promise<ParsedChatCompletion<ParsedT>> {
    this._listenForAbort(options?.signal);
    if (params.n != null && params.n > 1) {
      throw new OpenAIError("This helper follows one choice only; use chat.completions.create() with n above 1.");
    }
    const completion = await client.chat.completions.create(
      { ...params, stream: false },
      { ...options, signal: this.controller.signal },
    );
    this._connected();
    return this._addChatCompletion(parseChatCompletion(completion, params) as ParsedChatCompletion<ParsedT>);
  }

  /** @internal Takes the messages that are sent, and sends them. */
  _runChatCompletion(
    client: OpenAI,
    params: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): Promise<ParsedChatCompletion<ParsedT>> {
    for (const message of params.messages) this._addMessage(message, false);
    return this._createChatCompletion(client, params, options);
  }

  /** @internal */
  override _emitFinal(this: AbstractChatCompletionRunner<any, ParsedT>): void {
    const completion = this._chatCompletions.at(-1);
    if (completion) this._emit("finalChatCompletion", completion);
    const message = this.#finalMessage();
    this._emit("finalMessage", message);
    if (message.content) this._emit("finalContent", message.content);
    const call = this.#finalFunctionToolCall();
    if (call) this._emit("finalFunctionToolCall", call);
    const result = this.#finalFunctionToolCallResult();
    if (result != null) this._emit("finalFunctionToolCallResult", result);
    if (this._chatCompletions.some(({ usage }) => usage)) this._emit("totalUsage", this.#totalUsage());
  }

  #finalMessage(): ChatCompletionMessage {
    const message = this.messages.findLast(({ role }) => role === "assistant") as ChatCompletionMessage | undefined;
    if (!message) throw new OpenAIError("The stream ended without an answer of the assistant.");
    return { ...message, content: message.content ?? null, refusal: message.refusal ?? null };
  }

  #finalFunctionToolCall(): ChatCompletionMessageFunctionToolCall.Function | undefined {
    for (const message of this.messages.toReversed()) {
      if (message.role !== "assistant") continue;
      const call = message.tool_calls?.findLast(({ type }) => type === "function");
      if (call?.type === "function") return call.function;
    }
    return undefined;
  }

  #finalFunctionToolCallResult(): string | undefined {
    const called = new Set<string>();
    for (const message of this.messages) {
      if (message.role !== "assistant") continue;
      for (const { type, id } of message.tool_calls ?? []) if (type === "function") called.add(id);
    }
    const result = this.messages.findLast(
      (message) => message.role === "tool" && typeof message.content === "string" && called.has(message.tool_call_id),
    );
    return result?.content as string | undefined;
  }

  #totalUsage(): CompletionUsage {
    const total: CompletionUsage = { completion_tokens: 0, prompt_tokens: 0, total_tokens: 0 };
    for (const { usage } of this._chatCompletions) if (usage) addCounts(total as never, usage as never);
    return total;
  }
}

/** Adds the counts of `more`, also those inside its objects, to `total`. */
function addCounts(total: Record<string, any>, more: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === "number") total[name] = (total[name] ?? 0) + value;
    else if (typeof value === "object" && value) addCounts((total[name] ??= {}), value as Record<string, unknown>);
  }
}
