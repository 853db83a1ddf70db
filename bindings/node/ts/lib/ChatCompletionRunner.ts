// `chat.completions.runTools` without `stream`.

import type { OpenAI } from "../generated/openai.js";
import type { ChatCompletionCreateParamsNonStreaming, ChatCompletionMessageParam } from "../generated/types/chat.js";
import {
  AbstractChatCompletionRunner,
  type AbstractChatCompletionRunnerEvents,
} from "./AbstractChatCompletionRunner.js";
import type { BaseFunctionsArgs, RunnableTools } from "./RunnableFunction.js";
import { runTools, stepsOf, type RunnerOptions, type ToolRunStep } from "./chat-tools.js";
import type { AutoParseableTool } from "./parser.js";

export interface ChatCompletionRunnerEvents extends AbstractChatCompletionRunnerEvents {
  /** For each answer that has text. */
  content: (content: string) => void;
}

type ParamsBase = Omit<ChatCompletionCreateParamsNonStreaming, "tools">;

export type ChatCompletionToolRunnerParamsWithoutContext<FunctionsArgs extends BaseFunctionsArgs> = ParamsBase & {
  /** Functions with a schema, or tools of `helpers/zod` that have a `function`. */
  tools: RunnableTools<FunctionsArgs> | AutoParseableTool<any, true>[];
  toolContext?: never;
};

export type ChatCompletionToolRunnerParamsWithContext<
  FunctionsArgs extends BaseFunctionsArgs,
  ToolContext,
> = ParamsBase & {
  tools: RunnableTools<FunctionsArgs, ToolContext> | AutoParseableTool<any, true>[];
  /** Third argument of each function. */
  toolContext: ToolContext;
};

/** Parameters of `runTools`: with a context type, `toolContext` is required. */
export type ChatCompletionToolRunnerParams<FunctionsArgs extends BaseFunctionsArgs, ToolContext = never> = [
  ToolContext,
] extends [never]
  ? ChatCompletionToolRunnerParamsWithoutContext<FunctionsArgs>
  : ChatCompletionToolRunnerParamsWithContext<FunctionsArgs, ToolContext>;

/** A tool loop; each tool starts when the answer that calls it is there. Made by `chat.completions.runTools`. */
export class ChatCompletionRunner<ParsedT = null> extends AbstractChatCompletionRunner<
  ChatCompletionRunnerEvents,
  ParsedT
> {
  /** Sends the first request. Use `client.chat.completions.runTools`. */
  static runTools<ParsedT>(
    client: OpenAI,
    params:
      ChatCompletionToolRunnerParamsWithoutContext<any[]> | ChatCompletionToolRunnerParamsWithContext<any[], unknown>,
    options?: RunnerOptions,
  ): ChatCompletionRunner<ParsedT> {
    const runner = new ChatCompletionRunner<ParsedT>();
    runner._run(() => runTools(runner, client, params, options));
    return runner;
  }

  /** The answers and the tools' results so far, in order. */
  get steps(): ToolRunStep[] {
    return stepsOf(this);
  }

  /** @internal */
  override _addMessage(this: ChatCompletionRunner<any>, message: ChatCompletionMessageParam, emit = true): void {
    super._addMessage(message, emit);
    if (emit && message.role === "assistant" && message.content) this._emit("content", message.content as string);
  }
}
