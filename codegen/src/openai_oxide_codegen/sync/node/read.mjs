// Prints the types of the official npm package as JSON: `node read.mjs FOLDER`. The compiler resolves every name, so that
// what reads this (facts.py) sees structure only:
//   {"release", "client": {property: class}, "modules": {module: {"types": {dotted name: declaration}, "classes": {name: {resource, children, pages, names}}}}}
// A declaration is {"extends": [type], "fields": {wire: {"optional", "type"}}} or {"type"}. A type is a text for a scalar,
// or an object with one of: const, array, map, union, ref ("module:Dotted.Name"), fields, generic with its `of`, unknown.

import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
// The compiler lives with the parity report, which reads the same declarations.
import ts from "../../../../../parity/node/node_modules/typescript/lib/typescript.js";
import { Declarations, isIndex, layout, resourceModules } from "../../../../../parity/node/declarations.mjs";

const folder = resolve(process.argv[2]);
const { entry, resources } = layout(folder, "official");
const files = resourceModules(resources).map(([, file]) => file);
const client = join(folder, "client.d.ts");
const { program, checker } = new Declarations([entry, client, ...files]);
const KEYWORDS = new Map([
  [ts.SyntaxKind.StringKeyword, "string"],
  [ts.SyntaxKind.NumberKeyword, "number"],
  [ts.SyntaxKind.BooleanKeyword, "boolean"],
  [ts.SyntaxKind.UnknownKeyword, "any"],
  [ts.SyntaxKind.AnyKeyword, "any"],
  [ts.SyntaxKind.UndefinedKeyword, "undefined"],
  [ts.SyntaxKind.NeverKeyword, "never"],
]);

const modules = {};
for (const file of files.filter((one) => !isIndex(one))) {
  const found = { types: {}, classes: {} };
  read(program.getSourceFile(file).statements, "", found);
  modules[moduleOf(file)] = found;
}
const top = program.getSourceFile(client).statements.find((one) => one.name?.text === "OpenAI");
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
console.log(JSON.stringify({ release: version, client: classOf(top).children, modules }));

function moduleOf(file) {
  return relative(resources, file)
    .replaceAll("\\", "/")
    .replace(/\.d\.ts$/, "");
}

function read(statements, scope, found) {
  for (const one of statements) {
    if (!scope && ts.isExportDeclaration(one) && !one.moduleSpecifier) {
      for (const [each, ref] of Object.entries(handedOn([one]))) found.types[each] = { type: { ref } };
    }
    const name = one.name?.text && scope + one.name.text;
    // What stands in a namespace of declarations is exported without saying so.
    if (!name || (!scope && !one.modifiers?.some((word) => word.kind === ts.SyntaxKind.ExportKeyword))) continue;
    if (ts.isInterfaceDeclaration(one)) {
      const bases = (one.heritageClauses ?? []).flatMap((clause) => clause.types.map(typeOf));
      found.types[name] = { extends: bases, ...members(one.members) };
    } else if (ts.isTypeAliasDeclaration(one)) {
      found.types[name] = {
        type: typeOf(one.type),
        generic: one.typeParameters !== undefined,
      };
    } else if (ts.isClassDeclaration(one)) {
      found.classes[name] = classOf(one);
    } else if (ts.isModuleDeclaration(one) && name in found.classes) {
      Object.assign(found.classes[name].names, handedOn(one.body.statements)); // there may be several
    } else if (ts.isModuleDeclaration(one)) {
      // `namespace A.B` is a namespace whose body is another.
      read(ts.isModuleBlock(one.body) ? one.body.statements : [one.body], `${name}.`, found);
    }
  }
}

/** Types that are exported without being declared there: name and key. */
function handedOn(statements) {
  const names = statements
    .filter(ts.isExportDeclaration)
    .flatMap((one) => one.exportClause.elements.map((each) => each.name));
  return Object.fromEntries(names.map((name) => [name.text, reference(name).ref]).filter(([, ref]) => ref));
}

/** Which resources are below a resource, and what the pages that its methods return are called. */
function classOf(declaration) {
  const children = {};
  const pages = {};
  for (const member of declaration.members) {
    const name = member.name?.getText();
    const type = member.type && typeOf(member.type);
    if (ts.isPropertyDeclaration(member) && type?.ref) children[name] = type.ref;
    if (ts.isMethodDeclaration(member) && type?.generic === "PagePromise") pages[name] = type.of[0].ref;
  }
  const resource = /\bAPIResource\b/.test((declaration.heritageClauses ?? []).map((one) => one.getText()).join());
  return { resource, children, pages, names: {} };
}

function members(list) {
  const fields = {};
  let extra;
  for (const member of list) {
    if (ts.isPropertySignature(member)) {
      fields[member.name.text] = {
        optional: member.questionToken !== undefined,
        type: typeOf(member.type),
      };
    } else if (ts.isIndexSignatureDeclaration(member)) {
      extra = typeOf(member.type);
    } else {
      fields[member.name?.getText() ?? "()"] = {
        optional: false,
        type: { unknown: member.getText() },
      };
    }
  }
  return extra === undefined ? { fields } : { fields, extra };
}

function typeOf(node) {
  if (KEYWORDS.has(node.kind)) return KEYWORDS.get(node.kind);
  if (ts.isParenthesizedTypeNode(node)) return typeOf(node.type);
  if (ts.isArrayTypeNode(node)) return { array: typeOf(node.elementType) };
  if (ts.isUnionTypeNode(node)) return { union: node.types.map(typeOf) };
  if (ts.isIntersectionTypeNode(node)) return { generic: "&", of: node.types.map(typeOf) };
  if (ts.isLiteralTypeNode(node)) return literal(node.literal);
  if (ts.isTypeLiteralNode(node)) {
    const { fields, extra } = members(node.members);
    return extra !== undefined && Object.keys(fields).length === 0 ? { map: extra } : { fields };
  }
  if (ts.isTypeReferenceNode(node)) return reference(node.typeName, node.typeArguments);
  if (ts.isExpressionWithTypeArguments(node)) return reference(node.expression, node.typeArguments);
  // "None of these fields" says nothing of what there is.
  if (ts.isMappedTypeNode(node) && node.type?.kind === ts.SyntaxKind.NeverKeyword) return { fields: {} };
  return { unknown: node.getText() };
}

function literal(node) {
  if (node.kind === ts.SyntaxKind.NullKeyword) return "null";
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { const: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { const: false };
  return { const: ts.isNumericLiteral(node) ? Number(node.text) : node.text };
}

function reference(name, given) {
  let symbol = checker.getSymbolAtLocation(name);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.declarations?.[0];
  if (!declaration) return { unknown: name.getText() };
  const file = declaration.getSourceFile().fileName;
  const args = (given ?? []).map(typeOf);
  if (symbol.name === "Array") return { array: args[0] };
  if (symbol.name === "Record") return { map: args[1] };
  if (!file.startsWith(resources) || given) {
    // What helpers and pages call a type is no name of the API: what it says stands in its place.
    if (given || !file.startsWith(folder)) return { generic: symbol.name, of: args };
    if (ts.isTypeAliasDeclaration(declaration) && !declaration.typeParameters) return typeOf(declaration.type);
    if (ts.isInterfaceDeclaration(declaration) && !declaration.heritageClauses) return members(declaration.members);
    return { generic: symbol.name, of: args };
  }
  const path = [symbol.name];
  for (let one = declaration.parent; one; one = one.parent) {
    if (ts.isModuleDeclaration(one)) path.unshift(one.name.text);
  }
  return { ref: `${moduleOf(file)}:${path.join(".")}` };
}
