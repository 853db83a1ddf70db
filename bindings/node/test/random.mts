// Random values that come again with the same seed.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761;
  }

  /** A whole number from 0 to `below` - 1. */
  next(below: number): number {
    // xorshift32
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.next(items.length)]!;
  }

  /** `text` in pieces of 0 to `longest` UTF-16 units. */
  cut(text: string, longest: number): string[] {
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const end = at + this.next(longest + 1);
      pieces.push(text.slice(at, end));
      at = end;
    }
    return pieces;
  }

  /** A JSON value of at most `depth` levels. */
  json(depth: number): unknown {
    const kind = this.next(depth > 0 ? 8 : 5);
    if (kind === 0) return this.pick([true, false, null]);
    if (kind === 1) return this.pick([0, -1, 1.5, 1e21, 12345, -0.25e-3]);
    if (kind < 5) return this.text();
    const size = this.next(4);
    if (kind < 7) return Object.fromEntries(Array.from({ length: size }, () => [this.text(), this.json(depth - 1)]));
    return Array.from({ length: size }, () => this.json(depth - 1));
  }

  text(): string {
    const parts = ["a", "Grüße", '"', "\\", "\n", "🌍", "\u2028", "{[,:]}", "", "\u0001", "__proto__"];
    return Array.from({ length: this.next(4) }, () => this.pick(parts)).join("");
  }
}
