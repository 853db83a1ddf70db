// Structured output and tools from zod schemas: of zod 4 (`zod`, `zod/mini`), or of `zod/v4` in zod 3.25.
//
// The JSON schema that is sent is the strict form of the schema's output type. It is made once for each schema object.
// Schemas that strict mode cannot express are refused here, with the path, not by the server.

import * as z from "zod/v4/core";

import { OpenAIError } from "../core/error.js";
import type { RealtimeFunctionTool } from "../generated/types/realtime.js";
import type { AutoParseableResponseTool } from "../lib/ResponsesParser.js";
import {
  parseJson,
  type AutoParseableResponseFormat,
  type AutoParseableTextFormat,
  type AutoParseableTool,
} from "../lib/parser.js";
import {
  chatTool,
  remembered,
  responseFormat,
  responseTool,
  strictSchema,
  textFormat,
  type ResponseFormatProps,
  type Shape,
  type TextFormatProps,
} from "./schema.js";

/** Any zod schema; told by its structure, so that the types of this package do not need zod. */
type ZodTypeLike = ({ _output: unknown } | { _zod: { output: unknown } }) & { parse?: (data: unknown) => unknown };

type InferZodType<T extends ZodTypeLike> = T extends { _output: infer Output }
  ? Output
  : T extends { _zod: { output: infer Output } }
    ? Output
    : never;

type ZodResponseFormatProps = ResponseFormatProps & {
  /** Schemas that get a definition of their own, by name, wherever the schema uses them. */
  schemaDefinitions?: Record<string, ZodTypeLike> | undefined;
};

interface ZodFunctionOptions<Parameters extends ZodTypeLike> {
  name: string;
  parameters: Parameters;
  /** Called by `runTools` with the parsed arguments. */
  function?: ((args: InferZodType<Parameters>) => unknown) | undefined;
  description?: string | undefined;
}

type ZodFunctionTool<Parameters extends ZodTypeLike, Callback> = AutoParseableTool<{
  arguments: InferZodType<Parameters>;
  name: string;
  function: Callback extends ((args: any) => any) | undefined ? Callback : never;
}>;

/**
 * A `response_format` for chat completions: `parse`, `stream` and `runTools` give `message.parsed` of the schema's type.
 *
 * @param name What the model sees as the name of the format.
 * @throws {OpenAIError} The schema cannot be sent in strict mode; the message names the path.
 */
export function zodResponseFormat<ZodInput extends ZodTypeLike>(
  zodObject: ZodInput,
  name: string,
  props: ZodResponseFormatProps = {},
): AutoParseableResponseFormat<InferZodType<ZodInput>> {
  const { schemaDefinitions, ...others } = props;
  return responseFormat(shape(zodObject, schemaDefinitions), name, others);
}

/** A `text.format` for responses: `parse` and `stream` give `output_parsed` of the schema's type. Throws as above. */
export function zodTextFormat<ZodInput extends ZodTypeLike>(
  zodObject: ZodInput,
  name: string,
  props?: TextFormatProps,
): AutoParseableTextFormat<InferZodType<ZodInput>> {
  return textFormat(shape(zodObject), name, props);
}

/** A tool for chat completions: its arguments are parsed; with `function`, `runTools` calls it. Throws as above. */
export function zodFunction<Parameters extends ZodTypeLike>(
  options: ZodFunctionOptions<Parameters> & { function: NonNullable<ZodFunctionOptions<Parameters>["function"]> },
): ZodFunctionTool<Parameters, NonNullable<ZodFunctionOptions<Parameters>["function"]>>;
export function zodFunction<Parameters extends ZodTypeLike>(
  options: ZodFunctionOptions<Parameters>,
): ZodFunctionTool<Parameters, ZodFunctionOptions<Parameters>["function"]>;
export function zodFunction<Parameters extends ZodTypeLike>(
  options: ZodFunctionOptions<Parameters>,
): AutoParseableTool<any, any> {
  return chatTool(shape(options.parameters), options);
}

/** A tool for responses: its arguments are parsed; with `function`, `runTools` calls it. Throws as above. */
export function zodResponsesFunction<Parameters extends ZodTypeLike>(
  options: ZodFunctionOptions<Parameters> & { defer_loading?: boolean | undefined },
): AutoParseableResponseTool<{
  arguments: InferZodType<Parameters>;
  name: string;
  function: (args: InferZodType<Parameters>) => unknown;
}> {
  return responseTool(shape(options.parameters), options);
}

/** A tool for realtime sessions, which have no strict mode; what may be left out stays optional. */
export function zodRealtimeFunction<Parameters extends ZodTypeLike>(
  options: Omit<ZodFunctionOptions<Parameters>, "function">,
): RealtimeFunctionTool {
  const { name, description } = options;
  const parameters = z.toJSONSchema(zod4(options.parameters), { target: "draft-7", io: "input" });
  return { type: "function", name, parameters, ...(description ? { description } : {}) };
}

const converted = remembered((schema: z.$ZodType) => strictSchema(toJSONSchema(schema)));

function shape<T extends ZodTypeLike>(given: T, definitions?: Record<string, ZodTypeLike>): Shape<InferZodType<T>> {
  const schema = zod4(given);
  return {
    schema: definitions ? strictSchema(toJSONSchema(schema, definitions)) : converted(schema),
    parse: (content) => z.parse(schema, parseJson(content)) as InferZodType<T>,
  };
}

function zod4(schema: ZodTypeLike): z.$ZodType {
  if ("_zod" in schema) return schema as unknown as z.$ZodType;
  throw new OpenAIError("Schemas of zod 3 are not supported: import from zod 4, or from `zod/v4`.");
}

function toJSONSchema(schema: z.$ZodType, definitions?: Record<string, ZodTypeLike>): object {
  const named = Object.entries(definitions ?? {}).map(([name, definition]) => [name, zod4(definition)] as const);
  const metadata = z.registry<{ id?: string | undefined }>();
  for (const [id, definition] of named) metadata.add(definition, { id });
  try {
    return z.toJSONSchema(schema, {
      target: "draft-7",
      ...(definitions ? { metadata } : {}),
      override: ({ zodSchema: { _zod }, jsonSchema }) => {
        // The values of a discriminator exclude each other, so any of them is one of them; strict mode has only `anyOf`.
        if (_zod.def.type === "union" && "discriminator" in _zod.def && jsonSchema.oneOf) {
          jsonSchema.anyOf = jsonSchema.oneOf;
          delete jsonSchema.oneOf;
        }
      },
    });
  } catch (cause) {
    throw Object.assign(new OpenAIError((cause as Error).message), { cause });
  }
}
