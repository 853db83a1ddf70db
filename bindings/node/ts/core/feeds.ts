// Content of forms on its way to the native core (bindings/node/src/feed.rs): asked for piece by piece, so that no more than a
// piece of it is in memory.

import { OpenAIError } from "./error-base.js";
import type { BlobPart } from "./uploads.js";

/** Where content comes from. */
export interface Source {
  open(): AsyncIterator<BlobPart>;
  /** Nobody can read it a second time, so that the call cannot be repeated. */
  readonly once: boolean;
}

/** Feeds one call. The core numbers each opening of a source, of which a repeated attempt needs another one. */
export class Feeder {
  /** Openings whose end nobody has seen; undefined until the source is open. */
  readonly #open = new Map<number, AsyncIterator<BlobPart> | undefined>();

  constructor(
    private readonly sources: readonly Source[],
    private readonly feed: (opening: number, piece?: Uint8Array) => void,
    private readonly fail: (reason: unknown) => void,
  ) {}

  async want(part: number, opening: number): Promise<void> {
    let iterator = this.#open.get(opening);
    this.#open.set(opening, iterator);
    try {
      iterator ??= this.sources[part]!.open();
      this.#open.set(opening, iterator);
      const { value, done } = await iterator.next();
      const piece = done ? undefined : await toBytes(value);
      if (!this.#open.has(opening)) return; // nobody wants it any more
      if (done) this.#open.delete(opening);
      this.feed(opening, piece);
    } catch (reason) {
      if (this.#open.delete(opening)) this.fail(reason);
    }
  }

  /** Tells a source that the rest of it is not needed. What it throws then is of no interest to anyone. */
  async unwant(opening: number): Promise<void> {
    const iterator = this.#open.get(opening);
    this.#open.delete(opening);
    try {
      await iterator?.return?.();
    } catch {
      // the call has its outcome already
    }
  }

  close(): void {
    for (const opening of this.#open.keys()) void this.unwant(opening);
  }
}

/** The bytes of one piece. */
export async function toBytes(piece: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof piece === "string") return new TextEncoder().encode(piece);
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  if (ArrayBuffer.isView(piece)) {
    return new Uint8Array(piece.buffer as ArrayBuffer, piece.byteOffset, piece.byteLength);
  }
  if (typeof (piece as Blob | undefined)?.arrayBuffer === "function") {
    return new Uint8Array(await (piece as Blob).arrayBuffer());
  }
  throw new OpenAIError(`A piece of a file is text, bytes or a Blob, not ${piece === null ? "null" : typeof piece}.`);
}
