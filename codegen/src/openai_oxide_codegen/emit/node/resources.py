"""Resource classes, `ts/generated/resources/**`: one method, one line that names the operation.

    export class Completions extends APIResource {
      retrieve(completionID: string, options?: RequestOptions): APIPromise<ChatCompletion> {
        return this._client._call("chat.completions.retrieve", { path: [completionID], options });
      }
    }

Folders follow the official package, so its deep imports keep working: `resources/chat/completions/completions`, and an
index for each folder. A resource's namespace and its module also export the types of its package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...model import Alias, Method, Ref, Resource, Spec, Type
from .names import Names, Place
from .parameters import camel
from .types import public_names

FOLDER = Path("bindings/node/ts/generated/resources")


def emit(spec: Spec, names: Names) -> Iterator[tuple[Path, str]]:
    """A module for each resource, an index for each folder, and the index of all."""
    exported = public_names(names, spec)
    folders: dict[str, list[Resource]] = {}
    for resource in spec.all_resources():
        path = module_path(resource)
        yield FOLDER / f"{path}.ts", _Module(spec, names, exported, resource).text()
        if "/" in path:
            folders.setdefault(path.rpartition("/")[0], []).append(resource)
    for folder, resources in folders.items():
        lines = [f'export * from "./{module_path(r).rpartition("/")[2]}.js";\n' for r in resources]
        lines += [f'export * from "./{f.rpartition("/")[2]}/index.js";\n' for f in folders if f.rpartition("/")[0] == folder]
        yield FOLDER / folder / "index.ts", f"// Everything of `{folder.replace('/', '.')}`.\n\n{''.join(lines)}"
        yield FOLDER / f"{folder}.ts", f'// Everything of `{folder.replace("/", ".")}`.\n\nexport * from "./{folder.rpartition("/")[2]}/index.js";\n'
    lines = [f'export * from "./{module_path(r)}.js";\n' for r in spec.resources]
    lines.append('export type * from "../types/shared.js";\n' if "shared" in exported else "")
    yield FOLDER / "index.ts", f"// Every resource and its types.\n\n{''.join(lines)}"


def module_path(resource: Resource) -> str:
    """`chat.completions.completions` → "chat/completions/completions"; official modules use dashes."""
    return resource.module.replace(".", "/").replace("_", "-")


def package_of(resource: Resource, exported: dict[str, list[str]]) -> str | None:
    """The types file that belongs to a resource: the one of its first name."""
    file = resource.path[0].replace("_", "-")
    return file if file in exported else None


def mentioned(spec: Spec, resource: Resource) -> set[Ref]:
    """What the methods name and all that those types reach."""
    found: set[Ref] = set()

    def visit(type: Type | None) -> None:
        match type:
            case None:
                return
            case Ref():
                if type in found:
                    return
                found.add(type)
                declaration = spec.declaration(type)
                if isinstance(declaration, Alias):
                    visit(declaration.type)
                else:
                    for field in declaration.fields:
                        visit(field.type)
                    for base in declaration.bases:
                        visit(base)
            case _:
                for inner in getattr(type, "members", ()):
                    visit(inner)
                visit(getattr(type, "item", None))
                visit(getattr(type, "value", None))

    for method in resource.methods:
        for type in (method.result, method.stream_event, method.page_item, method.params_type):
            visit(type)
        for param in method.params:
            visit(param.type)
    return found


def own_types(spec: Spec, names: Names, exported: dict[str, list[str]], resource: Resource) -> dict[str, list[str]]:
    """File → names that the resource's module exports: its package, else what its methods reach in the top package."""
    if package := package_of(resource, exported):
        return {package: exported[package]}
    reached = {names.places[ref] for ref in mentioned(spec, resource)}
    return {"root": sorted({p.path[0] for p in reached if p.file == "root" and len(p.path) == 1} & set(exported.get("root", ())))}


@dataclass
class _Arguments:
    """A method's TypeScript parameters and the argument object that the client takes."""

    declared: list[str]
    given: list[str]
    params: str | None  # name of the parameter object
    place: str  # "body" or "query"
    optional: bool


class _Module:
    def __init__(self, spec: Spec, names: Names, exported: dict[str, list[str]], resource: Resource) -> None:
        self._spec, self._names, self._resource = spec, names, resource
        self._own = own_types(spec, names, exported, resource)
        self._imports: dict[str, set[str]] = {}
        self._pages: dict[str, str] = {}
        self._depth = module_path(resource).count("/")

    def text(self) -> str:
        resource = self._resource
        children = "".join(self._child(child) for child in resource.children)
        methods = "\n".join(self._method(method) for method in resource.methods)
        space = self._namespace()
        core = "../" * (self._depth + 2) + "core"
        lines = [f'import {{ APIResource{", once" if resource.children else ""} }} from "{core}/resource.js";']
        used = children + methods
        if "APIPromise<" in used:
            lines.append(f'import type {{ APIPromise }} from "{core}/api-promise.js";')
        if "PagePromise<" in used:
            lines.append(f'import type {{ PagePromise }} from "{core}/page.js";')
        if "RequestOptions" in used:
            lines.append(f'import type {{ RequestOptions }} from "{core}/request.js";')
        if "Stream<" in used:
            lines.append(f'import type {{ Stream }} from "{core}/streaming.js";')
        generated = "../" * (self._depth + 1)
        if self._pages:
            kinds = sorted({p.partition("<")[0] for p in self._pages.values()})
            lines.append(f'import {{ {", ".join(kinds)} }} from "{generated}pages.js";')
        for file, wanted in sorted(self._imports.items()):
            lines.append(f'import type {{ {", ".join(sorted(wanted))} }} from "{generated}types/{file}.js";')
        for child in resource.children:
            lines.append(f'import type {{ {child.class_name} }} from "{self._relative(child)}";')
        pages = "".join(f"export type {name} = {type};\n" for name, type in self._pages.items())
        types = "".join(f'export type * from "{generated}types/{f}.js";\n' for f in self._own if f != "root")
        if root := self._own.get("root"):
            types += f'export type {{ {", ".join(root)} }} from "{generated}types/root.js";\n'
        doc = resource.doc or f"Methods of `client.{resource.id}`."
        return "\n".join([
            *lines, "", f"/** {doc} */", f"export class {resource.class_name} extends APIResource {{", children + methods + "}", "",
            pages, space, types,
        ])

    def _child(self, child: Resource) -> str:
        name, path = camel(child.path[-1]), self._relative(child)
        load = f'require("{path}") as typeof import("{path}")'
        return (
            f"  /** Methods of `client.{child.id}`. */\n  get {name}(): {child.class_name} {{\n"
            f"    const {{ {child.class_name} }} = {load};\n"
            f'    return once(this, "{name}", new {child.class_name}(this._client));\n  }}\n\n'
        )

    def _relative(self, other: Resource) -> str:
        here = PurePosixPath(module_path(self._resource)).parent
        there = PurePosixPath(module_path(other))
        up = 0
        while not there.is_relative_to(here):
            here, up = here.parent, up + 1
        return ("../" * up or "./") + f"{there.relative_to(here)}.js"

    def _namespace(self) -> str:
        """`Completions.ChatCompletion` for types, as in the official package."""
        exports = [f"type {name} as {name}" for names in self._own.values() for name in names]
        exports += [f"type {name} as {name}" for name in self._pages]
        exports += [f"type {child.class_name} as {child.class_name}" for child in self._resource.children]
        for file, names in self._own.items():
            self._imports.setdefault(file, set()).update(names)
        if not exports:
            return ""
        return f"export declare namespace {self._resource.class_name} {{\n  export {{ {', '.join(exports)} }};\n}}\n"

    # -- methods -------------------------------------------------------------------------------------------------------

    def _method(self, method: Method) -> str:
        arguments = self._arguments(method)
        given = f"{{ {', '.join([*arguments.given, 'options'])} }}"
        call = json.dumps(method.id)
        name = camel(method.name)
        if method.stream == "optional":
            return self._doc(method) + self._streaming(method, name, arguments, call, given)
        declared = ", ".join([*arguments.declared, "options?: RequestOptions"])
        if method.page and method.page_item:
            item = self._reference(method.page_item)
            page = f"{method.page}<{item}>"
            self._pages[self._page_name(item)] = page
            result = f"PagePromise<{self._page_name(item)}, {item}>"
            body = f"this._client._list({call}, {method.page}<{item}>, {given})"
        elif method.result is None:
            result, body = "APIPromise<void>", f"this._client._discard({call}, {given})"
        else:
            result, body = f"APIPromise<{self._reference(method.result)}>", f"this._client._call({call}, {given})"
        return f"{self._doc(method)}  {name}({declared}): {result} {{\n    return {body};\n  }}\n"

    def _streaming(self, method: Method, name: str, arguments: _Arguments, call: str, given: str) -> str:
        """Overloads by the literal type of `stream`."""
        assert method.params_type is not None and method.result is not None and arguments.params is not None
        result, event = self._reference(method.result), self._reference(method.stream_event)
        params = self._reference(method.params_type)
        head = arguments.declared[:-1]
        mark = "?" if arguments.optional else ""

        def signature(type: str, returned: str, mark: str = mark) -> str:
            return f"  {name}({', '.join([*head, f'{arguments.params}{mark}: {type}', 'options?: RequestOptions'])}): {returned}"

        both = f"APIPromise<{result} | Stream<{event}>>"
        for variant in ("NonStreaming", "Streaming", "Base"):
            self._import(self._names.places[method.params_type].file, params + variant)
        return (
            f"{signature(params + 'NonStreaming', f'APIPromise<{result}>')};\n"
            f"{signature(params + 'Streaming', f'APIPromise<Stream<{event}>>', '')};\n"
            f"{signature(params + 'Base', both)};\n"
            f"{signature(params + 'Base', both)} {{\n"
            f"    return this._client._maybeStream({call}, {arguments.params}{'?' if arguments.optional else ''}.stream, {given});\n  }}\n"
        )

    def _arguments(self, method: Method) -> _Arguments:
        """Positional: the last path parameter. Other path parameters come with the rest, as in the official package."""
        if method.binary or method.text or method.body == "multipart" or method.stream == "always":
            raise ValueError(f"{method.id}: files, text and calls that always stream have no place in TypeScript yet")
        if method.placed("header"):
            raise ValueError(f"{method.id}: header parameters have no place in TypeScript yet")
        paths = method.path_params
        query, body = method.placed("query"), method.placed("body")
        if query and body:
            raise ValueError(f"{method.id}: query and body parameters together have no place in TypeScript yet")
        declared = [f"{_path_name(p.name)}: string" for p in paths[-1:]]
        given = []
        place = "body" if body or method.body != "none" else "query"
        rest = [p for p in method.params if p.place != "path"]
        params = None
        optional = not any(p.required for p in rest) and len(paths) < 2
        if len(paths) > 1:
            params = "params"
            type = self._reference(method.params_type) if method.params_type else "{ " + "; ".join(f"{p.wire}: string" for p in paths[:-1]) + " }"
            declared.append(f"params: {type}")
            extras = ", ".join(p.wire for p in paths[:-1])
            given.append(f"path: [{', '.join([f'params.{p.wire}' for p in paths[:-1]] + [_path_name(paths[-1].name)])}]")
            if rest:
                given.append(f"{place}: (({{ {extras}, ...{place} }}) => {place})(params)")
        else:
            if paths:
                given.append(f"path: [{_path_name(paths[0].name)}]")
            if rest:
                params = place
                type = self._reference(method.params_type) if method.params_type else "{ [name: string]: unknown }"
                declared.append(f"{place}{'?' if optional else ''}: {type}{' | null' if optional else ''}")
                given.append(place)
        return _Arguments(declared, given, params, place, optional)

    def _doc(self, method: Method) -> str:
        doc = method.doc or f"{method.verb} `{method.path}`."
        tag = "\n   * @deprecated" if method.deprecated else ""
        return f"  /**\n   * {doc}{tag}\n   */\n" if tag else f"  /** {doc} */\n"

    def _page_name(self, item: str) -> str:
        """`ChatCompletion` → `ChatCompletionsPage`."""
        plural = re.sub("y$", "ie", item) if re.search("[^aeiou]y$", item) else item + ("e" if re.search("(s|x|ch|sh)$", item) else "")
        return f"{plural}sPage"

    def _reference(self, type: Type | None) -> str:
        match type:
            case Ref():
                place: Place = self._names.places[type]
                self._import(place.file, place.path[0])
                return place.dotted
            case None:
                return "void"
        raise ValueError(f"{self._resource.id}: a method returns an unnamed type {type}")

    def _import(self, file: str, name: str) -> None:
        self._imports.setdefault(file, set()).add(name)


def _path_name(name: str) -> str:
    """`completion_id` → `completionID`, as the official package writes it."""
    return re.sub("Id$", "ID", camel(name))
