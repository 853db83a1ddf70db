// The type of an agent's output from a zod schema.

import { agentOutputFormat, type AgentOutputFormat } from "../../../lib/beta/agents/output-format.js";
import type { JSONSchema } from "../../../lib/jsonschema.js";
import { zodTextFormat } from "../../zod.js";

type Parsed<Schema extends Parameters<typeof zodTextFormat>[0]> = ReturnType<typeof zodTextFormat<Schema>>["__output"];

/**
 * A text format of agents, and an `outputFormat` of `sessions.stream`: the result has `output_parsed` of the schema's type.
 *
 * @throws {OpenAIError} The schema cannot be sent in strict mode; the message names the path.
 */
export function zodAgentTextFormat<Schema extends Parameters<typeof zodTextFormat>[0]>(
  schema: Schema,
): AgentOutputFormat<Parsed<Schema>> {
  const format = zodTextFormat(schema, "agent_output");
  return agentOutputFormat(format.schema as JSONSchema, (text) => format.$parseRaw(text));
}
