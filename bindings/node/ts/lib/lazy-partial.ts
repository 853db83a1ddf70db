// The value of JSON text that grows, worked out when somebody reads it.

import { PartialJson } from "./partial-json.js";

/** Reads beginnings of one text. In growing order no text is parsed twice. */
export class LazyPartial {
  #json = new PartialJson();
  #text = "";
  #broken = false;

  /** The value of `text`; null while nothing is known. Of text that is not JSON: what was understood before. */
  read(text: string): unknown {
    if (text.length < this.#text.length) return new LazyPartial().read(text);
    if (!this.#broken) {
      try {
        this.#json.push(text.slice(this.#text.length));
      } catch {
        this.#broken = true; // the end of the stream tells
      }
    }
    this.#text = text;
    return this.#json.value ?? null;
  }
}

/** Gives `owner` a property that is the value of `text()` at its first reading after each change of it. */
export function lazily(owner: object, name: string, partial: LazyPartial, text: () => string | null | undefined): void {
  const get = (): unknown => {
    const now = text();
    return now == null ? null : partial.read(now);
  };
  Object.defineProperty(owner, name, { get, enumerable: true, configurable: true });
}
