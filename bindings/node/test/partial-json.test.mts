// Partial JSON: what is known of a document after each piece, however it is cut.

import { PartialJson } from "openai-oxide";
import { describe, expect, test } from "vitest";
import { Random } from "./random.mjs";

function read(...pieces: string[]): PartialJson {
  const json = new PartialJson();
  for (const piece of pieces) json.push(piece);
  return json;
}

describe("what is known", () => {
  test.each<[text: string, value: unknown]>([
    ["", undefined],
    ["  \n", undefined],
    ["{", {}],
    ["[", []],
    ['"', ""],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a":"', { a: "" }],
    ['{"a": "b', { a: "b" }],
    ['{"a": "b\\', { a: "b" }],
    ['{"a": "b\\n', { a: "b\n" }],
    ['{"a": "b\\u00e', { a: "b" }],
    ['{"a": "b\\u00e9', { a: "bé" }],
    ['{"a": "b\\ud83c', { a: "b" }],
    ['{"a": "b\\ud83c\\udf0', { a: "b" }],
    ['{"a": "b\\ud83c\\udf0d', { a: "b🌍" }],
    ['{"a": "b\ud83c', { a: "b" }],
    ['{"a": 1', {}],
    ['{"a": 1,', { a: 1 }],
    ['{"a": -1.5e3}', { a: -1500 }],
    ['{"a": tru', {}],
    ['{"a": true', { a: true }],
    ["[null, fals", [null]],
    ['[1, [2, {"b": "c', [1, [2, { b: "c" }]]],
    ['{"a": 1, "a": 2}', { a: 2 }],
    ["12", undefined],
    ["12 ", 12],
    ["[1e400]", [null]],
  ])("of %j", (text, value) => {
    expect(read(text).value).toEqual(value);
    expect(read(...text).value).toEqual(value);
  });

  test("a member called __proto__ is a member like any other", () => {
    const value = read('{"__proto__": {"polluted": true}}').value as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect((value as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("only the end of the document makes it complete; a bare number needs finish()", () => {
    expect(read('{"a": 1').complete).toBe(false);
    expect(read('{"a": 1}').complete).toBe(true);
    expect(read('{"a": 1}  ').complete).toBe(true);
    expect(read("12").complete).toBe(false);
    expect(read("12").finish().value).toBe(12);
    expect(() => read("[1").finish()).toThrow(SyntaxError);
  });
});

describe("what cannot become JSON", () => {
  test.each([
    "}",
    "[,",
    "[1,]",
    '{"a" 1',
    '{"a":}',
    "{a",
    '{"a":1,}',
    "[1 2",
    "[01,",
    "[1.,",
    "[-,",
    "trx",
    "[1]x",
    '"\\x',
    '"\\u12g',
    '"\n',
    '"\\udc00',
    '"\\ud800a',
    '"\\ud800\\n',
    '"\\ud800\\u0041',
    "[".repeat(129),
  ])("%s", (text) => {
    const json = new PartialJson();
    expect(() => json.push(text)).toThrow(SyntaxError);
    expect(() => json.push("")).toThrow(SyntaxError);
    expect(() => json.finish()).toThrow(SyntaxError);
  });

  test("what was understood before stays", () => {
    const json = read('{"a": [1, 2, ');
    expect(() => json.push("]")).toThrow(SyntaxError);
    expect(json.value).toEqual({ a: [1, 2] });
  });
});

test("a reading is not changed by what comes later, and shares what was whole", () => {
  const json = read('{"done": {"a": 1}, "open": [1, "x');
  const before = json.value as { done: object; open: unknown[] };
  json.push('y", 3]}');
  const after = json.value as { done: object; open: unknown[] };
  expect(before.open).toEqual([1, "x"]);
  expect(after.open).toEqual([1, "xy", 3]);
  expect(after.done).toBe(before.done);
});

test("any document, cut anywhere: each value is a beginning of the whole, and the cuts do not matter", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = new Random(seed);
    const whole = { value: random.json(4) };
    const text = random.next(2) ? JSON.stringify(whole) : escaped(JSON.stringify(whole, null, 1));
    const json = new PartialJson();
    let length = 0;
    for (const piece of random.cut(text, 7)) {
      length += piece.length;
      const value = json.push(piece).value;
      expect(value, `seed ${seed}`).toEqual(read(text.slice(0, length)).value);
      if (value !== undefined) expect(begins(whole, value), `seed ${seed}: ${JSON.stringify(value)}`).toBe(true);
    }
    expect(json.complete).toBe(true);
    expect(json.value, `seed ${seed}`).toEqual(JSON.parse(text));
  }
});

test("the work is linear: eight times the text takes nothing like 64 times the time", () => {
  const time = (items: number): number => {
    const text = JSON.stringify(
      Array.from({ length: items }, (_, i) => ({ name: `item ${i}`, note: "é\n".repeat(20) })),
    );
    const start = performance.now();
    const json = new PartialJson();
    for (let at = 0; at < text.length; at += 4) json.push(text.slice(at, at + 4));
    expect(json.complete).toBe(true);
    return performance.now() - start;
  };
  time(500);
  expect(time(4_000) / time(500)).toBeLessThan(32);
});

/** The same document with all letters of strings as \u escapes. */
function escaped(text: string): string {
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function begins(whole: unknown, start: unknown): boolean {
  if (typeof whole === "string") return typeof start === "string" && whole.startsWith(start);
  if (Array.isArray(whole)) {
    return Array.isArray(start) && start.every((item, i) => i < whole.length && begins(whole[i], item));
  }
  if (typeof whole === "object" && whole) {
    const members = Object.entries(start as object);
    return members.every(([key, item]) => Object.hasOwn(whole, key) && begins((whole as never)[key], item));
  }
  return whole === start;
}
