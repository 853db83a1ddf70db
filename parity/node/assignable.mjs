// Writes OUT/assignable.ts, a type test over both packages, and prints as JSON what the compiler says about each line:
// `node assignable.mjs OFFICIAL OURS OUT`. Requests: what the official method takes must fit ours. Results: what our method
// gives, and the items of its pages and streams, must fit where the official ones are used.

import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import ts from "typescript";
import { Declarations, layout } from "./declarations.mjs";

const [officialFolder, oursFolder, out] = process.argv.slice(2);
const official = layout(officialFolder, "official").entry;
const ours = layout(oursFolder, "ours").entry;
const test = resolve(out, "assignable.ts");

const before = new Declarations([official, ours]);
const methods = methodsOf(ours);
const lookup = { Official: methodsOf(official), Ours: methods };
const facts = { requests: {}, results: {} };
const lines = [];
for (const [path, signatures] of lookup.Official) {
  const length = Math.max(...signatures.map((one) => one.parameters.length));
  for (let place = 0; place < length; place++) {
    const key = `${path}(${place + 1})`;
    if (signatures.some((one) => isArgument(one, place))) {
      line("requests", key, path, (side, given) => `Argument<${side}, ${place}, ${lengthWith(given, place)}>`);
      // A list call takes its options in place of the query too.
      if (signatures.some((one) => isOptions(one, place))) {
        facts.requests[`${key} as options`] = methods.get(path)?.some((one) => isOptions(one, place))
          ? "assignable"
          : "absent";
      }
    }
  }
  line("results", path, path, (side) => `Value<${side}>`);
}
writeFileSync(test, head() + lines.map(({ text }) => text).join("\n") + "\n");
judge();
console.log(JSON.stringify(facts));

function methodsOf(entry) {
  const found = new Map();
  before.walk(before.clientType(entry), (path, type) => {
    for (const [name, , member] of before.members(type)) {
      const signatures = member.getCallSignatures();
      if (path !== "OpenAI" && signatures.length) found.set(`${path}.${name}`, signatures);
    }
  });
  return found;
}

function isOptions(signature, place) {
  return signature.parameters[place]?.name === "options";
}

function isArgument(signature, place) {
  return place < signature.parameters.length && !isOptions(signature, place);
}

/** How many parameters the overloads have that take an argument there, so that the others can be told from them. */
function lengthWith(signatures, place) {
  return Math.max(0, ...signatures.filter((one) => isArgument(one, place)).map((one) => one.parameters.length));
}

function line(area, key, path, type) {
  facts[area][key] = methods.has(path) ? "assignable" : "absent";
  if (!methods.has(path)) return;
  const at = path
    .split(".")
    .slice(1)
    .map((part) => `['${part}']`)
    .join("");
  const [from, to] = area === "requests" ? ["Official", "Ours"] : ["Ours", "Official"];
  lines.push({
    area,
    key,
    text: `accept<${type(to + at, lookup[to].get(path))}>(given<${type(from + at, lookup[from].get(path))}>());`,
  });
}

function head() {
  const from = (file) => {
    const path = relative(resolve(out), file)
      .replaceAll("\\", "/")
      .replace(/\.d\.ts$/, ".js");
    return path.startsWith(".") ? path : `./${path}`;
  };
  return `// Written by parity/node/assignable.mjs. One line for each argument and each result of the official methods.
import type { OpenAI as Official } from '${from(official)}';
import type { OpenAI as Ours } from '${from(ours)}';

type Calls<F> = F extends {
  (...a: infer A1): infer R1; (...a: infer A2): infer R2; (...a: infer A3): infer R3; (...a: infer A4): infer R4;
} ? [A1, R1] | [A2, R2] | [A3, R3] | [A4, R4] : never;
type At<A, I extends number, N extends number> = A extends readonly unknown[] ? N extends A['length'] ? A[I] : never : never;
type Argument<F, I extends number, N extends number> =
  Calls<F> extends infer C ? C extends [infer A, unknown] ? At<A, I, N> : never : never;
type Item<T> = T extends AsyncIterable<infer I> ? I : T;
type Value<F> = Calls<F> extends infer C ? C extends [unknown, infer R] ? Item<Awaited<R>> : never : never;
declare function given<T>(): T;
declare function accept<T>(value: T): void;

`;
}

function judge() {
  const { program } = new Declarations([official, ours, test], before);
  const source = program.getSourceFile(test);
  const offset = head().split("\n").length - 1;
  for (const found of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
    const text = ts.flattenDiagnosticMessageText(found.messageText, "\n");
    const { line: number } = source.getLineAndCharacterOfPosition(found.start);
    const checked = lines[number - offset];
    if (!checked) throw new Error(`assignable.ts:${number + 1}: ${text}`);
    facts[checked.area][checked.key] = text
      .split("\n")
      .slice(-4)
      .map((part) => part.trim())
      .join(" ")
      .slice(0, 300);
  }
}
