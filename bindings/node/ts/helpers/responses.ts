// What responses have besides their calls. Each method delegates to its file in lib/, loaded on first use.

import type { APIPromise } from "../core/api-promise.js";
import type { RequestOptions } from "../core/request.js";
import { APIResource } from "../core/resource.js";
import type { OpenAI } from "../generated/openai.js";
import type { Response, ResponseCreateParamsNonStreaming } from "../generated/types/responses.js";
import type { ResponseEarlyCalls } from "../lib/early-calls.js";
import type {
  ExtractParsedContentFromParams,
  ParsedResponse,
  ParsedWithOptions,
  ResponseCreateParamsWithTools,
  ResponseParseOptions,
} from "../lib/ResponsesParser.js";
import type {
  ResponseToolRunner,
  ResponseToolRunnerOptions,
  ResponseToolRunnerParams,
} from "../lib/responses/ResponseToolRunner.js";
import type {
  ResponseCreateAndStreamParams,
  ResponseStream,
  ResponseStreamParams,
} from "../lib/responses/ResponseStream.js";

/** Helpers of `client.responses`. */
export abstract class ResponseHelpers extends APIResource {
  abstract create(body: ResponseCreateParamsNonStreaming, options?: RequestOptions): APIPromise<Response>;

  /**
   * Creates a response and parses it: `output_parsed` by `text.format` or `parseAs`, `parsed_arguments` by strict
   * tools. Nothing is parsed of a response that is not completed.
   */
  parse<
    Params extends ResponseCreateParamsWithTools,
    ParsedT = ExtractParsedContentFromParams<Params>,
    Options extends ResponseParseOptions = RequestOptions,
  >(body: Params, options?: Options): APIPromise<ParsedResponse<ParsedWithOptions<Options, ParsedT>>> {
    const { parseResponse, resolveResponseParseOptions } =
      require("../lib/ResponsesParser.js") as typeof import("../lib/ResponsesParser.js");
    const { format, requestOptions } = resolveResponseParseOptions(body, options);
    return this.create(body as unknown as ResponseCreateParamsNonStreaming, requestOptions)._thenUnwrap((response) =>
      parseResponse(response, body, format),
    );
  }

  /**
   * Streams a new response, or with `response_id` one that exists; with events, promises and iteration. The request is
   * sent when the caller yields.
   */
  stream<Params extends ResponseStreamParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RequestOptions,
  ): ResponseStream<ParsedT> {
    const { ResponseStream } =
      require("../lib/responses/ResponseStream.js") as typeof import("../lib/responses/ResponseStream.js");
    return ResponseStream.createResponse<ParsedT>(this._client as OpenAI, body, options);
  }

  /**
   * Streams a response for its function calls: each is handed over when its arguments are complete, while the stream
   * still runs. The request is sent at once; leaving the loop cancels it.
   */
  createStreamFc(body: ResponseCreateAndStreamParams, options?: RequestOptions): ResponseEarlyCalls {
    const { responseEarlyCalls } = require("../lib/early-calls.js") as typeof import("../lib/early-calls.js");
    return responseEarlyCalls(this._client, body, options);
  }

  /**
   * Runs the functions that the model calls and tells it their results, until it calls none or `maxRounds` (10) answers
   * are there. Each function (`zodResponsesFunction` with a `function`) starts as soon as its call is complete. The first
   * request is sent when the caller yields.
   */
  runTools<Params extends ResponseToolRunnerParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: ResponseToolRunnerOptions,
  ): ResponseToolRunner<ParsedT> {
    const { ResponseToolRunner } =
      require("../lib/responses/ResponseToolRunner.js") as typeof import("../lib/responses/ResponseToolRunner.js");
    return ResponseToolRunner.runTools<ParsedT>(this._client as OpenAI, body, options);
  }
}
