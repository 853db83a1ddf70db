// The tool loop over responses: ask, run the functions that the model calls, tell it the results, ask again.
//
// Answers stream, and a function starts as soon as its call is complete; so it may have run although the rest of the answer
// failed. Calls of one answer run in parallel, and their results are told in the order of the calls. What a function or the
// parsing of its arguments throws is told to the model. A call to a function tool without a callback ends the run: only the
// caller can answer it. Aborting cancels the request and reaches the functions as their signal.

import { OpenAIError } from "../../core/error.js";
import type { RequestOptions } from "../../core/request.js";
import type { OpenAI } from "../../generated/openai.js";
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
} from "../../generated/types/responses.js";
import { EventStream, type BaseEvents } from "../EventStream.js";
import { isAutoParsableTool, maybeParseResponse, type ParsedResponse } from "../ResponsesParser.js";
import { responseEarlyCalls } from "../early-calls.js";
import { resultText, type AssistantStep, type ToolRunStep, type ToolStep } from "../tool-steps.js";

/** Parameters of `responses.runTools`: functions are tools of `helpers/zod` that have a `function`. */
export type ResponseToolRunnerParams = Omit<ResponseCreateParamsNonStreaming, "stream"> & {
  stream?: boolean | undefined;
};

/** Options of `responses.runTools`. */
export interface ResponseToolRunnerOptions extends RequestOptions {
  /** Most requests; default 10. The calls of the last answer are run too, and not told any more. */
  maxRounds?: number;
}

export interface ResponseToolRunnerEvents extends BaseEvents {
  /** For each whole answer. */
  response: (response: Response) => void;
  /** For each answer, and for each result in the order of the calls. */
  step: (step: ToolRunStep) => void;
}

type Callback = (args: unknown, context: { signal: AbortSignal }) => unknown;

const MOST_ROUNDS = 10;

/** A running tool loop. Made by `responses.runTools`. */
export class ResponseToolRunner<ParsedT = null> extends EventStream<ResponseToolRunnerEvents> {
  /** What has happened so far: answers, and results in the order of the calls. */
  readonly steps: ToolRunStep[] = [];
  /** All items of the conversation, to go on with; with `conversation`, those of the last request. */
  input: ResponseInputItem[] = [];
  readonly #functions = new Map<string, { parse: (text: string) => unknown; callback: Callback }>();
  readonly #declared = new Set<string>();
  #final: ParsedResponse<ParsedT> | undefined;

  /** Sends the first request. Use `client.responses.runTools`. */
  static runTools<ParsedT>(
    client: OpenAI,
    params: ResponseToolRunnerParams,
    options?: ResponseToolRunnerOptions,
  ): ResponseToolRunner<ParsedT> {
    const runner = new ResponseToolRunner<ParsedT>();
    runner._run(() => runner.#loop(client, params, options));
    return runner;
  }

  /** The last answer, also if it failed or is incomplete: see its `status`. Rejects if a request fails or is aborted. */
  async finalResponse(): Promise<ParsedResponse<ParsedT>> {
    await this.done();
    return this.#final!;
  }

  async #loop(
    client: OpenAI,
    params: ResponseToolRunnerParams,
    { maxRounds = MOST_ROUNDS, ...options }: ResponseToolRunnerOptions = {},
  ): Promise<void> {
    if (!(maxRounds >= 1)) throw new OpenAIError(`maxRounds must be at least 1, not ${maxRounds}.`);
    this._listenForAbort(options.signal);
    const { signal } = this.controller;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    this.#take(params.tools ?? []);
    const { input = [], conversation, tool_choice } = params;
    const onlyOne = typeof tool_choice === "object" && tool_choice.type === "function";
    this.input = typeof input === "string" ? [{ role: "user", content: input }] : [...input];
    for (let round = 1; ; round++) {
      const running = new Map<string, Promise<string>>();
      const start = (callId: string, name: string, text: string): void => {
        if (!running.has(callId) && this.#runs(name)) running.set(callId, this.#call(name, text));
      };
      const early = responseEarlyCalls(client, { ...params, input: this.input }, { ...options, signal });
      for await (const call of early) start(call.callId, call.name, call.arguments);
      const response = await early.finalResponse();
      this._throwIfAborted();
      const calls = completeCalls(response);
      for (const call of calls) start(call.call_id, call.name, call.arguments);
      this.#answered(response, calls);
      const told = calls.filter(({ call_id }) => running.has(call_id));
      const outputs = await Promise.race([
        Promise.all(told.map(({ call_id }) => running.get(call_id)!)),
        aborted,
      ]).catch((error: unknown) => {
        this._throwIfAborted();
        throw error;
      });
      const results = told.map((call, index) => this.#told(call, outputs[index]!));
      const items = conversation ? [] : [...this.input, ...(response.output as ResponseInputItem[])];
      const whole = told.length === calls.length;
      if (calls.length > 0 || !conversation) this.input = [...items, ...results];
      if (calls.length === 0 || !whole || onlyOne || round >= maxRounds) {
        this.#final = maybeParseResponse(response, { ...params, tools: [] } as never) as ParsedResponse<ParsedT>;
        return;
      }
    }
  }

  #take(tools: readonly object[]): void {
    for (const tool of tools) {
      const { type, name } = tool as { type: string; name: string };
      if (type !== "function") continue;
      if (isAutoParsableTool(tool) && tool.$callback) {
        this.#functions.set(name, {
          parse: (text) => tool.$parseRaw(text),
          callback: tool.$callback,
        });
      } else this.#declared.add(name);
    }
  }

  /** Not of a function that the caller runs; the model is told of one that does not exist. */
  #runs(name: string): boolean {
    return this.#functions.has(name) || !this.#declared.has(name);
  }

  async #call(name: string, text: string): Promise<string> {
    const found = this.#functions.get(name);
    if (!found) {
      const known = [...this.#functions.keys()].map((key) => JSON.stringify(key)).join(", ");
      return `Invalid tool_call: ${JSON.stringify(name)}. Available options are: ${known}. Please try again`;
    }
    try {
      return resultText(await found.callback(found.parse(text), { signal: this.controller.signal }));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #answered(this: ResponseToolRunner<any>, response: Response, calls: ResponseFunctionToolCall[]): void {
    const step: AssistantStep = {
      type: "assistant",
      content: response.output_text || null,
      calls: calls.map(({ name, arguments: text, call_id }) => ({ name, arguments: text, call_id })),
    };
    this.steps.push(step);
    this._emit("response", response);
    this._emit("step", step);
  }

  #told(
    this: ResponseToolRunner<any>,
    { name, call_id }: ResponseFunctionToolCall,
    output: string,
  ): ResponseInputItem.FunctionCallOutput {
    const step: ToolStep = { type: "tool", name, call_id, output };
    this.steps.push(step);
    this._emit("step", step);
    return { type: "function_call_output", call_id, output };
  }
}

/** Calls of an answer that is whole; a limit or a failure ends the run. */
function completeCalls({ status, output }: Response): ResponseFunctionToolCall[] {
  if (status && status !== "completed") return [];
  return output.filter((item) => item.type === "function_call") as ResponseFunctionToolCall[];
}
