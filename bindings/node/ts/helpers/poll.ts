// Asking again until something has happened: the loop behind every `poll` method.

import type { APIPromise } from "../core/api-promise.js";
import { APIUserAbortError } from "../core/error.js";
import { splitHeaders } from "../core/headers.js";
import type { RequestOptions } from "../core/request.js";

/** Options of a method that polls. */
export interface PollOptions extends RequestOptions {
  /** Milliseconds between two questions; default: what the server asks for, else five seconds. */
  pollIntervalMs?: number;
}

/** Asks until the answer's status is none of `pending`. Aborting `options.signal` ends the waiting too. */
export async function poll<T extends { status: string }>(
  pending: readonly string[],
  ask: (options: RequestOptions) => APIPromise<T>,
  options: PollOptions = {},
): Promise<T> {
  const { pollIntervalMs, ...request } = options;
  const { set, removed } = splitHeaders(options.headers);
  const headers: Record<string, string | null> = { "X-Stainless-Poll-Helper": "true" };
  if (pollIntervalMs !== undefined) headers["X-Stainless-Custom-Poll-Interval"] = String(pollIntervalMs);
  for (let at = 0; at < set.length; at += 2) headers[set[at]!] = set[at + 1]!;
  for (const name of removed) headers[name] = null;
  for (;;) {
    const { data, response } = await ask({ ...request, headers }).withResponse();
    if (!pending.includes(data.status)) return data;
    const asked = Number.parseInt(response.headers.get("openai-poll-after-ms") ?? "", 10);
    await pause(pollIntervalMs ?? (asked >= 0 ? asked : 5000), options.signal);
  }
}

/** Waits; aborting the signal ends it with an error. */
export function pause(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new APIUserAbortError());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
