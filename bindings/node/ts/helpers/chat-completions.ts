// What chat completions have besides their calls. Each method delegates to its file in lib/, loaded on first use.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type { OpenAI } from "../generated/openai.js";
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from "../generated/types/chat.js";
import type {
  ChatCompletionRunner,
  ChatCompletionToolRunnerParamsWithContext,
  ChatCompletionToolRunnerParamsWithoutContext,
} from "../lib/ChatCompletionRunner.js";
import type { ChatCompletionStream, ChatCompletionStreamParams } from "../lib/ChatCompletionStream.js";
import type {
  ChatCompletionStreamingRunner,
  ChatCompletionStreamingToolRunnerParamsWithContext,
  ChatCompletionStreamingToolRunnerParamsWithoutContext,
} from "../lib/ChatCompletionStreamingRunner.js";
import type { RunnableToolFunctionWithContext } from "../lib/RunnableFunction.js";
import type { RunnerOptions } from "../lib/chat-tools.js";
import type { ChatEarlyCalls } from "../lib/early-calls.js";
import type { ChatCompletionParseParams, ExtractParsedContentFromParams, ParsedChatCompletion } from "../lib/parser.js";

/** Helpers of `client.chat.completions`. */
export abstract class ChatCompletionHelpers extends APIResource {
  abstract create(body: ChatCompletionCreateParamsNonStreaming, options?: RequestOptions): APIPromise<ChatCompletion>;

  /**
   * Creates a completion and parses it: `message.parsed` by `response_format`, `parsed_arguments` by strict tools.
   *
   * @throws {OpenAIError} A tool is not strict.
   * @throws {LengthFinishReasonError | ContentFilterFinishReasonError} The answer was cut (as a rejection).
   */
  parse<Params extends ChatCompletionParseParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RequestOptions,
  ): APIPromise<ParsedChatCompletion<ParsedT>> {
    const { parseChatCompletion, validateInputTools } =
      require("../lib/parser.js") as typeof import("../lib/parser.js");
    validateInputTools(body.tools);
    return this.create(body, options)._thenUnwrap((completion) => parseChatCompletion(completion, body));
  }

  /** Streams a completion, with events, promises and iteration. The request is sent when the caller yields. */
  stream<Params extends ChatCompletionStreamParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RequestOptions,
  ): ChatCompletionStream<ParsedT> {
    const { ChatCompletionStream } =
      require("../lib/ChatCompletionStream.js") as typeof import("../lib/ChatCompletionStream.js");
    return ChatCompletionStream.createChatCompletion<ParsedT>(this._client as OpenAI, body, options);
  }

  /**
   * Streams a completion for its function calls: each is handed over when its arguments are complete, while the stream
   * still runs. The request is sent at once; leaving the loop cancels it.
   */
  createStreamFc(body: ChatCompletionStreamParams, options?: RequestOptions): ChatEarlyCalls {
    const { chatEarlyCalls } = require("../lib/early-calls.js") as typeof import("../lib/early-calls.js");
    return chatEarlyCalls(this._client, body, options);
  }

  /**
   * Runs the functions that the model calls and tells it their results, until it calls none or `maxChatCompletions` (10)
   * answers are there. With `stream: true` answers stream and a function starts as soon as its call is complete. The
   * first request is sent when the caller yields. See `ChatCompletionRunner` for events and results.
   */
  runTools<
    ToolContext,
    Params extends Omit<ChatCompletionToolRunnerParamsWithContext<any, ToolContext>, "toolContext" | "tools"> = Omit<
      ChatCompletionToolRunnerParamsWithContext<any, ToolContext>,
      "toolContext" | "tools"
    >,
    ParsedT = ExtractParsedContentFromParams<Params & ChatCompletionToolRunnerParamsWithContext<any, ToolContext>>,
  >(body: Params & WithContext<ToolContext>, options?: RunnerOptions): ChatCompletionRunner<ParsedT>;
  runTools<
    ToolContext,
    Params extends Omit<ChatCompletionStreamingToolRunnerParamsWithContext<any, ToolContext>, "toolContext" | "tools"> =
      Omit<ChatCompletionStreamingToolRunnerParamsWithContext<any, ToolContext>, "toolContext" | "tools">,
    ParsedT = ExtractParsedContentFromParams<
      Params & ChatCompletionStreamingToolRunnerParamsWithContext<any, ToolContext>
    >,
  >(body: Params & WithContext<ToolContext>, options?: RunnerOptions): ChatCompletionStreamingRunner<ParsedT>;
  runTools<
    Params extends ChatCompletionToolRunnerParamsWithoutContext<any>,
    ParsedT = ExtractParsedContentFromParams<Params>,
  >(body: Params, options?: RunnerOptions): ChatCompletionRunner<ParsedT>;
  runTools<
    Params extends ChatCompletionStreamingToolRunnerParamsWithoutContext<any>,
    ParsedT = ExtractParsedContentFromParams<Params>,
  >(body: Params, options?: RunnerOptions): ChatCompletionStreamingRunner<ParsedT>;
  runTools(
    body:
      | ChatCompletionToolRunnerParamsWithoutContext<any>
      | ChatCompletionStreamingToolRunnerParamsWithoutContext<any>
      | ChatCompletionToolRunnerParamsWithContext<any, unknown>
      | ChatCompletionStreamingToolRunnerParamsWithContext<any, unknown>,
    options?: RunnerOptions,
  ): ChatCompletionRunner<unknown> | ChatCompletionStreamingRunner<unknown> {
    const client = this._client as OpenAI;
    if (body.stream) {
      const { ChatCompletionStreamingRunner } =
        require("../lib/ChatCompletionStreamingRunner.js") as typeof import("../lib/ChatCompletionStreamingRunner.js");
      return ChatCompletionStreamingRunner.runTools<unknown>(client, body, options);
    }
    const { ChatCompletionRunner } =
      require("../lib/ChatCompletionRunner.js") as typeof import("../lib/ChatCompletionRunner.js");
    return ChatCompletionRunner.runTools<unknown>(client, body, options);
  }
}

interface WithContext<ToolContext> {
  /** Third argument of each function. */
  toolContext: ToolContext;
  tools: readonly RunnableToolFunctionWithContext<ToolContext>[];
}
