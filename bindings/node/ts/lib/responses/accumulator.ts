// Adds the events of a response up to the response so far.
//
// The work for an event does not grow with what came before it. Events are read, never changed; what they add to is a
// copy. Events that are not known change nothing.

import { OpenAIError } from "../../core/error.js";
import { outputText } from "../../core/hooks.js";
import type { Response, ResponseStreamEvent } from "../../generated/types/responses.js";

type Item = Record<string, any>;

/** The texts of an item that arrive in pieces: the list their part is in, the event's index into it, and their name. */
const TEXTS: Record<string, [list: string, index: string, name: string] | [name: string]> = {
  "response.output_text": ["content", "content_index", "text"],
  "response.refusal": ["content", "content_index", "refusal"],
  "response.reasoning_text": ["content", "content_index", "text"],
  "response.reasoning_summary_text": ["summary", "summary_index", "text"],
  "response.function_call_arguments": ["arguments"],
  "response.mcp_call_arguments": ["arguments"],
  "response.custom_tool_call_input": ["input"],
  "response.code_interpreter_call_code": ["code"],
};

/** The parts of an item that come one by one. */
const PARTS: Record<string, [list: string, index: string]> = {
  "response.content_part": ["content", "content_index"],
  "response.reasoning_summary_part": ["summary", "summary_index"],
};

export class ResponseAccumulator {
  response: Response | undefined;
  /** By the output index of the events. */
  readonly #items = new Map<number, Item>();

  /** Takes an event; of a delta, what its text has become. */
  add(given: ResponseStreamEvent): string | undefined {
    const event: Item = given;
    const { type, output_index, response } = event;
    if (type === "response.created" || type === "response.queued" || type === "response.in_progress") {
      this.#replace(response);
      return undefined;
    }
    if (type === "response.completed" || type === "response.failed" || type === "response.incomplete") {
      const output =
        response.output ?? ([...this.#items].sort(([a], [b]) => a - b).map(([, item]) => item) as Response["output"]);
      this.response = { ...response, output };
      return undefined;
    }
    if (!this.response) throw new OpenAIError(`The stream begins with ${type}, not with a response.`);
    if (type === "response.output_item.added" || type === "response.output_item.done") {
      this.#setItem(output_index, own(event["item"]));
      return undefined;
    }
    const [, family = "", stage] = /^(.*)\.(\w+)$/.exec(type) ?? [];
    if (Object.hasOwn(TEXTS, family)) return this.#addText(event, TEXTS[family]!, stage!);
    if (Object.hasOwn(PARTS, family)) {
      const [list, index] = PARTS[family]!;
      const item = this.#item(output_index);
      (item[list] ??= [])[event[index]] = { ...event["part"] };
    } else if (type === "response.output_text.annotation.added") {
      const part = this.#item(output_index)["content"]?.[event["content_index"]];
      if (part) (part.annotations ??= [])[event["annotation_index"]] = event["annotation"];
    }
    return undefined;
  }

  /** The response so far, with its text; its `status` tells whether it is complete. */
  finish(): Response {
    if (!this.response) throw new OpenAIError("The stream ended without an event.");
    this.response.output_text ??= outputText(this.response);
    return this.response;
  }

  /** A response that runs: its own items are not told again by each event, so what is there stays. */
  #replace(response: Response): void {
    const known = this.response?.output ?? [];
    this.response = { ...response, output: known };
    for (const [index, item] of (response.output ?? []).entries()) this.#setItem(index, own(item));
  }

  #setItem(index: number, item: Item): void {
    const output = this.response!.output as Item[];
    const before = this.#items.get(index);
    if (before) output[output.indexOf(before)] = item;
    else output.push(item);
    this.#items.set(index, item);
  }

  #addText(event: Item, path: [string, string, string] | [string], stage: string): string | undefined {
    let target = this.#item(event["output_index"]);
    const name = path.at(-1)!;
    if (path.length === 3) {
      const [list, index] = path;
      const part = target[list]?.[event[index]];
      if (!part) throw new OpenAIError(`${event["type"]} has no part ${event[index]} to add to.`);
      target = part;
      if (event["logprobs"]?.length && stage === "delta") (target["logprobs"] ??= []).push(...event["logprobs"]);
    }
    if (stage === "delta") target[name] = (target[name] ?? "") + event["delta"];
    else if (stage === "done" && typeof event[name] === "string") target[name] = event[name];
    return target[name];
  }

  #item(index: number): Item {
    const item = this.#items.get(index);
    if (!item) throw new OpenAIError(`The stream has no output item ${index} to add to.`);
    return item;
  }
}

/** A copy of an item down to its parts, which are added to. */
function own(item: Item): Item {
  const copy = { ...item };
  for (const list of ["content", "summary"]) {
    if (Array.isArray(copy[list])) copy[list] = copy[list].map((part: Item) => ({ ...part }));
  }
  return copy;
}
