// The promise that calls return: it resolves to the parsed result, and gives the raw response on request.

import type { Reply } from "./bridge.js";
import { hedgeReport, type HedgeReport } from "./hedge.js";
import { findHeader, parseHeaders } from "./headers.js";

/** Object results carry the `x-request-id` of their answer, not enumerable. */
export type WithRequestID<T> = T extends Array<unknown> | Response
  ? T
  : T extends Record<string, unknown> | object
    ? T & { _request_id?: string | null }
    : T;

/** What came back, parsed or not: a whole reply, the head of a stream, or an open response. */
export type Answer = Pick<Reply, "status" | "headers"> & { body?: Reply["body"]; response?: Response };

/** A promise of the parsed result. Nothing is parsed before somebody awaits it. */
export class APIPromise<T> extends Promise<WithRequestID<T>> {
  readonly #answer: Promise<Answer>;
  readonly #parse: (answer: Answer) => T;
  #parsed: Promise<WithRequestID<T>> | undefined;

  constructor(answer: Promise<Answer>, parse: (answer: Answer) => T) {
    super((resolve) => resolve(undefined as never)); // never observed: `then` is overridden
    this.#answer = answer;
    this.#parse = parse;
  }

  /** `then`, `catch` and `finally` give plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /**
   * The raw response instead of the parsed result. Of a stream it has no body: the events are the parsed result's.
   */
  asResponse(): Promise<Response> {
    return this.#answer.then(toResponse);
  }

  /**
   * The parsed result together with the raw response and the request id; and, where the call was to be hedged, with what
   * became of its requests.
   */
  async withResponse(): Promise<{
    data: T;
    response: Response;
    request_id: string | null;
    hedge?: HedgeReport;
  }> {
    const [data, answer] = await Promise.all([this.#result(), this.#answer]);
    const request_id = findHeader(answer.headers, "x-request-id");
    const hedge = hedgeReport(answer.headers);
    return { data: data as T, response: toResponse(answer), request_id, ...(hedge && { hedge }) };
  }

  /** @internal The same call with its result changed; what `transform` throws rejects. */
  _thenUnwrap<U>(transform: (data: T) => U): APIPromise<U> {
    return new APIPromise(this.#answer, (answer) => withRequestID(transform(this.#parse(answer)), answer));
  }

  override then<A = WithRequestID<T>, B = never>(
    onfulfilled?: ((value: WithRequestID<T>) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result().then(onfulfilled, onrejected);
  }

  override catch<B = never>(onrejected?: ((reason: any) => B | PromiseLike<B>) | null): Promise<WithRequestID<T> | B> {
    return this.#result().catch(onrejected);
  }

  override finally(onfinally?: (() => void) | null): Promise<WithRequestID<T>> {
    return this.#result().finally(onfinally);
  }

  #result(): Promise<WithRequestID<T>> {
    this.#parsed ??= this.#answer.then((answer) => this.#parse(answer) as WithRequestID<T>);
    return this.#parsed;
  }
}

/** Gives an object result its `_request_id`. */
export function withRequestID<T>(result: T, answer: Answer): T {
  if (typeof result === "object" && result !== null && !Array.isArray(result)) {
    const value = findHeader(answer.headers, "x-request-id");
    Object.defineProperty(result, "_request_id", { value, enumerable: false });
  }
  return result;
}

function toResponse({ status, headers, body, response }: Answer): Response {
  return response ?? makeResponse(status, headers, body as string | Uint8Array<ArrayBuffer> | undefined);
}

/** A platform response of what the core told. */
export function makeResponse(
  status: number,
  headers: string,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream | undefined,
): Response {
  const bare = status === 204 || status === 304;
  // Loaded here, where Node loads its own `fetch` too; the package itself needs neither.
  const { STATUS_CODES } = require("node:http") as typeof import("node:http");
  const statusText = STATUS_CODES[status] ?? "";
  return new Response(bare ? null : body, { status, statusText, headers: parseHeaders(headers) });
}
