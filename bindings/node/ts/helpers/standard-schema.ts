// Structured output and tools from any Standard Schema (https://standardschema.dev) that validates synchronously.
//
// The JSON schema comes from the schema itself, if its library can give one, else from the option `schema`; it is made
// strict as in helpers/zod.

import { OpenAIError } from "../core/error.js";
import type { AutoParseableResponseTool } from "../lib/ResponsesParser.js";
import type { JSONSchema } from "../lib/jsonschema.js";
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

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Result<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

interface JSONSchemaOptions {
  readonly target: "draft-07";
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** The interface of Standard Schema, version 1, with its extension for JSON schemas. */
type StandardSchemaLike<Input = unknown, Output = Input> = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly jsonSchema?:
      | {
          readonly input: (options: JSONSchemaOptions) => Record<string, unknown>;
          readonly output?: (options: JSONSchemaOptions) => Record<string, unknown>;
        }
      | undefined;
  };
};

type InferStandardOutput<Schema extends StandardSchemaLike> = [NonNullable<Schema["~standard"]["types"]>] extends [
  never,
]
  ? unknown
  : NonNullable<Schema["~standard"]["types"]> extends { readonly output: infer Output }
    ? Output
    : unknown;

interface SchemaProps {
  /** The JSON schema, for libraries that give none. */
  schema?: JSONSchema | Record<string, unknown> | undefined;
}

type StandardToolFunction<Parameters extends StandardSchemaLike> = (args: InferStandardOutput<Parameters>) => unknown;

interface StandardToolOptions<Parameters extends StandardSchemaLike> extends SchemaProps {
  name: string;
  parameters: Parameters;
  /** Called by `runTools` with the parsed arguments. */
  function?: StandardToolFunction<Parameters> | undefined;
  description?: string | undefined;
}

interface StandardTool<
  Parameters extends StandardSchemaLike,
  Callback extends StandardToolFunction<Parameters> | undefined,
> {
  name: string;
  arguments: InferStandardOutput<Parameters>;
  function: Callback;
}

/**
 * A `response_format` for chat completions, as `zodResponseFormat`.
 *
 * @throws {OpenAIError} There is no JSON schema, or it cannot be sent in strict mode; the message names the path.
 */
export function standardResponseFormat<Schema extends StandardSchemaLike>(
  standardSchema: Schema,
  name: string,
  { schema, ...props }: ResponseFormatProps & SchemaProps = {},
): AutoParseableResponseFormat<InferStandardOutput<Schema>> {
  return responseFormat(shape(standardSchema, schema), name, props);
}

/** A `text.format` for responses, as `zodTextFormat`. Throws as above. */
export function standardTextFormat<Schema extends StandardSchemaLike>(
  standardSchema: Schema,
  name: string,
  { schema, ...props }: TextFormatProps & SchemaProps = {},
): AutoParseableTextFormat<InferStandardOutput<Schema>> {
  return textFormat(shape(standardSchema, schema), name, props);
}

/** A tool for chat completions, as `zodFunction`. Throws as above. */
export function standardFunction<
  Parameters extends StandardSchemaLike,
  ToolFunction extends StandardToolFunction<Parameters>,
>(
  options: StandardToolOptions<Parameters> & { function: ToolFunction },
): AutoParseableTool<StandardTool<Parameters, ToolFunction>>;
export function standardFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters> & { function?: undefined },
): AutoParseableTool<StandardTool<Parameters, undefined>>;
export function standardFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters>,
): AutoParseableTool<StandardTool<Parameters, StandardToolFunction<Parameters> | undefined>>;
export function standardFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters>,
): AutoParseableTool<any, any> {
  return chatTool(shape(options.parameters, options.schema), options);
}

/** A tool for responses, as `zodResponsesFunction`. Throws as above. */
export function standardResponsesFunction<
  Parameters extends StandardSchemaLike,
  ToolFunction extends StandardToolFunction<Parameters>,
>(
  options: StandardToolOptions<Parameters> & { function: ToolFunction; defer_loading?: boolean | undefined },
): AutoParseableResponseTool<StandardTool<Parameters, ToolFunction>>;
export function standardResponsesFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters> & { function?: undefined; defer_loading?: boolean | undefined },
): AutoParseableResponseTool<StandardTool<Parameters, undefined>>;
export function standardResponsesFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters> & { defer_loading?: boolean | undefined },
): AutoParseableResponseTool<StandardTool<Parameters, StandardToolFunction<Parameters> | undefined>>;
export function standardResponsesFunction<Parameters extends StandardSchemaLike>(
  options: StandardToolOptions<Parameters> & { defer_loading?: boolean | undefined },
): AutoParseableResponseTool<any, any> {
  return responseTool(shape(options.parameters, options.schema), options);
}

const converted = remembered((schema: StandardSchemaLike) => {
  const given = schema["~standard"].jsonSchema?.input({ target: "draft-07" });
  if (!given) {
    const { vendor } = schema["~standard"];
    throw new OpenAIError(`Schemas of "${vendor}" do not tell their JSON schema; give it as \`schema\`.`);
  }
  return strictSchema(given);
});

function shape<Schema extends StandardSchemaLike>(
  standard: Schema,
  schema: SchemaProps["schema"],
): Shape<InferStandardOutput<Schema>> {
  return {
    schema: schema ? strictSchema(schema) : converted(standard),
    parse: (content) => {
      const result = standard["~standard"].validate(parseJson(content));
      if (result instanceof Promise) {
        result.catch(() => {}); // nobody waits for it
        throw new OpenAIError("The schema validates asynchronously; structured output needs a synchronous one.");
      }
      if (result.issues)
        throw new OpenAIError(`The model's output does not fit: ${result.issues.map(told).join("; ")}`);
      return result.value as InferStandardOutput<Schema>;
    },
  };
}

function told({ message, path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length ? `${keys.join(".")}: ${message}` : message;
}
