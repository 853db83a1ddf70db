// Adds the chunks of a chat completion up: the snapshot, and what each chunk began, continued and completed.
//
// The work for a chunk does not grow with what came before it. Chunks are read, never changed or kept. A tool call is
// known by its id, else by its index, else by its place among its chunk's calls; `index` in what comes out is always
// its place in the message.

import { randomUUID } from "node:crypto";

import { OpenAIError } from "../core/error.js";
import type { ChatCompletion, ChatCompletionChunk } from "../generated/types/chat.js";
import type { ChatCompletionSnapshot } from "./chat-snapshot.js";
import { LazyPartial, lazily } from "./lazy-partial.js";
import { WholeJson } from "./whole-json.js";

/** More choices than the API gives would only fill the memory. */
const MAX_CHOICES = 128;

type ToolCall = ChatCompletionSnapshot.Choice.Message.ToolCall;
type ToolCallDelta = Partial<Omit<ChatCompletionChunk.Choice.Delta.ToolCall, "type">> & {
  type?: string;
  custom?: { name?: string; input?: string };
};

/** Which parts of the answer are to be parsed. */
export interface Parsed {
  content: boolean;
  tool: (name: string) => boolean;
}

/** What a chunk did to one choice. */
export interface ChoiceStep {
  wire: ChatCompletionChunk.Choice;
  choice: ChatCompletionSnapshot.Choice;
  state: ChoiceState;
  /** Pieces of tool calls, in order. */
  calls: CallStep[];
  /** This chunk told why the choice ended. */
  finished: boolean;
}

export interface CallStep {
  index: number;
  call: ToolCall;
  argumentsDelta: string;
  /** The call before this one, if its arguments are whole when this one begins. */
  completed: number | undefined;
  /** Another call went on before this piece. */
  switched: boolean;
}

/** What is remembered of a choice besides its snapshot. */
export class ChoiceState {
  readonly calls: CallState[] = [];
  /** The call that the last piece belonged to. */
  current: number | undefined;
  readonly byId = new Map<string, number>();
  readonly byIndex = new Map<number, number>();
  /** Of content that is to be parsed. */
  partial: LazyPartial | undefined;
  contentDone = false;
  refusalDone = false;
  logprobsContentDone = false;
  logprobsRefusalDone = false;
}

interface CallState {
  done: boolean;
  /** The id came from the server. */
  named: boolean;
  whole: WholeJson;
  /** Of arguments that are to be parsed. */
  partial: LazyPartial | undefined;
}

export class ChatAccumulator {
  snapshot: ChatCompletionSnapshot | undefined;
  readonly #states: ChoiceState[] = [];
  readonly #audioEnded = new Set<number>();

  constructor(private readonly parsed?: Parsed) {}

  add(chunk: ChatCompletionChunk): ChoiceStep[] {
    const { choices, obfuscation: _, ...rest } = chunk as ChatCompletionChunk & { obfuscation?: string };
    if (!this.snapshot) this.snapshot = { ...rest, choices: [] };
    else if (chunk.id) Object.assign(this.snapshot, rest);
    return (choices ?? []).map((choice) => this.#addChoice(this.snapshot!, choice));
  }

  /** The completion; an error if a choice has no reason to have ended. */
  finish(): ChatCompletion {
    const { choices, system_fingerprint, ...rest } = this.snapshot!;
    return {
      ...rest,
      choices: choices.filter(Boolean).map((choice) => this.#finishChoice(choice)),
      object: "chat.completion",
      ...(system_fingerprint ? { system_fingerprint } : {}),
    };
  }

  /** A choice has not ended, as when the stream was cut. */
  get unfinished(): boolean {
    return this.snapshot!.choices.some((choice) => !this.#finishReason(choice));
  }

  #addChoice(snapshot: ChatCompletionSnapshot, wire: ChatCompletionChunk.Choice): ChoiceStep {
    const { delta, finish_reason, index, logprobs, ...rest } = wire;
    if (!Number.isSafeInteger(index) || index < 0 || index >= MAX_CHOICES) {
      throw new OpenAIError(`The stream has a choice with the index ${index}.`);
    }
    const state = (this.#states[index] ??= new ChoiceState());
    const choice = (snapshot.choices[index] ??= this.#newChoice(index, state));
    Object.assign(choice, rest);
    if (finish_reason) choice.finish_reason = finish_reason;
    if (logprobs) addLogprobs(choice, logprobs);
    const step: ChoiceStep = { wire, choice, state, calls: [], finished: Boolean(finish_reason) };
    if (delta) {
      if (delta.content) state.partial?.add(delta.content);
      this.#addDelta(choice.message, delta, index);
      const pieces = (delta.tool_calls ?? []) as ToolCallDelta[];
      for (const [place, piece] of pieces.entries())
        step.calls.push(this.#addCall(choice.message, state, piece, place));
    }
    return step;
  }

  #newChoice(index: number, state: ChoiceState): ChatCompletionSnapshot.Choice {
    const message: ChatCompletionSnapshot.Choice.Message = { role: "assistant" };
    if (this.parsed?.content) {
      state.partial = new LazyPartial();
      lazily(message, "parsed", state.partial, () => (message.refusal ? null : message.content), null);
    }
    return { finish_reason: null, index, message, logprobs: null };
  }

  #addDelta(
    message: ChatCompletionSnapshot.Choice.Message,
    delta: ChatCompletionChunk.Choice.Delta,
    index: number,
  ): void {
    const { role, content, refusal, audio, function_call, tool_calls: _, ...rest } = delta;
    if (role) message.role = role;
    if (content != null) message.content = (message.content ?? "") + content;
    if (refusal) message.refusal = (message.refusal ?? "") + refusal;
    if (function_call) {
      const call = (message.function_call ??= {});
      if (function_call.name) call.name = function_call.name;
      if (function_call.arguments) call.arguments = (call.arguments ?? "") + function_call.arguments;
    }
    if (audio) {
      const whole = (message.audio ??= {});
      if (audio.id != null) whole.id = audio.id;
      if (audio.data != null) whole.data = (whole.data ?? "") + audio.data;
      if (audio.transcript != null) whole.transcript = (whole.transcript ?? "") + audio.transcript;
      if (audio.expires_at != null) whole.expires_at = audio.expires_at;
    }
    // An audio answer may end with nothing but the time until which it is kept.
    const ends = audio?.expires_at != null && told(audio) === 1 && told(delta) === 1;
    if (ends) this.#audioEnded.add(index);
    else this.#audioEnded.delete(index);
    const others = message as Record<string, unknown>;
    for (const [name, value] of Object.entries(rest)) {
      // Text under a name of the server's own, such as `reasoning_content`, arrives in pieces too.
      if (typeof value === "string" && typeof others[name] === "string") others[name] += value;
      else if (value != null || !(name in others)) others[name] = value;
    }
  }

  #addCall(
    message: ChatCompletionSnapshot.Choice.Message,
    state: ChoiceState,
    piece: ToolCallDelta,
    place: number,
  ): CallStep {
    const calls = (message.tool_calls ??= []);
    const known = calls.length;
    const index = this.#place(calls, state, piece, place);
    const call = calls[index]!;
    const before = state.current;
    const step: CallStep = { index, call, argumentsDelta: "", completed: undefined, switched: before !== index };
    state.current = index;
    const begun = before !== undefined && index === known ? state.calls[before]! : undefined;
    if (begun && !begun.done && isWhole(calls[before!]!, begun)) {
      begun.done = true;
      step.completed = before;
    }
    if (call.type === "custom") {
      if (piece.custom?.name) call.custom.name = piece.custom.name;
      if (piece.custom?.input) call.custom.input += piece.custom.input;
    } else if (piece.function) {
      if (piece.function.name) call.function.name = piece.function.name;
      step.argumentsDelta = piece.function.arguments ?? "";
      call.function.arguments += step.argumentsDelta;
      if (step.argumentsDelta) state.calls[index]!.partial?.add(step.argumentsDelta);
    }
    return step;
  }

  #place(calls: ToolCall[], state: ChoiceState, piece: ToolCallDelta, place: number): number {
    const key = Number.isSafeInteger(piece.index) ? piece.index! : place;
    const { id } = piece;
    let found = id ? (state.byId.get(id) ?? state.byIndex.get(key)) : state.byIndex.get(key);
    // A new id begins a call, unless the one at this index waits for its id, or the id is made up for a mere piece.
    if (found !== undefined && id && !state.byId.has(id) && state.calls[found]!.named && nameIn(piece)) {
      found = undefined;
    }
    // Whole calls without id and index, one after the other: each has its name.
    if (found !== undefined && !id && piece.index == null && nameIn(piece) && nameOf(calls[found]!)) {
      found = undefined;
    }
    if (found === undefined) {
      found = calls.length;
      const partial = this.parsed?.tool(piece.function?.name ?? "") ? new LazyPartial() : undefined;
      calls.push(newCall(piece, partial));
      state.calls.push({ done: false, named: Boolean(id), whole: new WholeJson(), partial });
    }
    if (id) {
      state.byId.set(id, found);
      if (!state.calls[found]!.named) calls[found]!.id = id;
      state.calls[found]!.named = true;
    }
    state.byIndex.set(key, found);
    return found;
  }

  #finishReason(choice: ChatCompletionSnapshot.Choice): ChatCompletionSnapshot.Choice["finish_reason"] {
    const { audio } = choice.message;
    const heard = audio?.id != null && audio.data != null && audio.transcript != null;
    return choice.finish_reason ?? (heard && this.#audioEnded.has(choice.index) ? "stop" : null);
  }

  #finishChoice(choice: ChatCompletionSnapshot.Choice): ChatCompletion.Choice {
    const finish_reason = this.#finishReason(choice);
    if (!finish_reason) throw new OpenAIError(`The stream ended without the finish_reason of choice ${choice.index}.`);
    delete choice.message.parsed; // the final values come from the user's parsers
    for (const call of choice.message.tool_calls ?? []) {
      if (call.type === "function") delete call.function.parsed_arguments;
    }
    const { content = null, refusal = null, ...message } = choice.message;
    return { ...choice, finish_reason, message: { ...message, content, refusal } as ChatCompletion.Choice["message"] };
  }
}

function newCall(piece: ToolCallDelta, partial: LazyPartial | undefined): ToolCall {
  const { index: _, id, type, function: fn, custom, ...rest } = piece;
  const head = { ...rest, id: id || `call_${randomUUID()}` };
  if (type === "custom" || custom) return { ...head, type: "custom", custom: { name: custom?.name ?? "", input: "" } };
  const target = { name: fn?.name ?? "", arguments: "" };
  if (partial) lazily(target, "parsed_arguments", partial, () => target.arguments);
  return { ...head, type: "function", function: target };
}

function isWhole(call: ToolCall, { whole }: CallState): boolean {
  return call.type === "custom" || whole.check(call.function.arguments);
}

function nameIn({ function: fn, custom }: ToolCallDelta): string | undefined {
  return fn?.name || custom?.name;
}

function nameOf(call: ToolCall): string {
  return call.type === "custom" ? call.custom.name : call.function.name;
}

function addLogprobs(choice: ChatCompletionSnapshot.Choice, logprobs: ChatCompletionChunk.Choice.Logprobs): void {
  const { content, refusal, ...rest } = logprobs;
  const whole = (choice.logprobs ??= { content: null, refusal: null });
  Object.assign(whole, rest);
  if (content) (whole.content ??= []).push(...content);
  if (refusal) (whole.refusal ??= []).push(...refusal);
}

/** How many members of a delta say something. */
function told(delta: object): number {
  return Object.values(delta).filter((value) => value != null).length;
}
