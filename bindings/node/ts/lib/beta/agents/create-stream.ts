// The events of a session from its creation on, with the result of its first turn and functions of the caller's.

import { OpenAIError } from "../../../core/error.js";
import { withoutKey } from "../../../core/idempotency.js";
import type { RequestOptions } from "../../../core/request.js";
import { Stream, crossings } from "../../../core/streaming.js";
import type { AgentSessionEvent } from "../../../generated/types/beta.js";
import type { Sessions } from "../../../generated/resources/beta/agents/sessions/sessions.js";
import type { MaybeFormat } from "./output-format.js";
import { TurnObserver, TurnReader, type AgentResult } from "./results.js";
import { ToolDispatcher, type AgentToolHandler } from "./tools.js";

/** What `sessions.create` with `stream: true` gives: all events of the session, not of its first turn only. */
export class AgentSessionCreateStream<T = never> extends Stream<AgentSessionEvent> {
  readonly #events: Stream<AgentSessionEvent>;
  readonly #reader: TurnReader<T>;

  /** @internal */
  constructor(
    sessions: Sessions,
    events: Stream<AgentSessionEvent>,
    format: MaybeFormat<T>,
    handlers: Record<string, AgentToolHandler> = {},
    options?: RequestOptions,
  ) {
    super(() => this.#reader.iterate(), events.controller);
    const { body: _body, query: _query, ...rest } = withoutKey(options).rest;
    const tools = new ToolDispatcher(sessions, handlers, events.controller.signal, rest);
    const observer = new TurnObserver();
    this.#events = events;
    this.#reader = new TurnReader(
      observer,
      () => dispatched(events, tools, observer),
      (name) => tools.handles(name),
      format,
    );
  }

  override get endedEarly(): boolean {
    return this.#events.endedEarly;
  }

  /** @internal */
  override get [crossings](): number {
    return this.#events[crossings];
  }

  /** As of `AgentSessionStream`. */
  withResultCollection(): this {
    return this;
  }

  /** Reads to the end of the first turn and closes the stream; as of `AgentSessionStream`. */
  finalResult(): Promise<AgentResult<T>> {
    return this.#reader.finalResult();
  }
}

async function* dispatched(
  events: Stream<AgentSessionEvent>,
  tools: ToolDispatcher,
  observer: TurnObserver,
): AsyncGenerator<AgentSessionEvent, void> {
  const { signal } = events.controller;
  for await (const event of events) {
    const run = observer.take(event) ? tools.prepare(event, observer) : undefined;
    yield event;
    if (signal.aborted) return;
    try {
      await run?.();
    } catch (error) {
      if (signal.aborted) return; // ends as streams of this package do
      throw error;
    }
  }
}

/** @internal The functions that a creation names, and its body without them. */
export function splitHandlers<
  Body extends { stream?: boolean | null; toolHandlers?: Record<string, AgentToolHandler> },
>(given: Body): { body: Omit<Body, "toolHandlers">; handlers: Record<string, AgentToolHandler> | undefined } {
  const { toolHandlers: handlers, ...body } = given;
  if (handlers && given.stream !== true) throw new OpenAIError("toolHandlers need stream: true.");
  return { body, handlers };
}
