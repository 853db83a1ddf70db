// A run of an assistant as it arrives: its messages, steps and tool calls with what their deltas add up to.
//
// Events are read, never changed: snapshots are copies that grow. The end needs a run that has ended or waits for the
// caller; a stream that is cut before fails.

import { OpenAIError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import { Stream } from "../core/streaming.js";
import type { AssistantStreamEvent, ThreadCreateAndRunParamsBase } from "../generated/types/beta.js";
import type {
  ImageFile,
  Message,
  MessageContent,
  MessageDelta,
  Run,
  RunCreateParamsBase,
  RunSubmitToolOutputsParamsBase,
  Text,
  TextDelta,
} from "../generated/types/beta/threads.js";
import type { RunStep, RunStepDelta, ToolCall, ToolCallDelta } from "../generated/types/beta/threads/runs.js";
import { accumulate } from "./accumulate.js";
import { EventStream, type BaseEvents } from "./EventStream.js";

export interface AssistantStreamEvents extends BaseEvents {
  /** The run, at a good end. */
  run: (run: Run) => void;
  messageCreated: (message: Message) => void;
  /** The snapshot is the same object each time, and grows; as in all events. */
  messageDelta: (message: MessageDelta, snapshot: Message) => void;
  /** A message is complete, or stays incomplete. */
  messageDone: (message: Message) => void;
  runStepCreated: (runStep: RunStep) => void;
  runStepDelta: (delta: RunStepDelta, snapshot: RunStep) => void;
  runStepDone: (runStep: RunStep, snapshot: RunStep) => void;
  toolCallCreated: (toolCall: ToolCall) => void;
  toolCallDelta: (delta: ToolCallDelta, snapshot: ToolCall) => void;
  /** The next call begins, or the step has ended. */
  toolCallDone: (toolCall: ToolCall) => void;
  textCreated: (content: Text) => void;
  textDelta: (delta: TextDelta, snapshot: Text) => void;
  textDone: (content: Text, snapshot: Message) => void;
  imageFileDone: (content: ImageFile, snapshot: Message) => void;
  event: (event: AssistantStreamEvent) => void;
}

export type ThreadCreateAndRunParamsBaseStream = Omit<ThreadCreateAndRunParamsBase, "stream"> & { stream?: true };
export type RunCreateParamsBaseStream = Omit<RunCreateParamsBase, "stream"> & { stream?: true };
export type RunSubmitToolOutputsParamsStream = Omit<RunSubmitToolOutputsParamsBase, "stream"> & { stream?: true };

type Send = (options: RequestOptions) => Promise<Stream<AssistantStreamEvent>>;

/** A run with listeners, promises and iteration. Made by the `stream` methods of threads and runs. */
export class AssistantStream extends EventStream<AssistantStreamEvents> implements AsyncIterable<AssistantStreamEvent> {
  readonly #messages = new Map<string, Message>();
  readonly #steps = new Map<string, RunStep>();
  #event: AssistantStreamEvent | undefined;
  #run: Run | undefined;
  #finalRun: Run | undefined;
  #message: Message | undefined;
  #step: RunStep | undefined;
  #contentIndex: number | undefined;
  #content: MessageContent | undefined;
  #callIndex: number | undefined;
  #call: ToolCall | undefined;

  /** Reads what `toReadableStream` wrote elsewhere. */
  static fromReadableStream(readable: ReadableStream): AssistantStream {
    const stream = new AssistantStream();
    stream._run(() => stream.#read(Stream.fromReadableStream<AssistantStreamEvent>(readable, stream.controller)));
    return stream;
  }

  /** @internal `send` makes the request of one of the `stream` methods. */
  static _create(send: Send, options: RequestOptions | undefined): AssistantStream {
    const stream = new AssistantStream();
    stream._run(async () => {
      stream._listenForAbort(options?.signal);
      await stream.#read(await send({ ...options, signal: stream.controller.signal }));
    });
    return stream;
  }

  /** Adds a delta to `acc`, in place: texts are joined, objects merged, lists merged by their items' `index`. */
  static accumulateDelta(acc: Record<string, any>, delta: Record<string, any>): Record<string, any> {
    return accumulate(acc, delta);
  }

  /** The events; leaving the loop aborts the request. Events that are not read yet are kept. */
  [Symbol.asyncIterator](): AsyncIterator<AssistantStreamEvent> {
    return this._iterate(
      "event",
      (event: AssistantStreamEvent) => event,
      () => this.abort(),
    );
  }

  /** The events as lines of JSON, for `fromReadableStream` in another program. Cancelling it aborts the request. */
  toReadableStream(): ReadableStream {
    return new Stream(() => this[Symbol.asyncIterator](), this.controller).toReadableStream();
  }

  /** The last event. */
  currentEvent(): AssistantStreamEvent | undefined {
    return this.#event;
  }

  /** The run as it was told last. */
  currentRun(): Run | undefined {
    return this.#run;
  }

  /** The message that is arriving. */
  currentMessageSnapshot(): Message | undefined {
    return this.#message;
  }

  /** The step that is arriving. */
  currentRunStepSnapshot(): RunStep | undefined {
    return this.#step;
  }

  /** All steps, after the end. */
  async finalRunSteps(): Promise<RunStep[]> {
    await this.done();
    return [...this.#steps.values()];
  }

  /** All messages, after the end. */
  async finalMessages(): Promise<Message[]> {
    await this.done();
    return [...this.#messages.values()];
  }

  /** The run that has ended or waits for the caller: see its `status`. */
  async finalRun(): Promise<Run> {
    await this.done();
    return this.#finalRun!;
  }

  async #read(stream: Stream<AssistantStreamEvent>): Promise<void> {
    this._connected();
    for await (const event of stream) this.#add(event);
    this._throwIfAborted();
    if (!this.#finalRun) throw new OpenAIError("The stream ended before the run did.");
    this._emit("run", this.#finalRun);
  }

  #add(event: AssistantStreamEvent): void {
    if (this.ended) return;
    this.#event = event;
    this._emit("event", event);
    switch (event.event) {
      case "thread.run.requires_action":
      case "thread.run.completed":
      case "thread.run.incomplete":
      case "thread.run.failed":
      case "thread.run.cancelled":
      case "thread.run.expired":
        this.#run = this.#finalRun = event.data;
        return this.#endCall();
      case "thread.run.created":
      case "thread.run.queued":
      case "thread.run.in_progress":
      case "thread.run.cancelling":
        this.#run = event.data;
        return;
      case "thread.message.created":
        this.#message = structuredClone(event.data);
        this.#messages.set(event.data.id, this.#message);
        this.#contentIndex = this.#content = undefined;
        return this._emit("messageCreated", event.data);
      case "thread.message.delta":
        return this.#addMessageDelta(event.data.delta);
      case "thread.message.completed":
      case "thread.message.incomplete":
        return this.#endMessage(event.data);
      case "thread.run.step.created":
      case "thread.run.step.in_progress":
        this.#step = structuredClone(event.data);
        this.#steps.set(event.data.id, this.#step);
        if (event.event === "thread.run.step.in_progress") return;
        this.#callIndex = this.#call = undefined;
        return this._emit("runStepCreated", event.data);
      case "thread.run.step.delta":
        return this.#addStepDelta(event.data.id, event.data.delta);
      case "thread.run.step.completed":
      case "thread.run.step.failed":
      case "thread.run.step.cancelled":
      case "thread.run.step.expired":
        this.#steps.set(event.data.id, event.data);
        this.#step = undefined;
        if (event.data.step_details.type === "tool_calls") this.#endCall();
        this.#callIndex = this.#call = undefined;
        return this._emit("runStepDone", event.data, event.data);
    }
  }

  #addMessageDelta(delta: MessageDelta): void {
    const message = this.#message;
    if (!message) throw new OpenAIError("The stream has no message to add to.");
    for (const piece of delta.content ?? []) {
      const known = message.content[piece.index];
      if (known) accumulate(known, piece);
      else {
        const begun = structuredClone(piece) as MessageContent;
        message.content[piece.index] = begun;
        if (begun.type === "text") this._emit("textCreated", begun.text);
      }
    }
    this._emit("messageDelta", delta, message);
    for (const piece of delta.content ?? []) {
      const content = message.content[piece.index]!;
      if (piece.type === "text" && piece.text && content.type === "text") {
        this._emit("textDelta", piece.text, content.text);
      }
      if (piece.index !== this.#contentIndex) {
        this.#endContent(this.#content, message);
        this.#contentIndex = piece.index;
      }
      this.#content = content;
    }
  }

  #endMessage(message: Message): void {
    if (!this.#message) throw new OpenAIError("The stream has no message to complete.");
    this.#messages.set(message.id, message);
    if (this.#contentIndex !== undefined) this.#endContent(message.content[this.#contentIndex], message);
    this._emit("messageDone", message);
    this.#message = this.#content = this.#contentIndex = undefined;
  }

  #endContent(content: MessageContent | undefined, message: Message): void {
    if (content?.type === "text") this._emit("textDone", content.text, message);
    else if (content?.type === "image_file") this._emit("imageFileDone", content.image_file, message);
  }

  #addStepDelta(id: string, delta: RunStepDelta): void {
    const step = this.#steps.get(id);
    if (!step) throw new OpenAIError("The stream has no step to add to.");
    accumulate(step, delta);
    this.#step = step;
    const pieces = delta.step_details?.type === "tool_calls" ? delta.step_details.tool_calls : undefined;
    const calls = step.step_details.type === "tool_calls" ? step.step_details.tool_calls : [];
    for (const piece of pieces ?? []) {
      const call = calls[piece.index]!;
      if (piece.index === this.#callIndex) this._emit("toolCallDelta", piece, call);
      else {
        this.#endCall();
        this.#callIndex = piece.index;
        this.#call = call;
        this._emit("toolCallCreated", call);
      }
    }
    this._emit("runStepDelta", delta, step);
  }

  #endCall(): void {
    const call = this.#call;
    this.#call = this.#callIndex = undefined;
    if (call) this._emit("toolCallDone", call);
  }
}
