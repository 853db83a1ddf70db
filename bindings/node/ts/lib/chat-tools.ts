// The tool loop over chat completions: ask, run the functions that the model calls, tell it the results, ask again.
//
// Calls of one answer run in parallel (in order with `parallel_tool_calls: false`), and their results are told in the
// order of the calls. With `stream: true` a function starts when its call is complete; otherwise with the answer. What
// parsing the arguments throws, and calls to functions that do not exist, are told to the model; what a function throws
// ends the run. With a named function as `tool_choice` the run ends after that function. Aborting cancels the request and
// starts nothing more; functions that run already get no signal but `runner.controller.signal`.

import { OpenAIError } from "../core/error.js";
import type { RequestOptions } from "../core/request.js";
import type { OpenAI } from "../generated/openai.js";
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionToolMessageParam,
} from "../generated/types/chat.js";
import type { AbstractChatCompletionRunner } from "./AbstractChatCompletionRunner.js";
import { isRunnableFunctionWithParse, type RunnableToolFunctionWithContext } from "./RunnableFunction.js";
import { isAutoParsableTool, makeParseableTool } from "./parser.js";
import { resultText, type ToolRunStep } from "./tool-steps.js";

export type { ToolRunStep } from "./tool-steps.js";

/** What `afterCompletion` may do with the run. */
export interface ChatCompletionRunnerContext {
  /** The conversation so far; what is added is sent with the next request. */
  messages: ChatCompletionMessageParam[];
  /** Cancels the run. */
  abort(): void;
}

/** Options of `runTools`. */
export interface RunnerOptions extends RequestOptions {
  /** Most requests; default 10. The calls of the last answer are run too, and not told any more. */
  maxChatCompletions?: number;
  /** Awaited after each answer and its functions, before the next request. */
  afterCompletion?: (completion: ChatCompletion, runner: ChatCompletionRunnerContext) => void | Promise<void>;
}

type Runner = AbstractChatCompletionRunner<any, any>;
type Runnable = RunnableToolFunctionWithContext<unknown>["function"];

interface Call {
  name: string;
  arguments: string;
}

interface Told {
  content: string;
  /** Whether a function has run. */
  called: boolean;
}

const MOST_COMPLETIONS = 10;

/** Runs the whole loop on `runner`, which tells its events. */
export async function runTools(
  runner: Runner,
  client: OpenAI,
  params: object,
  { maxChatCompletions = MOST_COMPLETIONS, afterCompletion, ...options }: RunnerOptions = {},
): Promise<void> {
  const {
    tool_choice = "auto",
    toolContext,
    ...rest
  } = params as ChatCompletionCreateParams & {
    toolContext?: unknown;
  };
  const { functions, tools } = split(rest.tools ?? []);
  const only = typeof tool_choice === "object" && tool_choice.type === "function" && tool_choice.function.name;
  const inOrder = Boolean(only) || rest.parallel_tool_calls === false;
  for (const message of rest.messages) runner._addMessage(message, false);
  // Started with the call, before the answer is whole; by the call's place in the message.
  let started: Promise<Told>[] = [];
  const start = (call: Call, index: number): Promise<Told> =>
    (started[index] ??= handled(run(call, functions, only, runner, toolContext)));
  const early = ({ index, ...call }: Call & { index: number }): void => {
    if (!inOrder || index === 0) void start(call, index);
  };
  if (rest.stream) runner.on("tool_calls.function.arguments.done", early as never);
  for (let round = 0; round < maxChatCompletions; round++) {
    started = [];
    const messages = runner.messages.map(toRequest);
    const body = { ...rest, tool_choice, tools, messages };
    const completion = await runner._createChatCompletion(client, body as ChatCompletionCreateParams, options);
    const message = completion.choices[0]?.message;
    if (!message) throw new OpenAIError("The completion has no message.");
    const calls = [...(message.tool_calls?.entries() ?? [])].flatMap(([index, call]) =>
      call.type === "function" ? [{ id: call.id, finish: () => start(call.function, index) }] : [],
    );
    const tell = (id: string, { content }: Told): void =>
      runner._addMessage({ role: "tool", tool_call_id: id, content } as ChatCompletionToolMessageParam);
    let ended = !message.tool_calls?.length;
    if (inOrder) {
      for (const { id, finish } of calls) {
        const told = await finish();
        tell(id, told);
        runner._throwIfAborted();
        ended = Boolean(only) && told.called;
        if (ended) break;
      }
    } else {
      const results = await Promise.allSettled(calls.map(({ finish }) => finish()));
      const { aborted } = runner.controller.signal;
      for (const [index, result] of results.entries()) {
        if (result.status === "fulfilled") tell(calls[index]!.id, result.value);
        else if (!aborted) throw result.reason;
      }
      runner._throwIfAborted();
    }
    if (afterCompletion) {
      await afterCompletion(completion, runner);
      runner._throwIfAborted();
    }
    if (ended) return;
  }
}

/** The functions by name, and the tools as they are sent. */
function split(given: readonly object[]): { functions: Map<string, Runnable>; tools: ChatCompletionTool[] } {
  const functions = new Map<string, Runnable>();
  const tools = given.map((tool): ChatCompletionTool => {
    const runnable = toRunnable(tool);
    if (!runnable) return tool as ChatCompletionTool;
    const { description, strict } = runnable;
    const parameters = runnable.parameters as Record<string, unknown>;
    const name = runnable.name || runnable.function.name;
    functions.set(name, runnable);
    const sent = {
      type: "function",
      function: { name, parameters, description, ...(strict === undefined ? {} : { strict }) },
    } as const;
    // Bad arguments are told to the model where the call is run; an answer that has them is no failure.
    return strict ? makeParseableTool(sent, { parser: valueOrNull, callback: undefined }) : sent;
  });
  return { functions, tools };
}

function toRunnable(tool: object): Runnable | undefined {
  if (isAutoParsableTool(tool)) {
    const { name, description = "", parameters } = tool.function;
    if (!tool.$callback) throw new OpenAIError(`The tool "${name}" has no function that runTools could run.`);
    const parse = (text: string): unknown => tool.$parseRaw(text);
    return { name, description, parameters: parameters ?? {}, strict: true, parse, function: tool.$callback };
  }
  const { type, function: runnable } = tool as RunnableToolFunctionWithContext<unknown>;
  return type === "function" ? runnable : undefined;
}

async function run(
  call: Call,
  functions: Map<string, Runnable>,
  only: string | false,
  runner: Runner,
  toolContext: unknown,
): Promise<Told> {
  const found = functions.get(call.name);
  const name = JSON.stringify(call.name);
  if (!found) {
    const known = [...functions.keys()].map((key) => JSON.stringify(key)).join(", ");
    return { content: `Invalid tool_call: ${name}. Available options are: ${known}. Please try again`, called: false };
  }
  if (only && only !== call.name) {
    const content = `Invalid tool_call: ${name}. ${JSON.stringify(only)} requested. Please try again`;
    return { content, called: false };
  }
  let args: any = call.arguments;
  if (isRunnableFunctionWithParse(found)) {
    try {
      args = await found.parse(call.arguments);
    } catch (error) {
      return { content: error instanceof Error ? error.message : String(error), called: false };
    }
  }
  runner._throwIfAborted();
  const result = await found.function(args, runner as never, toolContext);
  return { content: resultText(result), called: true };
}

/** A failure is told where the result is awaited; until then nobody need have seen it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function valueOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Answers carry more than requests may. */
function toRequest(message: ChatCompletionMessageParam): ChatCompletionMessageParam {
  if (message.role !== "assistant") return message;
  const { audio, content, function_call, name, refusal, tool_calls } = message;
  return {
    role: "assistant",
    ...(audio != null && { audio: { id: audio.id } }),
    ...(content !== undefined && { content }),
    ...(function_call != null && { function_call }),
    ...(name !== undefined && { name }),
    ...(refusal != null && { refusal }),
    ...(tool_calls !== undefined && {
      tool_calls: tool_calls.map((call) =>
        call.type === "custom"
          ? { id: call.id, type: call.type, custom: { input: call.custom.input, name: call.custom.name } }
          : {
              id: call.id,
              type: call.type,
              function: { arguments: call.function.arguments, name: call.function.name },
            },
      ),
    }),
  };
}

/** What has happened on a runner since the messages that it was given, which its first answer ends. */
export function stepsOf(runner: Runner): ToolRunStep[] {
  const first = runner._chatCompletions[0]?.choices[0]?.message;
  const names = new Map<string, string>();
  const steps: ToolRunStep[] = [];
  for (const message of first ? runner.messages.slice(runner.messages.indexOf(first)) : []) {
    if (message.role === "assistant") {
      const calls = (message.tool_calls ?? []).flatMap((call) =>
        call.type === "function"
          ? [{ name: call.function.name, arguments: call.function.arguments, call_id: call.id }]
          : [],
      );
      for (const { name, call_id } of calls) names.set(call_id, name);
      steps.push({ type: "assistant", content: (message.content as string | null | undefined) ?? null, calls });
    } else if (message.role === "tool") {
      const { tool_call_id, content } = message;
      steps.push({
        type: "tool",
        name: names.get(tool_call_id) ?? "",
        call_id: tool_call_id,
        output: content as string,
      });
    }
  }
  return steps;
}
