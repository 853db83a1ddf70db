"""The shapes of Rust declarations, between planning and printing.

A type is text in which each mention of a type of ours is a token, `⟦module⟧Name`, resolved when its file is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from ...model import Ref
from . import names

SCALARS = {
    "string": "String", "integer": "i64", "number": "f64", "boolean": "bool", "any": "⟦serde_json⟧Value",
    "datetime": "String", "null": "⟦serde_json⟧Value",
    "file": "⟦crate::upload⟧File",
}  # fmt: skip

FILES = Ref("crate::upload", "Files")  # one file, or a list of them


def token(home: Ref) -> str:
    """A mention of a type of ours, resolved when its file is written: `⟦module⟧Name`."""
    return f"⟦{home.module}⟧{home.name}"


def mentioned(text: str) -> set[str]:
    """The modules whose types are mentioned."""
    return set(re.findall("⟦(.*?)⟧", text))


class PlanError(ValueError):
    """The spec needs a fact in spec/names/rust.yaml before it can be told in Rust."""


@dataclass
class RustField:
    """A struct field. `type` is without `Option`."""

    name: str
    wire: str
    type: str
    form: Literal["value", "list", "map"]
    optional: bool
    doc: str = ""
    initial: str | None = None  # what `new` puts there, where the caller does not say

    @property
    def rust(self) -> str:
        whole = {"value": "{}", "list": "Vec<{}>", "map": "⟦crate::json⟧Map<{}>"}[self.form].format(self.type)
        return f"Option<{whole}>" if self.optional else whole

    @property
    def declaration(self) -> str:
        key = "" if self.name == self.wire else f" as {names.literal(self.wire)}"
        return f"{self.name}{key}: {self.rust}"


@dataclass
class Struct:
    name: str
    fixed: list[tuple[str, str]]
    fields: list[RustField]
    plain: bool = False  # exactly these fields, written as a literal
    new: list[str] | None = None  # arguments of `new`; None: not built by users
    payload: RustField | None = None  # the field this type stands for
    doc: str = ""


@dataclass
class Enum:
    name: str
    values: list[str]
    doc: str = ""


@dataclass
class Arm:
    name: str
    tags: tuple[str, ...] = ()
    holds: str | None = None  # a type; None: a short form with `fields`
    fields: list[RustField] = field(default_factory=list)
    payload: RustField | None = None  # an event known by this one field


@dataclass
class UnionOf:
    name: str
    tag: str | None
    arms: list[Arm]
    events: bool = False
    doc: str = ""


@dataclass
class Alias:
    """Another name of a type."""

    name: str
    type: str
    doc: str = ""


RustDeclaration = Struct | Enum | UnionOf | Alias


@dataclass
class RustModule:
    """One file: declarations by (place in the official file, order within)."""

    path: str
    declarations: list[tuple[tuple[int, int], RustDeclaration]] = field(default_factory=list)
    exports: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
