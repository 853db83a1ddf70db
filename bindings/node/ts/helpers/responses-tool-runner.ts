// The official package's loop over responses that the caller steers: one turn after another, each to be looked at before its
// functions run. `responses.runTools` is the loop that runs by itself.
//
// A turn is whole before it is told, and all its calls are known and their arguments parsed before the first one runs. They
// run one after another; the first thing that goes wrong ends the run, as an error that says which calls have been begun and
// which have ended, and nothing of what they were given or threw. With `eager`, calls of a stream may run before their turn
// is whole. Tools of the server's own may stand in the parameters; those of browsers and computers are not there yet, and
// are refused.

import { OpenAIError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import type { OpenAI } from "../generated/openai.js";
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseStreamEvent,
  Tool,
} from "../generated/types/responses.js";
import { isAutoParsableTool, type AutoParseableResponseTool } from "../lib/ResponsesParser.js";
import { prepare, refuse, RunnerRun, toOutput, type Prepare } from "../lib/responses/runner-run.js";

export { ResponsesToolRunnerError } from "../lib/responses/runner-run.js";

type Output = ResponseInputItem.FunctionCallOutput["output"];
type Approval = ResponseOutputItem.McpApprovalRequest;

/** A function of the caller's, and how the model is told of it. What it throws ends the run. */
export interface RunnerFunction {
  tool: FunctionTool;
  /** Gets the arguments' JSON object; gives text, or blocks of text, images and files. */
  execute: (args: Record<string, unknown>, options?: { signal: AbortSignal | undefined }) => Output | Promise<Output>;
  /** Lets `supplyOutputs` stand in for it. */
  allowOutputOverride?: boolean;
  /** With `eager`: may run beside others of its kind. */
  independent?: boolean;
}

/** Which calls may run before their turn is whole; the first other one holds back those after it. */
export interface ResponsesEarlyExecution {
  functions?: readonly string[];
}

/** What a runner runs. */
export interface ResponsesRunnerTools {
  functions?: RunnerFunction[];
  /** With `eager`; default: all of them. */
  earlyExecution?: ResponsesEarlyExecution | null | undefined;
}

/** One thing that a run has done; without what was given, told or thrown. */
export interface RunnerDiagnostic {
  api: "responses";
  stage: "request" | "arguments" | "approval" | "action" | "output";
  reason:
    | "completed"
    | "refused"
    | "cancelled"
    | "invalid_input"
    | "invalid_output"
    | "api_failed"
    | "driver_failed"
    | "policy_failed";
  call_id: string | null;
  /** The function, or the tool of an MCP server. */
  member: string | null;
  duration_ms: number;
  /** Of a request. */
  usage: { input_tokens: number; output_tokens: number; total_tokens: number } | null;
}

/** What it throws changes nothing, and nothing waits for it. */
export type RunnerDiagnosticObserver = (event: Readonly<RunnerDiagnostic>) => void;

/** Bounds of what one request sends of the conversation. */
export interface ResponsesContextBudget {
  /** Of the input as JSON. */
  maxInputBytes: number;
  maxInputImages: number;
  /** Of no effect before there are browsers and computers. */
  keepRecentScreenshots?: number;
  /** Asked where the input is over them: which calls to leave out with their results. Without it that is an error. */
  compact?: (snapshot: {
    history: ResponseInputItem[];
    eligibleCallIds: string[];
    inputBytes: number;
    inputImages: number;
  }) => { dropCallIds: string[]; summary?: string } | Promise<{ dropCallIds: string[]; summary?: string }>;
}

/** A run as it stands, as JSON. MCP servers are told by a hash of their address, and without their credentials. */
export interface ResponsesRunnerCheckpoint {
  version: 1;
  run_id: string;
  /** Counted from 1. */
  revision: number;
  /** Only from a `boundary` a run can go on. */
  phase: "boundary" | "pending" | "final";
  max_steps: number;
  consumed_requests: number;
  tools: Tool[];
  output_override_names: string[];
  history: ResponseInputItem[];
  attempted_call_ids: string[];
  returned_call_ids: string[];
  /** Of an answer whose calls have not all run. */
  pending_items: ResponseOutputItem[];
  returned_outputs: ResponseInputItem[];
  final_response: Response | null;
}

/** Where a run is written down: before each request, around each call, after each turn, and at the end. */
export interface ResponsesRunnerLedger {
  runId: string;
  /** Must have stored the checkpoint when it resolves; what it throws ends the run. */
  save: (checkpoint: ResponsesRunnerCheckpoint) => void | Promise<void>;
  /** Goes on from here, with something new in the parameters' `input`. */
  resumeFrom?: ResponsesRunnerCheckpoint;
}

/** Options of one run. */
export interface ResponsesRunnerOptions {
  /** Most requests; default 20. No call of the last one's answer runs: having any is an error. */
  maxSteps?: number;
  /** Streams the answers, for `onEvent` and `eager`. */
  stream?: boolean;
  /** Runs calls as they come; needs `stream`. Unless every tool of the request is a function, they wait for their turn. */
  eager?: boolean;
  /** Most independent functions at a time, with `eager`; default 2. */
  maxConcurrentCalls?: number;
  /** Awaited with a copy of each event of a stream. */
  onEvent?: (event: ResponseStreamEvent) => void | Promise<void>;
  /** Ends the run before the next request and the next call, and is given to functions. */
  signal?: AbortSignal;
  /** Of each request; an idempotency key is that of the first one. */
  requestOptions?: RequestOptions;
  /** Answers what an MCP server asks; without it that is an error. */
  approveMcp?: (request: Readonly<Approval>) => boolean | Promise<boolean>;
  onDiagnostic?: RunnerDiagnosticObserver;
  /** Writes the run down; its requests are not repeated by themselves. */
  ledger?: ResponsesRunnerLedger;
  contextBudget?: ResponsesContextBudget | null | undefined;
  /** With `eager`: holds one call, and those after it, back until the turn is whole. */
  beforeEarlyCall?: (call: Readonly<ResponseFunctionToolCall>) => "execute" | "defer" | Promise<"execute" | "defer">;
}

/** An answer that is whole. Its calls run when the iterator goes on, if they have not run early. */
export interface ResponsesRunnerTurn {
  /** Changing it changes neither what runs nor what is sent. */
  readonly response: Response;
  /** Counted from 1. */
  readonly step: number;
  /** It has no calls; the run ends with it. */
  readonly final: boolean;
  /** Some of its calls have run early. */
  readonly toolsExecuted: boolean;
  /** Of the whole run so far. */
  readonly attemptedCallIds: readonly string[];
  readonly completedCallIds: readonly string[];
  /** Results in place of running functions that have `allowOutputOverride`; each call replaces what was said before. */
  supplyOutputs: (outputs: ResponseInputItem.FunctionCallOutput[]) => void;
  /** A message of the user, after the results. */
  appendUserText: (text: string) => void;
}

/**
 * Makes a tool of `zodResponsesFunction` or `standardResponsesFunction` one for the runner; its function must give text or
 * content blocks.
 *
 * @throws {TypeError} The tool has no function.
 */
export function runnerFunction<Arguments>(
  tool: AutoParseableResponseTool<{ name: string; arguments: Arguments }, boolean>,
): RunnerFunction {
  const callback = isAutoParsableTool(tool) ? tool.$callback : undefined;
  if (!callback) throw new TypeError("runnerFunction takes a typed tool for responses that has a function.");
  const prepared: Prepare = (args) => {
    const parsed = tool.$parseRaw(JSON.stringify(args));
    return () => callback(parsed);
  };
  const execute = async (args: Record<string, unknown>): Promise<Output> => toOutput(await prepared(args)());
  return { tool: { ...tool }, execute: Object.assign(execute, { [prepare]: prepared }) };
}

/** Runs functions over one conversation, one run at a time. */
export class ResponsesToolRunner {
  readonly #functions = new Map<string, RunnerFunction>();
  readonly #tools: FunctionTool[] = [];
  readonly #early: ReadonlySet<string> | null;
  #state: "open" | "busy" | "draining" | "closed" = "open";

  /** @throws {TypeError} A function has no name or that of another one, or what is not there yet is asked for. */
  constructor({ functions = [], earlyExecution, ...others }: ResponsesRunnerTools) {
    refuse(others);
    for (const each of functions) {
      const { type, name } = each.tool;
      if (type !== "function" || !name || this.#functions.has(name) || typeof each.execute !== "function") {
        throw new TypeError("Each function of a runner has a name of its own and an executor.");
      }
      this.#functions.set(name, each);
      this.#tools.push(structuredClone(each.tool));
    }
    const early = earlyExecution?.functions ?? [];
    if (early.some((name) => !this.#functions.has(name))) throw new TypeError("earlyExecution names no such function.");
    this.#early = earlyExecution ? new Set(early) : null;
  }

  /** Takes no further run; one that is under way goes on to its end. */
  close(): { status: "closed" | "draining" } {
    const status = this.#state === "busy" || this.#state === "draining" ? "draining" : "closed";
    this.#state = status;
    return { status };
  }

  /**
   * The turns, until one is final. Leaving the loop ends the run.
   *
   * @throws {TypeError} The parameters or options do not fit a runner, or another run is under way; nothing was sent.
   * @throws {ResponsesToolRunnerError} A request or a call failed.
   */
  async *iterate(
    client: OpenAI,
    params: ResponseCreateParamsNonStreaming,
    options: ResponsesRunnerOptions = {},
  ): AsyncGenerator<ResponsesRunnerTurn, void, unknown> {
    if (this.#state !== "open") throw new TypeError(`The runner is ${this.#state}.`);
    this.#state = "busy";
    try {
      yield* new RunnerRun(client, params, options, this.#functions, this.#tools, this.#early).turns();
    } finally {
      this.#state = (this.#state as string) === "draining" ? "closed" : "open";
    }
  }

  /** Runs to the final answer. Throws as `iterate`. */
  async run(
    client: OpenAI,
    params: ResponseCreateParamsNonStreaming,
    options: ResponsesRunnerOptions = {},
  ): Promise<Response> {
    for await (const { final, response } of this.iterate(client, params, options)) if (final) return response;
    throw new OpenAIError("The run has no final answer.");
  }
}
