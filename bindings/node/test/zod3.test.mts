// zod 3: what is sent is what the official package sends, and what comes back is parsed by the schema. What is not strict is
// refused before it is sent.

import { execFileSync } from "node:child_process";
import {
  zodFunction,
  zodRealtimeFunction,
  zodResponseFormat,
  zodResponsesFunction,
  zodTextFormat,
} from "openai-oxide/helpers/zod";
import { OpenAIError } from "openai-oxide/compat/error";
import { describe, expect, test } from "vitest";
import { z, type ZodType } from "zod/v3";
import official from "./zod3-official.json" with { type: "json" };
import { CASES } from "./zod3-schemas.mjs";

const schemaOf = (schema: ZodType): any => zodTextFormat(schema, "root").schema;
const propertyOf = (schema: ZodType): any => schemaOf(z.object({ a: schema })).properties.a;

test.each(Object.entries(CASES))("%s: the official bytes", (name, { schema, definitions }) => {
  const expected = JSON.stringify((official as Record<string, unknown>)[name]);
  const format = zodResponseFormat(schema, "root", { schemaDefinitions: definitions });
  expect(JSON.stringify(format.json_schema.schema)).toBe(expected);
  if (definitions) return;
  expect(JSON.stringify(zodTextFormat(schema, "root").schema)).toBe(expected);
  expect(JSON.stringify(zodFunction({ name: "root", parameters: schema }).function.parameters)).toBe(expected);
  expect(JSON.stringify(zodResponsesFunction({ name: "root", parameters: schema }).parameters)).toBe(expected);
});

test("what the model writes is parsed, defaults and refinements included", () => {
  const schema = z.object({ a: z.string().default("x"), n: z.number().refine((n) => n > 1) });
  const format = zodTextFormat(schema, "n");
  expect(format.$parseRaw('{"a":"y","n":2}')).toEqual({ a: "y", n: 2 });
  expect(() => format.$parseRaw('{"n":0}')).toThrow(z.ZodError);
  expect(zodFunction({ name: "f", parameters: schema }).$parseRaw('{"n":3}')).toEqual({ a: "x", n: 3 });
});

describe("where the official package does something else", () => {
  test("null is a type, not OpenAPI's keyword", () => {
    expect(propertyOf(z.string().nullable())).toEqual({ type: ["string", "null"] });
  });
  test("several formats are strings in each branch", () => {
    const branches = ["ipv4", "ipv6"].map((format) => ({ type: "string", format }));
    expect(propertyOf(z.string().ip())).toEqual({ type: "string", anyOf: branches });
  });
  test("refinements, trimming and fallbacks of the parser do not change what is sent", () => {
    for (const schema of [z.string().refine(Boolean), z.string().trim(), z.string().catch("x")]) {
      expect(propertyOf(schema)).toEqual({ type: "string" });
    }
  });
  test("an intersection of objects is one object", () => {
    const both = z.intersection(z.object({ x: z.string() }), z.object({ y: z.number() }));
    expect(propertyOf(both)).toEqual({
      type: "object",
      properties: { x: { type: "string" }, y: { type: "number" } },
      additionalProperties: false,
      required: ["x", "y"],
    });
  });
});

test.each<[string, ZodType, string]>([
  ["what may be left out", z.string().optional(), "#/properties/a: "],
  ["open maps", z.record(z.string()), "#/properties/a: `additionalProperties`"],
  ["open objects", z.object({}).passthrough(), "#/properties/a: `additionalProperties`"],
  ["tuples", z.tuple([z.string()]), "#/properties/a: `items`"],
  ["any value", z.any(), "#/properties/a: `type`"],
  ["dates", z.array(z.date()), "#/properties/a/items: ZodDate has no form in JSON"],
  ["literals that are no JSON", z.literal(1n), "#/properties/a: the literal 1 "],
  ["transforms", z.string().transform(Number), "#/properties/a: a transform "],
  ["preprocessing", z.preprocess(String, z.string()), "#/properties/a: a preprocess "],
  ["pipelines", z.string().pipe(z.string().min(1)), "#/properties/a: a pipeline "],
  ["a property that zod drops", z.object({ ["__proto__"]: z.string() }), "#/properties/a/properties/__proto__: "],
])("refuses %s, and says where", (_, schema, message) => {
  expect(() => propertyOf(schema)).toThrow(OpenAIError);
  expect(() => propertyOf(schema)).toThrow(message);
});

test("a whole that is no object, and what is no schema, are refused", () => {
  expect(() => schemaOf(z.array(z.string()))).toThrow(/#: `type`/);
  expect(() => schemaOf({ type: "object" } as never)).toThrow(OpenAIError);
});

test("realtime tools keep what may be left out, and take what goes in", () => {
  const length = z.string().transform((text) => text.length);
  const parameters = z.object({
    a: z.string().default("x"),
    b: length,
    c: z.record(z.number()),
    d: z.date().nullish(),
  });
  expect(() => zodRealtimeFunction({ name: "f", parameters })).toThrow(/ZodDate/);
  expect(zodRealtimeFunction({ name: "f", parameters: parameters.omit({ d: true }) }).parameters).toEqual({
    type: "object",
    properties: {
      a: { type: "string", default: "x" },
      b: { type: "string" },
      c: { type: "object", additionalProperties: { type: "number" } },
    },
    required: ["b", "c"],
    additionalProperties: false,
    $schema: "http://json-schema.org/draft-07/schema#",
  });
});

test("no zod is loaded by the helpers, nor for a schema of zod 3", () => {
  const program = `
    const { zodTextFormat } = require("openai-oxide/compat/helpers/zod");
    const loaded = () => Object.keys(require.cache).filter((file) => file.includes("node_modules/zod/")).length;
    const text = { _def: { typeName: "ZodString" }, isOptional: () => false };
    const never = { _def: { typeName: "ZodNever" } };
    const shape = () => ({ text });
    zodTextFormat({ _def: { typeName: "ZodObject", shape, catchall: never }, isOptional: () => false }, "n");
    const before = loaded();
    zodTextFormat(require("zod").z.object({}), "n");
    console.log(before, loaded() > 0);`;
  expect(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })).toBe("0 true\n");
});
