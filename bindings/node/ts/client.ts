// The native client: the Responses API in five methods.
//
// Parameters may be spelled as on the wire or in camel case; only the top-level names of the API's parameters are
// translated, never what is inside them. Unlike in `openai-oxide/compat`, a stream that is cut is an error.

import type { APIPromise } from "./core/api-promise.js";
import { BaseClient, type ClientOptions } from "./core/base-client.js";
import { OpenAIError } from "./core/error.js";
import { outputText } from "./core/hooks.js";
import type { RequestOptions } from "./core/request.js";
import type { EventIterator } from "./core/streaming.js";
import type { ResponseEarlyCalls } from "./lib/early-calls.js";
import { WIRE_NAMES } from "./generated/parameters.js";
import type { Response, ResponseCreateParamsNonStreaming, ResponseStreamEvent } from "./generated/types/responses.js";

type Wire = Omit<ResponseCreateParamsNonStreaming, "stream">;

/** Parameters of a response: `max_output_tokens` or `maxOutputTokens`, and so on. */
export type ResponseParams = Wire & {
  [
    Name in keyof typeof WIRE_NAMES as (typeof WIRE_NAMES)[Name] extends keyof Wire ? Name : never
  ]?: Wire[(typeof WIRE_NAMES)[Name] & keyof Wire];
};

/** Client for the Responses API. */
export class Client extends BaseClient {
  /** With a key, options, or both; without a key it comes from `OPENAI_API_KEY`. */
  constructor(apiKey?: string | ClientOptions, options?: ClientOptions) {
    super(typeof apiKey === "string" ? { ...options, apiKey } : apiKey);
  }

  /** Creates a response. */
  async createResponse(params: ResponseParams, options?: RequestOptions): Promise<Response> {
    return this._call<Response>("responses.create", { body: toWire(params), options });
  }

  /**
   * Creates a response by up to `n` requests (1 to 16): the first answer counts, and the others are cancelled. The next one
   * is sent whenever `delay` milliseconds have passed without an answer; without `delay`, after the 95th percentile of such
   * calls, see `Hedge`. There is no budget: each call may cost `n` answers. `withResponse()` tells what became of them.
   */
  hedgedRequest(
    params: ResponseParams,
    n = 2,
    { delay, ...options }: RequestOptions & { delay?: number | undefined } = {},
  ): APIPromise<Response> {
    const hedge = { delay, max: n, budget: null };
    return this._call<Response>("responses.create", { body: toWire(params), options: { ...options, hedge } });
  }

  /** Creates a response and returns its text. */
  async createText(model: string, input: string, options?: RequestOptions): Promise<string> {
    return outputText(await this.createResponse({ model, input }, options));
  }

  /** Creates a response that the server keeps, and returns its id for `createTextFollowup`. */
  async createStoredResponseId(model: string, input: string, options?: RequestOptions): Promise<string> {
    return (await this.createResponse({ model, input, store: true }, options)).id;
  }

  /** Continues a stored response and returns the text. */
  async createTextFollowup(
    model: string,
    input: string,
    previousResponseId: string,
    options?: RequestOptions,
  ): Promise<string> {
    return outputText(await this.createResponse({ model, input, previous_response_id: previousResponseId }, options));
  }

  /**
   * Creates a response and streams its events: `for await (const event of client.createStream(model, input))`. The
   * request is sent at once; leaving the loop cancels it.
   */
  createStream(model: string, input: string, options?: RequestOptions): EventIterator<ResponseStreamEvent>;
  createStream(params: ResponseParams, options?: RequestOptions): EventIterator<ResponseStreamEvent>;
  createStream(
    first: string | ResponseParams,
    second?: string | RequestOptions,
    third?: RequestOptions,
  ): EventIterator<ResponseStreamEvent> {
    const params = typeof first === "string" ? { model: first, input: second as string } : first;
    const options = typeof first === "string" ? third : (second as RequestOptions | undefined);
    return this._events("responses.create", { body: { ...toWire(params), stream: true }, options });
  }

  /**
   * Creates a response and hands each function call over when its arguments are complete, while the stream still runs:
   * `for await (const call of client.createStreamFc({ model, input, tools }))`. The request is sent at once; leaving
   * the loop cancels it.
   */
  createStreamFc(model: string, input: string, options?: RequestOptions): ResponseEarlyCalls;
  createStreamFc(params: ResponseParams, options?: RequestOptions): ResponseEarlyCalls;
  createStreamFc(
    first: string | ResponseParams,
    second?: string | RequestOptions,
    third?: RequestOptions,
  ): ResponseEarlyCalls {
    const { responseEarlyCalls } = require("./lib/early-calls.js") as typeof import("./lib/early-calls.js");
    const params = typeof first === "string" ? { model: first, input: second as string } : first;
    const options = typeof first === "string" ? third : (second as RequestOptions | undefined);
    return responseEarlyCalls(this, toWire(params), options);
  }
}

/** Wire names for the camel-case ones, in the caller's order. */
function toWire(params: ResponseParams): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    const key = Object.hasOwn(WIRE_NAMES, name) ? WIRE_NAMES[name as keyof typeof WIRE_NAMES] : name;
    if (key in wire) throw new OpenAIError(`"${name}" is given twice, in two spellings.`);
    wire[key] = value;
  }
  return wire;
}
