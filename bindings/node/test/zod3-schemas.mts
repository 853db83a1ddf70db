// Schemas of zod 3 whose strict form is the official package's too, to the byte: test/zod3-official.json holds what it sends
// (openai 7.57.0, `zodResponseFormat(schema, "root", { schemaDefinitions })`, the schema of each).

import { z, type ZodType } from "zod/v3";

interface Case {
  schema: ZodType;
  definitions?: Record<string, ZodType>;
}

const Point = z.object({ x: z.number(), y: z.number() });
const Short = z.string().min(1).nullish();
const Pair = z.object({ first: Short, second: Short });
const Tree: ZodType = z.object({ value: z.number().int(), children: z.lazy(() => z.array(Tree)) });
const Left: ZodType = z.object({ right: z.lazy(() => Right.nullable()) });
const Right: ZodType = z.object({ left: z.lazy(() => Left.nullable()), value: z.string() });
const Leaf = z.object({ text: z.string().describe("what it says") });
const Twig = z.object({ leaf: Leaf, other: Leaf.nullable() });

export const CASES: Record<string, Case> = {
  plain: { schema: z.object({ a: z.string(), b: z.number().int(), c: z.boolean(), d: z.null() }).describe("all") },
  nullable: {
    schema: z.object({ n: z.number().int().nullable(), o: Point.nullish(), s: z.string().min(2).nullable() }),
  },
  defaults: { schema: z.object({ a: z.string().default("x"), b: z.object({ x: z.string() }).default({ x: "q" }) }) },
  enums: {
    schema: z.object({
      words: z.enum(["x", "y"]),
      named: z.nativeEnum({ A: "a", B: "b" }),
      numbered: z.nativeEnum({ A: 0, B: 1, 0: "A", 1: "B" }),
      mixed: z.nativeEnum({ A: 0, B: "x", 0: "A" }),
      joined: z.union([z.enum(["a"]), z.enum(["b", "c"])]),
    }),
  },
  literals: {
    schema: z.object({
      a: z.literal("x"),
      b: z.literal(1),
      c: z.literal(true),
      d: z.literal(null),
      union: z.union([z.literal("a"), z.literal("b"), z.literal(3)]),
      described: z.union([z.literal("a").describe("A"), z.literal("b")]),
    }),
  },
  unions: {
    schema: z.object({
      plain: z.union([z.string(), z.number(), z.null()]).optional(),
      mixed: z.union([z.string(), z.object({ x: z.string() })]),
      tagged: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("a"), x: z.number() }),
        z.object({ kind: z.literal("b"), y: z.string() }),
      ]),
    }),
  },
  strings: {
    schema: z.object({
      email: z.string().email().min(5).max(9),
      url: z.string().url(),
      uuid: z.string().uuid(),
      datetime: z.string().datetime(),
      date: z.string().date(),
      time: z.string().time(),
      duration: z.string().duration(),
      ip: z.string().ip({ version: "v4" }),
      regex: z.string().regex(/^a+$/i),
      starts: z.string().startsWith("a/b-c"),
      ends: z.string().endsWith(".é"),
      includes: z.string().includes("x\ny"),
      cuid: z.string().cuid(),
      cuid2: z.string().cuid2(),
      ulid: z.string().ulid(),
      nanoid: z.string().nanoid(),
      emoji: z.string().emoji(),
      exact: z.string().length(4),
      tightest: z.string().min(2).min(4).max(10).max(7),
    }),
  },
  numbers: {
    schema: z.object({
      closed: z.number().min(1).max(5),
      open: z.number().gt(1).lt(5),
      steps: z.number().int().multipleOf(5),
      finite: z.number().nonnegative().finite(),
      late: z.number().min(2).int(),
    }),
  },
  arrays: {
    schema: z.object({
      some: z.array(z.string()).min(1).max(5),
      exactly: z.array(z.number()).length(3),
      nested: z.array(z.array(z.object({ q: z.boolean() }))).nonempty(),
      holes: z.array(z.string().optional()),
    }),
  },
  wrappers: {
    schema: z
      .object({
        brand: z.string().brand("X"),
        frozen: z.object({ x: z.string() }).readonly(),
        later: z.lazy(() => z.string()),
        coerced: z.coerce.number().int(),
      })
      .strict(),
  },
  shared: { schema: z.object({ a: Point, b: Point, c: z.array(Point) }) },
  sharedDeeply: { schema: z.object({ twig: Twig, list: z.array(z.object({ twig: Twig, leaf: Leaf })) }) },
  sharedNullish: { schema: z.object({ a: Pair, b: Pair.nullable() }) },
  oddNames: {
    schema: z.object({ "a/b ~c": Point, _x_1: Point, d: z.object({ "é é": z.array(z.object({ k: Point })) }) }),
  },
  recursive: { schema: Tree as ZodType },
  mutual: { schema: z.object({ left: Left, right: Right }) },
  named: { schema: z.object({ a: Point, b: z.array(Point) }), definitions: { Point } },
  namedLikeTheRoot: { schema: z.object({ a: Point, b: Pair }), definitions: { root: Point, "un/used ~é": z.string() } },
};
