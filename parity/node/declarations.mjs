// Reading one npm package's declarations with the compiler: its modules, its client class and the resources below it.
// Shared by dump.mjs (names and shapes) and assignable.mjs (which types fit which).

import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const here = fileURLToPath(new URL(".", import.meta.url));

export const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
  typeRoots: [join(here, "node_modules/@types")],
};

/** Where a package keeps what users import; ours compiles to other folders than its public paths name. */
export function layout(folder, side) {
  const root = resolve(folder);
  return side === "official"
    ? { entry: join(root, "index.d.ts"), resources: join(root, "resources") }
    : { entry: join(root, "dist/compat/index.d.ts"), resources: join(root, "dist/generated/resources") };
}

/** Every module below the resources folder as [public path, file], but for the folders' indexes: a file beside each is the same. */
export function resourceModules(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".d.ts") && !/.[\\/]index\.d\.ts$/.test(name))
    .sort()
    .map((name) => [`resources/${name.slice(0, -".d.ts".length).replaceAll("\\", "/")}`, join(folder, name)]);
}

/** A module that only hands on what a folder's index exports. */
export function isIndex(file) {
  return file.endsWith("index.d.ts") || existsSync(file.replace(/\.d\.ts$/, "/index.d.ts"));
}

export class Declarations {
  constructor(files, earlier) {
    this.program = ts.createProgram(files, OPTIONS, undefined, earlier?.program);
    this.checker = this.program.getTypeChecker();
  }

  /** The symbols a file exports, aliases followed. */
  exportsOf(file) {
    const source = this.program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`not a module: ${relative(process.cwd(), file)}`);
    return this.checker.getExportsOfModule(module).map((symbol) => [symbol.name, this.followed(symbol)]);
  }

  followed(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  clientType(entry) {
    const found = this.exportsOf(entry).find(([name]) => name === "OpenAI");
    if (!found) throw new Error(`no OpenAI in ${entry}`);
    return this.checker.getDeclaredTypeOfSymbol(found[1]);
  }

  /** Public properties of a type as [name, symbol, type]. */
  *members(type) {
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      if (/^[_#]|^constructor$/.test(symbol.name)) continue;
      const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
      const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
      if (declaration && ts.getCombinedModifierFlags(declaration) & hidden) continue;
      yield [symbol.name, symbol, this.checker.getTypeOfSymbol(symbol)];
    }
  }

  /** Whether APIResource is among the bases; a generic base is an instance whose class is its target. */
  isResource(type) {
    const bases = (one) => ((one.target ?? one).isClass() ? this.checker.getBaseTypes(one.target ?? one) : []);
    const named = (one) => one.symbol?.name === "APIResource" || bases(one).some(named);
    return bases(type).some(named);
  }

  /** Calls `visit(path, type)` for the client and each resource below it. */
  walk(type, visit, path = "OpenAI") {
    visit(path, type);
    for (const [name, , member] of this.members(type)) {
      if (this.isResource(member)) this.walk(member, visit, `${path}.${name}`);
    }
  }
}
