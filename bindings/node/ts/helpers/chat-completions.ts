// What chat completions have besides their calls. Each method delegates to its file in lib/, loaded on first use.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type { OpenAI } from "../generated/openai.js";
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from "../generated/types/chat.js";
import type { ChatCompletionStream, ChatCompletionStreamParams } from "../lib/ChatCompletionStream.js";
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
}
