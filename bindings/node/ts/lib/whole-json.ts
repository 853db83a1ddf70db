// Whether growing text is a whole JSON object or list.

/** Tells by the brackets; reads each character once, however often it is asked. */
export class WholeJson {
  #at = 0;
  #depth = 0;
  #inString = false;
  #whole = false;

  /** `text` begins with what was given before. */
  check(text: string): boolean {
    for (; this.#at < text.length; this.#at++) {
      const character = text[this.#at];
      if (this.#inString) {
        if (character === "\\") this.#at++;
        else if (character === '"') this.#inString = false;
      } else if (character === '"') this.#inString = true;
      else if (character === "{" || character === "[") this.#depth++;
      else if (character === "}" || character === "]") this.#whole = --this.#depth === 0;
    }
    return this.#whole;
  }
}
