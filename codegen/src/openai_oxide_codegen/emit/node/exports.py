"""Which types a resource's module and namespace export besides its class.

As in the official package: the types of the package that is called like the resource, and from the package around it what
the resource's methods reach, with what no method of that package reaches at all. So `FileObject` comes from
`resources/files`, `ChatCompletion` from `resources/chat/completions`, and both `Thread` and `Run` from `resources/beta/threads`.
What the methods of the parent reach is theirs: `InputItems` has only what its methods name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ...load import references, type_references
from ...model import Method, Ref, Resource, Spec
from .methods import singular
from .names import Names
from .types import public_names


class Exports:
    """The public types of all packages, and each resource's share of them."""

    def __init__(self, spec: Spec, names: Names) -> None:
        self._spec, self._names = spec, names
        self.public = {file: set(found) for file, found in public_names(names, spec).items()}
        self._official: dict[str, dict[str, list[str]]] = spec.names["node_official"].get("exports") or {}
        self._methods = {resource.path: resource.methods for resource in spec.all_resources()}
        self._reached = cache(lambda path: self._reaches(self._methods[path]))
        reached: dict[str, set[str]] = {}
        for resource in spec.all_resources():
            for file, found in self._reached(resource.path).items():
                reached.setdefault(file, set()).update(found)
        self._unreached = {file: found - reached.get(file, set()) for file, found in self.public.items()}

    def own(self, resource: Resource) -> str | None:
        """The file of the package that is called like the resource."""
        file = _file(resource.path)
        return file if file in self.public else None

    def around(self, resource: Resource) -> dict[str, list[str]]:
        """File → names from the package around the resource; what the own package calls the same is left out.

        And names of other packages, where only the official package says that they belong here.
        """
        file = _file(resource.path[:-1]) or "root"
        found = set(self._reached(resource.path).get(file, ()))
        if len(resource.path) == 1:
            below = (path for path in self._methods if path[0] == resource.path[0])
            found = set().union(*(self._reached(path).get(file, ()) for path in below))
            found |= {name for name in self._unreached.get(file, ()) if name.startswith(singular(resource.class_name))}
        elif file != "root":
            parent = resource.path[:-1]
            found |= self._unreached.get(file, set()) if not self._methods[parent] else set()
            found -= self._reached(parent).get(file, set())
            found |= self._files(self._named(resource.methods)).get(file, set())
        found -= self.public.get(self.own(resource) or "", set()) | {resource.class_name}
        found -= {child.class_name for child in resource.children}
        files = {file: found} if found else {}
        for package, names in self._official.get(resource.id, {}).items():
            files.setdefault("root" if package == "(top)" else _file(tuple(package.split("."))), set()).update(names)
        return {file: sorted(names) for file, names in files.items()}

    def _reaches(self, methods: tuple[Method, ...]) -> dict[str, set[str]]:
        """What the methods name and all that those types reach: file → public names."""
        found: set[Ref] = set()
        todo = list(self._named(methods))
        while todo:
            ref = todo.pop()
            if ref not in found:
                found.add(ref)
                todo += references(self._spec.declaration(ref))
        return self._files(found)

    def _named(self, methods: Iterable[Method]) -> set[Ref]:
        """What stands in the methods' signatures."""
        found: set[Ref] = set()
        for method in methods:
            types = [method.result, method.stream_event, method.page_item, method.params_type]
            types += [param.type for param in method.params if not method.params_type]
            for type in types:
                found.update(type_references(type) if type else ())
            if method.params_type:  # with ...NonStreaming and its like
                module = self._spec.modules[method.params_type.module]
                found.update(Ref(module.path, name) for name in module.exports)
        return found

    def _files(self, refs: Iterable[Ref]) -> dict[str, set[str]]:
        files: dict[str, set[str]] = {}
        for place in (self._names.places[ref] for ref in refs):
            if place.path[0] in self.public.get(place.file, ()):
                files.setdefault(place.file, set()).add(place.path[0])
        return files


def _file(path: tuple[str, ...]) -> str:
    return "/".join(path).replace("_", "-")
