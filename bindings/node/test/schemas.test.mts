// Schemas of the user's libraries as strict JSON schemas. Kinds of types, and what is sent for them, are the suite's
// matter (conformance/suite/structured).

import { standardFunction, standardTextFormat } from "openai-oxide/helpers/standard-schema";
import { zodRealtimeFunction, zodResponseFormat, zodTextFormat } from "openai-oxide/helpers/zod";
import { OpenAIError } from "openai-oxide/compat/error";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";

const schemaOf = (schema: z.ZodType, props?: object): any => zodResponseFormat(schema, "n", props).json_schema.schema;

describe("zod", () => {
  test("recursion stays a reference, a discriminated union becomes anyOf", () => {
    const Tree: z.ZodType = z.object({
      value: z.string(),
      get children() {
        return z.array(Tree);
      },
    });
    expect(schemaOf(Tree).properties.children).toEqual({ type: "array", items: { $ref: "#" } });
    const a = z.object({ kind: z.literal("a") });
    const b = z.object({ kind: z.literal("b") });
    const union = schemaOf(z.object({ value: z.discriminatedUnion("kind", [a, b]) })).properties.value;
    expect(union.anyOf).toHaveLength(2);
    expect(union).not.toHaveProperty("oneOf");
  });

  test("named definitions are shared", () => {
    const Point = z.object({ x: z.number() });
    const schema = schemaOf(z.object({ a: Point, b: Point }), { schemaDefinitions: { Point } });
    expect(schema.properties).toEqual({ a: { $ref: "#/definitions/Point" }, b: { $ref: "#/definitions/Point" } });
    expect(schema.definitions.Point).toMatchObject({ required: ["x"], additionalProperties: false });
  });

  test.each([
    [
      "open maps",
      z.object({ a: z.object({ tags: z.record(z.string(), z.string()) }) }),
      "#/properties/a/properties/tags",
    ],
    ["tuples", z.object({ pair: z.tuple([z.string(), z.number()]) }), "#/properties/pair"],
    [
      "what may be left out",
      z.object({ list: z.array(z.object({ a: z.string().optional() })) }),
      "#/properties/list/items/properties/a",
    ],
    ["unions as a whole", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), "#: "],
    ["values without a JSON form", z.object({ at: z.date() }), "Date"],
  ])("refuses %s, and says where", (_, schema, place) => {
    expect(() => zodTextFormat(schema, "n")).toThrow(OpenAIError);
    expect(() => zodTextFormat(schema, "n")).toThrow(place);
  });

  test("takes what may be left out if it may be null, through references too", () => {
    const Name = z.string().nullable();
    const schema = z.object({ a: z.string().nullish(), b: Name.optional() });
    expect(schemaOf(schema, { schemaDefinitions: { Name } }).required).toEqual(["a", "b"]);
    const Word = z.string();
    const word = z.object({ a: Word.optional() });
    expect(() => schemaOf(word, { schemaDefinitions: { Word } })).toThrow("#/properties/a");
  });

  test("takes zod/mini", () => {
    const parsed = zodTextFormat(mini.object({ a: mini.string() }), "n").$parseRaw('{"a":"x"}');
    expect(parsed).toEqual({ a: "x" });
  });

  test("realtime tools are not strict: what may be left out stays so", () => {
    const parameters = z.object({ a: z.string().default("x"), b: z.string() });
    const tool: any = zodRealtimeFunction({ name: "f", parameters, description: "d" });
    expect(tool).toMatchObject({ type: "function", name: "f", description: "d" });
    expect(tool).not.toHaveProperty("strict");
    expect(tool.parameters.required).toEqual(["b"]);
  });
});

describe("standard schemas", () => {
  const number = (validate: (value: unknown) => any): any => ({
    "~standard": { version: 1, vendor: "mine", validate },
  });
  const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };

  test("without a JSON schema of their own take the one that is given", () => {
    const valid = number((value) => ({ value }));
    expect(() => standardTextFormat(valid, "n")).toThrow(/"mine".*`schema`/);
    const tool = standardFunction({ name: "f", parameters: valid, schema });
    expect(tool.function.parameters).toEqual({ ...schema, additionalProperties: false });
    expect(tool.$parseRaw('{"n":1}')).toEqual({ n: 1 });
  });

  test("are converted once for each schema, and handed out as copies", () => {
    const input = vi.fn(() => structuredClone(schema));
    const counted = { "~standard": { ...number((value) => ({ value }))["~standard"], jsonSchema: { input } } };
    const first = standardTextFormat(counted, "n");
    const second = standardFunction({ name: "f", parameters: counted });
    expect(input).toHaveBeenCalledExactlyOnceWith({ target: "draft-07" });
    first.schema["title"] = "mine";
    expect(second.function.parameters).not.toHaveProperty("title");
  });

  test("tell what does not fit, with its place; asynchronous ones are refused", async () => {
    const issues = [{ message: "too small", path: ["list", { key: 0 }] }, { message: "odd" }];
    const invalid = standardTextFormat(
      number(() => ({ issues })),
      "n",
      { schema },
    );
    expect(() => invalid.$parseRaw("{}")).toThrow("list.0: too small; odd");
    const late = standardTextFormat(
      number(() => Promise.reject(new Error("late"))),
      "n",
      { schema },
    );
    expect(() => late.$parseRaw("{}")).toThrow(/synchronous/);
    await new Promise(setImmediate); // the rejection is not unhandled
  });
});
