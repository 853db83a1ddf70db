// Calls in flight of this thread, and the one function that the native core calls back.
//
// Outcomes arrive in batches (bindings/node/src/queue.rs). While any outcome is awaited the process stays alive; an open
// stream that nobody reads, or an idle client, never holds it.

import { fromNative } from "./error.js";
import { APIConnectionError, APIUserAbortError } from "./error-base.js";
import { Feeder } from "./feeds.js";
import { addon, type NativeClient, type NativeTarget } from "./native.js";

/** A whole reply. `body` is text, or bytes where the operation answers binary data. */
export interface Reply {
  status: number;
  headers: string;
  body: string | Uint8Array;
}

/** What arrives for one call: a tag of `Outcome` (queue.rs), a status or count, headers, a payload. */
type Waiter = (tag: number, number: number, headers: string, payload: unknown) => void;

const REPLY = 0;
const OPENED = 1;
const BATCH = 2;
const END = 3;
const CHUNK = 5;
const WANTED = 6;
const UNWANTED = 7;

const waiting = new Map<number, Waiter>();

/** Calls whose form is fed from here. */
const feeders = new Map<number, Feeder>();

const bridge = new addon.Bridge((outcomes) => {
  for (let at = 0; at < outcomes.length; at += 5) {
    const id = outcomes[at] as number;
    const tag = outcomes[at + 1];
    if (tag === WANTED || tag === UNWANTED) {
      const opening = outcomes[at + 2] as number;
      if (tag === WANTED) void feeders.get(id)?.want(outcomes[at + 4] as number, opening);
      else void feeders.get(id)?.unwant(opening);
      continue;
    }
    const waiter = waiting.get(id);
    if (!waiter) continue; // cancelled meanwhile
    waiting.delete(id);
    waiter(tag as number, outcomes[at + 2] as number, outcomes[at + 3] as string, outcomes[at + 4]);
  }
  if (waiting.size === 0) bridge.hold(false);
});

function wait(id: number, waiter: Waiter): void {
  if (waiting.size === 0) bridge.hold(true);
  waiting.set(id, waiter);
}

/** Closes the connection of a stream that was opened, not read to its end, and then forgotten. */
const forgotten = new FinalizationRegistry<Call>((handle) => handle.cancel());

/** One native call: its id, and the listeners on the signals that may abort it. */
class Call {
  /** Tells whoever awaits an outcome that none will come. */
  onAbort: (() => void) | undefined;
  ended = false;

  constructor(
    readonly id: number,
    private readonly signals: readonly AbortSignal[],
  ) {
    for (const signal of signals) signal.addEventListener("abort", this);
  }

  handleEvent(): void {
    this.cancel();
    this.onAbort?.();
  }

  /** The native side has ended. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    feeders.get(this.id)?.close();
    feeders.delete(this.id);
    // Kept, it would keep the stream too: the reason of an abort remembers who aborted.
    forgotten.unregister(this);
    for (const signal of this.signals) signal.removeEventListener("abort", this);
  }

  cancel(): void {
    if (this.ended) return;
    this.end();
    if (waiting.delete(this.id) && waiting.size === 0) bridge.hold(false);
    bridge.cancel(this.id);
  }
}

/** Starts a call and awaits its first outcome. */
function start<T>(
  begin: () => number,
  { parts }: NativeTarget,
  signals: readonly AbortSignal[],
  settle: (handle: Call, tag: number, status: number, headers: string, payload: unknown) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signals.some((signal) => signal.aborted)) throw new APIUserAbortError();
    const handle = new Call(begin(), signals);
    handle.onAbort = () => reject(new APIUserAbortError());
    const sources = parts?.flatMap(({ feed }) => feed?.source ?? []);
    if (sources?.length) {
      const fail = (reason: unknown): void => {
        handle.cancel();
        reject(Object.assign(new APIConnectionError({}), { cause: reason }));
      };
      feeders.set(handle.id, new Feeder(sources, (opening, piece) => bridge.feed(handle.id, opening, piece), fail));
    }
    wait(handle.id, (tag, status, headers, payload) => {
      if (tag === REPLY || tag === OPENED) {
        return resolve(settle(handle, tag, status, headers, payload));
      }
      handle.end();
      reject(fromNative(payload as string));
    });
  });
}

/** Sends a request and waits for the whole reply. */
export function call(client: NativeClient, target: NativeTarget, signals: readonly AbortSignal[]): Promise<Reply> {
  return start(
    () => client.call(bridge, target),
    target,
    signals,
    (handle, _tag, status, headers, payload) => {
      handle.end();
      return { status, headers, body: payload as string | Uint8Array };
    },
  );
}

/** Opens a stream; resolves when the headers of a successful answer are in. */
export function open(
  client: NativeClient,
  target: NativeTarget,
  signals: readonly AbortSignal[],
): Promise<EventSource> {
  return start(
    () => client.stream(bridge, target),
    target,
    signals,
    (handle, _tag, status, headers) => new EventSource(handle, status, headers),
  );
}

/** Opens an answer that is read piece by piece; resolves when the headers of a successful answer are in. */
export function openBytes(
  client: NativeClient,
  target: NativeTarget,
  signals: readonly AbortSignal[],
): Promise<ByteSource> {
  return start(
    () => client.open(bridge, target),
    target,
    signals,
    (handle, _tag, status, headers) => new ByteSource(handle, status, headers),
  );
}

/** The native end of an open answer, read by one `pull` at a time; aborting a signal of the call closes it. */
abstract class Source<Piece> {
  constructor(
    private readonly handle: Call,
    readonly status: number,
    readonly headers: string,
  ) {
    handle.onAbort = undefined;
    forgotten.register(this, handle, handle);
  }

  /** What comes next; undefined at the end. */
  pull(): Promise<Piece | undefined> {
    const { handle } = this;
    return new Promise((resolve, reject) => {
      if (handle.ended) throw new APIUserAbortError();
      handle.onAbort = () => reject(new APIUserAbortError());
      wait(handle.id, (tag, count, _headers, payload) => {
        handle.onAbort = undefined;
        if (tag === BATCH || tag === CHUNK) return resolve(this.receive(payload, count));
        handle.end();
        if (tag === END) resolve(undefined);
        else reject(fromNative(payload as string));
      });
      bridge.pull(handle.id);
    });
  }

  /** Closes the connection, unless the end has come. */
  close(): void {
    this.handle.cancel();
  }

  protected abstract receive(payload: unknown, count: number): Piece;
}

/** The events of a stream; a batch has at least one unless there is an error. */
export class EventSource extends Source<EventBatch> {
  /** Batches that have crossed from the native core so far. */
  crossings = 0;

  protected receive(payload: unknown, count: number): EventBatch {
    this.crossings += 1;
    return parseBatch(payload as string, count);
  }
}

/** The bytes of an answer. */
export class ByteSource extends Source<Uint8Array<ArrayBuffer>> {
  protected receive(payload: unknown): Uint8Array<ArrayBuffer> {
    return payload as Uint8Array<ArrayBuffer>;
  }
}

export interface EventBatch {
  events: unknown[];
  /** What is wrong with the event that follows these. */
  error?: SyntaxError;
}

/** One `JSON.parse` for the batch; only when that fails, one for each event, to keep those before the bad one. */
function parseBatch(text: string, count: number): EventBatch {
  try {
    const events = JSON.parse(text) as unknown[];
    // Events that are JSON only together, such as `1,2`, would have changed the number.
    if (events.length === count) return { events };
  } catch {
    // taken apart below
  }
  const events: unknown[] = [];
  for (const part of text.slice(1, -1).split(",\r")) {
    try {
      events.push(JSON.parse(part));
    } catch (error) {
      return { events, error: error as SyntaxError };
    }
  }
  return { events };
}
