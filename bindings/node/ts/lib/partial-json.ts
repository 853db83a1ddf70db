// JSON that is still arriving: what can be known of a document from its beginning.
//
// The value only grows: an open string ends at its last whole character (a cut escape or half a surrogate pair waits),
// open lists and objects are closed, and what could still become something else is left out: a number before the
// character after it, an unfinished literal, a key without the start of its value. No text is read twice.

/** Lists and objects may lie this deep in each other. */
const MAX_DEPTH = 128;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", "/": "/" };
const LITERALS: Record<string, [text: string, value: boolean | null]> = {
  t: ["true", true],
  f: ["false", false],
  n: ["null", null],
};

/** What comes next. `string` and `key` are inside of their quotes. */
type State =
  | "value"
  | "first-item"
  | "first-key"
  | "next-key"
  | "key"
  | "colon"
  | "string"
  | "number"
  | "literal"
  | "comma"
  | "done";

interface Open {
  value: unknown[] | Record<string, unknown>;
  /** Of an object: the member whose value comes next or is open. */
  key: string;
}

/**
 * A document that grows by `push`.
 *
 * ```ts
 * const json = new PartialJson();
 * json.push('{"city": "Par').value; // { city: "Par" }
 * json.push('is", "days": 1').value; // { city: "Paris" }: 1, or 12?
 * json.push("0}").value; // { city: "Paris", days: 10 }
 * ```
 */
export class PartialJson {
  #state: State = "value";
  readonly #open: Open[] = [];
  #root: { value: unknown } | undefined;
  /** Of the open string or key, number or literal: what is understood of it. */
  #text = "";
  /** The first half of a character whose second half has not come. */
  #half = "";
  /** An escape that is not whole yet, from its backslash; with a pair of escapes for one character, from the first. */
  #escape = "";
  #fault: SyntaxError | undefined;
  readonly #guess: boolean;

  /** With `guess` an unfinished literal counts as what it must become, as in the official package. */
  constructor({ guess = false }: { guess?: boolean } = {}) {
    this.#guess = guess;
  }

  /**
   * Takes the next piece of the text, cut anywhere.
   *
   * @throws SyntaxError if the text cannot become JSON any more; what was understood before stays readable.
   */
  push(piece: string): this {
    if (this.#fault) throw this.#fault;
    for (let at = 0; at < piece.length;) at = this.#step(piece, at);
    return this;
  }

  /**
   * Says that no more text comes.
   *
   * @throws SyntaxError if the document is not whole.
   */
  finish(): this {
    if (this.#fault) throw this.#fault;
    if (this.#state === "number" && this.#open.length === 0) this.#endNumber();
    if (this.#state !== "done") this.#fail("The JSON text ends too early.");
    return this;
  }

  /** The document is whole; only white space may follow. A bare number is whole only after `finish`. */
  get complete(): boolean {
    return this.#state === "done";
  }

  /**
   * The document so far; undefined while nothing is known of it. What is open is copied for each reading, one level
   * of each open list or object; what is whole is the same object in all readings. Yours to keep.
   */
  get value(): unknown {
    let inner: { value: unknown } | undefined;
    if (this.#state === "string") inner = { value: this.#text };
    else if (this.#state === "literal" && this.#guess) inner = { value: LITERALS[this.#text[0]!]![1] };
    for (const { value, key } of this.#open.toReversed()) {
      const copy = Array.isArray(value) ? [...value] : { ...value };
      if (inner) put(copy, key, inner.value);
      inner = { value: copy };
    }
    return (inner ?? this.#root)?.value;
  }

  /** Reads from `at`; the position after what was read. */
  #step(piece: string, at: number): number {
    const character = piece[at]!;
    switch (this.#state) {
      case "string":
      case "key":
        return this.#string(piece, at);
      case "number":
        return this.#number(piece, at);
      case "literal":
        this.#literal(character);
        return at + 1;
    }
    if (character === " " || character === "\n" || character === "\t" || character === "\r") return at + 1;
    switch (this.#state) {
      case "first-item":
        if (character === "]") this.#close();
        else this.#value(character);
        break;
      case "value":
        this.#value(character);
        break;
      case "first-key":
      case "next-key":
        if (character === "}" && this.#state === "first-key") this.#close();
        else if (character === '"') this.#begin("key", "");
        else this.#fail("A key was expected.");
        break;
      case "colon":
        if (character !== ":") this.#fail("A colon was expected.");
        this.#state = "value";
        break;
      case "comma": {
        const list = Array.isArray(this.#open.at(-1)!.value);
        if (character === (list ? "]" : "}")) this.#close();
        else if (character === ",") this.#state = list ? "value" : "next-key";
        else this.#fail("A comma or the end of a list or object was expected.");
        break;
      }
      default:
        this.#fail("There is more text after the end.");
    }
    return at + 1;
  }

  #value(character: string): void {
    if (character === "{" || character === "[") {
      if (this.#open.length === MAX_DEPTH) this.#fail("Lists and objects lie too deep in each other.");
      this.#open.push({ value: character === "[" ? [] : {}, key: "" });
      this.#state = character === "[" ? "first-item" : "first-key";
    } else if (character === '"') this.#begin("string", "");
    else if (character === "-" || (character >= "0" && character <= "9")) this.#begin("number", character);
    else if (Object.hasOwn(LITERALS, character)) this.#begin("literal", character);
    else this.#fail("A value was expected.");
  }

  #begin(state: State, text: string): void {
    this.#state = state;
    this.#text = text;
  }

  #string(piece: string, at: number): number {
    if (this.#escape) return this.#escaped(piece, at);
    let end = at;
    let code = 0;
    for (; end < piece.length; end++) {
      code = piece.charCodeAt(end);
      if (code === 34 || code === 92 || code < 32) break;
    }
    const text = this.#half + piece.slice(at, end);
    const cut = end === piece.length && isHigh(text.charCodeAt(text.length - 1));
    this.#half = cut ? text.slice(-1) : "";
    // Only pieces are looked into: to look into the joined text would copy all of it.
    this.#text += cut ? text.slice(0, -1) : text;
    if (end === piece.length) return end;
    if (code < 32) this.#fail("There is a control character in a string.");
    if (code === 92) this.#escape = "\\";
    else if (this.#state === "key") {
      this.#open.at(-1)!.key = this.#text;
      this.#state = "colon";
    } else this.#add(this.#text);
    return end + 1;
  }

  /** One character of an escape. A high half waits for the escape of its low half. */
  #escaped(piece: string, at: number): number {
    const escape = (this.#escape += piece[at]!);
    const pair = escape.length > 6;
    const own = pair ? escape.slice(6) : escape;
    if (own.length === 1 ? own !== "\\" : own.length === 2 && pair && own !== "\\u") this.#fail(LONE);
    if (own.length === 1) return at + 1;
    if (own[1] !== "u") {
      const text = ESCAPES[own[1]!];
      if (text === undefined) this.#fail("There is an unknown escape in a string.");
      this.#text += text;
      this.#escape = "";
    } else if (own.length > 2 && !/[\da-f]/i.test(own.at(-1)!)) {
      this.#fail("There is a malformed \\u escape in a string.");
    } else if (own.length === 6) {
      const unit = parseInt(own.slice(2), 16);
      const low = unit >= 0xdc00 && unit < 0xe000;
      if (low !== pair) this.#fail(LONE);
      if (isHigh(unit)) return at + 1;
      const high = pair ? String.fromCharCode(parseInt(escape.slice(2, 6), 16)) : "";
      this.#text += high + String.fromCharCode(unit);
      this.#escape = "";
    }
    return at + 1;
  }

  #number(piece: string, at: number): number {
    let end = at;
    while (end < piece.length && "0123456789.eE+-".includes(piece[end]!)) end++;
    this.#text += piece.slice(at, end);
    if (end < piece.length) this.#endNumber();
    return end;
  }

  #endNumber(): void {
    if (!NUMBER.test(this.#text)) this.#fail("A number is malformed.");
    const number = Number(this.#text);
    this.#add(Number.isFinite(number) ? number : null);
  }

  #literal(character: string): void {
    const text = this.#text + character;
    const [whole, value] = LITERALS[text[0]!]!;
    if (!whole.startsWith(text)) this.#fail("A value was expected.");
    this.#text = text;
    if (text === whole) this.#add(value);
  }

  #close(): void {
    this.#add(this.#open.pop()!.value);
  }

  /** A value is whole. */
  #add(value: unknown): void {
    const around = this.#open.at(-1);
    if (around) put(around.value, around.key, value);
    else this.#root = { value };
    this.#state = around ? "comma" : "done";
  }

  #fail(reason: string): never {
    this.#fault = new SyntaxError(reason);
    throw this.#fault;
  }
}

const LONE = "There is half of a surrogate pair in a string.";

function put(container: unknown[] | Record<string, unknown>, key: string, value: unknown): void {
  if (Array.isArray(container)) container.push(value);
  else if (key !== "__proto__") container[key] = value;
  // Plain assignment would change the object's prototype.
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The first half of a surrogate pair. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
