// One run of helpers/responses-tool-runner: its requests, its turns, and the calls between them.

import { OpenAIError } from "../../core/error.js";
import { outputText } from "../../core/hooks.js";
import { withoutKey } from "../../core/idempotency.js";
import type { RequestOptions } from "../../core/request.js";
import type { OpenAI } from "../../generated/openai.js";
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseUsage,
  Tool,
} from "../../generated/types/responses.js";
import type {
  ResponsesRunnerOptions,
  ResponsesRunnerTurn,
  RunnerDiagnostic,
  RunnerFunction,
} from "../../helpers/responses-tool-runner.js";
import { RunnerRecord, withinBudget, type Recorded } from "./runner-ledger.js";

type Output = ResponseInputItem.FunctionCallOutput["output"];
type Approval = ResponseOutputItem.McpApprovalRequest;
type Call = ResponseFunctionToolCall | Approval;

/** A run that ended without a final answer. */
export class ResponsesToolRunnerError extends OpenAIError {
  override name = "ResponsesToolRunnerError";
  /** Calls that were begun, in order. */
  readonly attemptedCallIds: string[];
  /** Those of them that gave a result. */
  readonly completedCallIds: string[];

  constructor(message: string, attempted: string[], completed: string[]) {
    super(message);
    this.attemptedCallIds = [...attempted];
    this.completedCallIds = [...completed];
  }
}

/** Parses arguments, and gives what is to be called: so that wrong ones are found before anything runs. */
export type Prepare = (args: Record<string, unknown>) => () => unknown;

export const prepare = Symbol.for("openai-oxide.runner-function");

/** What ends a run with a text of this package's own, which the error may have. */
class Refused extends OpenAIError {}

/** One run. */
export class RunnerRun {
  readonly #attempted: string[] = [];
  readonly #completed: string[] = [];
  readonly #input: ResponseInputItem[];
  readonly #tools: Tool[];
  readonly #maxSteps: number;
  readonly #atOnce: number;
  readonly #signal: AbortSignal | undefined;
  readonly #record: RunnerRecord | undefined;
  #consumed = 0;

  constructor(
    private readonly client: OpenAI,
    private readonly params: ResponseCreateParamsNonStreaming,
    private readonly options: ResponsesRunnerOptions,
    private readonly functions: ReadonlyMap<string, RunnerFunction>,
    declared: readonly FunctionTool[],
    private readonly early: ReadonlySet<string> | null,
  ) {
    refuse(options);
    const { maxConcurrentCalls = 2, eager, stream, signal, requestOptions, ledger } = options;
    const { maxSteps = ledger?.resumeFrom?.max_steps ?? 20 } = options;
    if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0)) throw new TypeError("maxSteps must be a number from 1 up.");
    if (!(Number.isSafeInteger(maxConcurrentCalls) && maxConcurrentCalls > 0)) {
      throw new TypeError("maxConcurrentCalls must be a number from 1 up.");
    }
    if (eager && !stream) throw new TypeError("eager needs stream.");
    const { input = [], tools } = params;
    this.#maxSteps = maxSteps;
    this.#atOnce = maxConcurrentCalls;
    this.#signal = signal ?? requestOptions?.signal ?? undefined;
    this.#input = typeof input === "string" ? [{ role: "user", content: input }] : [...input];
    this.#tools = [...declared, ...(tools ?? [])];
    checkParams(params, this.#tools, Boolean(options.contextBudget));
    if (!ledger) return;
    const overrides = [...functions.values()].flatMap((each) => (each.allowOutputOverride ? [each.tool.name] : []));
    this.#record = new RunnerRecord(ledger, maxSteps, this.#tools, overrides);
    const { resumed } = this.#record;
    if (!resumed) return;
    if (this.#input.length === 0) throw new TypeError("A run that goes on needs something new in its input.");
    this.#consumed = resumed.consumed_requests;
    this.#attempted.push(...resumed.attempted_call_ids);
    this.#completed.push(...resumed.returned_call_ids);
    this.#input.unshift(...resumed.history);
  }

  async *turns(): AsyncGenerator<ResponsesRunnerTurn, void, unknown> {
    try {
      for (let step = this.#consumed + 1; ; step++) {
        this.#signal?.throwIfAborted();
        if (step > this.#maxSteps) throw new Refused(`The run has had its ${this.#maxSteps} requests.`);
        const turn = new Turn(this.functions);
        const response = await this.#ask(step, turn);
        this.#signal?.throwIfAborted();
        const items = structuredClone(response.output); // what is told may be changed
        const calls = this.#calls(response, turn);
        const final = calls.length === 0;
        turn.items = items;
        if (final) await this.#save("final", { final: response });
        else await this.#save("pending", turn);
        try {
          yield turn.told(response, { step, final, attempted: this.#attempted, completed: this.#completed });
        } finally {
          turn.over = true;
        }
        this.#signal?.throwIfAborted();
        if (final) return;
        for (const call of calls) if (!turn.begun.has(idOf(call))) await this.#run(call, step, turn);
        this.#input.push(...items.map(toInput), ...turn.outputs, ...turn.added);
        await this.#save("boundary");
      }
    } catch (error) {
      const message =
        error instanceof Refused
          ? error.message
          : "The run stopped; attemptedCallIds and completedCallIds tell what has been done.";
      throw new ResponsesToolRunnerError(message, this.#attempted, this.#completed);
    }
  }

  /** Writes the run down, where it has a ledger. */
  async #save(phase: "boundary" | "pending" | "final", more: Turn | { final?: Response } = {}): Promise<void> {
    if (!this.#record) return;
    const state: Recorded = {
      consumed: this.#consumed,
      history: this.#input,
      attempted: this.#attempted,
      completed: this.#completed,
    };
    if (more instanceof Turn) Object.assign(state, { pending: more.items, outputs: more.outputs.filter(Boolean) });
    else if (more.final) state.final = more.final;
    await this.#record.save(phase, state);
    this.#signal?.throwIfAborted();
  }

  async #ask(step: number, turn: Turn): Promise<Response> {
    const { include } = this.params;
    const { contextBudget: budget } = this.options;
    const input = budget ? await withinBudget(this.#input, budget) : [...this.#input];
    this.#signal?.throwIfAborted();
    this.#consumed = step;
    const hosted = this.#tools.some(({ type }) => type !== "function");
    await this.#save(hosted ? "pending" : "boundary"); // what the server runs may take effect with the request
    const needed = "reasoning.encrypted_content";
    const body = {
      ...this.params,
      input,
      include: include?.includes(needed) ? include : [...(include ?? []), needed],
      tools: this.#tools,
      ...(budget && { truncation: "disabled" }),
    } as ResponseCreateParamsNonStreaming;
    const options: RequestOptions = { ...(step === 1 ? this.options.requestOptions : this.#later()) };
    if (this.#signal) options.signal = this.#signal;
    // What the server has called or the ledger has not seen must not happen twice.
    if (this.#record || this.#tools.some(({ type }) => type === "mcp")) options.maxRetries = 0;
    const tell = this.#diagnostics("request", null, null);
    try {
      const asking = this.options.stream
        ? this.#stream(body, options, step, turn)
        : this.client.responses.create(body, options);
      const response = await asking;
      tell("completed", response.usage);
      return response;
    } catch (error) {
      tell("api_failed");
      throw error;
    }
  }

  #later(): RequestOptions | undefined {
    return this.options.requestOptions && withoutKey(this.options.requestOptions).rest;
  }

  async #stream(
    body: ResponseCreateParamsNonStreaming,
    options: RequestOptions,
    step: number,
    turn: Turn,
  ): Promise<Response> {
    const stream = await this.client.responses.create({ ...body, stream: true }, options);
    const eager = this.options.eager ? new EagerCalls(this.#atOnce) : undefined;
    let held = !eager || this.#tools.some(({ type }) => type !== "function");
    let next = 0;
    let response: Response | undefined;
    try {
      for await (const event of stream) {
        await this.options.onEvent?.(structuredClone(event));
        this.#signal?.throwIfAborted();
        if ("response" in event) response = event.response;
        if (event.type !== "response.output_item.done") continue;
        held ||= event.output_index !== next++; // one is missing: only the whole answer tells the order
        const { item } = event;
        turn.items.push(structuredClone(item));
        if (!isCall(item)) continue;
        const call = structuredClone(item);
        held ||= await this.#waits(call);
        if (held) continue;
        this.#prepare(call, turn);
        const independent =
          !this.#record && this.functions.get((call as ResponseFunctionToolCall).name)?.independent === true;
        await eager!.run(independent, () => this.#run(call, step, turn));
      }
    } finally {
      await eager?.settle();
    }
    this.#signal?.throwIfAborted();
    if (!response) throw new Refused("The stream ended without a response.");
    response.output_text = outputText(response);
    return response;
  }

  /** Whether a call that has arrived is left until its turn is whole. */
  async #waits(call: Call): Promise<boolean> {
    if (call.type !== "function_call" || (this.early && !this.early.has(call.name))) return true;
    const decision = (await this.options.beforeEarlyCall?.(structuredClone(call))) ?? "execute";
    if (decision !== "execute" && decision !== "defer") throw new Refused('beforeEarlyCall says "execute" or "defer".');
    return decision === "defer";
  }

  /** The calls of an answer, all of which can run. */
  #calls({ status, output }: Response, turn: Turn): Call[] {
    if (status !== "completed") throw new Refused("The response was not completed.");
    const odd = output.find((item) => !isCall(item) && !REPLAYED.has(item.type!));
    if (odd) throw new Refused(`A runner cannot go on after an item of type ${JSON.stringify(odd.type)}.`);
    const calls = structuredClone(output.filter(isCall));
    const ids = calls.map(idOf);
    if ([...turn.begun].some((id) => !ids.includes(id))) throw new Refused("The response differs from its stream.");
    for (const call of calls) if (!turn.begun.has(idOf(call))) this.#prepare(call, turn);
    const answers = output.some((item) =>
      item.type === "message" ? item.phase !== "commentary" : SERVER_TOOLS.has(item.type!),
    );
    if (calls.length === 0 && !answers) throw new Refused("The response has neither calls nor an answer.");
    return calls;
  }

  #prepare(call: Call, turn: Turn): void {
    const id = idOf(call);
    if (turn.prepared.has(id) || this.#attempted.includes(id)) throw new Refused("A call has the id of another one.");
    turn.prepared.set(id, call.type === "function_call" ? this.#runnable(call) : () => this.#approve(call));
  }

  #runnable(call: ResponseFunctionToolCall): () => unknown {
    const found = this.functions.get(call.name);
    const whole = !call.status || call.status === "completed";
    if (!found || !whole) throw new Refused("A call is not whole, or of no function that the runner has.");
    const tell = this.#diagnostics("arguments", call.call_id, call.name);
    try {
      const args: unknown = JSON.parse(call.arguments);
      if (typeof args !== "object" || args === null || Array.isArray(args))
        throw new Refused("Arguments are an object.");
      const given = args as Record<string, unknown>;
      const typed = (found.execute as { [prepare]?: Prepare })[prepare];
      if (typed) return typed(given);
      return () => (this.#signal ? found.execute(given, { signal: this.#signal }) : found.execute(given));
    } catch (error) {
      tell("invalid_input");
      throw error;
    }
  }

  async #run(call: Call, step: number, turn: Turn): Promise<void> {
    if (step >= this.#maxSteps)
      throw new Refused(`The model still calls functions after maxSteps (${this.#maxSteps}).`);
    this.#signal?.throwIfAborted();
    const id = idOf(call);
    turn.begun.add(id);
    this.#attempted.push(id);
    const at = turn.outputs.push(undefined as never) - 1; // in the order of the calls
    await this.#save("pending", turn);
    turn.outputs[at] = turn.supplied.get(id) ?? (await this.#output(call, turn.prepared.get(id)!));
    this.#completed.push(id);
    await this.#save("pending", turn);
    this.#signal?.throwIfAborted();
  }

  async #output(call: Call, run: () => unknown): Promise<ResponseInputItem> {
    if (call.type === "mcp_approval_request") return (await run()) as ResponseInputItem;
    const { call_id, name } = call;
    const acted = this.#diagnostics("action", call_id, name);
    let result: unknown;
    try {
      result = await run();
    } catch (error) {
      acted("driver_failed");
      throw error;
    }
    acted("completed");
    const told = this.#diagnostics("output", call_id, name);
    try {
      return { type: "function_call_output", call_id, output: toOutput(result) };
    } catch (error) {
      told("invalid_output");
      throw error;
    }
  }

  async #approve(request: Approval): Promise<ResponseInputItem> {
    const tell = this.#diagnostics("approval", request.id, request.name);
    try {
      const approve = await this.options.approveMcp?.(structuredClone(request));
      if (typeof approve !== "boolean") throw new Refused("approveMcp must answer true or false.");
      tell(approve ? "completed" : "refused");
      return { type: "mcp_approval_response", approval_request_id: request.id, approve };
    } catch (error) {
      tell("policy_failed");
      throw error;
    }
  }

  /** Begins one stage; the function that ends it tells the observer. */
  #diagnostics(stage: RunnerDiagnostic["stage"], call_id: string | null, member: string | null) {
    const start = performance.now();
    return (reason: RunnerDiagnostic["reason"], used?: ResponseUsage | null): void => {
      const failed = reason !== "completed" && reason !== "refused";
      const { input_tokens, output_tokens, total_tokens } = used ?? {};
      const event = {
        api: "responses",
        stage,
        reason: failed && this.#signal?.aborted ? "cancelled" : reason,
        call_id,
        member,
        duration_ms: performance.now() - start,
        usage: used ? { input_tokens, output_tokens, total_tokens } : null,
      } as RunnerDiagnostic;
      // A promise that an observer gives against its type may reject: that changes nothing either.
      void (async () => this.options.onDiagnostic?.(event))().catch(() => {});
    };
  }
}

/** What happens to one answer. */
class Turn {
  /** By the id of the call. */
  readonly prepared = new Map<string, () => unknown>();
  readonly begun = new Set<string>();
  readonly supplied = new Map<string, ResponseInputItem>();
  readonly outputs: ResponseInputItem[] = [];
  readonly added: ResponseInputItem[] = [];
  /** Of the answer, as far as it is known. */
  items: ResponseOutputItem[] = [];
  over = false;

  constructor(private readonly functions: ReadonlyMap<string, RunnerFunction>) {}

  told(
    response: Response,
    { step, final, attempted, completed }: { step: number; final: boolean; attempted: string[]; completed: string[] },
  ): ResponsesRunnerTurn {
    const open = response.output.flatMap((item) => {
      if (item.type !== "function_call" || this.begun.has(item.call_id)) return [];
      return this.functions.get(item.name)?.allowOutputOverride ? [item.call_id] : [];
    });
    return {
      response,
      step,
      final,
      toolsExecuted: this.begun.size > 0,
      attemptedCallIds: [...attempted],
      completedCallIds: [...completed],
      supplyOutputs: (outputs) => {
        const ids = outputs.map(({ call_id }) => call_id ?? "");
        if (this.over || ids.some((id) => !open.includes(id)) || new Set(ids).size < ids.length) {
          throw new TypeError(
            "Results may be supplied once for calls that wait, of functions with allowOutputOverride.",
          );
        }
        const given = outputs.map(({ output }, index) => [ids[index]!, toOutput(output)] as const);
        this.supplied.clear();
        for (const [call_id, output] of given)
          this.supplied.set(call_id, { type: "function_call_output", call_id, output });
      },
      appendUserText: (text) => {
        if (this.over || final || !text.trim()) throw new TypeError("Text may be added to a turn that goes on.");
        this.added.push({ role: "user", content: text });
      },
    };
  }
}

/** Calls that run while their answer still streams: independent ones beside each other, any other alone. */
class EagerCalls {
  #running: Promise<{ error: unknown } | undefined>[] = [];

  constructor(private readonly most: number) {}

  async run(independent: boolean, call: () => Promise<void>): Promise<void> {
    if (!independent) await this.settle();
    this.#running.push(
      call().then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
    );
    if (!independent || this.#running.length >= this.most) await this.settle();
  }

  /** Waits for all; the first failure is thrown. */
  async settle(): Promise<void> {
    const failed = (await Promise.all(this.#running.splice(0))).find((each) => each !== undefined);
    if (failed) throw failed.error;
  }
}

const UNSUPPORTED = ["browser", "computer", "computerOptions"];

/** @throws {TypeError} What is not there yet is asked for. */
export function refuse(given: object): void {
  const name = UNSUPPORTED.find((each) => (given as Record<string, unknown>)[each] != null);
  if (name) throw new TypeError(`openai-oxide does not support the runner's "${name}" yet.`);
}

const SERVER_TOOLS: ReadonlySet<string> = new Set([
  "web_search_call",
  "file_search_call",
  "code_interpreter_call",
  "image_generation_call",
  "mcp_call",
  "mcp_list_tools",
]);
const REPLAYED: ReadonlySet<string> = new Set(["message", "reasoning", "compaction", ...SERVER_TOOLS]);
const DECLARED = /^(function|web_search.*|file_search|code_interpreter|image_generation|mcp)$/;

function checkParams(params: ResponseCreateParamsNonStreaming, tools: Tool[], budgeted: boolean): void {
  if (budgeted && (params.truncation === "auto" || params.context_management)) {
    throw new TypeError(
      "With a contextBudget the server is not to cut the context: no truncation, no context_management.",
    );
  }
  const { stream, background, conversation, previous_response_id, tool_choice: choice } = params;
  if (stream || background || conversation != null || previous_response_id != null) {
    throw new TypeError(
      "A runner keeps the conversation itself: no stream, background, conversation or previous response.",
    );
  }
  const own = (params.tools ?? []).find(({ type }) => type === "function" || !DECLARED.test(type));
  if (own)
    throw new TypeError(`Tools of type "${own.type}" are not run by the server; functions are given to the runner.`);
  const chosen =
    choice === "required"
      ? tools
      : typeof choice === "object" && choice !== null
        ? choice.type === "allowed_tools"
          ? choice.mode === "required" && choice.tools
          : [choice]
        : [];
  if (chosen && chosen.length > 0 && chosen.every(({ type }) => type === "function")) {
    throw new TypeError("A run cannot end where tool_choice asks for a function in each answer.");
  }
}

function isCall(item: ResponseOutputItem): item is Call {
  return item.type === "function_call" || item.type === "mcp_approval_request";
}

function idOf(call: Call): string {
  return call.type === "function_call" ? call.call_id : call.id;
}

export function toOutput(value: unknown): Output {
  const kinds = ["input_text", "input_image", "input_file"];
  const blocks =
    Array.isArray(value) && value.every((block) => kinds.includes((block as { type?: string } | null)?.type!));
  if (typeof value === "string" || blocks) return value as Output;
  throw new TypeError("A function gives text or content blocks.");
}

/** What the server made, as it takes it back. */
function toInput(item: ResponseOutputItem): ResponseInputItem {
  const { created_by: _, ...kept } = item as ResponseOutputItem & { created_by?: unknown };
  return kept as ResponseInputItem;
}
