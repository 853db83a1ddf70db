// A running request as a source of events: listeners, promises and iterators over one life cycle.
//
// Every stream ends once: with `end` alone, or with `error` or `abort` and then `end`. A failure that nobody listens
// for or awaits is an unhandled rejection. After `end` no listener is kept, here or on the caller's signal. Events
// that an iterator has not handed out yet are kept in memory.

import { APIUserAbortError, OpenAIError } from "../core/error.js";

/** Events of every stream. */
export interface BaseEvents {
  /** The answer's head has arrived. */
  connect: () => void;
  /** The stream failed, and not because it was aborted. */
  error: (error: OpenAIError) => void;
  /** The request was cancelled. */
  abort: (error: APIUserAbortError) => void;
  /** Nothing follows; comes after success, failure and abort. */
  end: () => void;
}

type EventListener<Events, EventType extends keyof Events> = Events[EventType];

/** The arguments of an event's listeners. */
export type EventParameters<Events, EventType extends keyof Events> = Record<
  EventType,
  EventListener<Events, EventType> extends (...args: infer P) => any ? P : never
>[EventType];

/** What `emitted` resolves to: nothing, the only argument, or the list of all. */
export type EmittedEventResult<Args extends unknown[]> = [Args] extends [[infer Param]]
  ? Param
  : [Args] extends [[]]
    ? void
    : Args;

interface Registration {
  listener: (...args: any[]) => unknown;
  once: boolean;
}

/** Base of the stream helpers. */
export class EventStream<EventTypes extends BaseEvents> {
  /** Aborting it cancels the request. */
  controller: AbortController = new AbortController();

  // Lists are replaced, never changed: an event goes to those who listened when it happened.
  readonly #listeners = new Map<keyof EventTypes, readonly Registration[]>();
  readonly #signals = new Map<AbortSignal, () => void>();
  readonly #ending: Promise<void>;
  #resolveEnding!: () => void;
  #rejectEnding!: (error: OpenAIError) => void;
  #failure: { event: "error" | "abort"; error: OpenAIError } | undefined;
  #ended = false;
  #errored = false;
  #aborted = false;
  #awaited = false;

  constructor() {
    this.#ending = new Promise((resolve, reject) => {
      this.#resolveEnding = resolve;
      this.#rejectEnding = reject;
    });
    this.#ending.catch(() => {}); // whether somebody must hear of a failure is decided when it happens
  }

  /** Whether nothing follows any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the stream failed or was aborted. */
  get errored(): boolean {
    return this.#errored;
  }

  /** Whether the stream was aborted. */
  get aborted(): boolean {
    return this.#aborted;
  }

  /** Cancels the request; `done()` and iterators reject with `APIUserAbortError`. */
  abort(): void {
    this.controller.abort();
  }

  /** Calls `listener` at each `event`, as often as it was added. */
  on<Event extends keyof EventTypes>(event: Event, listener: EventListener<EventTypes, Event>): this {
    return this.#add(event, listener, false);
  }

  /** Calls `listener` at the next `event` only. */
  once<Event extends keyof EventTypes>(event: Event, listener: EventListener<EventTypes, Event>): this {
    return this.#add(event, listener, true);
  }

  /** Takes one registration of `listener` back. */
  off<Event extends keyof EventTypes>(event: Event, listener: EventListener<EventTypes, Event>): this {
    const listeners = this.#listeners.get(event) ?? [];
    const at = listeners.findIndex((registration) => registration.listener === listener);
    if (at >= 0) this.#listeners.set(event, listeners.toSpliced(at, 1));
    return this;
  }

  /**
   * The next `event`: its argument, or all of them if there are several. Rejects if the stream fails first; stays
   * pending if it ends otherwise.
   */
  emitted<Event extends keyof EventTypes>(
    event: Event,
  ): Promise<EmittedEventResult<EventParameters<EventTypes, Event>>> {
    this.#awaited = true;
    return new Promise((resolve, reject) => {
      const onError: (error: OpenAIError) => void = (error) => {
        this.off(event, onEvent as EventListener<EventTypes, Event>);
        reject(error);
      };
      const onEvent = (...args: unknown[]): void => {
        if (event !== "error") this.off("error", onError);
        resolve((args.length > 1 ? args : args[0]) as never);
      };
      if (event !== "error") this.once("error", onError);
      this.once(event, onEvent as EventListener<EventTypes, Event>);
    });
  }

  /**
   * The arguments of each `event`, until the stream ends. Rejects when the stream fails or is aborted, unless that is
   * the event asked for.
   */
  events<Event extends keyof EventTypes>(event: Event): AsyncIterableIterator<EventParameters<EventTypes, Event>> {
    return this._iterate<EventParameters<EventTypes, Event>>(event, (...args) => args as never, undefined);
  }

  /** Resolves when the stream has ended well, rejects when it failed or was aborted. */
  async done(): Promise<void> {
    this.#awaited = true;
    await this.#ending;
  }

  /** @internal Runs the request after the caller has had the time to add listeners. */
  _run(this: EventStream<any>, executor: () => Promise<unknown>): void {
    setImmediate(() => {
      void (async () => {
        try {
          await executor();
          this._emitFinal();
        } catch (error) {
          this.#fail(error);
          return;
        }
        this._emit("end");
      })();
    });
  }

  /** @internal */
  _connected(): void {
    this._emit("connect");
  }

  /** @internal The caller's signal aborts this stream as long as it runs. */
  _listenForAbort(signal: AbortSignal | null | undefined): void {
    if (!signal || this.#ended || this.#signals.has(signal)) return;
    const abort = (): void => this.controller.abort(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#signals.set(signal, abort);
  }

  /** @internal Throws when the stream was aborted: a stream of events ends quietly then. */
  _throwIfAborted(): void {
    if (this.controller.signal.aborted) throw new APIUserAbortError();
  }

  /** @internal */
  _hasListeners(event: keyof EventTypes): boolean {
    return (this.#listeners.get(event)?.length ?? 0) > 0;
  }

  /** @internal Calls the listeners of an event; the first that throws ends the round, and the stream. */
  _emit<Event extends keyof BaseEvents>(event: Event, ...args: EventParameters<BaseEvents, Event>): void;
  _emit<Event extends keyof EventTypes>(event: Event, ...args: EventParameters<EventTypes, Event>): void;
  _emit(event: keyof EventTypes, ...args: unknown[]): void {
    if (this.#ended) return;
    const listeners = this.#listeners.get(event) ?? [];
    if (listeners.some(({ once }) => once)) {
      this.#listeners.set(
        event,
        listeners.filter(({ once }) => !once),
      );
    }
    if (event === "end") this.#end();
    try {
      for (const { listener } of listeners) listener(...args);
    } finally {
      if (event === "error" || event === "abort") {
        this.#settle(event, args[0] as OpenAIError, listeners.length > 0);
      }
    }
  }

  /** @internal What subclasses tell at a good end, before `end`. */
  _emitFinal(): void {}

  /** @internal An iterator over an event; `leave` is called when its reader leaves early. */
  _iterate<Item>(
    event: keyof EventTypes,
    item: (...args: any[]) => Item,
    leave: (() => void) | undefined,
  ): AsyncIterableIterator<Item> {
    const ready: Item[] = [];
    let readers: { resolve: (result: IteratorResult<Item>) => void; reject: (error: OpenAIError) => void }[] = [];
    let at = 0;
    let left = false;
    let told = false;
    const failure = (): OpenAIError | undefined =>
      told || !this.#failure || this.#failure.event === event ? undefined : this.#failure.error;
    const onItem = (...args: unknown[]): void => {
      const value = item(...args);
      const reader = readers.shift();
      if (reader) reader.resolve({ value, done: false });
      else ready.push(value);
    };
    const onEnd = (): void => {
      const error = failure();
      for (const { resolve, reject } of readers) {
        if (error && !told) reject(error);
        else resolve({ value: undefined, done: true });
        told ||= error !== undefined;
      }
      readers = [];
    };
    const quiet = (): void => {}; // the failure reaches the iterator's reader, so it is not unhandled
    const watched = (["error", "abort"] as const).filter((name) => name !== event);
    if (!this.#ended) {
      this.#add(event, onItem, false);
      this.#add("end", onEnd, false);
      for (const name of watched) this.#add(name, quiet, false);
    }
    return {
      next: () => {
        if (at < ready.length) {
          const value = ready[at++]!;
          if (at === ready.length) at = ready.length = 0;
          return Promise.resolve({ value, done: false });
        }
        if (!this.#ended && !left) return new Promise((resolve, reject) => readers.push({ resolve, reject }));
        const error = failure();
        told = true;
        return error ? Promise.reject(error) : Promise.resolve({ value: undefined, done: true });
      },
      return: () => {
        left = told = true;
        at = ready.length = 0;
        this.off(event, onItem as never);
        this.off("end", onEnd as never);
        for (const name of watched) this.off(name, quiet as never);
        onEnd();
        if (leave && !this.#ended) {
          this.done().catch(() => {}); // the abort that follows is the reader's own
          leave();
        }
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #add(event: keyof EventTypes, listener: unknown, once: boolean): this {
    const added = { listener: listener as Registration["listener"], once };
    if (!this.#ended) this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), added]);
    return this;
  }

  #fail(this: EventStream<any>, cause: unknown): void {
    this.#errored = true;
    if (cause instanceof APIUserAbortError || (cause instanceof Error && cause.name === "AbortError")) {
      this.#aborted = true;
      const { aborted, reason } = this.controller.signal;
      const error = cause instanceof APIUserAbortError ? cause : new APIUserAbortError();
      if (aborted && error.cause === undefined) Object.assign(error, { cause: reason });
      this._emit("abort", error);
    } else if (cause instanceof OpenAIError) {
      this._emit("error", cause);
    } else {
      const message = cause instanceof Error ? cause.message : String(cause);
      this._emit("error", Object.assign(new OpenAIError(message), { cause }));
    }
  }

  #settle(event: "error" | "abort", error: OpenAIError, heard: boolean): void {
    this.#failure ??= { event, error };
    if (!heard && !this.#awaited) void Promise.reject(error);
    this.#rejectEnding(error);
    this._emit("end");
  }

  #end(): void {
    this.#ended = true;
    for (const [signal, abort] of this.#signals) signal.removeEventListener("abort", abort);
    this.#signals.clear();
    this.#listeners.clear();
    this.#resolveEnding();
  }
}
