// Adds the deltas of assistants' events to a snapshot.

import { OpenAIError } from "../core/error.js";

type Json = Record<string, any>;

/** Adds `delta` to `whole`, in place; the delta stays as it is. Work: linear in the delta. */
export function accumulate(whole: Json, delta: Json): Json {
  for (const [name, value] of Object.entries(delta)) {
    const before: unknown = Object.hasOwn(whole, name) ? whole[name] : undefined;
    if (before == null || name === "index" || name === "type") define(whole, name, structuredClone(value));
    else if (typeof before === "string" && typeof value === "string") whole[name] = before + value;
    else if (typeof before === "number" && typeof value === "number") whole[name] = before + value;
    else if (Array.isArray(before) && Array.isArray(value)) addItems(before, value);
    else if (isObject(before) && isObject(value)) accumulate(before, value);
    else if (value != null) throw new OpenAIError(`A delta of "${name}" does not fit what came before it.`);
  }
  return whole;
}

function addItems(whole: unknown[], delta: unknown[]): void {
  for (const item of delta) {
    if (!isObject(item)) {
      whole.push(item);
      continue;
    }
    const { index } = item;
    if (!Number.isSafeInteger(index) || index < 0 || index > whole.length) {
      throw new OpenAIError(`A delta has an item with the index ${index} in a list of ${whole.length}.`);
    }
    const before = whole[index];
    if (isObject(before)) accumulate(before, item);
    else whole[index] = structuredClone(item);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function define(owner: object, name: string, value: unknown): void {
  // Plain assignment would change the object's prototype where the name is __proto__.
  Object.defineProperty(owner, name, { value, writable: true, enumerable: true, configurable: true });
}
