"""What each Python declaration is called in TypeScript, and where it stands.

The official Node package names types as the Python package does, with three differences that are rules here:

- A class that only its module uses is nested: `chat_completion.ChoiceLogprobs` is `ChatCompletion.Choice.Logprobs`, where
  `Choice` leads to it. A name for a union makes no level: `transcription.UsageTokens` is `Transcription.Tokens`.
- A response type and its request twin (`X` and `XParam`, or the same name in `shared` and `shared_params`) are one type
  where they have the same fields, and the names file does not tell them apart. The request twin is emitted: it knows which fields may be absent and which may be null.
- One file per package, `fine-tuning/alpha` for `fine_tuning.alpha`; `shared_params` is part of `shared`, the top package
  is `root`.

Where the official name follows no rule, spec/names/node.yaml says it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...load import references
from ...model import Alias, Declaration, Module, Object, Ref, Resource, Spec
from .official import is_official
from .parameters import camel

VARIANTS = ("Base", "NonStreaming", "Streaming")


@dataclass(frozen=True)
class Place:
    """A type's file below generated/types and its name, outermost namespace first."""

    file: str  # "chat", "fine-tuning/alpha"
    path: tuple[str, ...]  # ("ChatCompletion", "Choice", "Logprobs")

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


class Names:
    """Places of all declarations, and which declarations are not emitted because their twin stands for them."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        settings = spec.names.get("node") or {}
        self._renamed: dict[str, str] = settings.get("types") or {}
        official = spec.names["node_official"]
        self._renamed = {**(official.get("types") or {}), **self._renamed}
        presence: dict[str, dict[str, list[str]]] = official.get("presence") or {}
        self._presence = {
            f"{type}.{wire}": what
            for what, types in presence.items()
            for type, wires in types.items()
            for wire in wires
        }
        self.extra_fields: dict[str, dict[str, str]] = settings.get("extra_fields") or {}
        self.extra_values: dict[str, dict[str, list[str]]] = official.get("values") or {}
        self._keys: dict[str, str] = settings.get("keys") or {}
        self.overloads: dict[str, list[dict]] = settings.get("overloads") or {}
        self.helpers: dict[str, dict] = settings.get("helpers") or {}
        self._properties: dict[str, str] = settings.get("properties") or {}
        self.required: set[str] = set(settings.get("required") or ())
        self._apart = set(official.get("apart") or ())
        self._omitted = set(settings.get("omit") or ())
        self._public = {ref for names in spec.packages.values() for ref in names.values()}
        self._twins = dict(self._find_twins())
        self.places: dict[Ref, Place] = {}
        for module in spec.modules.values():
            if module.path not in self._twins.values():
                self._place(module)
        self._taken = {place for ref, place in self.places.items() if ref.module in self._twins}
        self._second = set(self._find_second(official.get("types") or {}))
        for request, response in self._twins.items():
            self._place_twin(spec.modules[response], spec.modules[request])

    def emitted(self, declaration: Declaration) -> bool:
        """False where the request twin is emitted under the same name, or the names file leaves it out."""
        ref = Ref(declaration.module, declaration.name)
        if _key(ref) in self._omitted or ref in self._second:
            return False
        return ref.module not in self._twins.values() or self.places[ref] not in self._taken

    def presence(self, owner: Object, wire: str) -> str | None:
        """ "nullable": always there, may be null; "optional": may be absent, never null; "always": neither; None: either."""
        return self._presence.get(f"{owner.module}.{owner.name}.{wire}")

    def key(self, wire: str) -> str:
        """What a parameter is called in TypeScript: its wire name, unless that is a header with a better one."""
        return self._keys.get(wire, wire)

    def property(self, resource: Resource) -> str:
        """The name under which its parent has a resource."""
        return self._properties.get(resource.id) or camel(resource.path[-1])

    def twin_names(self) -> Iterator[tuple[str, str]]:
        """Request modules that are one with their response module, and the names of their main types."""
        return ((request, self._mains(self._spec.modules[request])[0].name) for request in self._twins)

    def _find_second(self, official: Mapping[str, str]) -> Iterator[Ref]:
        """Types that the official package does not tell from one that stands before them."""
        taken = {place for ref, place in self.places.items() if _key(ref) not in official}
        for ref, place in self.places.items():
            if _key(ref) in official:
                if place in taken:
                    yield ref
                taken.add(place)

    # -- twins ---------------------------------------------------------------------------------------------------------

    def _find_twins(self) -> Iterator[tuple[str, str]]:
        """Request module → response module, for pairs that are one type in TypeScript."""
        modules = self._spec.modules
        for path in modules:
            package, _, leaf = path.rpartition(".")
            if package == "shared_params":
                other = f"shared.{leaf}"
            elif leaf.endswith("_param"):
                other = f"{package}.{leaf.removesuffix('_param')}".lstrip(".")
            else:
                continue
            if path not in self._apart and other in modules and self._alike(modules[path], modules[other]):
                yield path, other

    def _alike(self, request: Module, response: Module) -> bool:
        """Same main name (but for `Param`), and same fields in all classes that both have."""
        main, other = self._mains(request), self._mains(response)
        if len(main) != 1 or len(other) != 1 or other[0].name not in (main[0].name, main[0].name.removesuffix("Param")):
            return False
        if self._spec.declaration(main[0]).kind == "response" and request.package != "shared_params":
            return False  # a result whose own name ends in Param
        theirs = {d.name: d for d in response.declarations}
        theirs[main[0].name] = self._spec.declaration(other[0])
        return all(self._same_shape(d, theirs[d.name]) for d in request.declarations if d.name in theirs)

    def _same_shape(self, one: Declaration, other: Declaration) -> bool:
        if isinstance(one, Alias) or isinstance(other, Alias):
            return isinstance(one, Alias) and isinstance(other, Alias)
        return {f.wire for f in self._spec.all_fields(one)} == {f.wire for f in self._spec.all_fields(other)}

    # -- places --------------------------------------------------------------------------------------------------------

    def _mains(self, module: Module) -> list[Ref]:
        """The names a package exports from this module: top-level types."""
        return [r for d in module.declarations if (r := Ref(module.path, d.name)) in self._public]

    def _place(self, module: Module) -> None:
        file = file_of(module)
        if is_official(module):
            self.places.update({Ref(module.path, n): Place(file, tuple(n.split("."))) for n in module.exports})
            return
        mains = self._mains(module) or [Ref(module.path, module.exports[0])]
        top = {ref.name: self._renamed.get(_key(ref), self._default(ref)) for ref in mains}
        for ref in mains:
            for variant in VARIANTS:
                top[ref.name + variant] = top[ref.name] + variant
        paths = _nested_paths([d for d in module.declarations if d.name not in top])
        for declaration in module.declarations:
            ref, name = Ref(module.path, declaration.name), declaration.name
            if name in top:
                self.places[ref] = Place(file, (top[name],))
            elif forced := self._renamed.get(_key(ref)):
                self.places[ref] = Place(file, tuple(forced.split(".")))
            else:
                self.places[ref] = Place(file, (top[mains[0].name], *paths[name]))

    def _place_twin(self, response: Module, request: Module) -> None:
        """Gives the response module's declarations the places of the request module's."""
        main = self._mains(request)[0]
        paths = _nested_paths([d for d in response.declarations if Ref(response.path, d.name) not in self._public])
        for declaration in response.declarations:
            ref = Ref(response.path, declaration.name)
            twin = main if ref in self._public else Ref(request.path, ref.name)
            own = (*self.places[main].path, *paths.get(ref.name, (ref.name,)))
            if forced := self._renamed.get(_key(ref)):
                own = tuple(forced.split("."))
            self.places[ref] = self.places.get(twin, Place(self.places[main].file, own))

    def _default(self, ref: Ref) -> str:
        return ref.name.removesuffix("Param") if ref.module in self._twins else ref.name


def file_of(module: Module) -> str:
    """The file of a module's package; what belongs to no package stands in `root`."""
    package = {"": "root", "shared_params": "shared"}.get(module.package, module.package)
    return package.replace(".", "/").replace("_", "-")


def _nested_paths(declarations: list[Declaration]) -> dict[str, tuple[str, ...]]:
    """Paths of the nested types of a module. Two of one path get all their levels."""
    uses = {d.name: {ref.name for ref in references(d) if ref.module == d.module} for d in declarations}
    objects = {d.name for d in declarations if isinstance(d, Object)}

    def leads(owner: str, name: str, seen: set[str]) -> bool:
        seen.add(owner)
        return name in uses[owner] or any(leads(n, name, seen) for n in uses[owner] & set(uses) - seen)

    paths = {name: _nested_path(name, [n for n in uses if leads(n, name, set())], objects) for name in uses}
    taken = Counter(paths.values())
    return {n: path if taken[path] == 1 else _nested_path(n, list(uses), set(uses)) for n, path in paths.items()}


def _nested_path(name: str, owners: list[str], levels: set[str]) -> tuple[str, ...]:
    """`ChoiceDeltaToolCall` below `Choice`, `ChoiceDelta` → ("Choice", "Delta", "ToolCall")."""
    path: list[str] = []
    start = 0
    for end in range(1, len(name)):
        if name[:end] in owners and name[end].isupper():
            if name[:end] in levels:
                path.append(name[start:end])
            start = end
    return (*path, name[start:])


def _key(ref: Ref) -> str:
    return f"{ref.module}.{ref.name}"
