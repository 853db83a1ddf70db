// Base of all resource classes.

import type { BaseClient } from "./base-client.js";

/** A group of API methods; made by its client. */
export abstract class APIResource {
  /** @internal */
  readonly _client: BaseClient;

  constructor(client: BaseClient) {
    this._client = client;
  }
}

/** @internal Replaces a getter by its value on first use. */
export function once<T>(owner: object, name: string, value: T): T {
  Object.defineProperty(owner, name, { value, enumerable: true });
  return value;
}
