// Chat chunks as servers send them, for the tests of what is built on streams.

import type OpenAI from "openai-oxide/compat";
import { DONE, events, serve, type Server } from "./server.mjs";

type Delta = Record<string, unknown>;

export const REQUEST: { model: string; messages: OpenAI.ChatCompletionMessageParam[] } = {
  model: "m",
  messages: [{ role: "user", content: "x" }],
};

/** One chunk with one choice. */
export function delta(delta: Delta, finish_reason: string | null = null, rest: object = {}): object {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices, ...rest };
}

/** A piece of a tool call; with an id, its beginning. */
export function call(index: number, text: string, id?: string, name = "f"): Delta {
  const head = id === undefined ? {} : { id, type: "function" };
  const fn = id === undefined ? { arguments: text } : { name, arguments: text };
  return { tool_calls: [{ index, ...head, function: fn }] };
}

export function line(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

/** Answers each request with these chunks; without `end` the connection stays open. */
export function serveChunks(chunks: object[], end: "done" | "cut" | "open" = "done"): Promise<Server> {
  return serve((response) => {
    const stream = events(response);
    stream.write(chunks.map(line).join(""));
    if (end === "done") stream.end(DONE);
    else if (end === "cut") stream.end();
  });
}

export const TEXT = [delta({ role: "assistant", content: "Hel" }), delta({ content: "lo" }), delta({}, "stop")];
