// Writes OUT/shapes.ts, a type test over the named types of both packages, and prints as JSON what the compiler says of each:
// `node shapes.mjs OFFICIAL OURS OUT`. A name stands for the same shape when one type fits where the other is used; both need
// not, since one of the packages may know more values, forms of files or members of a union.

import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import ts from "typescript";
import { Declarations, isIndex, layout, resourceModules } from "./declarations.mjs";

const [officialFolder, oursFolder, out] = process.argv.slice(2);
const test = resolve(out, "shapes.ts");
const ours = new Map(resourceModules(layout(oursFolder, "ours").resources));
const both = resourceModules(layout(officialFolder, "official").resources).filter(
  ([path, file]) => ours.has(path) && !isIndex(file),
);
const files = both.flatMap(([path, file]) => [file, ours.get(path)]);
const before = new Declarations(files);
const imports = ["declare function given<T>(): T;", "declare function accept<T>(value: T): void;"];
const lines = []; // two for each key: ours where the official one is used, and the other way round
const keys = [];

both.forEach(([path, file], index) => {
  imports.push(`import type * as O${index} from '${importable(file)}';`);
  imports.push(`import type * as U${index} from '${importable(ours.get(path))}';`);
  walk(before.exportsOf(file), new Map(before.exportsOf(ours.get(path))), (name) => {
    keys.push(`${path}:${name}`);
    lines.push(`accept<O${index}.${name}>(given<U${index}.${name}>());`);
    lines.push(`accept<U${index}.${name}>(given<O${index}.${name}>());`);
  });
});
writeFileSync(test, `${imports.join("\n")}\n${lines.join("\n")}\n`);
console.log(JSON.stringify({ shapes: judged() }));

function importable(file) {
  return relative(resolve(out), file)
    .replaceAll("\\", "/")
    .replace(/\.d\.ts$/, ".js");
}

/** Calls `visit` with the dotted name of each type that both sides have; what only one has is the business of other areas. */
function walk(exported, others, visit, scope = "") {
  for (const [name, symbol] of exported) {
    const other = others.get(name);
    // Classes have private members, which hold those of two packages apart by name, and so have pages, names of such.
    if (!other || symbol.flags & ts.SymbolFlags.Class) continue;
    if (symbol.flags & other.flags & ts.SymbolFlags.Type && isPlain(symbol)) visit(scope + name);
    if (symbol.flags & other.flags & ts.SymbolFlags.Namespace) {
      const inner = (one) => before.checker.getExportsOfModule(one).map((each) => [each.name, before.followed(each)]);
      walk(inner(symbol), new Map(inner(other)), visit, `${scope}${name}.`);
    }
  }
}

function isPlain(symbol) {
  const generic = symbol.declarations.some((one) => one.typeParameters?.length);
  const named = before.checker.getDeclaredTypeOfSymbol(symbol).symbol;
  return !generic && !(named && named.flags & ts.SymbolFlags.Class);
}

function judged() {
  const { program } = new Declarations([...files, test], before);
  const source = program.getSourceFile(test);
  const wrong = new Map();
  for (const found of program.getSemanticDiagnostics(source)) {
    const { line } = source.getLineAndCharacterOfPosition(found.start);
    if (line < imports.length) throw new Error(ts.flattenDiagnosticMessageText(found.messageText, "\n"));
    const last = ts.flattenDiagnosticMessageText(found.messageText, "\n").split("\n").at(-1);
    wrong.set(line - imports.length, last.trim().slice(0, 300));
  }
  return Object.fromEntries(
    keys.map((key, index) => [key, (wrong.has(2 * index) && wrong.get(2 * index + 1)) || "assignable"]),
  );
}
