// The error classes of the package, and how an error of the native core becomes one of them.

import { APIError, APIConnectionError, OpenAIError } from "./error-base.js";
import { KIND_CLASSES, classOfStatus } from "../generated/errors.js";

export * from "./error-base.js";
export * from "../generated/errors.js";

/** What the addon tells about a failure (bindings/node/src/failure.rs). */
interface Failure {
  kind: string;
  message: string;
  status?: number;
  code?: string;
  type?: string;
  param?: string;
  phase?: string;
  attempts?: number;
  headers?: string;
  body?: string;
}

/** The error for a failure the addon describes as JSON text. */
export function fromNative(description: string): Error {
  let failure: Failure;
  try {
    failure = JSON.parse(description) as Failure;
  } catch {
    return new OpenAIError(description); // a mistake of this package, not of the call: napi's own message
  }
  const Class = KIND_CLASSES[failure.kind] ?? OpenAIError;
  if (Class === OpenAIError) return new OpenAIError(failure.message);
  const error =
    Class === APIConnectionError || Class.prototype instanceof APIConnectionError
      ? transportError(Class as typeof APIConnectionError, failure)
      : answerError(Class as typeof APIError, failure);
  const { kind, phase, attempts } = failure;
  return Object.assign(error, { kind, phase, attempts });
}

/** The official sentence as the message where there is one, what happened in detail as the cause. */
function transportError(Class: typeof APIConnectionError, failure: Failure): APIError {
  const official = failure.kind === "connection" || failure.kind === "timeout";
  const error = new Class(official ? {} : { message: failure.message });
  if (official) error.cause = new Error(failure.message);
  return error;
}

function answerError(Class: typeof APIError, failure: Failure): APIError {
  const body = parseObject(failure.body);
  const refused = failure.status && failure.kind !== "response_validation";
  let error = body?.["error"] ?? undefined;
  // Other servers, and error events of the Responses API, have the fields without an `error` object around them.
  if (error === undefined && (refused || (failure.kind === "stream" && body && "message" in body))) error = body;
  const details = refused || typeof error === "object" ? (error as object | undefined) : undefined;
  const message = !refused ? failure.message : body ? undefined : failure.body;
  return new Class(failure.status, details, message, failure.headers || undefined);
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

APIError.generate = (status, errorResponse, message, headers) => {
  if (!status || !headers) {
    const cause = errorResponse instanceof Error ? errorResponse : undefined;
    return new APIConnectionError({ message, cause });
  }
  const error = (errorResponse as { error?: object } | undefined)?.error;
  return new (classOfStatus(status))(status, error, message, headers);
};
