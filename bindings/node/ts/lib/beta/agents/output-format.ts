// The type that an agent's output is to have: a JSON schema for the server, and a parser that stays here.

import { OpenAIError } from "../../../core/error.js";
import type { TextFormatParam } from "../../../generated/types/beta.js";
import type { JSONSchema } from "../../jsonschema.js";

/** A text format of agents with the parser of what it describes. */
export interface AgentOutputFormat<T> extends TextFormatParam.TextFormatParamJSONSchema {
  /** Not sent: functions are no JSON. */
  $parseRaw: (text: string) => T;
}

/** A format of a JSON schema and a parser of its values; what `parse` throws makes the result an error. */
export function agentOutputFormat<T>(schema: JSONSchema, parse: (text: string) => T): AgentOutputFormat<T> {
  return { type: "json_schema", schema: schema as AgentOutputFormat<T>["schema"], $parseRaw: parse };
}

/** A format as a request may have it: only some have a parser. */
export type MaybeFormat<T> = TextFormatParam | AgentOutputFormat<T> | null | undefined;

/** @internal The format if it has a parser; a plain one leaves the result as it is. */
export function parserOf<T>(format: MaybeFormat<T>): AgentOutputFormat<T> | undefined {
  if (!format || !("$parseRaw" in format)) return undefined;
  if (format.type !== "json_schema" || typeof format.$parseRaw !== "function") {
    throw new OpenAIError("An output format has a JSON schema and a parser, see agentOutputFormat.");
  }
  return format;
}
