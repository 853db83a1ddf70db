// Streams of parsed events: pulled batch by batch, closed when the loop is left.

import type { EventSource } from "./bridge.js";
import { APIError, APIUserAbortError, OpenAIError } from "./error.js";
import { hedgeReport, type HedgeReport } from "./hedge.js";

/** Key of a counter for tests and benchmarks: how many batches have crossed from the native core. */
export const crossings: unique symbol = Symbol.for("openai-oxide.crossings") as never;

/**
 * The events of one native stream, each delivered once. A cut stream and an abort are errors; with `lenient` they end
 * the iteration, as in the official package.
 */
export class EventIterator<Item> implements AsyncIterableIterator<Item> {
  /** The server closed the connection before the stream's terminal event. */
  endedEarly = false;
  #source: EventSource | undefined;
  #events: unknown[] = [];
  #at = 0;
  #failure: Error | undefined;
  #done = false;
  #busy: Promise<unknown> | undefined;

  constructor(
    private readonly opening: Promise<EventSource>,
    private readonly controller: AbortController,
    private readonly lenient: boolean,
  ) {
    opening.catch(() => {}); // the first next() reports it
  }

  get [crossings](): number {
    return this.#source?.crossings ?? 0;
  }

  /** What became of the requests, once one has answered; null before, and where the call was not to be hedged. */
  get hedge(): HedgeReport | null {
    return this.#source ? hedgeReport(this.#source.headers) : null;
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.#busy) return this.#busy.then(() => this.next());
    if (this.#at < this.#events.length) {
      return Promise.resolve({ value: this.#events[this.#at++] as Item, done: false });
    }
    if (this.#done) return Promise.resolve({ value: undefined, done: true });
    const more = this.#more();
    const idle = (): void => {
      this.#busy = undefined;
    };
    this.#busy = more.then(idle, idle);
    return more;
  }

  /** Leaving a `for await` loop early comes here: the request is cancelled on the wire. */
  return(): Promise<IteratorResult<Item>> {
    if (!this.#done) {
      this.#done = true;
      this.controller.abort();
    }
    this.#events = [];
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #more(): Promise<IteratorResult<Item>> {
    try {
      this.#source ??= await this.opening;
      const batch = this.#failure ? undefined : await this.#source.pull();
      if (batch) {
        this.#events = batch.events;
        this.#failure = batch.error;
        this.#at = 1;
        if (batch.events.length > 0) return { value: batch.events[0] as Item, done: false };
      }
      if (this.#failure) {
        this.controller.abort();
        throw this.#failure;
      }
    } catch (error) {
      const left = this.#done;
      this.#done = true;
      if (!left && !this.#endsQuietly(error)) throw error;
    }
    this.#done = true;
    return { value: undefined, done: true };
  }

  #endsQuietly(error: unknown): boolean {
    this.endedEarly = error instanceof APIError && error.kind === "incomplete_stream";
    return this.lenient && (this.endedEarly || error instanceof APIUserAbortError);
  }
}

/** A stream of events as the official package has it: `for await`, once; `tee()` for two readers. */
export class Stream<Item> implements AsyncIterable<Item> {
  #events: EventIterator<Item> | undefined;

  constructor(
    private readonly iterator: () => AsyncIterator<Item>,
    /** Aborting it cancels the request and ends the iteration. */
    readonly controller: AbortController,
  ) {}

  /** @internal */
  static fromEvents<Item>(events: EventIterator<Item>, controller: AbortController): Stream<Item> {
    const stream = new Stream<Item>(once(events), controller);
    stream.#events = events;
    return stream;
  }

  /**
   * The events of a response that was fetched by other means, until `[DONE]` or its end.
   *
   * @param controller Aborted when the events are left before their end.
   * @param _client Accepted and without effect.
   * @param synthesizeEventData Gives `{ event, data }` in place of the data, as events of assistants always are.
   */
  static fromSSEResponse<Item>(
    response: Response,
    controller: AbortController,
    _client?: unknown,
    synthesizeEventData = false,
  ): Stream<Item> {
    // Loaded where it is asked for, which few programs do.
    const { eventsOf } = require("./sse-response.js") as typeof import("./sse-response.js");
    const events = eventsOf(response, controller, synthesizeEventData) as AsyncGenerator<Item>;
    return new Stream<Item>(once(events), controller);
  }

  /** Reads back what `toReadableStream` wrote: one JSON value per line. */
  static fromReadableStream<Item>(readable: ReadableStream, controller: AbortController): Stream<Item> {
    return new Stream<Item>(() => jsonLines<Item>(readable), controller);
  }

  /** The server closed the connection before the terminal event; the iteration has ended without an error. */
  get endedEarly(): boolean {
    return this.#events?.endedEarly ?? false;
  }

  /** @internal */
  get [crossings](): number {
    return this.#events?.[crossings] ?? 0;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item> {
    return this.iterator();
  }

  /** Two streams of the same events, read at different speeds; the slower one's backlog is kept in memory. */
  tee(): [Stream<Item>, Stream<Item>] {
    const source = this.iterator();
    const open = new Set<Promise<IteratorResult<Item>>[]>();
    const branch = (): Stream<Item> => {
      const backlog: Promise<IteratorResult<Item>>[] = [];
      open.add(backlog);
      const end: IteratorReturnResult<undefined> = { value: undefined, done: true };
      const iterator: AsyncIterator<Item> = {
        next: () => {
          if (!open.has(backlog)) return Promise.resolve(end);
          if (backlog.length === 0) {
            const result = source.next();
            for (const each of open) each.push(result);
          }
          return backlog.shift()!;
        },
        return: async () => {
          if (open.delete(backlog) && open.size === 0) await source.return?.();
          return end;
        },
      };
      return new Stream(() => iterator, this.controller);
    };
    return [branch(), branch()];
  }

  /** One JSON value per line, as bytes: for a web response that passes the events on. */
  toReadableStream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let iterator: AsyncIterator<Item>;
    return new ReadableStream({
      start: () => {
        iterator = this[Symbol.asyncIterator]();
      },
      pull: async (sink) => {
        const { value, done } = await iterator.next();
        if (done) sink.close();
        else sink.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
      },
      cancel: async () => {
        await iterator.return?.();
      },
    });
  }
}

function once<Item>(events: AsyncIterator<Item>): () => AsyncIterator<Item> {
  let consumed = false;
  return () => {
    if (consumed) throw new OpenAIError("This stream has been read already; use tee().");
    consumed = true;
    return events;
  };
}

async function* jsonLines<Item>(readable: ReadableStream): AsyncGenerator<Item> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of readable) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line) yield JSON.parse(line) as Item;
  }
  if (rest) yield JSON.parse(rest) as Item;
}
