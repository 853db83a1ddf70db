"""What read.mjs says of the official npm package, with its names resolved: `Official`.

A type is known by a key, module below `resources` and dotted name: `responses/responses:Response.Moderation`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...model import Const, ListOf, MapOf, Scalar, Type
from ...notation import union

READER = Path(__file__).with_name("read.mjs")


class Unresolved(Exception):
    """A type that the notation of spec/ cannot say."""


class Told(NamedTuple):
    """A field as the package declares it."""

    optional: bool
    type: Any


class Official:
    """The declarations of the package: types by key, classes of resources by module."""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self.release: str = read["release"]
        self._client: dict[str, str] = read["client"]
        # Connections over WebSockets and the like stand in modules of their own, without a resource.
        self.modules: dict[str, Any] = {
            module: told
            for module, told in read["modules"].items()
            if module == "shared" or any(one["resource"] for one in told["classes"].values())
        }
        self.types: dict[str, Any] = {
            f"{module}:{name}": declaration
            for module, told in self.modules.items()
            for name, declaration in told["types"].items()
            if not declaration.get("generic")
        }

    @classmethod
    def read(cls, folder: Path) -> Official:
        """The package installed in a folder."""
        done = subprocess.run(["node", READER, folder], check=True, capture_output=True, encoding="utf-8")
        return cls(json.loads(done.stdout))

    def top_names(self) -> set[str]:
        """Names that some module exports."""
        return {name for key in self.types if "." not in (name := key.partition(":")[2])}

    def resources(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """Path, module and class of each resource of the client."""

        def below(children: Mapping[str, str], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
            for name, key in children.items():
                module, _, cls = key.partition(":")
                if module in self.modules and cls in self.modules[module]["classes"]:
                    own = (*path, _snake(name))
                    yield own, module, cls
                    yield from below(self.modules[module]["classes"][cls]["children"], own)

        return below(self._client, ())

    def namespaces(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Module of a resource, and the types that its class's namespace offers: name and key."""
        for module, told in self.modules.items():
            for one in told["classes"].values():
                yield module, {name: key for name, key in one.get("names", {}).items() if key in self.types}

    def pages(self) -> dict[str, tuple[str, str]]:
        """The key of each page, and module and name of a method that returns it."""
        made = {
            key: (module, method)
            for module, told in self.modules.items()
            for one in told["classes"].values()
            for method, key in one["pages"].items()
        }
        handed_on = {
            key: told["type"].get("ref") for key, told in self.types.items() if isinstance(told.get("type"), dict)
        }
        return made | {key: made[page] for key, page in handed_on.items() if page in made}

    def fields(self, type: Any) -> dict[str, Told] | None:
        """The fields of an object, with those of what it extends; None where it is none."""
        match type:
            case {"ref": key}:
                return self.fields(self.types[key]) if key in self.types else None
            case {"type": inner}:
                return self.fields(inner)
            case {"generic": "Omit", "of": [inner, left_out]}:
                fields, gone = self.fields(inner), {one["const"] for one in members(left_out)}
                return None if fields is None else {k: v for k, v in fields.items() if k not in gone}
            case {"generic": "&", "of": parts}:
                return None if open_string(type) else self._merged(parts)
            case {"fields": own}:
                merged = self._merged(type.get("extends", ()))
                # A field that must not be given is none.
                told = {k: Told(v["optional"], v["type"]) for k, v in own.items() if v["type"] != "never"}
                return None if merged is None else {**merged, **told}
        return None

    def _merged(self, parts: Any) -> dict[str, Told] | None:
        merged: dict[str, Told] = {}
        for part in parts:
            fields = self.fields(part)
            if fields is None:
                return None
            merged.update(fields)
        return merged

    def notation(self, type: Any, name: Any) -> Type:
        """A type as spec/ says it; `name` gives the reference that a key stands for."""
        match type:
            case "undefined" | "never" | {"unknown": _}:
                raise Unresolved(f"cannot say {type}")
            case str():
                return Scalar(type)  # type: ignore[arg-type]
            case {"const": value}:
                return Const((value,))
            case {"array": item}:
                return ListOf(self.notation(item, name))
            case {"map": value}:
                return MapOf(self.notation(value, name))
            case {"union": parts}:
                return union(_joined([self.notation(part, name) for part in parts]))
            case {"ref": key}:
                return name(key)
            case {"generic": "&"} if open_string(type):
                return Scalar("string")
            case {"generic": "Uploadable"}:
                return Scalar("file")
        raise Unresolved(f"cannot say {type}")


def members(type: Any) -> list[Any]:
    """The members of a union without null; the type itself where it is none."""
    parts = type["union"] if isinstance(type, dict) and "union" in type else [type]
    return [part for part in parts if part not in ("null", "undefined")]


def nullable(type: Any) -> bool:
    """Whether null is among the members."""
    return type == "null" or (isinstance(type, dict) and any(nullable(part) for part in type.get("union", ())))


def open_string(type: Any) -> bool:
    """`string & {}`, the string beside literals."""
    return isinstance(type, dict) and type.get("generic") == "&" and "string" in type["of"]


def _snake(name: str) -> str:
    """`adminAPIKeys` → `admin_api_keys`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _joined(types: list[Type]) -> list[Type]:
    """Literals side by side are one."""
    joined: list[Type] = []
    for type in types:
        if joined and isinstance(type, Const) and isinstance(joined[-1], Const):
            type = Const((*joined.pop().values, *type.values))  # type: ignore[union-attr]
        joined.append(type)
    return joined
