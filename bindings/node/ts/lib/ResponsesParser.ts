// Structured output of the Responses API; see parser.ts for what is parsed and by whom.
//
// The format is the last one that the request names: in `text.format`, or in a `configuration_update` of its input. Only
// completed responses are parsed, and of their messages only those of the final answer.

import { OpenAIError } from "../core/error.js";
import { outputText } from "../core/hooks.js";
import type { RequestOptions } from "../core/request.js";
import type { ChatCompletionTool } from "../generated/types/chat.js";
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsBase,
  ResponseCreateParamsNonStreaming,
  ResponseFormatTextJSONSchemaConfig,
  ResponseFunctionToolCall,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputRefusal,
  ResponseOutputText,
  ResponseTextConfig,
  Tool,
} from "../generated/types/responses.js";
import {
  isAutoParsableTool as isBranded,
  isParseableResponseFormat,
  parseJson,
  parseResponseFormatContent,
  withToolParser,
  type AutoParseableTextFormat,
  type ToolOptions,
  type ToolParser,
  type ToolParserOptions,
} from "./parser.js";

/** Parameters of `responses.parse`. */
export type ResponseParseParams = ResponseCreateParamsNonStreaming;

export interface ParsedResponseOutputText<ParsedT> extends ResponseOutputText {
  parsed: ParsedT | null;
}

export type ParsedContent<ParsedT> = ParsedResponseOutputText<ParsedT> | ResponseOutputRefusal;

export interface ParsedResponseOutputMessage<ParsedT> extends ResponseOutputMessage {
  content: ParsedContent<ParsedT>[];
}

/** `parsed_arguments` is null if the tool is not strict. */
export interface ParsedResponseFunctionToolCall extends ResponseFunctionToolCall {
  parsed_arguments: any;
}

export type ParsedResponseOutputItem<ParsedT> =
  | ParsedResponseOutputMessage<ParsedT>
  | ParsedResponseFunctionToolCall
  | Exclude<ResponseOutputItem, ResponseOutputMessage | ResponseFunctionToolCall>;

/** A response with parsed parts; `output_parsed` is the first parsed text, null for a refusal. */
export interface ParsedResponse<ParsedT> extends Response {
  output: Array<ParsedResponseOutputItem<ParsedT>>;
  output_parsed: ParsedT | null;
}

export type ParseableToolsParams = Tool[] | ChatCompletionTool | null;

/** Input as a tuple, so that TypeScript sees the updates in it. */
export type ResponseParsingInput = {
  input?: ResponseCreateParamsBase["input"] | [ResponseInputItem, ...ResponseInputItem[]];
};

export type ResponseCreateParamsWithTools = ResponseCreateParamsBase & {
  tools?: ParseableToolsParams;
} & ResponseParsingInput;

/** Options of `responses.parse`. */
export type ResponseParseOptions = RequestOptions & {
  /** Parse with this format, which is not sent; null leaves the text as it is. */
  parseAs?: ResponseFormatTextJSONSchemaConfig | null | undefined;
};

interface TextConfigParams {
  text?: ResponseTextConfig;
  input?: ResponseCreateParamsBase["input"];
}

type ParsedTextFormat<Format> = [Format] extends [never]
  ? null
  : Format extends AutoParseableTextFormat<infer ParsedT>
    ? ParsedT
    : Format extends ResponseFormatTextJSONSchemaConfig
      ? unknown
      : null;

/** What updates in the input may have made of the format; nothing where the input's type does not tell its items. */
type Updated<Params extends TextConfigParams> = ResponseCreateParamsBase["input"] extends Params["input"]
  ? never
  : Params["input"] extends readonly (infer Item)[]
    ? Item extends { type: "configuration_update"; text: { format: infer Format } }
      ? ParsedTextFormat<Format>
      : never
    : never;

/** The type of `output_parsed` for these parameters. */
export type ExtractParsedContentFromParams<Params extends TextConfigParams> =
  ParsedTextFormat<NonNullable<Params["text"]>["format"]> | Updated<Params>;

/** The type of `output_parsed` with these options: a local format goes before the request's. */
export type ParsedWithOptions<Options extends ResponseParseOptions, Fallback> = Options extends unknown
  ? "parseAs" extends keyof Options
    ? Options["parseAs"] extends undefined
      ? Fallback
      : ParsedTextFormat<Options["parseAs"]>
    : Fallback
  : never;

/** A format, as far as parsing needs it. */
export type ResponseParserTextFormat = { readonly type: string } | null;

/** A function tool of the Responses API that knows its parser, and what to call. */
export type AutoParseableResponseTool<
  OptionsT extends ToolOptions,
  HasFunction = OptionsT["function"] extends (...args: never[]) => unknown ? true : false,
> = FunctionTool & ToolParser<OptionsT, HasFunction>;

type Request = { text?: unknown; input?: unknown; tools?: unknown };
type CallableTool = Pick<FunctionTool, "name" | "type"> & { strict?: boolean | null; defer_loading?: boolean };

/** The last format that a request names, or `parseAs` in its place. */
function effectiveFormat(params: Request, parseAs?: ResponseParseOptions["parseAs"]): ResponseParserTextFormat {
  if (parseAs === null) return null;
  let format = formatOf(params.text);
  for (const item of Array.isArray(params.input) ? params.input.toReversed() : []) {
    const updated = item?.type === "configuration_update" ? formatOf(item.text) : null;
    if (!updated) continue;
    if (updated.type === "text" && parseAs) {
      throw new OpenAIError("`parseAs` cannot parse what the input turns into plain text.");
    }
    format = updated;
    break;
  }
  return parseAs ?? format;
}

function formatOf(text: unknown): ResponseParserTextFormat {
  const format = (text as ResponseTextConfig | null | undefined)?.format;
  return typeof format?.type === "string" ? format : null;
}

/** The format for the answer, and the options without what only parsing needs. */
export function resolveResponseParseOptions(
  params: TextConfigParams,
  { parseAs, ...requestOptions }: ResponseParseOptions = {},
): { format: ResponseParserTextFormat; requestOptions: RequestOptions } {
  const sent = requestOptions.body === undefined ? params : requestOptions.body;
  return { format: effectiveFormat((sent ?? {}) as Request, parseAs), requestOptions };
}

/** As `parseResponse`; without structured output in the request nothing is parsed. */
export function maybeParseResponse<
  Params extends ResponseCreateParamsBase | null,
  ParsedT = Params extends null ? null : ExtractParsedContentFromParams<NonNullable<Params>>,
>(
  response: Response,
  params: Params,
  format: ResponseParserTextFormat = params && effectiveFormat(params),
): ParsedResponse<ParsedT> {
  if (params && hasAutoParseableInput(params as ResponseCreateParamsWithTools, format)) {
    return parseResponse(response, params, format);
  }
  return withParsed<ParsedT>(
    response,
    () => null,
    () => null,
  );
}

/**
 * The response with `output_parsed`, and `parsed` and `parsed_arguments` in its output.
 *
 * @throws {SyntaxError} The model wrote no JSON; a schema's parser throws its own errors.
 */
export function parseResponse<
  Params extends ResponseCreateParamsBase,
  ParsedT = ExtractParsedContentFromParams<Params>,
>(
  response: Response,
  params: Params,
  format: ResponseParserTextFormat = effectiveFormat(params),
): ParsedResponse<ParsedT> {
  const complete = !response.status || response.status === "completed";
  return withParsed<ParsedT>(
    response,
    (text, message) =>
      complete && (message.phase == null || message.phase === "final_answer")
        ? parseResponseFormatContent<ParsedT>(format, text)
        : null,
    (call) => (complete ? parseArguments(params, call) : null),
  );
}

function withParsed<ParsedT>(
  response: Response,
  parseText: (text: string, message: ResponseOutputMessage) => ParsedT | null,
  parseCall: (call: ResponseFunctionToolCall) => unknown,
): ParsedResponse<ParsedT> {
  let output_parsed: ParsedT | null = null;
  const output = response.output.map((item): ParsedResponseOutputItem<ParsedT> => {
    if (item.type === "function_call") return { ...item, parsed_arguments: parseCall(item) };
    if (item.type !== "message") return item as ParsedResponseOutputItem<ParsedT>;
    const content = item.content.map((part) => {
      if (part.type !== "output_text") return part;
      const parsed = parseText(part.text, item);
      output_parsed ??= parsed;
      return { ...part, parsed };
    });
    return { ...item, content };
  });
  return { ...response, output_text: response.output_text ?? outputText(response), output, output_parsed };
}

/** Whether the request asks for structured output. */
export function hasAutoParseableInput(
  params: ResponseCreateParamsWithTools,
  format: ResponseParserTextFormat = effectiveFormat(params),
): boolean {
  if (isParseableResponseFormat(format)) return true;
  const strict = (tool: { type: string; strict?: boolean | null }): boolean =>
    isBranded(tool) || (tool.type === "function" && tool.strict === true);
  return (
    Array.isArray(params.tools) &&
    params.tools.some((tool) => (tool.type === "namespace" ? tool.tools.some(strict) : strict(tool)))
  );
}

/** A copy of the tool that parses its arguments with `parser`. */
export function makeParseableResponseTool<OptionsT extends ToolOptions>(
  tool: FunctionTool,
  options: ToolParserOptions<OptionsT> & { callback: (args: OptionsT["arguments"]) => any },
): AutoParseableResponseTool<OptionsT, true>;
export function makeParseableResponseTool<OptionsT extends ToolOptions>(
  tool: FunctionTool,
  options: ToolParserOptions<OptionsT> & { callback: undefined },
): AutoParseableResponseTool<OptionsT, false>;
export function makeParseableResponseTool<OptionsT extends ToolOptions>(
  tool: FunctionTool,
  options: ToolParserOptions<OptionsT>,
): AutoParseableResponseTool<OptionsT, boolean>;
export function makeParseableResponseTool<OptionsT extends ToolOptions>(
  tool: FunctionTool,
  options: ToolParserOptions<OptionsT>,
): AutoParseableResponseTool<OptionsT, boolean> {
  return withToolParser(tool, options);
}

/** Whether the tool comes from a helper that gave it a parser. */
export function isAutoParsableTool(tool: any): tool is AutoParseableResponseTool<any> {
  return isBranded(tool);
}

/** The function that a call names, in its namespace if it has one. */
function findTool(tools: unknown, name: string, namespace: string | null | undefined): CallableTool | undefined {
  const declared = (Array.isArray(tools) ? tools : []) as Tool[];
  const named = (tool: { type: string }): boolean => tool.type === "function" && (tool as CallableTool).name === name;
  if (namespace == null) return declared.find(named) as CallableTool | undefined;
  const space = declared.find((tool) => tool.type === "namespace" && tool.name === namespace);
  if (space?.type === "namespace") return space.tools.find(named) as CallableTool | undefined;
  // A function that the server loaded on demand stands in a namespace of its own name.
  if (namespace !== name) return undefined;
  return declared.find((tool) => named(tool) && (tool as CallableTool).defer_loading === true) as CallableTool;
}

function parseArguments(params: Request, call: ResponseFunctionToolCall): unknown {
  const tool = findTool(params.tools, call.name, call.namespace);
  if (isAutoParsableTool(tool)) return tool.$parseRaw(call.arguments);
  return tool?.strict ? parseJson(call.arguments) : null;
}

/** Whether the arguments of this call are parsed. */
export function shouldParseToolCall(
  params: ResponseCreateParamsBase | null | undefined,
  toolCall: Pick<ResponseFunctionToolCall, "name" | "namespace">,
): boolean {
  const tool = findTool(params?.tools, toolCall.name, toolCall.namespace);
  return isAutoParsableTool(tool) || (tool?.strict ?? false);
}

/** @throws {OpenAIError} A tool is no function, or is not strict. */
export function validateInputTools(tools: ChatCompletionTool[] | undefined): void {
  for (const tool of tools ?? []) {
    if (tool.type !== "function") {
      throw new OpenAIError(`Tools of the type "${tool.type}" cannot be parsed, only functions.`);
    }
    if (tool.function.strict !== true) {
      throw new OpenAIError(`The tool "${tool.function.name}" needs \`strict: true\` to be parsed.`);
    }
  }
}

/** Gives a response its `output_text`. */
export function addOutputText(rsp: Response): void {
  rsp.output_text = outputText(rsp);
}
