// A turn of a hosted agent: input is handed in, events come back, functions of the caller's run between them.
//
// The server does not say which turn an input starts, so the session must be idle and have no other writer; events are
// subscribed to before the input goes out, so that none is missed. Functions run one after another, each after its call
// has been read. Leaving the loop and aborting close the connections of this side; the agent's turn goes on.

import { randomUUID } from "node:crypto";
import { OpenAIError } from "../../core/error.js";
import { withoutKey } from "../../core/idempotency.js";
import type { RequestOptions } from "../../core/request.js";
import type { Stream } from "../../core/streaming.js";
import type { AgentSessionEvent, AgentSessionInputMessageParam } from "../../generated/types/beta.js";
import type { Sessions } from "../../generated/resources/beta/agents/sessions/sessions.js";
import type { AgentOutputFormat } from "../beta/agents/output-format.js";
import { TurnObserver, TurnReader, type AgentResult } from "../beta/agents/results.js";
import { throwIfAborted, ToolDispatcher, type AgentToolError, type AgentToolHandler } from "../beta/agents/tools.js";

export type { AgentToolHandler, AgentToolOutput } from "../beta/agents/tools.js";

/** What `sessions.stream` takes besides the session. */
export type AgentSessionStreamParams<T = never> = {
  /** Messages of the user, or the text of one; not empty. */
  input: string | AgentSessionInputMessageParam[];
  /** Parses the result of this turn; the session's own format stays as it is. */
  outputFormat?: AgentOutputFormat<T>;
  /** Functions by name. A call to any other is left to the caller. */
  toolHandlers?: Record<string, AgentToolHandler>;
  /** Told of each call whose arguments, function or result failed; the agent is told only that it failed. */
  onToolError?: (failure: AgentToolError) => void | PromiseLike<void>;
  /** Of the request that hands the input in; a header of that name in the options is stronger. Default: a new one. */
  idempotencyKey?: string;
} & ([T] extends [never] ? unknown : { outputFormat: AgentOutputFormat<T> });

/**
 * The events of one turn: `for await (const event of stream)`, once, or `finalResult()`, or both. No request is sent
 * before. It ends when the turn has ended and the session is idle or has failed; any other end is an error.
 */
export class AgentSessionStream<T = never> implements AsyncIterable<AgentSessionEvent> {
  /** Aborting it closes the connections of this side; the turn goes on. */
  readonly controller = new AbortController();
  readonly #sessions: Sessions;
  readonly #sessionID: string;
  readonly #input: AgentSessionInputMessageParam[];
  readonly #key: string | null;
  readonly #options: RequestOptions;
  readonly #tools: ToolDispatcher;
  readonly #reader: TurnReader<T>;

  /** Use `client.beta.agents.sessions.stream`. */
  constructor(sessions: Sessions, sessionID: string, params: AgentSessionStreamParams<T>, options?: RequestOptions) {
    const { input, toolHandlers = {}, onToolError, outputFormat } = params;
    if (input.length === 0) throw new OpenAIError("The input must not be empty.");
    this.#sessions = sessions;
    this.#sessionID = sessionID;
    this.#input =
      typeof input === "string" ? [{ role: "user", content: [{ type: "input_text", text: input }] }] : input;
    const { key, rest } = withoutKey(options);
    this.#key = key === undefined ? (params.idempotencyKey ?? options?.idempotencyKey ?? randomUUID()) : key;
    this.#options = rest;
    this.#tools = new ToolDispatcher(sessions, toolHandlers, this.controller.signal, rest, onToolError);
    this.#reader = new TurnReader(
      new TurnObserver(sessionID),
      () => this.#events(),
      (name) => this.#tools.handles(name),
      outputFormat,
    );
  }

  /** Closes the connections of this side; `reason` becomes the cause of the iteration's error. */
  abort(reason?: unknown): void {
    this.controller.abort(reason);
  }

  [Symbol.asyncIterator](): AsyncIterator<AgentSessionEvent> {
    return this.#reader.iterate();
  }

  /** Messages are kept for `finalResult` in any case; here for programs that ask for it. */
  withResultCollection(): this {
    return this;
  }

  /**
   * Reads what has not been read, running functions on the way, and gives the turn's final messages.
   *
   * @throws {AgentTurnResultError} The turn has no result: see its `reason`, and its `cause` for a failed request.
   * @throws {AgentOutputParseError} The output is not what `outputFormat` parses.
   */
  finalResult(): Promise<AgentResult<T>> {
    return this.#reader.finalResult();
  }

  async *#events(): AsyncGenerator<AgentSessionEvent, void> {
    const { signal } = this.controller;
    const outer = this.#options.signal;
    const abort = (): void => this.abort(outer?.reason);
    outer?.addEventListener("abort", abort, { once: true });
    if (outer?.aborted) abort();
    try {
      const events = await this.#start(signal);
      const { observer } = this.#reader;
      for await (const event of events) {
        throwIfAborted(signal);
        if (!observer.take(event)) continue;
        const run = this.#tools.prepare(event, observer);
        if (observer.ended) events.controller.abort(); // the connection closes whether or not the reader goes on
        yield event;
        if (observer.ended) return;
        throwIfAborted(signal);
        await run?.();
      }
      throwIfAborted(signal);
      throw new OpenAIError("The session's events ended before the turn.");
    } catch (error) {
      throwIfAborted(signal); // with the reason that was given
      throw error;
    } finally {
      outer?.removeEventListener("abort", abort);
      this.abort();
    }
  }

  /** The events, opened before the input is handed in. */
  async #start(signal: AbortSignal): Promise<Stream<AgentSessionEvent>> {
    throwIfAborted(signal);
    const options = { ...this.#options, signal };
    const { status } = await this.#sessions.retrieve(this.#sessionID, options);
    if (status !== "idle") {
      throw new OpenAIError(`The session is ${status}; a turn starts where it is idle. See sessions.events.stream.`);
    }
    const events = await this.#sessions.events.stream(this.#sessionID, {}, options);
    const key = this.#key;
    await this.#sessions.events.create(
      this.#sessionID,
      {
        events: [{ type: "agent.session.input.message", input: this.#input }],
        ...(key === null ? {} : { "Idempotency-Key": key }),
      },
      key === null ? { ...options, headers: { ...options.headers, "Idempotency-Key": null } } : options,
    );
    throwIfAborted(signal);
    return events;
  }
}
