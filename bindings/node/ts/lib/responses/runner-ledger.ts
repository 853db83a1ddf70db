// What a run of helpers/responses-tool-runner writes down, and what of a long conversation it sends.

import { createHash } from "node:crypto";
import { OpenAIError } from "../../core/error.js";
import type { Response, ResponseInputItem, ResponseOutputItem, Tool } from "../../generated/types/responses.js";
import type {
  ResponsesContextBudget,
  ResponsesRunnerCheckpoint,
  ResponsesRunnerLedger,
} from "../../helpers/responses-tool-runner.js";

/** What a run is at the time of a checkpoint. */
export interface Recorded {
  consumed: number;
  history: ResponseInputItem[];
  attempted: string[];
  completed: string[];
  pending?: ResponseOutputItem[];
  outputs?: ResponseInputItem[];
  final?: Response;
}

/** The checkpoints of one run. Only one between two turns, with the result of each call, can be gone on from. */
export class RunnerRecord {
  readonly resumed: ResponsesRunnerCheckpoint | undefined;
  readonly #identity: Pick<
    ResponsesRunnerCheckpoint,
    "version" | "run_id" | "max_steps" | "tools" | "output_override_names"
  >;
  #revision: number;

  /** @throws {TypeError} The checkpoint to go on from is of another run, or a call of it has no result. */
  constructor(
    private readonly ledger: ResponsesRunnerLedger,
    maxSteps: number,
    tools: Tool[],
    overrides: string[],
  ) {
    const { runId, save, resumeFrom } = ledger;
    if (!runId || typeof save !== "function") throw new TypeError("A ledger has a runId and a save function.");
    const output_override_names = overrides.toSorted();
    this.#identity = json({
      version: 1,
      run_id: runId,
      max_steps: maxSteps,
      tools: tools.map(withoutSecrets),
      output_override_names,
    });
    this.resumed = resumeFrom && json(resumeFrom);
    this.#revision = this.resumed?.revision ?? 0;
    if (!this.resumed) return;
    for (const [name, value] of Object.entries({ ...this.#identity, phase: "boundary" })) {
      if (JSON.stringify(this.resumed[name as "phase"]) === JSON.stringify(value)) continue;
      throw new TypeError(`The checkpoint is not one that this run can go on from: ${name} differs.`);
    }
    const { attempted_call_ids: attempted, returned_call_ids: returned } = this.resumed;
    if (String(attempted) !== String(returned)) {
      throw new TypeError(
        "The checkpoint has a call without a result: whether it took effect is to be found out first.",
      );
    }
  }

  /** What the ledger throws ends the run. */
  async save(phase: ResponsesRunnerCheckpoint["phase"], state: Recorded): Promise<void> {
    const { consumed, history, attempted, completed, pending = [], outputs = [], final } = state;
    await this.ledger.save(
      json({
        ...this.#identity,
        revision: ++this.#revision,
        phase,
        consumed_requests: consumed,
        history,
        attempted_call_ids: attempted,
        returned_call_ids: completed,
        pending_items: pending,
        returned_outputs: outputs,
        final_response: final ? { ...final, tools: (final.tools ?? []).map(withoutSecrets) } : null,
      }),
    );
  }
}

/** A tool without what lets its bearer in; an MCP server is told by the hash of its address. */
function withoutSecrets(tool: Tool): Tool {
  if (tool.type === "mcp") {
    const { authorization: _, headers: __, ...told } = tool;
    if (!told.server_url) return told;
    return { ...told, server_url: `sha256:${createHash("sha256").update(told.server_url).digest("hex")}` };
  }
  const container = tool.type === "code_interpreter" && typeof tool.container === "object" ? tool.container : undefined;
  const policy = container?.network_policy;
  if (policy?.type !== "allowlist" || !policy.domain_secrets) return tool;
  const domain_secrets = policy.domain_secrets.map((secret) => ({ ...secret, value: "" }));
  return { ...tool, container: { ...container, network_policy: { ...policy, domain_secrets } } } as Tool;
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/**
 * The conversation as it is sent: whole where it is within the budget, else without the calls that `compact` drops, which a
 * message names.
 *
 * @throws {OpenAIError} It is over the budget then too, or `compact` drops what it may not.
 */
export async function withinBudget(
  history: ResponseInputItem[],
  { maxInputBytes, maxInputImages, compact }: ResponsesContextBudget,
): Promise<ResponseInputItem[]> {
  const fits = ({ inputBytes, inputImages }: ReturnType<typeof measured>): boolean =>
    inputBytes <= maxInputBytes && inputImages <= maxInputImages;
  const size = measured(history);
  if (fits(size)) return history;
  const over = new OpenAIError("The input is over its budget.");
  if (!compact) throw over;
  const answered = new Set(history.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : [])));
  const calls = history.flatMap((item) => (item.type === "function_call" && answered.has(item.call_id) ? [item] : []));
  const eligibleCallIds = calls.map(({ call_id }) => call_id);
  const { dropCallIds, summary } = await compact({
    history: json(history),
    eligibleCallIds: [...eligibleCallIds],
    ...size,
  });
  const dropped = new Set(dropCallIds);
  if (dropped.size < dropCallIds.length || dropCallIds.some((id) => !eligibleCallIds.includes(id))) throw over;
  const said = summary ? [`Summary of results that are left out: ${summary}`] : [];
  const names = calls.flatMap(({ name, call_id }) => (dropped.has(call_id) ? [`${name} (${call_id})`] : []));
  if (names.length > 0) said.push(`Left out here, with their results, are the calls ${names.join(", ")}.`);
  const left: ResponseInputItem[] = [
    ...said.map((content) => ({ role: "user" as const, content })),
    ...history.filter(
      (item) =>
        (item.type !== "function_call" && item.type !== "function_call_output") || !dropped.has(item.call_id as string),
    ),
  ];
  if (!fits(measured(left))) throw over;
  return left;
}

function measured(history: ResponseInputItem[]): { inputBytes: number; inputImages: number } {
  let inputImages = 0;
  for (const item of history as { output?: unknown; content?: unknown }[]) {
    for (const blocks of [item.output, item.content]) {
      if (Array.isArray(blocks)) inputImages += blocks.filter((block) => block?.type === "input_image").length;
    }
  }
  return { inputBytes: Buffer.byteLength(JSON.stringify(history)), inputImages };
}
