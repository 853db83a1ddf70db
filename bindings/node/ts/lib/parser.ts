// Structured output of chat completions: from the text that the model wrote to the caller's values.
//
// What is parsed: the content, if the request has a `json_schema` response format; the arguments of calls to strict
// functions. Formats and tools of `helpers/zod` and `helpers/standard-schema` carry their own parser, anything else is
// parsed as JSON. A refusal is not parsed: `parsed` is null then.

import { ContentFilterFinishReasonError, LengthFinishReasonError, OpenAIError } from "../core/error.js";
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsBase,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessage,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageToolCall,
} from "../generated/types/chat.js";
import type { ResponseFormatTextJSONSchemaConfig } from "../generated/types/responses.js";
import type { ResponseFormatJSONSchema } from "../generated/types/shared.js";

/** Parameters of `chat.completions.parse`. */
export type ChatCompletionParseParams = ChatCompletionCreateParamsNonStreaming;

/** A called function; `parsed_arguments` is null if its tool is not strict. */
export interface ParsedFunction extends ChatCompletionMessageFunctionToolCall.Function {
  parsed_arguments?: unknown;
}

export interface ParsedFunctionToolCall extends ChatCompletionMessageFunctionToolCall {
  function: ParsedFunction;
}

/** Calls of custom tools have no arguments to parse. */
export type ParsedChatCompletionMessageToolCall = ParsedFunctionToolCall | ChatCompletionMessageCustomToolCall;

/** `parsed` is null for a refusal, and where nothing asked for structured output. */
export interface ParsedChatCompletionMessage<ParsedT> extends ChatCompletionMessage {
  parsed: ParsedT | null;
  tool_calls?: Array<ParsedChatCompletionMessageToolCall>;
}

export interface ParsedChoice<ParsedT> extends ChatCompletion.Choice {
  message: ParsedChatCompletionMessage<ParsedT>;
}

/** A completion whose messages have `parsed`. */
export interface ParsedChatCompletion<ParsedT> extends ChatCompletion {
  choices: Array<ParsedChoice<ParsedT>>;
}

/** What the parser of a format gives; without a parser of its own it is whatever the JSON says. */
type ParsedResponseFormat<Format> = [Format] extends [never]
  ? null
  : Format extends AutoParseableResponseFormat<infer ParsedT>
    ? ParsedT
    : Format extends ResponseFormatJSONSchema
      ? unknown
      : null;

/** The type of `message.parsed` for these parameters. */
export type ExtractParsedContentFromParams<
  Params extends Pick<ChatCompletionCreateParamsBase, "response_format"> | { response_format?: unknown },
> = ParsedResponseFormat<Params["response_format"]>;

/** What a format of the helpers has besides its schema. The members are not enumerable, so they are not sent. */
interface FormatParser<ParsedT> {
  /** For types only. */
  __output: ParsedT;
  $brand: "auto-parseable-response-format";
  $parseRaw(content: string): ParsedT;
}

/** A `response_format` that knows its parser. */
export type AutoParseableResponseFormat<ParsedT> = ResponseFormatJSONSchema & FormatParser<ParsedT>;

/** A `text.format` of the Responses API that knows its parser. */
export type AutoParseableTextFormat<ParsedT> = ResponseFormatTextJSONSchemaConfig & FormatParser<ParsedT>;

/** Name, arguments and callback of a tool, for types. */
export interface ToolOptions {
  name: string;
  arguments: any;
  function?: ((args: any) => any) | undefined;
}

/** What a tool of the helpers has besides its schema; not enumerable, so not sent. */
export interface ToolParser<
  OptionsT extends ToolOptions,
  HasFunction = OptionsT["function"] extends (...args: never[]) => unknown ? true : false,
> {
  /** For types only. */
  __arguments: OptionsT["arguments"];
  /** For types only. */
  __name: OptionsT["name"];
  /** For types only. */
  __hasFunction: HasFunction;
  $brand: "auto-parseable-tool";
  $callback: ((args: OptionsT["arguments"]) => any) | undefined;
  $parseRaw(args: string): OptionsT["arguments"];
}

/** A function tool that knows the parser of its arguments, and what to call with them. */
export type AutoParseableTool<
  OptionsT extends ToolOptions,
  HasFunction = OptionsT["function"] extends (...args: never[]) => unknown ? true : false,
> = ChatCompletionFunctionTool & ToolParser<OptionsT, HasFunction>;

interface Parser<ParsedT> {
  parser: (content: string) => ParsedT;
}

/** Parser and callback of a tool. */
export interface ToolParserOptions<OptionsT extends ToolOptions> extends Parser<OptionsT["arguments"]> {
  callback: ((args: OptionsT["arguments"]) => any) | undefined;
}

const FORMAT = "auto-parseable-response-format";
const TOOL = "auto-parseable-tool";

/** Whether a tool of the request is a function. */
export function isChatCompletionFunctionTool(tool: unknown): tool is ChatCompletionFunctionTool {
  return typeof tool === "object" && tool !== null && (tool as { function?: unknown }).function !== undefined;
}

/** A copy of the format that parses with `parser`. */
export function makeParseableResponseFormat<ParsedT>(
  response_format: ResponseFormatJSONSchema,
  parser: (content: string) => ParsedT,
): AutoParseableResponseFormat<ParsedT> {
  return hidden({ ...response_format }, { $brand: FORMAT, $parseRaw: parser });
}

/** A copy of the format that parses with `parser`. */
export function makeParseableTextFormat<ParsedT>(
  response_format: ResponseFormatTextJSONSchemaConfig,
  parser: (content: string) => ParsedT,
): AutoParseableTextFormat<ParsedT> {
  return hidden({ ...response_format }, { $brand: FORMAT, $parseRaw: parser });
}

/** A copy of the tool that parses its arguments with `parser` and runs `callback`. */
export function makeParseableTool<OptionsT extends ToolOptions>(
  tool: ChatCompletionFunctionTool,
  options: ToolParserOptions<OptionsT> & { callback: (args: OptionsT["arguments"]) => any },
): AutoParseableTool<OptionsT, true>;
export function makeParseableTool<OptionsT extends ToolOptions>(
  tool: ChatCompletionFunctionTool,
  options: ToolParserOptions<OptionsT> & { callback: undefined },
): AutoParseableTool<OptionsT, false>;
export function makeParseableTool<OptionsT extends ToolOptions>(
  tool: ChatCompletionFunctionTool,
  options: ToolParserOptions<OptionsT>,
): AutoParseableTool<OptionsT, boolean>;
export function makeParseableTool<OptionsT extends ToolOptions>(
  tool: ChatCompletionFunctionTool,
  options: ToolParserOptions<OptionsT>,
): AutoParseableTool<OptionsT, boolean> {
  return withToolParser(tool, options);
}

/** @internal A copy of a tool of either API with the members of `ToolParser`. */
export function withToolParser<Tool extends object, Result>(
  tool: Tool,
  { parser, callback }: { parser: (content: string) => unknown; callback: unknown },
): Result {
  return hidden({ ...tool }, { $brand: TOOL, $parseRaw: parser, $callback: callback });
}

function hidden<Result>(target: object, members: Record<string, unknown>): Result {
  for (const [name, value] of Object.entries(members)) Object.defineProperty(target, name, { value });
  return target as Result;
}

/** Whether the format comes from a helper that gave it a parser. */
export function isAutoParsableResponseFormat<ParsedT>(
  response_format: any,
): response_format is AutoParseableResponseFormat<ParsedT> {
  return response_format?.$brand === FORMAT;
}

/** Whether an answer in this format, of either API, is parsed. */
export function isParseableResponseFormat(format: unknown): boolean {
  return (
    isAutoParsableResponseFormat(format) || (format as { type?: unknown } | null | undefined)?.type === "json_schema"
  );
}

/** The value that `content` stands for; null if the format asks for no structure. */
export function parseResponseFormatContent<ParsedT>(format: unknown, content: string): ParsedT | null {
  if (!isParseableResponseFormat(format)) return null;
  const { $parseRaw } = format as Partial<FormatParser<ParsedT>>;
  return $parseRaw ? $parseRaw(content) : parseJson<ParsedT>(content);
}

/** @internal JSON that the model wrote; the error does not repeat it. */
export function parseJson<T>(content: string): T {
  try {
    return JSON.parse(content) as T;
  } catch {
    throw new SyntaxError("The model's structured output is not valid JSON.");
  }
}

/** Whether the tool comes from a helper that gave it a parser. */
export function isAutoParsableTool(tool: any): tool is AutoParseableTool<any> {
  return tool?.$brand === TOOL;
}

/** As `parseChatCompletion`, but without structured output in the request every end is a good one. */
export function maybeParseChatCompletion<
  Params extends ChatCompletionCreateParams | null,
  ParsedT = Params extends null ? null : ExtractParsedContentFromParams<NonNullable<Params>>,
>(completion: ChatCompletion, params: Params): ParsedChatCompletion<ParsedT> {
  if (params && hasAutoParseableInput(params)) return parseChatCompletion(completion, params);
  const choices = completion.choices.map((choice) => ({ ...choice, message: { ...choice.message, parsed: null } }));
  return { ...completion, choices };
}

/**
 * The completion with `parsed` and `parsed_arguments`.
 *
 * @throws {LengthFinishReasonError} The model stopped at the length limit.
 * @throws {ContentFilterFinishReasonError} The content filter cut the answer.
 * @throws {SyntaxError} The model wrote no JSON; a schema's parser throws its own errors.
 */
export function parseChatCompletion<
  Params extends ChatCompletionCreateParams,
  ParsedT = ExtractParsedContentFromParams<Params>,
>(completion: ChatCompletion, params: Params): ParsedChatCompletion<ParsedT> {
  const choices = completion.choices.map((choice) => {
    if (choice.finish_reason === "length") throw new LengthFinishReasonError(completion);
    if (choice.finish_reason === "content_filter") throw new ContentFilterFinishReasonError(completion);
    const { message } = choice;
    const calls = message.tool_calls && { tool_calls: message.tool_calls.map((call) => parseToolCall(params, call)) };
    return { ...choice, message: { ...message, ...calls, parsed: parseContent<ParsedT>(params, message) } };
  });
  return { ...completion, choices };
}

function parseContent<ParsedT>(params: ChatCompletionCreateParams, message: ChatCompletionMessage): ParsedT | null {
  const { content, refusal, tool_calls, function_call } = message;
  if (content == null || refusal) return null;
  if (content === "" && (tool_calls?.length || function_call)) return null;
  return parseResponseFormatContent<ParsedT>(params.response_format, content);
}

function parseToolCall(
  params: ChatCompletionCreateParams,
  call: ChatCompletionMessageToolCall,
): ParsedChatCompletionMessageToolCall {
  if (call.type === "custom") return call;
  assertToolCallsAreChatCompletionFunctionToolCalls([call]);
  return { ...call, function: { ...call.function, parsed_arguments: parseToolCallArguments(params, call) } };
}

/** @internal The arguments of a whole call as its tool parses them; null if the tool is not strict. */
export function parseToolCallArguments(
  params: ChatCompletionCreateParams | null | undefined,
  call: { function: { name: string; arguments: string } },
): unknown {
  const tool = params ? findTool(params, call.function.name) : undefined;
  if (isAutoParsableTool(tool)) return tool.$parseRaw(call.function.arguments);
  return tool?.function.strict ? parseJson(call.function.arguments) : null;
}

function findTool(
  params: ChatCompletionCreateParams,
  name: string | undefined,
): ChatCompletionFunctionTool | undefined {
  return params.tools?.find((tool) => isChatCompletionFunctionTool(tool) && tool.function.name === name) as
    ChatCompletionFunctionTool | undefined;
}

/** Whether the arguments of this call, whole or not, are parsed. */
export function shouldParseToolCall(
  params: ChatCompletionCreateParams | null | undefined,
  toolCall: { type?: ChatCompletionMessageToolCall["type"]; function?: { name?: string } },
): boolean {
  if (!params || toolCall.type !== "function") return false;
  const tool = findTool(params, toolCall.function?.name);
  return isAutoParsableTool(tool) || (tool?.function.strict ?? false);
}

/** Whether the request asks for structured output. */
export function hasAutoParseableInput(
  params: Pick<ChatCompletionCreateParamsBase, "response_format" | "tools">,
): boolean {
  if (isParseableResponseFormat(params.response_format)) return true;
  return (
    params.tools?.some(
      (tool) => isAutoParsableTool(tool) || (tool.type === "function" && tool.function.strict === true),
    ) ?? false
  );
}

/** @throws {OpenAIError} A call is not one of a function. */
export function assertToolCallsAreChatCompletionFunctionToolCalls(
  toolCalls: ChatCompletionMessage["tool_calls"],
): asserts toolCalls is ChatCompletionMessageFunctionToolCall[] {
  for (const { type } of toolCalls ?? []) {
    if (type !== "function") throw new OpenAIError(`Calls of the type "${type}" cannot be parsed, only of functions.`);
  }
}

/** @throws {OpenAIError} A tool is no function and no custom tool, or a function is not strict. */
export function validateInputTools(tools: ChatCompletionCreateParamsBase["tools"]): void {
  for (const tool of tools ?? []) {
    if (tool.type === "custom") continue;
    if (tool.type !== "function") {
      const { type } = tool as { type: string };
      throw new OpenAIError(`Tools of the type "${type}" cannot be parsed, only functions and custom tools.`);
    }
    if (tool.function.strict !== true) {
      throw new OpenAIError(`The tool "${tool.function.name}" needs \`strict: true\` to be parsed.`);
    }
  }
}
