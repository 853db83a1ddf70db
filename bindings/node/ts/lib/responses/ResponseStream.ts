// A response as it arrives: events, with snapshots where they are deltas, and the whole at the end.
//
// The end of the connection ends the stream, also before the response is complete: `status` tells, as in the official
// package.

import type { RequestOptions } from "../../core/request.js";
import { Stream } from "../../core/streaming.js";
import type { OpenAI } from "../../generated/openai.js";
import type {
  Response,
  ResponseCreateParamsBase,
  ResponseStreamEvent,
  ResponseTextConfig,
} from "../../generated/types/responses.js";
import { EventStream, type BaseEvents } from "../EventStream.js";
import { maybeParseResponse, type ParseableToolsParams, type ParsedResponse } from "../ResponsesParser.js";
import { ResponseAccumulator } from "./accumulator.js";
import type { ResponseFunctionCallArgumentsDeltaEvent, ResponseTextDeltaEvent } from "./EventTypes.js";

/** Parameters of `responses.stream`. */
export type ResponseStreamParams = ResponseCreateAndStreamParams | ResponseStreamByIdParams;

/** Starts a new response. */
export type ResponseCreateAndStreamParams = Omit<ResponseCreateParamsBase, "stream"> & { stream?: true };

/** Follows a response that exists, such as one in the background. */
export type ResponseStreamByIdParams = {
  response_id: string;
  /** Events up to this sequence number are not told. They are read, so that snapshots and the result are whole. */
  starting_after?: number;
  /** Of the original request, to parse the answer. */
  text?: ResponseTextConfig;
  /** Of the original request, to parse its calls. */
  tools?: ParseableToolsParams;
};

/** Parameters that a stream remembers, to parse the answer. */
export type ResponseStreamingParams = Omit<ResponseCreateParamsBase, "stream"> & { stream?: true };

type ResponseEvents = BaseEvents &
  Omit<
    {
      [Type in ResponseStreamEvent["type"]]: (event: Extract<ResponseStreamEvent, { type: Type }>) => void;
    },
    "response.output_text.delta" | "response.function_call_arguments.delta" | "error"
  > & {
    event: (event: ResponseStreamEvent) => void;
    "response.output_text.delta": (event: ResponseTextDeltaEvent) => void;
    "response.function_call_arguments.delta": (event: ResponseFunctionCallArgumentsDeltaEvent) => void;
  };

/** A response stream with listeners, a promise and iteration. Made by `responses.stream`. */
export class ResponseStream<ParsedT = null>
  extends EventStream<ResponseEvents>
  implements AsyncIterable<ResponseStreamEvent>
{
  readonly #params: ResponseStreamingParams | null;
  readonly #accumulator = new ResponseAccumulator();
  #final: ParsedResponse<ParsedT> | undefined;

  constructor(params: ResponseStreamingParams | null) {
    super();
    this.#params = params;
  }

  /** Sends the request. Use `client.responses.stream`. */
  static createResponse<ParsedT>(
    client: OpenAI,
    params: ResponseStreamParams,
    options?: RequestOptions,
  ): ResponseStream<ParsedT> {
    const stream = new ResponseStream<ParsedT>(params as ResponseStreamingParams);
    stream._run(() => stream.#request(client, params, options));
    return stream;
  }

  /** Reads events as lines of JSON, as `toReadableStream` of a plain stream writes them. */
  static fromReadableStream(readable: ReadableStream): ResponseStream<null> {
    const stream = new ResponseStream<null>(null);
    stream._run(() =>
      stream.#read(Stream.fromReadableStream<ResponseStreamEvent>(readable, stream.controller), -Infinity),
    );
    return stream;
  }

  /** The events; leaving the loop aborts the request. Events that are not read yet are kept. */
  [Symbol.asyncIterator](): AsyncIterator<ResponseStreamEvent> {
    return this._iterate(
      "event",
      (event: ResponseStreamEvent) => event,
      () => this.abort(),
    );
  }

  /** The response, also if it failed or is incomplete: see its `status`. Rejects if the stream fails or is aborted. */
  async finalResponse(): Promise<ParsedResponse<ParsedT>> {
    await this.done();
    return this.#final!;
  }

  async #request(client: OpenAI, params: ResponseStreamParams, options?: RequestOptions): Promise<void> {
    this._listenForAbort(options?.signal);
    const given = { ...options, signal: this.controller.signal };
    if ("response_id" in params) {
      const stream = await client.responses.retrieve(params.response_id, { stream: true }, given);
      return this.#read(stream, params.starting_after ?? -Infinity);
    }
    return this.#read(await client.responses.create({ ...params, stream: true }, given), -Infinity);
  }

  async #read(stream: Stream<ResponseStreamEvent>, after: number): Promise<void> {
    this._connected();
    for await (const event of stream) this.#add(event, after);
    this._throwIfAborted();
    const response: Response = this.#accumulator.finish();
    this.#final = maybeParseResponse(response, this.#params) as ParsedResponse<ParsedT>;
  }

  #add(this: ResponseStream<any>, event: ResponseStreamEvent, after: number): void {
    if (this.ended) return;
    const snapshot = this.#accumulator.add(event);
    if (event.sequence_number <= after) return;
    this._emit("event", event);
    const enriched =
      event.type === "response.output_text.delta" || event.type === "response.function_call_arguments.delta";
    if (!enriched) this._emit(event.type as "response.completed", event as never);
    else if (this._hasListeners(event.type)) this._emit(event.type, { ...event, snapshot: snapshot! } as never);
  }
}
