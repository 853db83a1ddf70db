// The error classes that do more than have a name. The rest of the tree is generated from spec/errors.yaml.
//
// Messages follow the official package: the status, then the server's message. Headers become a `Headers` object when
// they are first read, because loading Node's `Headers` costs more than the call that failed.

import type { ChatCompletion } from "../generated/types/chat.js";
import { findHeader, parseHeaders } from "./headers.js";

/** Base of every error this package throws on purpose. */
export class OpenAIError extends Error {}

/** Body of an error answer, as the API sends it under `error`. */
type ErrorBody = Record<string, unknown> | undefined;

/** An answer that reports a failure, or no usable answer at all. `status` tells the two apart. */
export class APIError<
  TStatus extends number | undefined = number | undefined,
  THeaders extends Headers | undefined = Headers | undefined,
  TError extends object | undefined = object | undefined,
> extends OpenAIError {
  /** HTTP status; undefined when no answer arrived. */
  readonly status: TStatus;
  /** The answer's `error` object. */
  readonly error: TError;
  readonly code: string | null | undefined;
  readonly param: string | null | undefined;
  readonly type: string | undefined;
  /** The `x-request-id` of the answer: what the API's support asks for. Undefined when no answer arrived. */
  readonly requestID: string | null | undefined;
  /** What went wrong, by the names of spec/errors.yaml, where the class alone does not tell. */
  readonly kind?: string;
  /** Of a timeout: which limit passed (connect, attempt, first_token, idle, deadline). */
  readonly phase?: string;
  /** Requests that were sent, retries included. */
  readonly attempts?: number;
  #headers: Headers | string | undefined;

  /** Builds the error of the class that belongs to the status. */
  static generate: (
    status: number | undefined,
    errorResponse: object | undefined,
    message: string | undefined,
    headers: Headers | undefined,
  ) => APIError;

  constructor(status: TStatus, error: TError, message: string | undefined, headers: THeaders | string | undefined) {
    super(describe(status, error as ErrorBody, message));
    this.status = status;
    this.error = error;
    this.#headers = headers;
    const id = "x-request-id";
    this.requestID = typeof headers === "string" ? findHeader(headers, id) : headers?.get(id);
    const body = error as ErrorBody;
    this.code = body?.["code"] as string | null | undefined;
    this.param = body?.["param"] as string | null | undefined;
    this.type = body?.["type"] as string | undefined;
  }

  /** The answer's headers; undefined when no answer arrived. */
  get headers(): THeaders {
    if (typeof this.#headers === "string") this.#headers = new Headers(parseHeaders(this.#headers));
    return this.#headers as THeaders;
  }
}

/** The caller aborted the request. */
export class APIUserAbortError extends APIError<undefined, undefined, undefined> {
  constructor({ message }: { message?: string } = {}) {
    super(undefined, undefined, message || "Request was aborted.", undefined);
  }
}

/** No answer, or only a part of one, because the connection failed. */
export class APIConnectionError extends APIError<undefined, undefined, undefined> {
  constructor({ message, cause }: { message?: string | undefined; cause?: Error | undefined }) {
    super(undefined, undefined, message || "Connection error.", undefined);
    if (cause) this.cause = cause;
  }
}

/** A time limit passed. */
export class APIConnectionTimeoutError extends APIConnectionError {
  constructor({ message }: { message?: string } = {}) {
    super({ message: message ?? "Request timed out." });
  }
}

/** A structured answer cannot be parsed: the model stopped at the length limit. */
export class LengthFinishReasonError extends OpenAIError {
  constructor(
    /** The completion as far as it came; its `usage` counts what was paid for. */
    readonly completion?: ChatCompletion,
  ) {
    super("The answer ends at the length limit and cannot be parsed.");
  }
}

/** A structured answer cannot be parsed: the content filter cut it. */
export class ContentFilterFinishReasonError extends OpenAIError {
  constructor(
    /** The completion as far as it came; its `usage` counts what was paid for. */
    readonly completion?: ChatCompletion,
  ) {
    super("The content filter cut the answer and it cannot be parsed.");
  }
}

/** A workload identity provider could not give a token. */
export class SubjectTokenProviderError extends OpenAIError {}

/** A webhook delivery's signature does not match. */
export class InvalidWebhookSignatureError extends Error {}

function describe(status: number | undefined, error: ErrorBody, message: string | undefined): string {
  const stated = error?.["message"];
  let text = message;
  if (typeof stated === "string" && stated) text = stated;
  else if (stated) text = JSON.stringify(stated);
  else if (error) text = JSON.stringify(error);
  if (status) return `${status} ${text || "status code (no body)"}`;
  return text || "(no status code or body)";
}
