// Events of a response that the caller has fetched, for `Stream.fromSSEResponse`. The calls of this package never come here: the
// core decodes theirs.

import { APIError, OpenAIError } from "./error-base.js";

interface Block {
  event: string | undefined;
  data: string[];
}

/**
 * The parsed events until `[DONE]` or the end of the body; leaving them aborts `controller`, and so does an error.
 *
 * @param named Gives `{ event, data }` in place of the data.
 */
export async function* eventsOf(
  response: Response,
  controller: AbortController,
  named: boolean,
): AsyncGenerator<unknown> {
  let ended = false;
  try {
    if (!response.body) throw new OpenAIError("The response has no body to read events from.");
    for await (const { event, data: lines } of blocks(response.body)) {
      const data = lines.join("\n");
      if (data.startsWith("[DONE]")) break;
      const parsed = JSON.parse(data) as { error?: object; message?: string } | null;
      if (parsed?.error || event === "error") {
        throw new APIError(undefined, parsed?.error ?? parsed ?? undefined, parsed?.message, response.headers);
      }
      // The events of assistants tell their kind by their name alone.
      yield named || event?.startsWith("thread.") ? { event: event ?? null, data: parsed } : parsed;
    }
    ended = true;
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error; // an abort ends the events, as it does those of calls
  } finally {
    if (!ended) controller.abort();
  }
}

/** Blocks that have data, the one that the body ends in too; `\n`, `\r\n` and `\r` end lines. */
async function* blocks(body: ReadableStream<Uint8Array>): AsyncGenerator<Block> {
  const decoder = new TextDecoder();
  let rest = "";
  let block: Block = { event: undefined, data: [] };
  const take = function* (lines: string[]): Generator<Block> {
    for (const line of lines) {
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
      if (field === "event") block.event = value;
      else if (field === "data") block.data.push(value!);
      if (line) continue;
      if (block.data.length > 0) yield block;
      block = { event: undefined, data: [] };
    }
  };
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    // A `\r` at the end may be half of a line's end.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(END);
    rest = lines.pop()! + rest.slice(whole.length);
    yield* take(lines);
  }
  yield* take([...(rest + decoder.decode()).split(END), ""]);
}

const END = /\r\n|\n|\r/;
