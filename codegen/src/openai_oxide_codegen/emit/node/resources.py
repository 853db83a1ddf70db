"""Resource classes, `ts/generated/resources/**`, and the index of each folder.

    export class Completions extends APIResource {
      retrieve(completionID: string, options?: RequestOptions): APIPromise<ChatCompletion> {
        return this._client._call("chat.completions.retrieve", { path: [completionID], options });
      }
    }

Folders follow the official package, so its deep imports keep working: `resources/chat/completions/completions`, and an
index for each folder. A resource's namespace and its module also export the types of its package, see exports.py.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ...model import Ref, Resource, Spec
from .exports import Exports
from .methods import Imports, Methods
from .names import Names
from .types import relative

FOLDER = Path("bindings/node/ts/generated/resources")
USED = (
    "APIPromise",
    "APIResource",
    "PagePromise",
    "QueryOptions",
    "RequestOptions",
    "Response",
    "Stream",
    "Uploadable",
    "once",
)


def emit(spec: Spec, names: Names) -> Iterator[tuple[Path, str]]:
    """A module for each resource, an index for each folder, and the index of all."""
    exports = Exports(spec, names)
    modules = resource_modules(spec, names, exports)
    for module in modules.values():
        yield FOLDER / f"{module.path}.ts", module.text()
    for resource in spec.all_resources():
        path = module_path(resource)
        folder = posixpath.dirname(path)
        if folder and folder == "/".join(resource.path).replace("_", "-"):
            lines = [f'export * from "./{posixpath.basename(path)}.js";\n']
            lines += _listed((modules[child.path] for child in resource.children), folder)
            title = f"// Everything of `{resource.id}`.\n\n"
            yield FOLDER / folder / "index.ts", title + "".join(lines)
            yield FOLDER / f"{folder}.ts", f'{title}export * from "./{posixpath.basename(folder)}/index.js";\n'
    if "shared" in exports.public:
        yield FOLDER / "shared.ts", '// Types that several resources use.\n\nexport type * from "../types/shared.js";\n'
    lines = _listed((modules[resource.path] for resource in spec.resources), "")
    for file in ("chat", "root", "shared"):
        if file in exports.public:
            lines.append(f'export type * from "../types/{file}.js";\n')
    at_top = {module.path for path, module in modules.items() if len(path) == 1}
    made = {name: path for name, path in top_made_types(modules).items() if path not in at_top}
    lines += (f'export type {{ {name} }} from "./{path}.js";\n' for name, path in made.items())
    yield FOLDER / "index.ts", f"// Every resource, and the types that stand at the top.\n\n{''.join(lines)}"


def resource_modules(spec: Spec, names: Names, exports: Exports) -> dict[tuple[str, ...], ResourceModule]:
    """The modules of all resources by path, parents before children."""
    modules: dict[tuple[str, ...], ResourceModule] = {}
    for resource in reversed(list(spec.all_resources())):
        children = [modules[child.path] for child in resource.children]
        modules[resource.path] = ResourceModule(spec, names, exports, resource, children)
    return dict(reversed(modules.items()))


def top_made_types(modules: Mapping[tuple[str, ...], ResourceModule]) -> dict[str, str]:
    """What the top-level resources and those of `chat` make, whose types stand at the top too: name → module."""
    made: dict[str, str] = {}
    for path, module in modules.items():
        if len(path) == 1 or path[0] == "chat":
            made = {**dict.fromkeys(module.made_types(), module.path), **made}
    return made


def module_path(resource: Resource) -> str:
    """`chat.completions.completions` → "chat/completions/completions"; official modules use dashes. With children: a folder."""
    path = resource.module.replace(".", "/").replace("_", "-")
    name = posixpath.basename(path)
    return f"{path}/{name}" if resource.children and posixpath.basename(posixpath.dirname(path)) != name else path


def _listed(modules: Iterable[ResourceModule], folder: str) -> list[str]:
    """The lines of an index. What two modules make alike, such as a page of the same items, comes from the first."""
    lines, seen = [], set()
    for module in modules:
        path, names = module.listed()
        lines.append(
            f'export {{ {", ".join(n for n in names if n not in seen)} }} from "{relative(path, folder or ".")}";\n'
        )
        seen.update(names)
    return lines


class ResourceModule:
    """One resource's module: its text, and what it exports."""

    def __init__(
        self, spec: Spec, names: Names, exports: Exports, resource: Resource, children: Sequence[ResourceModule]
    ) -> None:
        self._names, self.resource = names, resource
        self.path = module_path(resource)
        self._folder = posixpath.dirname(self.path)
        self._own, self._around = exports.own(resource), exports.around(resource)
        self._public = exports.public
        self._own_names = sorted(exports.public.get(self._own or "", ()))
        taken = {*USED, resource.class_name, *(child.class_name for child in resource.children)}
        self._imports = Imports(taken)
        self._methods = Methods(spec, names, resource, self._imports)
        by_hand = names.helpers.get(resource.id, {}).get("methods", ())
        self._body = "\n".join(self._methods.text(m) for m in resource.methods if m.name not in by_hand)
        self._methods.name_pages()
        # As in the official package, a namespace has what the resources right below it make.
        already = {*self._own_names, *self.made_types(), resource.class_name}.union(*self._around.values())
        already.update(child.class_name for child in resource.children)
        self._from_children: dict[str, ResourceModule] = {}
        for child in children:
            for name in child.made_types():
                if name not in already:
                    self._from_children.setdefault(name, child)
        self._taken_from: dict[str, list[str]] = {}  # child's id → names, `X as Y` where X is another's here
        self.offered = already | self._from_children.keys()
        """All names in the namespace of the class."""

    def text(self) -> str:
        """The module."""
        resource = self.resource
        children = "".join(self._child(child) for child in resource.children)
        base = self._base()
        space = self._namespace()
        lines = (
            [self._import("APIResource" + (", once" if children else ""), "../../core/resource", "")]
            if not base or children
            else []
        )
        if base:
            lines = [self._import("once", "../../core/resource", "")] if children else []
            lines.append(
                self._import(base.partition("<")[0], f"../../helpers/{self._names.helpers[resource.id]['module']}", "")
            )
        used = children + self._body
        for file, names in (
            ("api-promise", ["APIPromise"]),
            ("page", ["PagePromise"]),
            ("request", ["QueryOptions", "RequestOptions"]),
            ("streaming", ["Stream"]),
        ):
            if wanted := [name for name in names if re.search(rf"\b{name}\b", used)]:
                lines.append(self._import(", ".join(wanted), f"../../core/{file}"))
        if kinds := sorted({page.partition("<")[0] for page in self._methods.pages.values()}):
            lines.append(self._import(", ".join(kinds), "../pages", ""))
        for file, wanted in sorted(self._imports.files.items()):
            listed = (name if name == local else f"{name} as {local}" for name, local in sorted(wanted.items()))
            lines.append(self._import(", ".join(listed), f"../types/{file}"))
        for file, listed in self._helper_exports().items():
            path = relative(f"../../lib/{file}", self._folder or ".")
            if types := [name.removeprefix("type ") for name in listed if name.startswith("type ")]:
                lines.append(f'import type {{ {", ".join(types)} }} from "{path}";')
            lines.append(f'export {{ {", ".join(listed)} }} from "{path}";')
        for child in resource.children:
            lines.append(
                self._import(", ".join([child.class_name, *self._taken_from.get(child.id, ())]), module_path(child))
            )
        doc = resource.doc or f"Methods of `client.{resource.id}`."
        head = f"/** {doc} */\nexport class {resource.class_name} extends {base or 'APIResource'} {{"
        return "\n".join([*lines, "", head, children + self._body + "}", "", self._declared(), space, self._types()])

    def listed(self) -> tuple[str, list[str]]:
        """For an index: where to import from, and the class and the types made in this module."""
        name = posixpath.basename(self.path)
        path = f"{self._folder}/index" if posixpath.basename(self._folder) == name else self.path
        return path, [self.resource.class_name, *(f"type {name}" for name in self.made_types())]

    def made_types(self) -> list[str]:
        """Types that stand in no types file: pages, parameters without a type in Python, what helpers add."""
        return [*self._methods.pages, *self._methods.interfaces, *self.helper_types()]

    def _base(self) -> str | None:
        """The hand-written base class with its type arguments, for resources that have helpers."""
        helper = self._names.helpers.get(self.resource.id)
        if not helper:
            return None
        types = ", ".join(self._methods.type(Ref(*name.rsplit(".", 1))) for name in helper.get("types", ()))
        return f"{helper['class']}<{types}>" if types else helper["class"]

    def _helper_exports(self) -> dict[str, list[str]]:
        """Module below ts/lib → what the resource's module exports from there, `type Name` or `Name`."""
        return self._names.helpers.get(self.resource.id, {}).get("exports", {})

    def helper_types(self) -> list[str]:
        """Types that the helpers add to the resource's own."""
        names = (name for listed in self._helper_exports().values() for name in listed)
        return [name.removeprefix("type ") for name in names if name.startswith("type ")]

    def _child(self, child: Resource) -> str:
        name, path = self._names.property(child), relative(module_path(child), self._folder or ".")
        load = f'require("{path}") as typeof import("{path}")'
        return (
            f"  /** Methods of `client.{child.id}`. */\n  get {name}(): {child.class_name} {{\n"
            f"    const {{ {child.class_name} }} = {load};\n"
            f'    return once(this, "{name}", new {child.class_name}(this._client));\n  }}\n\n'
        )

    def _import(self, names: str, file: str, kind: str = "type ") -> str:
        """`file` is told from generated/resources."""
        return f'import {kind}{{ {names} }} from "{relative(file, self._folder or ".")}";'

    def _declared(self) -> str:
        pages = "".join(f"export type {name} = {type};\n" for name, type in self._methods.pages.items())
        return pages + "".join(
            f"export interface {name} {{\n{''.join(f'  {field}{chr(10)}' for field in fields)}}}\n"
            for name, fields in self._methods.interfaces.items()
        )

    def _namespace(self) -> str:
        """`Completions.ChatCompletion` for types, as in the official package."""
        exports = []
        for file, names in {**({self._own: self._own_names} if self._own else {}), **self._around}.items():
            for name in names:
                local = self._imports.use(file, name)
                exports.append(f"type {local} as {name}")
        exports += [f"type {name} as {name}" for name in (*self._methods.pages, *self._methods.interfaces)]
        exports += [f"type {name} as {name}" for name in self.helper_types()]
        for name, child in self._from_children.items():
            local = self._imports.local(name, child.resource.class_name)
            taken = name if local == name else f"{name} as {local}"
            self._taken_from.setdefault(child.resource.id, []).append(taken)
            exports.append(f"type {local} as {name}")
        exports += [f"type {child.class_name} as {child.class_name}" for child in self.resource.children]
        if not exports:
            return ""
        return f"export declare namespace {self.resource.class_name} {{\n  export {{ {', '.join(exports)} }};\n}}\n"

    def _types(self) -> str:
        """Deep imports find the types of both packages; the namespace has only the resource's own share."""
        if len(self.resource.path) == 1:
            lines = [(names, file) for file, listed in self._around.items() for names in [f"{{ {', '.join(listed)} }}"]]
        else:
            around = posixpath.dirname("/".join(self.resource.path)).replace("_", "-")
            lines = [("*", around)] if around in self._public else []
            lines += [(f"{{ {', '.join(names)} }}", file) for file, names in self._around.items() if file != around]
        if self._own:
            lines.append(("*", self._own))
            twice = set(self._own_names) & set().union(
                *(self._public[file] for names, file in lines[:-1] if names == "*")
            )
            lines += [(f"{{ {', '.join(sorted(twice))} }}", self._own)] if twice else []
        folder = self._folder or "."
        return "".join(f'export type {names} from "{relative(f"../types/{file}", folder)}";\n' for names, file in lines)
