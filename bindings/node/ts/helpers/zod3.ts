// JSON schemas of zod 3 schemas (`zod` 3.24 and later, `zod/v3` of later packages), read from their definitions: zod 3 cannot
// tell them itself, and it is not loaded here.
//
// A schema object that is used twice stands below `definitions`, named after the place where it is met first, because what
// is sent has no other references. What the model writes decides: refinements count as their inner type. Kinds that have no
// JSON form, or another one than their result, are refused with their place; whether the rest can be strict is not decided here.

import { OpenAIError } from "../core/error.js";

/** A schema, as far as all of its kinds are alike. */
export interface Zod3Schema {
  _def: Definition;
  isOptional(): boolean;
  isNullable(): boolean;
}

interface Definition {
  typeName: string;
  description?: string | undefined;
  [member: string]: any;
}

interface Check {
  kind: string;
  value: number;
  inclusive?: boolean;
  [member: string]: unknown;
}

type JSONSchema = { [keyword: string]: unknown };

/** `input`: what may be left out by who writes the value stays optional, and transforms count as what they take. */
type Mode = "strict" | "input";

/** Names of schema and properties from the root on; the root itself is its name alone. */
type Path = readonly string[];

const PRIMITIVES: Record<string, string> = {
  ZodString: "string",
  ZodNumber: "number",
  ZodBoolean: "boolean",
  ZodNull: "null",
};

const FORMATS: Record<string, string> = {
  email: "email",
  url: "uri",
  uuid: "uuid",
  datetime: "date-time",
  date: "date",
  time: "time",
  duration: "duration",
};

/** What zod 3 tests for these checks, as it keeps its patterns to itself; `cuid` there ignores case. */
const PATTERNS: Record<string, string> = {
  cuid: "^[cC][^\\s-]{8,}$",
  cuid2: "^[0-9a-z]+$",
  ulid: "^[0-9A-HJKMNP-TV-Z]{26}$",
  nanoid: "^[a-zA-Z0-9_-]{21}$",
  emoji: "^(\\p{Extended_Pictographic}|\\p{Emoji_Component})+$",
};

/**
 * The schema as draft 7, closed where the zod schema is closed.
 *
 * @param name Of the root, from which the names of definitions are made.
 * @param named Schemas that get a definition under a name of their own.
 * @throws {OpenAIError} A kind has no JSON form; the message names the place.
 */
export function zod3Schema(
  schema: Zod3Schema,
  name: string,
  mode: Mode,
  named: Record<string, Zod3Schema> = {},
): JSONSchema {
  let root = name;
  while (Object.hasOwn(named, root)) root += "_root";
  return new Converter(root, mode, named).document(schema);
}

class Converter {
  readonly #definitions: Map<string, Definition>;
  /** Where each definition was met first. */
  readonly #seen: Map<Definition, Path>;
  #referred = false;

  constructor(
    private readonly root: string,
    private readonly mode: Mode,
    named: Record<string, Zod3Schema>,
  ) {
    const given = Object.entries(named).map(([name, { _def }]) => [name, _def] as const);
    this.#definitions = new Map(given);
    this.#seen = new Map(given.map(([name, definition]) => [definition, [name]]));
  }

  document({ _def }: Zod3Schema): JSONSchema {
    const main = this.schema(_def, [this.root], false, true);
    const definitions: JSONSchema = Object.create(null);
    // Converting one may add others, which the loop then comes to.
    for (const [name, definition] of this.#definitions) {
      definitions[name] = this.schema(definition, [name], false, true);
    }
    if (this.#referred) definitions[this.root] = main;
    const extra = Object.keys(definitions).length > 0 ? { definitions } : {};
    return { ...main, ...extra, $schema: "http://json-schema.org/draft-07/schema#" };
  }

  /** `inside`: in a property. `again`: written out although it was met before. */
  schema(def: Definition, path: Path, inside: boolean, again = false): JSONSchema {
    const met = this.#seen.get(def);
    if (met && !again) return this.reference(def, met);
    this.#seen.set(def, path);
    const schema = this.kind(def, path, inside, again);
    if (def.description) schema["description"] = def.description;
    if (met) this.#seen.set(def, met);
    return schema;
  }

  reference(def: Definition, [first, ...rest]: Path): JSONSchema {
    this.#referred = true;
    const base = [first!, ...rest.map(asName)].join("_");
    let name = base;
    const isRoot = rest.length === 0 && first === this.root;
    for (let count = 1; !isRoot && (name === this.root || this.isOther(name, def)); count++) name = `${base}_${count}`;
    if (!isRoot) this.#definitions.set(name, def);
    return { $ref: `#/definitions/${encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))}` };
  }

  isOther(name: string, def: Definition): boolean {
    return this.#definitions.has(name) && this.#definitions.get(name) !== def;
  }

  kind(def: Definition, path: Path, inside: boolean, again: boolean): JSONSchema {
    const within = (inner: Zod3Schema, ...place: string[]): JSONSchema =>
      this.schema(inner._def, [...path, ...place], inside);
    const same = (inner: Zod3Schema): JSONSchema => this.schema(inner._def, path, inside, again);
    switch (def.typeName) {
      case "ZodString":
        return string(def["checks"]);
      case "ZodNumber":
        return number(def["checks"]);
      case "ZodBoolean":
        return { type: "boolean" };
      case "ZodNull":
        return { type: "null" };
      case "ZodAny":
      case "ZodUnknown":
        return {};
      case "ZodEnum":
        return { type: "string", enum: [...def["values"]] };
      case "ZodNativeEnum":
        return nativeEnum(def["values"]);
      case "ZodLiteral":
        return this.literal(def["value"], path);
      case "ZodObject":
        return this.object(def, path);
      case "ZodArray":
        return array(def, within(def["type"], "items"));
      case "ZodUnion":
      case "ZodDiscriminatedUnion":
        return this.union([...def["options"].values()], path, inside);
      case "ZodNullable":
        return isBare(def["innerType"])
          ? { type: [PRIMITIVES[def["innerType"]._def.typeName], "null"] }
          : { anyOf: [within(def["innerType"], "anyOf", "0"), { type: "null" }] };
      case "ZodOptional":
        if (inside) return same(def["innerType"]);
        return this.mode === "strict"
          ? { anyOf: [this.schema(def["innerType"]._def, [...path, "anyOf", "0"], inside, again)] }
          : { anyOf: [{ not: {} }, this.schema(def["innerType"]._def, [...path, "anyOf", "1"], inside, again)] };
      case "ZodDefault":
        return { ...same(def["innerType"]), default: def["defaultValue"]() };
      case "ZodReadonly":
      case "ZodCatch":
        return same(def["innerType"]);
      case "ZodBranded":
        return same(def["type"]);
      case "ZodLazy":
        return same(def["getter"]());
      case "ZodIntersection":
        return { allOf: [opened(within(def["left"], "allOf", "0")), opened(within(def["right"], "allOf", "1"))] };
      case "ZodRecord":
        return { type: "object", additionalProperties: within(def["valueType"], "additionalProperties") };
      case "ZodTuple": {
        const items: Zod3Schema[] = def["items"];
        const bounds = { minItems: items.length, ...(def["rest"] ? {} : { maxItems: items.length }) };
        const rest = def["rest"] ? { additionalItems: within(def["rest"], "additionalItems") } : {};
        return {
          type: "array",
          ...bounds,
          items: items.map((item, index) => within(item, "items", String(index))),
          ...rest,
        };
      }
      case "ZodEffects":
        if (this.mode === "input" || def["effect"].type === "refinement") return same(def["schema"]);
        return refuse(path, `a ${def["effect"].type} changes the value; parse without it, and change what you get`);
      case "ZodPipeline":
        if (this.mode === "input") return same(def["in"]);
        return refuse(path, "a pipeline changes the value; use its first schema, and pipe what you get");
      default:
        return refuse(path, `${def.typeName} has no form in JSON`);
    }
  }

  object(def: Definition, path: Path): JSONSchema {
    const properties: JSONSchema = {};
    const required: string[] = [];
    for (const [name, property] of Object.entries<Zod3Schema>(def["shape"]())) {
      const place = [...path, "properties", name];
      if (name === "__proto__") refuse(place, "zod leaves a property of this name out");
      properties[name] = this.schema(property._def, place, true);
      const missing = property.isOptional() && (this.mode === "input" || property._def.typeName !== "ZodDefault");
      if (missing && this.mode === "strict" && !property.isNullable()) {
        refuse(place, "in strict mode nothing is left out; make it nullable in place of optional, or both");
      }
      if (!missing || this.mode === "strict") required.push(name);
    }
    const rest: Definition = def["catchall"]._def;
    const additionalProperties =
      rest.typeName === "ZodNever"
        ? def["unknownKeys"] === "passthrough"
        : this.schema(rest, [...path, "additionalProperties"], false);
    return { type: "object", properties, ...(required.length > 0 && { required }), additionalProperties };
  }

  /** Of plain types, of literals and of enums the shorter form that says the same. */
  union(options: Zod3Schema[], path: Path, inside: boolean): JSONSchema {
    if (options.every(isBare)) return { type: oneOrAll(options.map(({ _def }) => PRIMITIVES[_def.typeName])) };
    if (options.every(({ _def }) => _def.typeName === "ZodLiteral" && !_def.description)) {
      const literals = options.map(({ _def }) => this.literal(_def["value"], path));
      return {
        type: oneOrAll(literals.map(({ type }) => type)),
        enum: [...new Set(literals.map((each) => each["const"]))],
      };
    }
    if (options.every(({ _def }) => _def.typeName === "ZodEnum")) {
      return { type: "string", enum: [...new Set(options.flatMap(({ _def }) => _def["values"]))] };
    }
    return { anyOf: options.map(({ _def }, index) => this.schema(_def, [...path, "anyOf", String(index)], inside)) };
  }

  literal(value: unknown, path: Path): JSONSchema {
    if (value === null) return { type: "null", const: null };
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
      return { type: typeof value, const: value };
    }
    return refuse(path, `the literal ${String(value)} has no form in JSON`);
  }
}

function refuse([, ...rest]: Path, what: string): never {
  throw new OpenAIError(`${["#", ...rest].join("/")}: ${what}.`);
}

/** One of the plain types, without checks. */
function isBare({ _def }: Zod3Schema): boolean {
  return _def.typeName in PRIMITIVES && !_def["checks"]?.length;
}

function oneOrAll(types: unknown[]): unknown {
  const different = [...new Set(types)];
  return different.length === 1 ? different[0] : different;
}

/** A part of a path where other characters than a name's are code points in hexadecimal. */
function asName(part: string): string {
  if (/^[\w-]*$/.test(part) && !part.startsWith("_x_")) return part;
  return `_x_${Array.from({ length: part.length }, (_, at) => part.charCodeAt(at).toString(16).padStart(4, "0")).join("")}`;
}

/** Of an intersection: an object that is closed would refuse what the other one has. */
function opened({ additionalProperties, ...schema }: JSONSchema): JSONSchema {
  return additionalProperties ? { ...schema, additionalProperties } : schema;
}

function nativeEnum(members: Record<string, string | number>): JSONSchema {
  // A numeric enum has its names as values too: the way back, which is no member.
  const values = Object.keys(members)
    .filter((key) => typeof members[members[key]!] !== "number")
    .map((key) => members[key]);
  const types = new Set(values.map((value) => typeof value));
  return { type: types.size === 1 ? [...types][0] : ["string", "number"], enum: values };
}

function array(def: Definition, items: JSONSchema): JSONSchema {
  const { exactLength, minLength = exactLength, maxLength = exactLength } = nonNull(def);
  return {
    type: "array",
    items,
    ...(minLength && { minItems: minLength.value }),
    ...(maxLength && { maxItems: maxLength.value }),
  };
}

function nonNull(def: Definition): Definition {
  return Object.fromEntries(Object.entries(def).filter(([, value]) => value !== null)) as unknown as Definition;
}

function number(checks: Check[] = []): JSONSchema {
  const schema: JSONSchema = { type: "number" };
  for (const { kind, value, inclusive } of checks) {
    if (kind === "int") schema["type"] = "integer";
    else if (!Number.isFinite(value))
      continue; // bounds at infinity are none
    else if (kind === "multipleOf") schema["multipleOf"] = value;
    else if (kind === "min") schema[inclusive ? "minimum" : "exclusiveMinimum"] = value;
    else if (kind === "max") schema[inclusive ? "maximum" : "exclusiveMaximum"] = value;
  }
  return schema;
}

function string(checks: Check[] = []): JSONSchema {
  const schema: JSONSchema & { minLength?: number; maxLength?: number } = { type: "string" };
  for (const { kind, value, regex, version } of checks) {
    const text = literally(value);
    if (kind === "min" || kind === "length") schema.minLength = Math.max(schema.minLength ?? 0, value);
    if (kind === "max" || kind === "length") schema.maxLength = Math.min(schema.maxLength ?? Infinity, value);
    if (kind === "base64") schema["contentEncoding"] = "base64";
    if (kind === "ip" && version !== "v6") add(schema, "format", "ipv4", "anyOf");
    if (kind === "ip" && version !== "v4") add(schema, "format", "ipv6", "anyOf");
    if (kind in FORMATS) add(schema, "format", FORMATS[kind]!, "anyOf");
    if (kind in PATTERNS) add(schema, "pattern", PATTERNS[kind]!, "allOf");
    if (kind === "regex") add(schema, "pattern", (regex as RegExp).source, "allOf");
    if (kind === "startsWith") add(schema, "pattern", new RegExp(`^${text}`).source, "allOf");
    if (kind === "endsWith") add(schema, "pattern", new RegExp(`${text}$`).source, "allOf");
    if (kind === "includes") add(schema, "pattern", new RegExp(text).source, "allOf");
  }
  return schema;
}

function literally(text: unknown): string {
  return String(text).replaceAll(/[^a-zA-Z0-9]/gu, "\\$&");
}

/** Sets the keyword; where it is there already, each value gets a schema of its own. */
function add(schema: JSONSchema, keyword: string, value: string, combined: string): void {
  const several = schema[combined] as object[] | undefined;
  if (several) {
    several.push({ type: "string", [keyword]: value });
  } else if (keyword in schema) {
    schema[combined] = [schema[keyword], value].map((each) => ({ type: "string", [keyword]: each }));
    delete schema[keyword];
  } else {
    schema[keyword] = value;
  }
}
