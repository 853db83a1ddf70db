// Function calls of a stream, each handed over when its arguments are complete, while the stream still runs.
//
// Responses: a call is complete with the event that ends its arguments, if they are whole, else with its item. Chat: with
// the beginning of the next call, if its arguments are whole, else when the model stops. A call that a limit, a filter or
// a broken connection cut is never handed over. Nothing is read ahead of the reader.

import type { BaseClient } from "../core/base-client.js";
import { APIUserAbortError, OpenAIError } from "../core/error.js";
import type { HedgeReport } from "../core/hedge.js";
import { outputText } from "../core/hooks.js";
import type { RequestOptions } from "../core/request.js";
import type { EventIterator } from "../core/streaming.js";
import type { ChatCompletion, ChatCompletionChunk } from "../generated/types/chat.js";
import type { Response, ResponseStreamEvent } from "../generated/types/responses.js";
import { ChatAccumulator } from "./chat-accumulator.js";
import { LazyPartial } from "./lazy-partial.js";
import { WholeJson } from "./whole-json.js";

/** A function call whose arguments are complete. */
export class FunctionCall {
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
  #parsed: { value: unknown } | undefined;

  /** @internal */
  constructor(
    readonly name: string,
    /** Names the call in its answer. */
    readonly callId: string,
    text: string,
  ) {
    this.arguments = text;
  }

  /** The arguments' value, parsed at the first reading; a `SyntaxError` if the model's text is not JSON. */
  get parsed(): any {
    this.#parsed ??= { value: JSON.parse(this.arguments) };
    return this.#parsed.value;
  }
}

/** A piece of a function call's arguments. */
export class FunctionCallUpdate {
  /** All of the arguments so far. */
  readonly arguments: string;
  readonly #partial: LazyPartial;

  /** @internal */
  constructor(
    readonly name: string,
    /** Names the call. */
    readonly callId: string,
    readonly delta: string,
    text: string,
    partial: LazyPartial,
  ) {
    this.arguments = text;
    this.#partial = partial;
  }

  /** The value so far, with what is open closed; undefined while nothing is known. Read in order, no text is parsed twice. */
  get partial(): any {
    return this.#partial.read(this.arguments);
  }
}

/** What one API's events say. */
interface Reader<Event, Final> {
  /** Tells calls and pieces that an event completes and brings. */
  read(event: Event, call: (call: FunctionCall) => void, update: (update: FunctionCallUpdate) => void): void;
  finish(): Final;
}

/**
 * The function calls of a stream, in the order in which they are complete: `for await (const call of calls)`. A failed or
 * cut stream is an error there and in the final answer. Leaving the loop cancels the request.
 */
export class EarlyCalls<Final> implements AsyncIterableIterator<FunctionCall> {
  readonly #events: EventIterator<unknown>;
  readonly #reader: Reader<any, Final>;
  readonly #calls: FunctionCall[] = [];
  #updates: FunctionCallUpdate[] | undefined;
  #left = false;
  #end: { final: Final } | { error: unknown } | undefined;

  /** @internal */
  constructor(events: EventIterator<any>, reader: Reader<any, Final>) {
    this.#events = events;
    this.#reader = reader;
  }

  /** What became of the requests, as of the stream. */
  get hedge(): HedgeReport | null {
    return this.#events.hedge;
  }

  /** The next complete call. */
  next(): Promise<IteratorResult<FunctionCall>> {
    return this.#next(this.#calls);
  }

  /** Leaving the loop: the request is cancelled if the stream still runs. */
  async return(): Promise<IteratorResult<FunctionCall>> {
    if (!this.#end) {
      this.#left = true;
      this.#end = { error: new APIUserAbortError() };
      await this.#events.return();
    }
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The pieces of the arguments from here on, in place of the complete calls or beside them. The same rules as for the
   * calls.
   */
  updates(): AsyncIterableIterator<FunctionCallUpdate> {
    const updates = (this.#updates ??= []);
    return {
      next: () => this.#next(updates),
      return: () => this.return() as Promise<IteratorResult<any>>,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** @internal Reads to the end; calls on the way wait for `next`. */
  async _final(): Promise<Final> {
    while (!this.#end) await this.#read();
    if ("error" in this.#end) throw this.#end.error;
    return this.#end.final;
  }

  async #next<Item>(queue: Item[]): Promise<IteratorResult<Item>> {
    while (queue.length === 0 && !this.#end) await this.#read();
    const value = queue.shift();
    if (value !== undefined) return { value, done: false };
    const end = this.#end!;
    if ("error" in end && !this.#left) throw end.error;
    return { value: undefined, done: true };
  }

  async #read(): Promise<void> {
    try {
      const { value, done } = await this.#events.next();
      if (done) this.#end ??= { final: this.#reader.finish() };
      else {
        this.#reader.read(
          value,
          (call) => this.#calls.push(call),
          (update) => this.#updates?.push(update),
        );
      }
    } catch (error) {
      this.#end ??= { error };
      await this.#events.return();
    }
  }
}

/** Early calls of a chat completion. */
export class ChatEarlyCalls extends EarlyCalls<ChatCompletion> {
  /** The whole completion; reads the stream to its end. */
  finalChatCompletion(): Promise<ChatCompletion> {
    return this._final();
  }
}

/** Early calls of a response. */
export class ResponseEarlyCalls extends EarlyCalls<Response> {
  /** The whole response, also if it failed or is incomplete: see its `status`. Reads the stream to its end. */
  finalResponse(): Promise<Response> {
    return this._final();
  }
}

/** Sends a chat request for its calls. */
export function chatEarlyCalls(client: BaseClient, params: object, options?: RequestOptions): ChatEarlyCalls {
  const body = { ...params, stream: true };
  return new ChatEarlyCalls(client._events("chat.completions.create", { body, options }), new ChatReader());
}

/** Sends a request for a response for its calls. */
export function responseEarlyCalls(client: BaseClient, params: object, options?: RequestOptions): ResponseEarlyCalls {
  const body = { ...params, stream: true };
  return new ResponseEarlyCalls(client._events("responses.create", { body, options }), new ResponseReader());
}

class ChatReader implements Reader<ChatCompletionChunk, ChatCompletion> {
  readonly #accumulator = new ChatAccumulator();
  readonly #partials = new Map<string, LazyPartial>();

  read(
    chunk: ChatCompletionChunk,
    call: (call: FunctionCall) => void,
    update: (update: FunctionCallUpdate) => void,
  ): void {
    for (const { choice, state, calls, finished } of this.#accumulator.add(chunk)) {
      const hand = (index: number): void => {
        const found = choice.message.tool_calls![index]!;
        if (found.type !== "function") return;
        call(new FunctionCall(found.function.name, found.id, found.function.arguments));
      };
      for (const step of calls) {
        if (step.completed !== undefined) hand(step.completed);
        if (step.call.type !== "function" || !step.argumentsDelta) continue;
        const { id, function: fn } = step.call;
        const partial = this.#partial(id);
        partial.add(step.argumentsDelta);
        update(new FunctionCallUpdate(fn.name, id, step.argumentsDelta, fn.arguments, partial));
      }
      const cut = choice.finish_reason === "length" || choice.finish_reason === "content_filter";
      if (!finished || cut) continue;
      for (const [index, each] of state.calls.entries()) {
        if (each.done) continue;
        each.done = true;
        hand(index);
      }
    }
  }

  finish(): ChatCompletion {
    if (!this.#accumulator.snapshot) throw new OpenAIError("The stream ended without a chunk.");
    return this.#accumulator.finish();
  }

  #partial(id: string): LazyPartial {
    let partial = this.#partials.get(id);
    if (!partial) this.#partials.set(id, (partial = new LazyPartial()));
    return partial;
  }
}

class ResponseReader implements Reader<ResponseStreamEvent, Response> {
  /** By the item's place in the output. */
  readonly #calls = new Map<
    number,
    { name: string; callId: string; text: string; partial: LazyPartial; done: boolean }
  >();
  #response: Response | undefined;

  read(
    event: ResponseStreamEvent,
    call: (call: FunctionCall) => void,
    update: (update: FunctionCallUpdate) => void,
  ): void {
    switch (event.type) {
      case "response.output_item.added":
      case "response.output_item.done": {
        const { item, output_index } = event;
        if (item.type !== "function_call") return;
        const found = this.#calls.get(output_index) ?? { text: "", partial: new LazyPartial(), done: false };
        const known = Object.assign(found, { name: item.name, callId: item.call_id });
        this.#calls.set(output_index, known);
        const complete = event.type === "response.output_item.done" && item.status !== "incomplete";
        if (!complete || known.done) return;
        known.done = true;
        call(new FunctionCall(known.name, known.callId, item.arguments));
        return;
      }
      case "response.function_call_arguments.delta": {
        const known = this.#calls.get(event.output_index);
        if (!known) return;
        known.text += event.delta;
        known.partial.add(event.delta);
        update(new FunctionCallUpdate(known.name, known.callId, event.delta, known.text, known.partial));
        return;
      }
      case "response.function_call_arguments.done": {
        const known = this.#calls.get(event.output_index);
        // A limit ends arguments too, in the middle.
        if (!known || known.done || !new WholeJson().check(event.arguments)) return;
        known.done = true;
        call(new FunctionCall(known.name, known.callId, event.arguments));
        return;
      }
      case "response.completed":
      case "response.failed":
      case "response.incomplete":
        this.#response = event.response;
    }
  }

  finish(): Response {
    const response = this.#response;
    if (!response) throw new OpenAIError("The stream ended without the response.");
    response.output_text = outputText(response);
    return response;
  }
}
