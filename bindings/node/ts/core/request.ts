// What callers may say about one request, and how it crosses to the addon.

import { OpenAIError } from "./error.js";
import { nativeHedge, type HedgeOption } from "./hedge.js";
import { splitHeaders, type HeadersLike } from "./headers.js";
import type { NativeOptions, NativeTarget } from "./native.js";
import { fieldsText, isFormData, isRaw, type FormRules } from "./uploads.js";

/** Limits beyond the official package's, in milliseconds; without them only `timeout` applies. */
export interface Limits {
  /** Until a stream's first content event, from the start of the attempt. */
  firstTokenTimeout?: number | undefined;
  /** Of silence between a stream's content events. */
  idleTimeout?: number | undefined;
  /** For everything: all attempts, the waits between them, and the stream. */
  deadline?: number | undefined;
}

/** Options of one request, after its parameters. */
export interface RequestOptions extends Limits {
  /** Headers to set; null removes one that would be sent. */
  headers?: HeadersLike;
  /** Replaces the query parameters of the call. */
  query?: object | null | undefined;
  /**
   * Replaces the body of the call: sent as JSON; a `FormData` as a form; bytes, files, streams and `URLSearchParams` as they
   * are, and so is text if `headers` tell its content type.
   */
  body?: unknown;
  /** Milliseconds for each attempt, the body or the stream's first event included. */
  timeout?: number;
  /** How often a failed attempt is repeated. */
  maxRetries?: number;
  /** Sends the request again beside itself when its answer is late; over what the client says. */
  hedge?: HedgeOption | null | undefined;
  /** Aborting it cancels the request on the wire. */
  signal?: AbortSignal | undefined | null;
  /** Sent with every attempt, so that the server can tell a repeated one. */
  idempotencyKey?: string;
  /** For undocumented calls: return a stream of events. */
  stream?: boolean;
}

const IN_PLACE_OF_QUERY = ["headers", "maxRetries", "timeout", "signal", "idempotencyKey", "query"] as const;

/** Options that may stand where an optional query would: `client.files.list({ timeout: 1000 })`. */
export type QueryOptions = Pick<RequestOptions, (typeof IN_PLACE_OF_QUERY)[number]> & { stream?: never };

/** Moves options that stand in the place of the query to theirs. */
export function settled(args: CallArguments): CallArguments {
  const { query, options } = args;
  if (!query || !IN_PLACE_OF_QUERY.some((name) => (query as QueryOptions)[name] !== undefined)) return args;
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (options !== undefined || given.some(([name]) => !(IN_PLACE_OF_QUERY as readonly string[]).includes(name))) {
    throw new TypeError("Query parameters and request options are separate arguments.");
  }
  return { ...args, query: undefined, options: query as RequestOptions };
}

/** What a resource method hands over: an operation of the core's table and its arguments. */
export interface CallArguments {
  /** Path parameters, in the order of the path. */
  path?: readonly unknown[];
  query?: object | null | undefined;
  body?: unknown;
  /** Sent as a form, with files; instead of `body`. */
  form?: object | null | undefined;
  /** How the form is sent, where the call has rules of its own. */
  rules?: FormRules;
  /** Parameters that travel in headers; lists are joined by commas. */
  headers?: Record<string, string | readonly string[] | undefined>;
  options?: RequestOptions | undefined;
}

/** The call as the addon takes it. Key order of body and query is the caller's. */
export function toTarget(operation: NativeTarget["operation"], args: CallArguments): NativeTarget {
  const { path, options } = args;
  // A call that has a body sends an object where it is given nothing: servers want JSON there.
  const own = "body" in args && args.body === undefined ? {} : args.body;
  const body = options?.body !== undefined ? options.body : own;
  const query = options?.query !== undefined ? options.query : args.query;
  const target: NativeTarget = { operation };
  // Nothing given is an empty segment, which the core refuses: better than a request for "undefined".
  if (path) target.pathParams = path.map(segment);
  if (body != null && !isFormData(body) && !isRaw(options)) target.body = JSON.stringify(body);
  if (query) target.query = fieldsText(query);
  if (options) target.options = toNativeOptions(options);
  if (args.headers) addHeaders(target, args.headers);
  return target;
}

function segment(value: unknown): string {
  const text = String(value ?? "");
  // Sent as U+FFFD it would name something else.
  if (/\p{Surrogate}/u.test(text)) throw new OpenAIError(`${JSON.stringify(text)} holds half a character.`);
  return text;
}

/** Headers of the operation, below those that the caller's options name. */
function addHeaders(target: NativeTarget, headers: NonNullable<CallArguments["headers"]>): void {
  const options = (target.options ??= {});
  const set = (options.headers ??= []);
  const named = [...set.filter((_, index) => index % 2 === 0), ...(options.removedHeaders ?? [])];
  const taken = new Set(named.map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !taken.has(name.toLowerCase())) set.push(name, String(value));
  }
}

function toNativeOptions(options: RequestOptions): NativeOptions {
  const native: NativeOptions = {
    ...nativeLimits(options),
    timeoutMs: whole("timeout", options.timeout),
    maxRetries: whole("maxRetries", options.maxRetries),
    idempotencyKey: options.idempotencyKey,
    hedge: nativeHedge(options.hedge),
  };
  if (options.headers) {
    const { set, removed } = splitHeaders(options.headers);
    native.headers = set;
    native.removedHeaders = removed;
  }
  return native;
}

export function nativeLimits(
  limits: Limits,
): Pick<NativeOptions, "firstTokenTimeoutMs" | "idleTimeoutMs" | "deadlineMs"> {
  return {
    firstTokenTimeoutMs: whole("firstTokenTimeout", limits.firstTokenTimeout),
    idleTimeoutMs: whole("idleTimeout", limits.idleTimeout),
    deadlineMs: whole("deadline", limits.deadline),
  };
}

/** A count or a number of milliseconds, if given; the addon's integers would wrap silently around anything else. */
export function whole(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)) {
    throw new OpenAIError(`${name} must be a whole number of at least 0, not ${value}.`);
  }
  return value;
}
