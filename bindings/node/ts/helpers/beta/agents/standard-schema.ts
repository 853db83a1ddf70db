// The type of an agent's output from any Standard Schema that validates synchronously.

import { agentOutputFormat, type AgentOutputFormat } from "../../../lib/beta/agents/output-format.js";
import type { JSONSchema } from "../../../lib/jsonschema.js";
import { standardTextFormat } from "../../standard-schema.js";

type Parsed<Schema extends Parameters<typeof standardTextFormat>[0]> = ReturnType<
  typeof standardTextFormat<Schema>
>["__output"];

/** As `zodAgentTextFormat`; `jsonSchema` for libraries that give none. */
export function standardAgentTextFormat<Schema extends Parameters<typeof standardTextFormat>[0]>(
  schema: Schema,
  jsonSchema?: JSONSchema,
): AgentOutputFormat<Parsed<Schema>> {
  const format = standardTextFormat(schema, "agent_output", { schema: jsonSchema });
  return agentOutputFormat(format.schema as JSONSchema, (text) => format.$parseRaw(text));
}
