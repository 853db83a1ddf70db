// Prints the facts of one npm package as JSON: `node dump.mjs FOLDER official|ours [DUMP]`.
// The official dump says which methods are one HTTP call; the dump of ours takes that from it.
// A fact is a name with a short value; two packages agree on it when both are the same.

import { readFileSync } from "node:fs";
import ts from "typescript";
import { Declarations, isIndex, layout, resourceModules } from "./declarations.mjs";

const [folder, side, wantedFile] = process.argv.slice(2);
const wanted = wantedFile && JSON.parse(readFileSync(wantedFile, "utf8"));
const { entry, resources } = layout(folder, side);
const modules = resourceModules(resources);
const declarations = new Declarations([entry, ...modules.map(([, file]) => file)]);
const { checker } = declarations;
const facts = {
  exports: {},
  resources: {},
  "REST methods": {},
  "REST parameters": {},
  "other methods": {},
  "other parameters": {},
  types: {},
  namespaces: {},
  fields: {},
  exceptions: {},
};

for (const [name, symbol] of declarations.exportsOf(entry)) {
  facts.exports[`openai:${name}`] = "";
  addError(name, symbol);
}
for (const [path, file] of modules) {
  for (const [name, symbol] of declarations.exportsOf(file)) {
    if (isIndex(file)) facts.exports[`${path}:${name}`] = "";
    else addType(`${path}:${name}`, symbol, 0);
  }
}
declarations.walk(declarations.clientType(entry), (path, type) => {
  if (path !== "OpenAI") facts.resources[path] = "";
  for (const [name, , member] of declarations.members(type)) {
    const signatures = member.getCallSignatures();
    if (signatures.length) addMethod(`${path}.${name}`, signatures);
  }
});
console.log(JSON.stringify(facts));

function addError(name, symbol) {
  if (!(symbol.flags & ts.SymbolFlags.Class)) return;
  const chain = [];
  let type = checker.getDeclaredTypeOfSymbol(symbol);
  while ((type = checker.getBaseTypes(type)[0])) chain.push(type.symbol.name);
  if (chain.includes("Error")) facts.exceptions[name] = chain.join(" < ");
}

/** A type by its module and name, and what its namespace holds: `Choice` inside `ChatCompletion` is `ChatCompletion.Choice`. */
function addType(key, symbol, depth) {
  const isClass = symbol.flags & ts.SymbolFlags.Class;
  if (symbol.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Value)) {
    facts.types[key] = isClass ? "class" : "";
    // A resource class says its members in the areas for them, and what its namespace holds is declared elsewhere.
    if (isClass) {
      const offered = symbol.flags & ts.SymbolFlags.Namespace ? checker.getExportsOfModule(symbol) : [];
      for (const { name } of offered) facts.namespaces[`${key}.${name}`] = "";
      return;
    }
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const hasFields = type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection);
    if (hasFields && !checker.isArrayType(type)) {
      for (const [name, property] of declarations.members(type)) {
        if (property.declarations?.some((one) => one.getSourceFile().fileName.includes("/typescript/lib/"))) continue;
        // What must not be given is no field.
        if (checker.getNonNullableType(checker.getTypeOfSymbol(property)).flags & ts.TypeFlags.Never) continue;
        const optional = property.flags & ts.SymbolFlags.Optional;
        facts.fields[`${key}.${name}`] = optional ? "optional" : "required";
      }
    }
  }
  if (symbol.flags & ts.SymbolFlags.Namespace && depth < 8) {
    for (const nested of checker.getExportsOfModule(symbol)) {
      addType(`${key}.${nested.name}`, declarations.followed(nested), depth + 1);
    }
  }
}

/** Parameters by place and name, as the longest overload has them; the fields of one are the business of its type. */
function addMethod(path, signatures) {
  const kind = isCall(path, signatures[0].declaration) ? "REST" : "other";
  facts[`${kind} methods`][path] = "";
  const longest = signatures.reduce((a, b) => (b.parameters.length > a.parameters.length ? b : a));
  longest.parameters.forEach((parameter, index) => {
    const declared = parameter.valueDeclaration;
    const optional = signatures.some((one) => one.minArgumentCount <= index);
    const rest = declared && ts.isParameter(declared) && declared.dotDotDotToken;
    facts[`${kind} parameters`][`${path}(${index + 1})`] = rest ? "rest" : optional ? "optional" : "required";
  });
}

/** Whether a method is one HTTP call, by its source beside the declaration. */
function isCall(path, declaration) {
  if (wanted) return path in wanted["REST methods"];
  const text = readFileSync(declaration.getSourceFile().fileName.replace(/\.d\.ts$/, ".js"), "utf8");
  const source = ts.createSourceFile("source.js", text, ts.ScriptTarget.Latest, true);
  const owner = source.statements.find(
    (one) => ts.isClassDeclaration(one) && one.name?.text === declaration.parent.name.text,
  );
  const method = owner?.members.find((one) => one.name?.getText() === declaration.name.getText());
  return /this\._client\.(get|post|put|patch|delete|getAPIList)\(/.test(method?.getText() ?? "");
}
