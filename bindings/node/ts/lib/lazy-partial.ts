// The value of JSON text that grows, worked out when somebody reads it.

import { PartialJson } from "./partial-json.js";

/** Reads beginnings of one text. In growing order no text is parsed twice, and none is joined to be parsed. */
export class LazyPartial {
  readonly #json = new PartialJson({ guess: true });
  readonly #waiting: string[] = [];
  /** Of `waiting`. */
  #next = 0;
  #length = 0;
  #broken = false;

  /** The text goes on. */
  add(piece: string): void {
    this.#waiting.push(piece);
  }

  /**
   * The value of `text`, which is what some of the pieces add up to; undefined while nothing is known. Of text that is
   * not JSON: what was understood before.
   */
  read(text: string): unknown {
    if (text.length < this.#length) {
      const earlier = new LazyPartial();
      earlier.add(text);
      return earlier.read(text);
    }
    while (this.#length < text.length && this.#next < this.#waiting.length) this.#take(this.#waiting[this.#next++]!);
    if (this.#next === this.#waiting.length) this.#next = this.#waiting.length = 0;
    return this.#json.value;
  }

  #take(piece: string): void {
    this.#length += piece.length;
    if (this.#broken) return;
    try {
      this.#json.push(piece);
    } catch {
      this.#broken = true; // the end of the stream tells
    }
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
