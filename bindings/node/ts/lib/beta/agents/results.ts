// What the events of a session say of its turn: where it ends, which functions it calls, and its final messages.
//
// The turn that counts is the first one that no subagent has. It has ended when an event says so and the session is idle,
// or out of budget, after that. Only finished messages that are no commentary are part of the result, in the order of the
// turn's output.

import { OpenAIError } from "../../../core/error.js";
import type { AgentSession, AgentSessionAssistantMessage, AgentSessionEvent } from "../../../generated/types/beta.js";
import type { Turn } from "../../../generated/types/beta/agents/sessions.js";
import { parserOf, type AgentOutputFormat, type MaybeFormat } from "./output-format.js";

/** A turn that has been completed, with its final messages. */
export class AgentTurnResult {
  constructor(
    readonly turn: Turn,
    readonly messages: AgentSessionAssistantMessage[],
  ) {}

  get session_id(): string {
    return this.turn.session_id;
  }

  get turn_id(): string {
    return this.turn.id;
  }

  /** The text of all messages, joined. */
  get output_text(): string {
    return this.messages.flatMap(texts).join("");
  }
}

/** A completed turn whose output is of the type that was asked for. */
export class ParsedAgentTurnResult<T> extends AgentTurnResult {
  constructor(
    /** The same turn without its value. */
    readonly raw_result: AgentTurnResult,
    readonly output_parsed: T,
  ) {
    super(raw_result.turn, raw_result.messages);
  }
}

/** What `finalResult` gives: a parsed result where an output format was given. */
export type AgentResult<T> = [T] extends [never] ? AgentTurnResult : ParsedAgentTurnResult<T>;

/** A turn without a result, and what of it has been seen. */
export class AgentTurnResultError extends OpenAIError {
  override name = "AgentTurnResultError";

  constructor(
    /** `requires_action`: it waits for what no handler answers; `observation`: its end has not been seen. */
    readonly reason: "failed" | "cancelled" | "requires_action" | "observation",
    readonly session_id: string | undefined,
    readonly turn: Turn | undefined,
    readonly messages: AgentSessionAssistantMessage[],
    readonly required_actions: AgentSession["required_actions"] = [],
    override readonly cause?: unknown,
  ) {
    super(`The agent's turn has no result: ${reason}.`);
  }

  get turn_id(): string | undefined {
    return this.turn?.id;
  }
}

/** The turn is completed, but its output is not what the output format parses. */
export class AgentOutputParseError extends OpenAIError {
  override name = "AgentOutputParseError";
  readonly #result: AgentTurnResult;

  constructor(result: AgentTurnResult) {
    super("The output of the agent's turn could not be parsed.");
    this.#result = result;
  }

  /** The completed turn; not enumerable, so that what the model wrote stays out of logs. */
  get raw_result(): AgentTurnResult {
    return this.#result;
  }
}

/** Repeated deliveries are told by these many last events. */
const REMEMBERED = 1024;

/** The turn that the events of one request are about. */
export class TurnObserver {
  readonly #seen = new Set<string>();
  readonly #called = new Set<string>();
  readonly #messages = new Map<string, { index: number; message: AgentSessionAssistantMessage }>();
  #turn: Turn | undefined;
  #actions: AgentSession["required_actions"] = [];
  #turnEnded = false;
  #idle = false;
  #failed = false;

  /** `session`: its id, if it is known before the first event. */
  constructor(public session?: string) {}

  /** Whether the server says nothing more about the turn. */
  get ended(): boolean {
    return this.#idle || this.#failed;
  }

  /** Takes an event in; false for one that has been delivered before. */
  take(event: AgentSessionEvent): boolean {
    if (this.#seen.has(event.event_id)) return false;
    if (this.#seen.size === REMEMBERED) this.#seen.delete(this.#seen.values().next().value!);
    this.#seen.add(event.event_id);
    if (this.ended) return true;
    if ("session" in event) {
      this.session ??= event.session.id;
      this.#actions = event.session.required_actions ?? [];
    } else if ("session_id" in event) this.session ??= event.session_id ?? undefined;
    switch (event.type) {
      case "agent.session.failed":
        this.#failed = true;
        break;
      case "agent.session.idle":
        this.#idle = this.#turnEnded;
        break;
      case "agent.session.budget_reached":
        this.#idle = this.#turnEnded || this.#turn === undefined; // nothing starts or goes on without a budget
        break;
      case "agent.session.turn.created":
        if (event.turn.subagent_id == null) this.#turn ??= event.turn;
        break;
      case "agent.session.turn.in_progress":
        if (this.#isOwn(event.turn_id)) this.#turn = event.turn;
        break;
      case "agent.session.turn.completed":
      case "agent.session.turn.failed":
      case "agent.session.turn.cancelled":
        if (!this.#isOwn(event.turn_id)) break;
        this.#turn = event.turn;
        this.#turnEnded = true;
        break;
      case "agent.session.turn.item.done": {
        const { item, output_index: index } = event;
        if (item.type !== "message" || item.status !== "completed" || item.phase === "commentary") break;
        if (this.#isOwn(item.turn_id) && !this.#messages.has(item.id)) {
          this.#messages.set(item.id, { index, message: item });
        }
      }
    }
    return true;
  }

  /** Whether a call is told for the first time; calls of subagents count too. */
  isNewCall(turnID: string, callID: string): boolean {
    const key = JSON.stringify([turnID, callID]);
    return !this.#called.has(key) && Boolean(this.#called.add(key));
  }

  /** What keeps the turn from a result already, although its end has not come. */
  fault(handles: (name: string) => boolean): AgentTurnResultError | undefined {
    if (this.#failed || this.#turn?.status === "failed") return this.error("failed");
    if (this.#turn?.status === "cancelled") return this.error("cancelled");
    const waits = this.#actions.some((action) => action.type !== "function_call" || !handles(action.name));
    return waits && !this.#idle ? this.error("requires_action") : undefined;
  }

  /** The result, parsed by `format` where there is one. */
  result<T>(format?: AgentOutputFormat<T>): AgentResult<T> {
    const fault = this.fault(() => false);
    if (fault) throw fault;
    if (!this.#idle || this.#turn?.status !== "completed") throw this.error("observation");
    const result = new AgentTurnResult(this.#turn, this.#finalMessages());
    return (format ? parsed(result, format) : result) as AgentResult<T>;
  }

  error(reason: AgentTurnResultError["reason"], cause?: unknown): AgentTurnResultError {
    return new AgentTurnResultError(reason, this.session, this.#turn, this.#finalMessages(), this.#actions, cause);
  }

  #isOwn(turnID: string | null): boolean {
    return this.#turn !== undefined && turnID === this.#turn.id;
  }

  #finalMessages(): AgentSessionAssistantMessage[] {
    return [...this.#messages.values()].sort((a, b) => a.index - b.index).map(({ message }) => message);
  }
}

/** One iteration over the events of a turn, and the result that they give: whoever reads, the observer sees them. */
export class TurnReader<T> {
  #iterator: AsyncGenerator<AgentSessionEvent, void> | undefined;
  #failure: { error: unknown } | undefined;
  #result: Promise<AgentResult<T>> | undefined;
  readonly #format: AgentOutputFormat<T> | undefined;

  /** `events` are those that `observer` has taken in; it is called once, with the first reading. */
  constructor(
    readonly observer: TurnObserver,
    private readonly events: () => AsyncGenerator<AgentSessionEvent, void>,
    private readonly handles: (name: string) => boolean,
    format: MaybeFormat<T>,
  ) {
    this.#format = parserOf(format);
  }

  iterate(): AsyncGenerator<AgentSessionEvent, void> {
    if (this.#iterator) throw new OpenAIError("The events of a turn can be read once.");
    return (this.#iterator = this.#watch());
  }

  /** Reads what has not been read, and closes the connection. */
  finalResult(): Promise<AgentResult<T>> {
    return (this.#result ??= this.#finish());
  }

  async *#watch(): AsyncGenerator<AgentSessionEvent, void> {
    try {
      yield* this.events();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  async #finish(): Promise<AgentResult<T>> {
    const { observer } = this;
    const iterator = (this.#iterator ??= this.#watch());
    try {
      for (let done: boolean | undefined = false; !done && !observer.ended;) {
        const fault = observer.fault(this.handles);
        if (fault) throw fault;
        ({ done } = await iterator.next());
      }
      if (this.#failure && !observer.ended) throw this.#failure.error;
    } catch (error) {
      throw error instanceof AgentTurnResultError ? error : observer.error("observation", error);
    } finally {
      await iterator.return();
    }
    return observer.result(this.#format);
  }
}

function texts(message: AgentSessionAssistantMessage): string[] {
  return message.content.flatMap((part) => (part.type === "output_text" ? [part.text] : []));
}

/** Each text must be a value of the format; the first one is the output. */
function parsed<T>(result: AgentTurnResult, format: AgentOutputFormat<T>): ParsedAgentTurnResult<T> {
  try {
    const values = result.messages.flatMap(texts).map((text) => format.$parseRaw(text));
    if (values.length > 0) return new ParsedAgentTurnResult(result, values[0]!);
  } catch {
    // Told below without what the parser says: it may quote the output.
  }
  throw new AgentOutputParseError(result);
}
