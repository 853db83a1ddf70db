// Structured output and tools from zod schemas: of zod 4 (`zod`, `zod/mini`, `zod/v4`), or of zod 3 (3.24 and later, `zod/v3`).
//
// The JSON schema that is sent is the strict form of the schema's output type; of a zod 4 schema object it is made once.
// Schemas that strict mode cannot express are refused here, with the path, not by the server. zod is loaded with the first
// schema of zod 4, and not at all for zod 3.

import type * as core from "zod/v4/core";

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
import { zod3Schema, type Zod3Schema } from "./zod3.js";

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
  return responseFormat(shape(zodObject, name, schemaDefinitions), name, others);
}

/** A `text.format` for responses: `parse` and `stream` give `output_parsed` of the schema's type. Throws as above. */
export function zodTextFormat<ZodInput extends ZodTypeLike>(
  zodObject: ZodInput,
  name: string,
  props?: TextFormatProps,
): AutoParseableTextFormat<InferZodType<ZodInput>> {
  return textFormat(shape(zodObject, name), name, props);
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
  return chatTool(shape(options.parameters, options.name), options);
}

/** A tool for responses: its arguments are parsed; with `function`, `runTools` calls it. Throws as above. */
export function zodResponsesFunction<Parameters extends ZodTypeLike>(
  options: ZodFunctionOptions<Parameters> & { defer_loading?: boolean | undefined },
): AutoParseableResponseTool<{
  arguments: InferZodType<Parameters>;
  name: string;
  function: (args: InferZodType<Parameters>) => unknown;
}> {
  return responseTool(shape(options.parameters, options.name), options);
}

/** A tool for realtime sessions, which have no strict mode; what may be left out stays optional. */
export function zodRealtimeFunction<Parameters extends ZodTypeLike>(
  options: Omit<ZodFunctionOptions<Parameters>, "function">,
): RealtimeFunctionTool {
  const { name, description, parameters: schema } = options;
  const parameters = isZod4(schema)
    ? zod4().toJSONSchema(schema, { target: "draft-7", io: "input" })
    : zod3Schema(zod3(schema), name, "input");
  return { type: "function", name, parameters, ...(description ? { description } : {}) };
}

const converted = remembered((schema: core.$ZodType) => strictSchema(toJSONSchema(schema)));

/** `name`: of the format or tool, after which definitions of zod 3 schemas are named. */
function shape<T extends ZodTypeLike>(
  schema: T,
  name: string,
  definitions?: Record<string, ZodTypeLike>,
): Shape<InferZodType<T>> {
  if (isZod4(schema)) {
    return {
      schema: definitions ? strictSchema(toJSONSchema(schema, definitions)) : converted(schema),
      parse: (content) => zod4().parse(schema, parseJson(content)) as InferZodType<T>,
    };
  }
  const classic = zod3(schema);
  const named = Object.entries(definitions ?? {}).map(([key, definition]) => [key, zod3(definition)] as const);
  return {
    schema: strictSchema(zod3Schema(classic, name, "strict", Object.fromEntries(named))),
    parse: (content) => classic.parse(parseJson(content)) as InferZodType<T>,
  };
}

function isZod4(schema: object): schema is core.$ZodType {
  return "_zod" in schema;
}

function zod3(schema: object): Zod3Schema & { parse: (data: unknown) => unknown } {
  if ("_def" in schema && "isOptional" in schema) return schema as Zod3Schema & { parse: (data: unknown) => unknown };
  throw new OpenAIError("This is no schema of zod 3 or 4; for other libraries see helpers/standard-schema.");
}

function zod4(): typeof core {
  return require("zod/v4/core") as typeof core;
}

function toJSONSchema(schema: core.$ZodType, definitions?: Record<string, ZodTypeLike>): object {
  const z = zod4();
  const metadata = z.registry<{ id?: string | undefined }>();
  for (const [id, definition] of Object.entries(definitions ?? {})) metadata.add(definition as never, { id });
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
