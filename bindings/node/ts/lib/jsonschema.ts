// JSON schemas as this package takes them: any JSON object, since the server, not the client, says what it supports.

/** Names of `type`. */
export type JSONSchemaTypeName =
  ({} & string) | "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** A JSON value. */
export type JSONSchemaType = string | number | boolean | JSONSchemaObject | JSONSchemaArray | null;

export interface JSONSchemaObject {
  [key: string]: JSONSchemaType;
}

export interface JSONSchemaArray extends Array<JSONSchemaType> {}

export type JSONSchemaVersion = string;

/** A schema, or what allows everything or nothing. */
export type JSONSchemaDefinition = JSONSchema | boolean;

/** A JSON schema, draft 7. */
export interface JSONSchema {
  $schema?: JSONSchemaVersion | undefined;
  $id?: string | undefined;
  $ref?: string | undefined;
  $comment?: string | undefined;
  title?: string | undefined;
  description?: string | undefined;
  default?: JSONSchemaType | undefined;
  type?: JSONSchemaTypeName | JSONSchemaTypeName[] | undefined;
  enum?: JSONSchemaType[] | undefined;
  const?: JSONSchemaType | undefined;
  properties?: { [key: string]: JSONSchemaDefinition } | undefined;
  required?: string[] | undefined;
  additionalProperties?: JSONSchemaDefinition | undefined;
  items?: JSONSchemaDefinition | JSONSchemaDefinition[] | undefined;
  anyOf?: JSONSchemaDefinition[] | undefined;
  oneOf?: JSONSchemaDefinition[] | undefined;
  allOf?: JSONSchemaDefinition[] | undefined;
  definitions?: { [key: string]: JSONSchemaDefinition } | undefined;
  $defs?: { [key: string]: JSONSchemaDefinition } | undefined;
  [keyword: string]: unknown;
}
