// The value of JSON text that grows, worked out when somebody reads it.

import { PartialJson } from "./partial-json.js";

/** Reads beginnings of one text. In growing order no text is parsed twice. */
export class LazyPartial {
  readonly #json = new PartialJson({ guess: true });
  #text = "";
  #broken = false;

  /** The value of `text`; undefined while nothing is known. Of text that is not JSON: what was understood before. */
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
    return this.#json.value;
  }
}

/** Gives `owner` a property that is the value of what `text` gives when it is read; `nothing` while none is known. */
export function lazily(
  owner: object,
  name: string,
  partial: LazyPartial,
  text: () => string | null | undefined,
  nothing?: null,
): void {
  const get = (): unknown => {
    const now = text();
    const value = now == null ? undefined : partial.read(now);
    return value === undefined ? nothing : value;
  };
  Object.defineProperty(owner, name, { get, enumerable: true, configurable: true });
}
