// Functions that models can call, as `chat.completions.runTools` takes them.

import type { ChatCompletionRunner } from "./ChatCompletionRunner.js";
import type { ChatCompletionStreamingRunner } from "./ChatCompletionStreamingRunner.js";
import type { JSONSchema } from "./jsonschema.js";

type PromiseOrValue<T> = T | Promise<T>;

type Runner = ChatCompletionRunner<unknown> | ChatCompletionStreamingRunner<unknown>;

interface Described {
  /** Schema of the arguments. */
  parameters: JSONSchema;
  /** Tells the model when and how to call it. */
  description: string;
  /** Default: the name of `function`. */
  name?: string | undefined;
  /** Whether the server holds the model to the schema. */
  strict?: boolean | undefined;
}

/** A function that gets parsed arguments. */
export type RunnableFunctionWithParse<Args extends object, ToolContext = unknown> = Described & {
  /** A string is told to the model as it is, anything else as JSON. What it throws ends the run. */
  function: (args: Args, runner: Runner, toolContext: ToolContext) => PromiseOrValue<unknown>;
  /** From the arguments as JSON text. The message of what it throws is told to the model, which may try again. */
  parse: (input: string) => PromiseOrValue<Args>;
};

/** A function that gets the arguments as JSON text. */
export type RunnableFunctionWithoutParse<ToolContext = unknown> = Described & {
  /** A string is told to the model as it is, anything else as JSON. What it throws ends the run. */
  function: (args: string, runner: Runner, toolContext: ToolContext) => PromiseOrValue<unknown>;
};

/** By the type of its arguments. */
export type RunnableFunction<Args extends object | string, ToolContext = unknown> = Args extends string
  ? RunnableFunctionWithoutParse<ToolContext>
  : Args extends object
    ? RunnableFunctionWithParse<Args, ToolContext>
    : never;

export type RunnableToolFunctionWithoutParse<ToolContext = unknown> = {
  type: "function";
  function: RunnableFunctionWithoutParse<ToolContext>;
};

export type RunnableToolFunctionWithParse<Args extends object, ToolContext = unknown> = {
  type: "function";
  function: RunnableFunctionWithParse<Args, ToolContext>;
};

/** A tool by the type of its arguments. */
export type RunnableToolFunction<Args extends object | string, ToolContext = unknown> = Args extends string
  ? RunnableToolFunctionWithoutParse<ToolContext>
  : Args extends object
    ? RunnableToolFunctionWithParse<Args, ToolContext>
    : never;

/** Any tool whose callback gets the runner's context. */
export type RunnableToolFunctionWithContext<ToolContext> = {
  type: "function";
  function: Described & {
    function: (args: any, runner: Runner, toolContext: ToolContext) => PromiseOrValue<unknown>;
    parse?: (input: string) => PromiseOrValue<any>;
  };
};

/** Whether the function parses its arguments. */
export function isRunnableFunctionWithParse<Args extends object, ToolContext = unknown>(
  fn: any,
): fn is RunnableFunctionWithParse<Args, ToolContext> {
  return typeof fn.parse === "function";
}

/** Types of the arguments of a list of functions. */
export type BaseFunctionsArgs = readonly (object | string)[];

export type RunnableFunctions<FunctionsArgs extends BaseFunctionsArgs, ToolContext = unknown> = [any[]] extends [
  FunctionsArgs,
]
  ? readonly RunnableFunction<any, ToolContext>[]
  : {
      [Index in keyof FunctionsArgs]: FunctionsArgs[Index] extends object | string
        ? RunnableFunction<FunctionsArgs[Index], ToolContext>
        : FunctionsArgs[Index];
    };

export type RunnableTools<FunctionsArgs extends BaseFunctionsArgs, ToolContext = unknown> = [any[]] extends [
  FunctionsArgs,
]
  ? readonly RunnableToolFunction<any, ToolContext>[]
  : {
      [Index in keyof FunctionsArgs]: FunctionsArgs[Index] extends object | string
        ? RunnableToolFunction<FunctionsArgs[Index], ToolContext>
        : FunctionsArgs[Index];
    };

/** A tool whose `function` takes what its `parse` returns: TypeScript infers the one from the other. */
export class ParsingToolFunction<Args extends object, ToolContext = unknown> {
  type = "function" as const;
  function: RunnableFunctionWithParse<Args, ToolContext>;

  constructor(input: RunnableFunctionWithParse<Args, ToolContext>) {
    this.function = input;
  }
}
