// What the schema helpers share: a JSON schema made strict by the core, and the formats and tools that carry it.

import { OpenAIError, fromNative } from "../core/error.js";
import { addon } from "../core/native.js";
import type { FunctionTool, ResponseFormatTextJSONSchemaConfig } from "../generated/types/responses.js";
import type { ResponseFormatJSONSchema } from "../generated/types/shared.js";
import { makeParseableResponseTool, type AutoParseableResponseTool } from "../lib/ResponsesParser.js";
import {
  makeParseableResponseFormat,
  makeParseableTextFormat,
  makeParseableTool,
  type AutoParseableResponseFormat,
  type AutoParseableTextFormat,
  type AutoParseableTool,
} from "../lib/parser.js";

/** Members of a `response_format` besides name and schema. */
export type ResponseFormatProps = Omit<ResponseFormatJSONSchema.JSONSchema, "schema" | "strict" | "name">;

/** Members of a `text.format` besides name and schema. */
export type TextFormatProps = Omit<ResponseFormatTextJSONSchemaConfig, "schema" | "type" | "strict" | "name">;

/** A schema of the user, in both of its roles. */
export interface Shape<T> {
  /** JSON schema text, strict already. */
  schema: string;
  /** From the text that the model wrote. */
  parse: (content: string) => T;
}

/** What the helpers for tools are given besides the parameters. */
export interface ToolProps<T> {
  name: string;
  description?: string | undefined;
  function?: ((args: T) => unknown) | undefined;
  /** Responses only: loaded when tool search finds it. */
  defer_loading?: boolean | undefined;
}

type JSONObject = { [key: string]: unknown };

/**
 * The schema as strict mode wants it, as text.
 *
 * @throws {OpenAIError} The schema cannot be strict; the message names the path and the keyword.
 */
export function strictSchema(schema: object): string {
  checkOptional(schema, schema, "#");
  try {
    return addon.strictSchema(JSON.stringify(schema));
  } catch (error) {
    throw fromNative((error as Error).message);
  }
}

/** Remembers what `make` gave for each schema object, as long as the object lives. */
export function remembered<Key extends object>(make: (schema: Key) => string): (schema: Key) => string {
  const made = new WeakMap<Key, string>();
  return (schema) => {
    let text = made.get(schema);
    if (text === undefined) made.set(schema, (text = make(schema)));
    return text;
  };
}

export function responseFormat<T>(
  { schema, parse }: Shape<T>,
  name: string,
  props: ResponseFormatProps = {},
): AutoParseableResponseFormat<T> {
  return makeParseableResponseFormat(
    { type: "json_schema", json_schema: { ...props, name, strict: true, schema: JSON.parse(schema) as JSONObject } },
    parse,
  );
}

export function textFormat<T>(
  { schema, parse }: Shape<T>,
  name: string,
  props: TextFormatProps = {},
): AutoParseableTextFormat<T> {
  return makeParseableTextFormat(
    { type: "json_schema", ...props, name, strict: true, schema: JSON.parse(schema) as JSONObject },
    parse,
  );
}

export function chatTool<T>({ schema, parse }: Shape<T>, props: ToolProps<T>): AutoParseableTool<any, any> {
  const { name, description, function: callback } = props;
  const described = description ? { description } : {};
  const parameters = JSON.parse(schema) as JSONObject;
  return makeParseableTool(
    { type: "function", function: { name, parameters, strict: true, ...described } },
    { callback, parser: parse },
  );
}

export function responseTool<T>(
  { schema, parse }: Shape<T>,
  { name, description, defer_loading, function: callback }: ToolProps<T>,
): AutoParseableResponseTool<any, any> {
  const tool: FunctionTool = {
    type: "function",
    name,
    parameters: JSON.parse(schema) as JSONObject,
    strict: true,
    ...(defer_loading === undefined ? {} : { defer_loading }),
    ...(description ? { description } : {}),
  };
  return makeParseableResponseTool(tool, { callback, parser: parse });
}

/**
 * Refuses members that may be left out and may not be null. In strict mode the model must say each member, so a type that
 * promises `undefined` would be a lie, and the model would make a value up.
 */
function checkOptional(schema: unknown, root: object, path: string): void {
  if (Array.isArray(schema)) return schema.forEach((item, index) => checkOptional(item, root, `${path}/${index}`));
  if (typeof schema !== "object" || schema === null) return;
  const { properties, required = [] } = schema as { properties?: object; required?: string[] };
  for (const [name, member] of Object.entries(properties ?? {})) {
    if (!required.includes(name) && !takesNull(member, root)) {
      const place = `${path}/properties/${name}`;
      throw new OpenAIError(
        `${place}: in strict mode nothing is left out; make it nullable in place of optional, or both.`,
      );
    }
    checkOptional(member, root, `${path}/properties/${name}`);
  }
  for (const keyword of ["items", "anyOf", "oneOf", "allOf"]) {
    checkOptional((schema as Record<string, unknown>)[keyword], root, `${path}/${keyword}`);
  }
  for (const keyword of ["definitions", "$defs"]) {
    for (const [name, definition] of Object.entries((schema as Record<string, object>)[keyword] ?? {})) {
      checkOptional(definition, root, `${path}/${keyword}/${name}`);
    }
  }
}

/** Whether null is a value of the schema; of one that refers to itself without end it is not. */
function takesNull(schema: unknown, root: object, seen: readonly string[] = []): boolean {
  if (typeof schema !== "object" || schema === null) return schema === true;
  const { type, allOf, anyOf, oneOf, enum: values, const: value, $ref } = schema as Record<string, any>;
  if (allOf) return allOf.every((branch: unknown) => takesNull(branch, root, seen));
  if ($ref !== undefined) {
    if (seen.includes($ref)) return false;
    const target = String($ref)
      .split("/")
      .slice(1)
      .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<any>((at, part) => at?.[part], root);
    return takesNull(target, root, [...seen, $ref]);
  }
  const branches: unknown[] | undefined = anyOf ?? oneOf;
  if (branches) return branches.some((branch) => takesNull(branch, root, seen));
  if (values) return values.includes(null);
  if (value !== undefined) return value === null;
  return type === undefined || type === "null" || (Array.isArray(type) && type.includes("null"));
}
