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

type Definitions = Record<string, JSONSchemaDefinition>;

/** A JSON schema, draft 7. */
export interface JSONSchema {
  $schema?: JSONSchemaVersion | undefined;
  $id?: string | undefined;
  $comment?: string | undefined;
  $ref?: string | undefined;
  title?: string | undefined;
  description?: string | undefined;
  default?: JSONSchemaType | undefined;
  examples?: JSONSchemaType | undefined;
  readOnly?: boolean | undefined;
  writeOnly?: boolean | undefined;
  type?: JSONSchemaTypeName | JSONSchemaTypeName[] | undefined;
  enum?: JSONSchemaType[] | undefined;
  const?: JSONSchemaType | undefined;
  multipleOf?: number | undefined;
  maximum?: number | undefined;
  exclusiveMaximum?: number | undefined;
  minimum?: number | undefined;
  exclusiveMinimum?: number | undefined;
  maxLength?: number | undefined;
  minLength?: number | undefined;
  pattern?: string | undefined;
  format?: string | undefined;
  contentEncoding?: string | undefined;
  contentMediaType?: string | undefined;
  items?: JSONSchemaDefinition | JSONSchemaDefinition[] | undefined;
  additionalItems?: JSONSchemaDefinition | undefined;
  maxItems?: number | undefined;
  minItems?: number | undefined;
  uniqueItems?: boolean | undefined;
  contains?: JSONSchemaDefinition | undefined;
  maxProperties?: number | undefined;
  minProperties?: number | undefined;
  required?: string[] | undefined;
  properties?: Definitions | undefined;
  patternProperties?: Definitions | undefined;
  additionalProperties?: JSONSchemaDefinition | undefined;
  propertyNames?: JSONSchemaDefinition | undefined;
  if?: JSONSchemaDefinition | undefined;
  then?: JSONSchemaDefinition | undefined;
  else?: JSONSchemaDefinition | undefined;
  allOf?: JSONSchemaDefinition[] | undefined;
  anyOf?: JSONSchemaDefinition[] | undefined;
  oneOf?: JSONSchemaDefinition[] | undefined;
  not?: JSONSchemaDefinition | undefined;
  $defs?: Definitions | undefined;
  definitions?: Definitions | undefined;
}
