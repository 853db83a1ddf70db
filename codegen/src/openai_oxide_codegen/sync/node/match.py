"""Which spec type each official name stands for: `match`.

The seeds are the names that both sides have. From there structure decides: what stands in the field of the same wire name
is the same type, and in a union the member with the same literals and fields. A name that nothing leads to may still be
the copy of one that is known.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from itertools import takewhile
from os.path import commonpath
from typing import Any

from ...emit.node.names import Names, Place
from ...model import Alias, Const, ListOf, MapOf, Nullable, Object, Ref, Spec, Type, Union
from .official import Official, members

ALIKE = 0.6  # share of fields that two members of a union must have in common to be taken for one


class Match:
    """`found`: key → the type it stands for; `second`: further types for which that name is right too."""

    def __init__(self, official: Official, spec: Spec, names: Names) -> None:
        self._official, self._spec, self._names = official, spec, names
        self.found: dict[str, Ref] = {}
        self.second: dict[str, list[Ref]] = {}
        self.copies: set[str] = set()
        self._todo: deque[str] = deque()
        self._places: dict[tuple[str, ...], list[tuple[Place, Ref]]] = {}
        for ref, place in names.places.items():
            if names.emitted(spec.declaration(ref)):
                self._places.setdefault(place.path, []).append((place, ref))
        for key in official.types:
            if (ref := self._named(key)) and self._fits(key, ref) and self._is_near(key, ref):
                self._take(key, ref)
        self._walk()
        self._copies()

    def _named(self, key: str) -> Ref | None:
        """The type of that name that stands nearest."""
        module, _, name = key.partition(":")
        places = self._places.get(tuple(name.split(".")), ())
        return max(places, key=lambda one: len(commonpath([one[0].file, module])), default=(None, None))[1]

    def _is_near(self, key: str, ref: Ref) -> bool:
        """Names repeat; far from each other they need not be the same."""
        file, module = self._names.places[ref].file, key.partition(":")[0]
        at_top = len(set(module.split("/"))) == 1  # `files`, or `evals/evals` where the resource has others below it
        return bool(commonpath([file, module])) or (file == "root" and at_top)

    def _take(self, key: str, ref: Ref) -> None:
        if key not in self.found:
            self.found[key] = ref
            self._todo.append(key)
        elif ref != self.found[key] and ref not in self.second.setdefault(key, []):
            self.second[key].append(ref)

    def _walk(self) -> None:
        while self._todo:
            key = self._todo.popleft()
            declaration = self._spec.declaration(self.found[key])
            if isinstance(declaration, Alias):
                self._pair(self._official.types[key].get("type"), declaration.type)
            else:
                self._fields(self._official.types[key], declaration)

    def _fields(self, told: Any, ours: Object) -> None:
        fields = self._official.fields(told) or {}
        for field in self._spec.all_fields(ours):
            if field.wire in fields:
                self._pair(fields[field.wire].type, field.type)

    def _pair(self, told: Any, ours: Type) -> None:
        """Both stand in the same place."""
        ours = ours.item if isinstance(ours, Nullable) else ours
        parts = members(told)
        if len(parts) == 1:
            self._one(parts[0], ours)
        elif parts:
            self._union(parts, ours)

    def _one(self, told: Any, ours: Type) -> None:
        match told:
            case {"ref": key} if key in self._official.types:
                if isinstance(ours, Ref) and self._fits(key, ours):
                    self._take(key, ours)
                elif isinstance(ours, Ref) and isinstance(alias := self._spec.declaration(ours), Alias):
                    self._pair(told, alias.type)
                elif "type" in self._official.types[key]:
                    self._pair(self._official.types[key]["type"], ours)
            case {"array": item} if isinstance(inner := self._behind(ours), ListOf):
                self._pair(item, inner.item)
            case {"map": value} if isinstance(inner := self._behind(ours), MapOf):
                self._pair(value, inner.value)
            case {"fields": _} if isinstance(inner := self._behind(ours), Object):
                self._fields(told, inner)
            case _ if isinstance(self._behind(ours), Union):
                self._union([told], ours)

    def _behind(self, type: Type) -> Type | Object:
        found = self._spec.resolve(type)
        return self._behind(found.item) if isinstance(found, Nullable) else found

    def _fits(self, key: str, ref: Ref) -> bool:
        """An object for an object, anything else for anything else."""
        return (self._official.fields({"ref": key}) is None) == isinstance(self._spec.declaration(ref), Alias)

    # -- unions --------------------------------------------------------------------------------------------------------

    def _union(self, parts: list[Any], ours: Type) -> None:
        left = list(self._members(ours))
        for part in self._flat(parts):
            best = max(left, key=lambda one: self._likeness(part, one), default=None)
            if best is not None and self._likeness(part, best) >= ALIKE:
                left.remove(best)
                self._one(part, best)

    def _members(self, type: Type) -> Iterator[Type]:
        """Members of a union, those of unions in it included; an object by the name it is given there."""
        match type:
            case Nullable(item):
                yield from self._members(item)
            case Union(inner):
                for member in inner:
                    yield from self._members(member)
            case Ref() if isinstance(alias := self._spec.declaration(type), Alias):
                yield from self._members(alias.type)
            case _:
                yield type

    def _flat(self, parts: list[Any]) -> Iterator[Any]:
        for part in parts:
            told = self._official.types.get(part["ref"], {}) if isinstance(part, dict) and "ref" in part else {}
            inner = members(told["type"]) if "type" in told and self._official.fields(part) is None else [part]
            yield from (self._flat(inner) if len(inner) > 1 else inner)

    def _likeness(self, told: Any, ours: Type) -> float:
        """1 for the same fields with the same literals, 0 for what can't be the same."""
        match told:
            case {"array": item} if isinstance(ours, ListOf):
                parts, inner = list(self._flat(members(item))), list(self._members(ours.item))
                return max((self._likeness(p, o) for p in parts for o in inner), default=0)
            case {"const": _}:
                return 0
            case str():
                return 0
        mine = self._spec.resolve(ours)
        fields = self._official.fields(told)
        if fields is None or not isinstance(mine, Object):
            return 0
        own = {f.wire: f.type for f in self._spec.all_fields(mine)}
        both = fields.keys() & own.keys()
        for wire in both:
            values = {one["const"] for one in members(fields[wire].type) if isinstance(one, dict) and "const" in one}
            literal = own[wire].item if isinstance(own[wire], Nullable) else own[wire]  # type: ignore[union-attr]
            if values and isinstance(literal, Const) and not values & set(literal.values):
                return 0
        return len(both) / max(1, len(fields.keys() | own.keys()))

    # -- copies --------------------------------------------------------------------------------------------------------

    def _copies(self) -> None:
        """Names that only repeat a type: `ThreadCreateAndRunPollParams.Thread` is `ThreadCreateAndRunParams.Thread`."""
        known: dict[tuple[str, str], list[str]] = {}
        for key in self.found:
            known.setdefault((_last(key), self._shape({"ref": key}, ())), []).append(key)
        for key in self._official.types.keys() - self.found.keys():
            if same := known.get((_last(key), self._shape({"ref": key}, ()))):
                self.copies.add(key)
                self.found[key] = self.found[max(sorted(same), key=lambda one: _near(one, key))]

    def _shape(self, told: Any, seen: tuple[str, ...]) -> str:
        """The structure of a type as text, names left out."""
        if isinstance(told, dict) and "ref" in told:
            key = told["ref"]
            if key in seen or key not in self._official.types:
                return key
            fields = self._official.fields(told)
            if fields is None:
                return self._shape(self._official.types[key].get("type"), (*seen, key))
            rows = (f"{k}{'?' * f.optional}:{self._shape(f.type, (*seen, key))}" for k, f in sorted(fields.items()))
            return f"{{{';'.join(rows)}}}"
        match told:
            case {"array": item}:
                return f"[{self._shape(item, seen)}]"
            case {"map": value}:
                return f"<{self._shape(value, seen)}>"
            case {"union": parts}:
                return "|".join(sorted(self._shape(part, seen) for part in parts))
        return repr(told)


def _last(key: str) -> str:
    return re.split("[:.]", key)[-1]


def _near(one: str, other: str) -> int:
    """How long two keys are the same, from the start: of one module, of one name, of one word in it."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
