// Functions of the caller's that a hosted agent calls: run here, their results handed in by a request of their own.
//
// What a function throws, or returns that is no JSON, is told to the agent as a failure without its text. A request that
// fails ends the turn's iteration. The server may learn of a call later than its readers: a result that it does not wait
// for yet is handed in again, three times within a second, under the same idempotency key.

import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { APIUserAbortError, BadRequestError, OpenAIError } from "../../../core/error.js";
import type { RequestOptions } from "../../../core/request.js";
import type {
  AgentFunctionCallItem,
  AgentFunctionCallOutputParam,
  AgentSessionEvent,
  AgentSessionInputParam,
  AgentToolParam,
  InputContentParam,
} from "../../../generated/types/beta.js";
import type { Sessions } from "../../../generated/resources/beta/agents/sessions/sessions.js";
import type { AutoParseableResponseTool } from "../../ResponsesParser.js";
import { resultText } from "../../tool-steps.js";
import type { TurnObserver } from "./results.js";

/** What a handler gives: text, content, null for nothing, or a value that is told as JSON. */
export type AgentToolOutput = AgentFunctionCallOutputParam | object | null;

/** Gets the arguments of one call. */
export type AgentToolHandler = (arguments_: Record<string, unknown>) => AgentToolOutput | PromiseLike<AgentToolOutput>;

/** A call that failed here; the agent is not told why. */
export interface AgentToolError {
  readonly error: unknown;
  readonly tool_name: string;
  readonly session_id: string;
  readonly turn_id: string;
  readonly call_id: string;
  /** Whether the arguments, the function, or its result was at fault. */
  readonly stage: "arguments" | "execution" | "output";
}

/** A function for hosted agents: `definition` goes to `agent.tools`, `handler` to `toolHandlers` under `name`. */
export interface AgentFunctionTool {
  readonly name: string;
  readonly definition: AgentToolParam.AgentToolConfigParamFunction;
  readonly handler: AgentToolHandler;
}

type ToolResult = AgentSessionInputParam.SessionInputParamAgentSessionInputToolResult;

/** A handler that says how far it has come. */
type StagedHandler = AgentToolHandler & {
  [staged]?: (args: Record<string, unknown>, reached: (stage: AgentToolError["stage"]) => void) => Promise<unknown>;
};

const staged = Symbol.for("openai-oxide.agent-tool-stages");

/** Milliseconds before a result is handed in again. */
const REPEATS = [100, 300, 600];

/**
 * Makes a tool of `zodResponsesFunction` or `standardResponsesFunction` one for hosted agents.
 *
 * @throws {OpenAIError} The tool has no function or no parameters.
 */
export function functionTool<Arguments>(
  tool: AutoParseableResponseTool<{ name: string; arguments: Arguments }, boolean>,
): AgentFunctionTool {
  const { name, description, parameters, defer_loading } = tool;
  const callback = tool.$callback as ((args: unknown) => unknown) | undefined;
  if (!callback || !parameters) throw new OpenAIError(`The tool "${name}" needs parameters and a function.`);
  const run: NonNullable<StagedHandler[typeof staged]> = async (args, reached) => {
    reached("arguments");
    const parsed = tool.$parseRaw(JSON.stringify(args));
    reached("execution");
    const result = await callback(parsed);
    reached("output");
    if (result === null || isContent(result)) return result;
    return resultText(result);
  };
  const handler = ((args) => run(args, () => {})) as StagedHandler;
  handler[staged] = run;
  const definition: AgentFunctionTool["definition"] = {
    type: "function",
    name,
    description: description ?? "",
    parameters,
  };
  if (defer_loading !== undefined) definition.defer_loading = defer_loading;
  return { name, definition, handler };
}

/** @internal Hands in the results of the functions that the caller has. */
export class ToolDispatcher {
  readonly #handlers: Map<string, StagedHandler>;
  readonly #options: RequestOptions;

  constructor(
    private readonly sessions: Sessions,
    handlers: Record<string, AgentToolHandler>,
    /** Aborting it leaves a running function alone, and hands nothing in any more. */
    private readonly signal: AbortSignal,
    /** Of each request that hands a result in; an idempotency key in it is not theirs. */
    options: RequestOptions,
    private readonly onToolError?: (failure: AgentToolError) => void | PromiseLike<void>,
  ) {
    this.#handlers = new Map(Object.entries(handlers));
    this.#options = { ...options, signal };
  }

  handles(name: string): boolean {
    return this.#handlers.has(name);
  }

  /** What is to be done after an event: run the function that it calls. Undefined if it calls none of the caller's. */
  prepare(event: AgentSessionEvent, observer: TurnObserver): (() => Promise<void>) | undefined {
    if (event.type !== "agent.session.turn.item.added" || event.item.type !== "function_call") return undefined;
    // Of its own, so that a reader of the event cannot change what is run.
    const call = structuredClone(event.item);
    const handler = this.#handlers.get(call.name);
    if (!observer.isNewCall(call.turn_id, call.call_id) || !handler) return undefined;
    const { session } = observer;
    if (!session) throw new OpenAIError("A function is called before the session is known.");
    return async () => this.#submit(session, await this.#run(call, handler, session));
  }

  async #run(call: AgentFunctionCallItem, handler: StagedHandler, session_id: string): Promise<ToolResult> {
    const { turn_id, call_id, name: tool_name } = call;
    const result = { type: "agent.session.input.tool_result", turn_id, call_id } as const;
    let stage: AgentToolError["stage"] = "arguments";
    try {
      const args = argumentsOf(call);
      stage = "execution";
      const running = async (): Promise<unknown> =>
        handler[staged] ? handler[staged](args, (reached) => (stage = reached)) : handler(args);
      const output = await this.#unlessAborted(running());
      stage = "output";
      return { ...result, success: true, output: toOutput(output) };
    } catch (error) {
      throwIfAborted(this.signal);
      const failure = Object.freeze({ error, tool_name, session_id, turn_id, call_id, stage });
      try {
        await this.#unlessAborted(Promise.resolve(this.onToolError?.(failure)));
      } catch {
        throwIfAborted(this.signal); // what an observer throws changes nothing
      }
      return { ...result, success: false, error: "Tool handler failed." };
    }
  }

  async #submit(session: string, result: ToolResult): Promise<void> {
    const key = randomUUID();
    for (let attempt = 0; ; attempt++) {
      throwIfAborted(this.signal);
      try {
        await this.sessions.events.create(session, { events: [result], "Idempotency-Key": key }, this.#options);
        return;
      } catch (error) {
        const delay = REPEATS[attempt];
        if (delay === undefined || !isEarly(error, result.call_id)) throw error;
        await this.#unlessAborted(wait(delay, undefined, { signal: this.signal }));
      }
    }
  }

  async #unlessAborted<R>(running: Promise<R>): Promise<R> {
    let stop!: () => void;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(abortError(this.signal));
    });
    this.signal.addEventListener("abort", stop, { once: true });
    if (this.signal.aborted) stop();
    try {
      return await Promise.race([aborted, running]);
    } finally {
      this.signal.removeEventListener("abort", stop);
      running.catch(() => {});
    }
  }
}

/** @internal */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}

function abortError(signal: AbortSignal): APIUserAbortError {
  return Object.assign(new APIUserAbortError(), { cause: signal.reason as unknown });
}

function argumentsOf({ arguments: given }: AgentFunctionCallItem): Record<string, unknown> {
  const args: unknown = typeof given === "string" ? JSON.parse(given) : given;
  if (typeof args === "object" && args !== null && !Array.isArray(args)) return args as Record<string, unknown>;
  throw new OpenAIError("The arguments of a function are a JSON object.");
}

function toOutput(value: unknown): AgentFunctionCallOutputParam | null {
  if (value === null || typeof value === "string" || isContent(value)) return value;
  const text = typeof value === "object" ? JSON.stringify(value) : undefined;
  if (text === undefined) throw new OpenAIError("A handler gives text, content, an object, or null.");
  return text;
}

function isContent(value: unknown): value is InputContentParam[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(
    (part: Record<string, unknown> | null) =>
      (part?.["type"] === "input_text" && typeof part["text"] === "string") ||
      (part?.["type"] === "input_image" && typeof part["image_url"] === "string"),
  );
}

/** Whether the server has not yet heard of the call. */
function isEarly(error: unknown, callID: string): boolean {
  if (!(error instanceof BadRequestError) || error.code !== "invalid_request_error") return false;
  return (error.error as { message?: unknown } | undefined)?.message === `Unknown pending tool call: ${callID}`;
}
