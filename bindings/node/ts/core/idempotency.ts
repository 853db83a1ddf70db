// Idempotency keys: one is of one request, so options that several requests share must not have any.

import { splitHeaders, type HeadersLike } from "./headers.js";
import type { RequestOptions } from "./request.js";

/** @internal Options for several requests: without the key of one, and what the headers say of that (null: none). */
export function withoutKey({ idempotencyKey: _, ...options }: RequestOptions = {}): {
  key: string | null | undefined;
  rest: RequestOptions & { headers: Record<string, string | string[] | null> };
} {
  const headers = byName(options.headers);
  let key: string | null | undefined;
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() !== "idempotency-key") continue;
    key = [headers[name]!].flat().at(-1) ?? null;
    delete headers[name];
  }
  return { key, rest: { ...options, headers } };
}

/** Headers in any of their forms by name; those to remove are null. */
function byName(given: HeadersLike | undefined): Record<string, string | string[] | null> {
  const { set, removed } = splitHeaders(given);
  const headers: Record<string, string | string[] | null> = {};
  for (let at = 0; at < set.length; at += 2) {
    const known = headers[set[at]!];
    headers[set[at]!] = known ? [...[known].flat(), set[at + 1]!] : set[at + 1]!;
  }
  for (const name of removed) headers[name] = null;
  return headers;
}
