// `chat.completions.runTools` with `stream: true`.

import type { OpenAI } from "../generated/openai.js";
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "../generated/types/chat.js";
import type { AbstractChatCompletionRunnerEvents } from "./AbstractChatCompletionRunner.js";
import { ChatCompletionStream, MESSAGE_PREFIX } from "./ChatCompletionStream.js";
import type { BaseFunctionsArgs, RunnableTools } from "./RunnableFunction.js";
import type { ChatCompletionSnapshot } from "./chat-snapshot.js";
import { runTools, stepsOf, type RunnerOptions, type ToolRunStep } from "./chat-tools.js";
import type { AutoParseableTool } from "./parser.js";

export interface ChatCompletionStreamEvents extends AbstractChatCompletionRunnerEvents {
  content: (contentDelta: string, contentSnapshot: string) => void;
  chunk: (chunk: ChatCompletionChunk, snapshot: ChatCompletionSnapshot) => void;
}

type ParamsBase = Omit<ChatCompletionCreateParamsStreaming, "tools">;

export type ChatCompletionStreamingToolRunnerParamsWithoutContext<FunctionsArgs extends BaseFunctionsArgs> =
  ParamsBase & {
    /** Functions with a schema, or tools of `helpers/zod` that have a `function`. */
    tools: RunnableTools<FunctionsArgs> | AutoParseableTool<any, true>[];
    toolContext?: never;
  };

export type ChatCompletionStreamingToolRunnerParamsWithContext<
  FunctionsArgs extends BaseFunctionsArgs,
  ToolContext,
> = ParamsBase & {
  tools: RunnableTools<FunctionsArgs, ToolContext> | AutoParseableTool<any, true>[];
  /** Third argument of each function. */
  toolContext: ToolContext;
};

/** Parameters of `runTools` with `stream: true`: with a context type, `toolContext` is required. */
export type ChatCompletionStreamingToolRunnerParams<FunctionsArgs extends BaseFunctionsArgs, ToolContext = never> = [
  ToolContext,
] extends [never]
  ? ChatCompletionStreamingToolRunnerParamsWithoutContext<FunctionsArgs>
  : ChatCompletionStreamingToolRunnerParamsWithContext<FunctionsArgs, ToolContext>;

/**
 * A tool loop whose answers stream. A tool starts as soon as its call is complete, before the events `chatCompletion`,
 * `message` and `functionToolCall` of its answer; so it may have run although the rest of the answer failed.
 */
export class ChatCompletionStreamingRunner<ParsedT = null>
  extends ChatCompletionStream<ParsedT>
  implements AsyncIterable<ChatCompletionChunk>
{
  /** Reads what `toReadableStream` wrote elsewhere; tools are not run again. */
  static override fromReadableStream(stream: ReadableStream): ChatCompletionStreamingRunner<null> {
    const runner = new ChatCompletionStreamingRunner<null>(null);
    runner._run(() => runner._fromReadableStream(stream));
    return runner;
  }

  /** Sends the first request. Use `client.chat.completions.runTools`. */
  static runTools<ParsedT = null>(
    client: OpenAI,
    params:
      | ChatCompletionStreamingToolRunnerParamsWithoutContext<any>
      | ChatCompletionStreamingToolRunnerParamsWithContext<any, unknown>,
    options?: RunnerOptions,
  ): ChatCompletionStreamingRunner<ParsedT> {
    const runner = new ChatCompletionStreamingRunner<ParsedT>(null);
    runner._run(() => runTools(runner, client, params, options));
    return runner;
  }

  /** The whole answers and the tools' results so far, in order. */
  get steps(): ToolRunStep[] {
    return stepsOf(this);
  }

  /** The chunks and the tools' results, as lines of JSON, from here on. Cancelling it aborts the run. */
  override toReadableStream(): ReadableStream {
    const encoder = new TextEncoder();
    let last: ChatCompletionChunk | undefined;
    let calls: string[] | undefined;
    let open = true;
    return new ReadableStream<Uint8Array>({
      start: (sink) => {
        const close = (how: () => void): void => {
          if (open) how();
          open = false;
        };
        const write = (chunk: object): void => {
          if (open) sink.enqueue(encoder.encode(`${JSON.stringify(chunk)}\n`));
        };
        if (this.ended) return close(() => sink.close());
        this.on("chunk", (chunk) => write((last = chunk)));
        this.on("message", (message: ChatCompletionMessageParam) => {
          if (message.role === "assistant") calls = message.tool_calls?.map(({ id }) => id);
          if (message.role !== "tool") return;
          const { id, created, model } = last!;
          const payload = { type: "message", message, ...(calls && { tool_call_ids: calls }) };
          write({ id, choices: [], created, model, object: MESSAGE_PREFIX + JSON.stringify(payload) });
          calls = undefined;
        });
        this.on("error", (error) => close(() => sink.error(error)));
        this.on("abort", (error) => close(() => sink.error(error)));
        this.on("end", () => close(() => sink.close()));
      },
      cancel: () => {
        open = false;
        this.abort();
      },
    });
  }
}
