// A configured client: options, environment, and the few ways in which resource methods send a call.

import { APIPromise, makeResponse, withRequestID, type Answer } from "./api-promise.js";
import { call, open, openBytes, type ByteSource, type EventSource } from "./bridge.js";
import { APIError, OpenAIError, fromNative } from "./error.js";
import { findHeader, splitHeaders, type HeadersLike } from "./headers.js";
import { nativeHedge, type HedgeOption } from "./hedge.js";
import { HOOKS } from "./hooks.js";
import { effectiveLevel, talks, type Logger, type LogLevel } from "./log.js";
import { addon, type NativeClient, type NativeHedge, type NativeTarget } from "./native.js";
import { PagePromise, type PageClass } from "./page.js";
import {
  nativeLimits,
  settled,
  toTarget,
  whole,
  type CallArguments,
  type Limits,
  type RequestOptions,
} from "./request.js";
import { EventIterator, Stream } from "./streaming.js";
import { contentOf, isFormData, isRaw, toBody } from "./uploads.js";
import { VERSION } from "./version.js";

/** Gives the key for each call, for example a short-lived token. */
export type ApiKeySetter = () => Promise<string>;

/** Options of a client. What is absent comes from the environment, else from the core's defaults. */
export interface ClientOptions extends Limits {
  /** Default: `OPENAI_API_KEY`. */
  apiKey?: string | ApiKeySetter | undefined;
  /** For the administration API. Default: `OPENAI_ADMIN_KEY`. */
  adminAPIKey?: string | null | undefined;
  /** Default: `OPENAI_ORG_ID`. */
  organization?: string | null | undefined;
  /** Default: `OPENAI_PROJECT_ID`. */
  project?: string | null | undefined;
  /** Default: `OPENAI_BASE_URL`, else the OpenAI API. */
  baseURL?: string | null | undefined;
  /** Milliseconds for each attempt; default ten minutes. */
  timeout?: number | undefined;
  /** Milliseconds to connect; default five seconds. */
  connectTimeout?: number | undefined;
  /** Largest event of a stream that is accepted; default: any. */
  maxEventBytes?: number | undefined;
  /** Default 2. */
  maxRetries?: number | undefined;
  /** Hedges every call, see `HedgeOption`: only for a client all of whose calls may run twice. */
  hedge?: HedgeOption | null | undefined;
  /** Sent with every request. */
  defaultHeaders?: HeadersLike | undefined;
  /** Sent with every request. */
  defaultQuery?: Record<string, string | undefined> | undefined;
  /** Accepted and without effect: the package does not run in browsers. */
  dangerouslyAllowBrowser?: boolean | undefined;
  /** Default: `OPENAI_LOG`, else `warn`. */
  logLevel?: LogLevel | undefined;
  /** Default: `console`. */
  logger?: Logger | undefined;
}

/** Options of the official package that would change where a request goes or who it is from, and are not there yet. */
const UNSUPPORTED = [
  "fetch",
  "fetchOptions",
  "httpAgent",
  "workloadIdentity",
  "x509Transport",
  "credential",
  "provider",
  "dataResidency",
];

/** Where `withOptions` hands over the native client. */
const SHARED = Symbol("shared");

/** Operations whose files are a folder: the names keep their directories. */
const KEEP_FOLDERS = /^skills\./;

/** Client without resources; `OpenAI` and `Client` build on it. */
export class BaseClient {
  readonly baseURL: string;
  readonly organization: string | null;
  readonly project: string | null;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly logLevel: LogLevel;
  readonly logger: Logger;
  readonly #native: NativeClient;
  readonly #options: ClientOptions;
  readonly #removed: readonly string[];
  readonly #hedge: NativeHedge | undefined;

  constructor({ [SHARED]: shared, ...options }: ClientOptions & { [SHARED]?: NativeClient } = {}) {
    for (const name of UNSUPPORTED) {
      if ((options as Record<string, unknown>)[name] != null) {
        throw new OpenAIError(`openai-oxide does not support the option "${name}" yet.`);
      }
    }
    const headers = splitHeaders(options.defaultHeaders);
    const { apiKey } = options;
    try {
      this.#hedge = nativeHedge(options.hedge);
      this.#native =
        shared ??
        new addon.NativeClient({
          // With a function every call brings its own key; this one is never sent.
          apiKey: typeof apiKey === "function" ? "set-by-function" : (apiKey ?? undefined),
          adminApiKey: options.adminAPIKey ?? undefined,
          baseUrl: options.baseURL ?? undefined,
          organization: options.organization ?? undefined,
          project: options.project ?? undefined,
          userAgent: `openai-oxide/${VERSION} node/${process.versions.node}`,
          ...nativeLimits(options),
          timeoutMs: whole("timeout", options.timeout),
          connectTimeoutMs: whole("connectTimeout", options.connectTimeout),
          maxEventBytes: whole("maxEventBytes", options.maxEventBytes),
          maxRetries: whole("maxRetries", options.maxRetries),
          headers: headers.set,
          query: Object.entries(options.defaultQuery ?? {}).flatMap(([name, value]) =>
            value === undefined ? [] : [name, value],
          ),
        });
    } catch (error) {
      throw error instanceof OpenAIError ? error : fromNative((error as Error).message);
    }
    this.#options = options;
    this.#removed = headers.removed;
    const effective = this.#native.effective;
    this.baseURL = effective.baseUrl;
    this.organization = effective.organization ?? null;
    this.project = effective.project ?? null;
    this.timeout = effective.timeoutMs;
    this.maxRetries = effective.maxRetries;
    this.logLevel = effectiveLevel(options.logLevel);
    this.logger = options.logger ?? console;
  }

  /** The key that was given or found in the environment; with a function, null. Not enumerable: it stays out of logs. */
  get apiKey(): string | null {
    const { apiKey } = this.#options;
    return typeof apiKey === "function" ? null : (apiKey ?? process.env["OPENAI_API_KEY"] ?? null);
  }

  /** The administration key, as `apiKey`. */
  get adminAPIKey(): string | null {
    return this.#options.adminAPIKey ?? process.env["OPENAI_ADMIN_KEY"] ?? null;
  }

  /** A client of the same kind with some options replaced. */
  withOptions(options: Partial<ClientOptions>): this {
    const Class = this.constructor as new (options: ClientOptions) => this;
    // Hedging travels with each call, so that the connections, the budget and what is known of answer times can be shared.
    const shared = Object.keys(options).every((name) => name === "hedge") ? { [SHARED]: this.#native } : {};
    return new Class({ ...this.#options, ...options, ...shared });
  }

  /** GET on a path below the base URL, for what this package has no method for. */
  get<T>(path: string, options?: RequestOptions): APIPromise<T> {
    return this.request({ method: "get", path, ...options });
  }

  /** POST, as `get`. */
  post<T>(path: string, options?: RequestOptions): APIPromise<T> {
    return this.request({ method: "post", path, ...options });
  }

  /** PATCH, as `get`. */
  patch<T>(path: string, options?: RequestOptions): APIPromise<T> {
    return this.request({ method: "patch", path, ...options });
  }

  /** PUT, as `get`. */
  put<T>(path: string, options?: RequestOptions): APIPromise<T> {
    return this.request({ method: "put", path, ...options });
  }

  /** DELETE, as `get`. */
  delete<T>(path: string, options?: RequestOptions): APIPromise<T> {
    return this.request({ method: "delete", path, ...options });
  }

  /** A list of any path, as pages of a class of `compat/pagination`; otherwise as `get`. */
  getAPIList<Item, P extends PageClass<Item> = PageClass<Item>>(
    path: string,
    Page: P,
    options?: RequestOptions,
  ): PagePromise<InstanceType<P>, Item> {
    return this._list<Item, P>({ method: "GET", path }, Page, { options });
  }

  /** Any verb, as `get`. */
  request<T>(options: RequestOptions & { method: string; path: string }): APIPromise<T> {
    const { method, path, stream } = options;
    const operation = { method: method.toUpperCase(), path };
    if (stream) return this._stream(operation, { options }) as unknown as APIPromise<T>;
    return new APIPromise(this.#send(operation, { options }), parseJson<T>);
  }

  /** A whole URL, as servers give them, becomes a path below the base URL: it must not lead the key elsewhere. */
  #below(operation: NativeTarget["operation"]): NativeTarget["operation"] {
    if (typeof operation === "string" || !/^https?:\/\//i.test(operation.path)) return operation;
    const base = this.baseURL.replace(/\/+$/, "");
    if (operation.path.startsWith(`${base}/`)) return { ...operation, path: operation.path.slice(base.length) };
    throw new OpenAIError(`${operation.path} is not below the base URL; a client with that baseURL can ask for it.`);
  }

  /** @internal The parsed JSON result, as the hooks of the operation want it. */
  _call<T>(operation: string, given: CallArguments): APIPromise<T> {
    const args = settled(given);
    const hook = HOOKS[operation];
    if (!hook) return new APIPromise(this.#send(operation, args), parseJson<T>);
    const changed = hook.before ? { ...args, body: hook.before(args.body) } : args;
    return new APIPromise(this.#send(operation, changed), (answer) => {
      const result = parseJson<T>(answer);
      hook.after?.(result, args.body);
      return result;
    });
  }

  /** @internal The parsed JSON result, or text where the server answers with text. */
  _callOrText<T>(operation: string, args: CallArguments): APIPromise<T> {
    return new APIPromise(this.#send(operation, args), (answer) => {
      const type = findHeader(answer.headers, "content-type")?.split(";")[0]!.trim() ?? "";
      return /[/+]json$/i.test(type) ? parseJson<T>(answer) : (answer.body as T);
    });
  }

  /** @internal A result that is text. */
  _text(operation: string, args: CallArguments): APIPromise<string> {
    return new APIPromise(this.#send(operation, args), (answer) => answer.body as string);
  }

  /** @internal The response itself; its body is read from the connection as the caller reads it. */
  _binary(operation: NativeTarget["operation"], given: CallArguments): APIPromise<Response> {
    const args = settled(given);
    const signal = args.options?.signal;
    const opening = this.#begin(operation, args, async (target) => {
      const source = await openBytes(this.#native, target, signal ? [signal] : []);
      const { status, headers } = source;
      return { status, headers, response: makeResponse(status, headers, toReadable(source)) };
    });
    return new APIPromise(opening, (answer) => answer.response!);
  }

  /** @internal No result. */
  _discard(operation: string, args: CallArguments): APIPromise<void> {
    return new APIPromise(this.#send(operation, args), () => undefined);
  }

  /** @internal A page of a list. */
  _list<Item, P extends PageClass<Item>>(
    operation: NativeTarget["operation"],
    Page: P,
    given: CallArguments,
  ): PagePromise<InstanceType<P>, Item> {
    const args = settled(given);
    const query = (args.options?.query ?? args.query ?? {}) as Record<string, unknown>;
    const next = (more: Record<string, unknown>): PagePromise<InstanceType<P>, Item> =>
      this._list<Item, P>(operation, Page, {
        ...args,
        options: { ...args.options, query: { ...query, ...more } },
      });
    return new PagePromise(this.#send(operation, args), (answer) => {
      const body = parseJson<object>(answer);
      return withRequestID(new Page(body, query, next) as InstanceType<P>, answer);
    });
  }

  /** @internal A stream of events that ends as the official package's streams end. */
  _stream<Event>(operation: NativeTarget["operation"], args: CallArguments): APIPromise<Stream<Event>> {
    const controller = new AbortController();
    const opening = this.#open(operation, args, controller);
    return new APIPromise(opening, () =>
      Stream.fromEvents(new EventIterator<Event>(opening, controller, true), controller),
    );
  }

  /** @internal A stream, or one result: what the parameter `stream` asks for. */
  _maybeStream<Result, Event>(
    operation: string,
    stream: boolean | null | undefined,
    args: CallArguments,
    whole: "_call" | "_callOrText" = "_call",
  ): APIPromise<Result | Stream<Event>> {
    return stream ? this._stream<Event>(operation, args) : this[whole]<Result>(operation, args);
  }

  /** @internal A stream whose cut is an error. */
  _events<Event>(operation: string, args: CallArguments): EventIterator<Event> {
    const controller = new AbortController();
    return new EventIterator<Event>(this.#open(operation, args, controller), controller, false);
  }

  #send(operation: NativeTarget["operation"], args: CallArguments): Promise<Answer> {
    const signal = args.options?.signal;
    return this.#begin(operation, args, (target) => call(this.#native, target, signal ? [signal] : []));
  }

  #open(operation: NativeTarget["operation"], args: CallArguments, controller: AbortController): Promise<EventSource> {
    const signal = args.options?.signal;
    const signals = signal ? [controller.signal, signal] : [controller.signal];
    return this.#begin(operation, args, (target) => open(this.#native, target, signals));
  }

  #begin<R extends Answer>(
    operation: NativeTarget["operation"],
    args: CallArguments,
    send: (target: NativeTarget) => Promise<R>,
  ): Promise<R> {
    let answer: Promise<R>;
    try {
      const target = toTarget(this.#below(operation), args);
      if (this.#hedge) target.options = { ...target.options, hedge: target.options?.hedge ?? this.#hedge };
      const given = args.options?.body;
      const form = isFormData(given) ? given : args.form;
      const later =
        form || isRaw(args.options) || typeof this.#options.apiKey === "function" || this.#removed.length > 0;
      answer = later ? this.#complete(target, this.#options.apiKey, form, args).then(send) : send(target);
    } catch (error) {
      return Promise.reject(error);
    }
    return talks(this.logLevel, "info") ? this.#logged(operation, answer) : answer;
  }

  /** Reads files, and adds what the client says below what the call says: the key of a function, removed headers. */
  async #complete(
    target: NativeTarget,
    apiKey: ClientOptions["apiKey"],
    form: CallArguments["form"],
    { rules, options }: CallArguments,
  ): Promise<NativeTarget> {
    const { headers = [], removedHeaders = [], ...others } = target.options ?? {};
    const named = new Set(headers.filter((_, index) => index % 2 === 0).map((h) => h.toLowerCase()));
    const removed = [...removedHeaders, ...this.#removed.filter((h) => !named.has(h.toLowerCase()))];
    const set = [...headers];
    if (form && !target.body) {
      const { contentType, ...body } = {
        contentType: undefined,
        ...(await toBody(form, KEEP_FOLDERS.test(String(target.operation)), rules)),
      };
      Object.assign(target, body);
      if (contentType && !named.has("content-type")) set.push("content-type", contentType);
      if (target.parts?.some(({ feed }) => feed?.source.once))
        Object.assign(others, { maxRetries: 0, hedge: undefined });
    }
    if (isRaw(options)) target.raw = await contentOf(options?.body);
    if (typeof apiKey === "function" && !named.has("authorization")) {
      set.push("authorization", `Bearer ${await keyFrom(apiKey)}`);
    }
    return { ...target, options: { ...others, headers: set, removedHeaders: removed } };
  }

  async #logged<R extends Answer>(operation: NativeTarget["operation"], answer: Promise<R>): Promise<R> {
    const name = typeof operation === "string" ? operation : `${operation.method} ${operation.path}`;
    const start = performance.now();
    const say = (what: string | number): void =>
      this.logger.info(`openai-oxide: ${name}: ${what} after ${Math.round(performance.now() - start)} ms`);
    return answer.then(
      (reply) => {
        say(reply.status);
        return reply;
      },
      (error: unknown) => {
        say(error instanceof APIError && error.status ? error.status : (error as Error).constructor.name);
        throw error;
      },
    );
  }
}

/** The bytes of an answer, pulled as they are read. */
function toReadable(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        const piece = await source.pull();
        if (piece) sink.enqueue(piece);
        else sink.close();
      },
      cancel: () => source.close(),
    },
    { highWaterMark: 0 },
  );
}

async function keyFrom(provider: ApiKeySetter): Promise<string> {
  let key: unknown;
  try {
    key = await provider();
  } catch (cause) {
    if (cause instanceof OpenAIError) throw cause;
    throw Object.assign(new OpenAIError("The apiKey function failed."), { cause });
  }
  if (typeof key !== "string" || !key) {
    throw new OpenAIError("The apiKey function must return a string that is not empty.");
  }
  return key;
}

function parseJson<T>(answer: Answer): T {
  if (answer.body === "" || answer.body === undefined) return (answer.status === 204 ? null : undefined) as T;
  try {
    return withRequestID(JSON.parse(answer.body as string) as T, answer);
  } catch (cause) {
    const error = new APIError(answer.status, undefined, "The answer is not JSON.", answer.headers);
    throw Object.assign(error, { cause, kind: "response_validation" });
  }
}
