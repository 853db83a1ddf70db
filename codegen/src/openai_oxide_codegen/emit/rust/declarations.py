"""Prints one file of Rust types: the declarations, in terms of the macros of core/src/json/macros.rs, and what they use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import names
from .shapes import Alias, Arm, Enum, RustDeclaration, RustField, RustModule, Struct, UnionOf

_TOKEN = re.compile(r"⟦(?P<module>[^⟧]*)⟧(?P<name>\w+)")
# Types that every value converts into by `into`, so that an arm of them takes any kind of string.
_TEXT = "String"


class Printer:
    """Prints one module; knows the names it has to import, and writes out the path of those that clash."""

    def __init__(self, module: RustModule, text_types: set[str]) -> None:
        self.module = module
        self.text_types = text_types  # tokens of enums, which convert from any text
        self.macros: set[str] = set()
        self.uses: dict[str, str] = {}
        self.own = {declaration.name for _, declaration in module.declarations}

    def file(self) -> str:
        """The whole file."""
        ordered = sorted(self.module.declarations, key=lambda placed: placed[0])
        body = "\n".join(self.declaration(declaration) for _, declaration in ordered)
        uses = use_lines(self.uses | dict.fromkeys(self.macros, "crate::json"))
        about = f"//! As in `openai.types.{self.module.path}`."
        return f"{about}\n\n{uses}\n{body}"

    def resolved(self, text: str) -> str:
        """Mentions of types as this file writes them."""

        def mention(match: re.Match[str]) -> str:
            module, name = match["module"], match["name"]
            if module == self.module.path:
                return name
            path = (
                module
                if module == "serde_json" or module.startswith("crate::")
                else f"crate::types::{module.replace('.', '::')}"
            )
            if name not in self.own and self.uses.setdefault(name, path) == path:
                return name
            return f"{path}::{name}"

        return _TOKEN.sub(mention, text)

    def macro(self, name: str) -> str:
        self.macros.add(name)
        return f"{name}!"

    def declaration(self, declaration: RustDeclaration) -> str:
        if isinstance(declaration, Alias):
            return f"{_doc(declaration.doc, 0)}pub type {declaration.name} = {self.resolved(declaration.type)};\n"
        if isinstance(declaration, Enum):
            return self.enum(declaration)
        if isinstance(declaration, UnionOf):
            return self.events(declaration) if declaration.events else self.union(declaration)
        return self.struct(declaration)

    def enum(self, enum: Enum) -> str:
        """`open_enum! { pub enum Status { Completed = "completed" } }`"""
        taken: set[str] = set()
        values = "".join(f"        {names.variant(value, taken)} = {names.literal(value)},\n" for value in enum.values)
        return f"{self.macro('open_enum')} {{\n{_doc(enum.doc)}    pub enum {enum.name} {{\n{values}    }}\n}}\n"

    def struct(self, struct: Struct) -> str:
        """`object! { pub struct Choice ["type" = "choice"] { index: i64 } }`, then how users build one."""
        kind = "plain_object" if struct.plain else "object"
        fixed = ", ".join(f"{names.literal(key)} = {names.literal(value)}" for key, value in struct.fixed)
        head = f"pub struct {struct.name}" + (f" [{fixed}]" if fixed else "")
        fields = "".join(f"{_doc(f.doc, 8)}        {self.resolved(f.declaration)},\n" for f in struct.fields)
        text = f"{self.macro(kind)} {{\n{_doc(struct.doc)}    {head} {{\n{fields}    }}\n}}\n"
        if struct.payload:
            held = struct.payload
            text += f"\n{self.macro('payload')} {{ {struct.name} {{ {held.name}: {self.resolved(held.rust)} }} }}\n"
        if struct.new is not None and not struct.plain:
            text += "\n" + self.builder(struct, struct.new)
        return text

    def builder(self, struct: Struct, required: list[str]) -> str:
        """`builder! { Choice(index: i64) { text: String } }`: `new` and a method per field."""
        given = [next(f for f in struct.fields if f.name == name) for name in required]
        preset = next((f"; {f.name} = {f.initial}" for f in struct.fields if f.initial and f not in given), "")
        rest = [f for f in struct.fields if f not in given and f.name != "stream"]
        arguments = ", ".join(map(self.setter, given))
        lines = "".join(f"        {self.setter(f)},\n" for f in rest)
        block = f"{{\n{lines}    }}" if lines else "{}"
        return f"{self.macro('builder')} {{\n    {struct.name}({arguments}{preset}) {block}\n}}\n"

    def setter(self, f: RustField) -> str:
        return f.name + {"value": "", "list": "[]", "map": "{}"}[f.form] + f": {self.resolved(f.type)}"

    def union(self, union: UnionOf) -> str:
        """`union! { pub enum Item by "type" { Message(Message) = "message", … } }` and conversions from what its arms hold."""
        by = f" by {names.literal(union.tag)}" if union.tag else ""
        arms = "".join(f"        {self.arm(arm)},\n" for arm in union.arms)
        text = f"{self.macro('union')} {{\n{_doc(union.doc)}    pub enum {union.name}{by} {{\n{arms}    }}\n}}\n"
        froms = list(self.conversions(union.arms))
        if froms:
            text += f"\n{self.macro('from_arms')} {{\n    {union.name} {_block(froms, 4)}\n}}\n"
        return text

    def arm(self, arm: Arm) -> str:
        tags = " = " + " | ".join(map(names.literal, arm.tags)) if arm.tags else ""
        if arm.holds:
            return f"{arm.name}({self.resolved(arm.holds)}){tags}"
        fields = [self.resolved(f.declaration) for f in arm.fields]
        return f"{arm.name}{f' {_block(fields, 8)}' if fields else ''}{tags}"

    def conversions(self, arms: Iterable[Arm]) -> Iterable[str]:
        """Arms a value converts into by itself: one per type, and one for text."""
        seen: set[str] = set()
        text = False
        for arm in arms:
            if arm.holds is None or arm.holds in seen:
                continue
            seen.add(arm.holds)
            if not text and (arm.holds == _TEXT or arm.holds in self.text_types):
                text = True
                yield f"{arm.name}(str)"
            if arm.holds != _TEXT:
                yield f"{arm.name}({self.resolved(arm.holds)})"

    def events(self, union: UnionOf) -> str:
        """`event_union! { pub enum Event by "type" { OutputTextDelta { delta: String, … } = "…", … } }`"""
        arms = ""
        for arm in union.arms:
            if arm.payload:
                arms += f"        {arm.name}({arm.payload.name}: {self.resolved(arm.payload.type)})"
            else:
                fields = "".join(f"            {self.resolved(f.declaration)},\n" for f in arm.fields)
                arms += f"        {arm.name} {{\n{fields}        }}"
            arms += f" = {names.literal(arm.tags[0])},\n"
        tag = names.literal(union.tag or "")
        return f"{self.macro('event_union')} {{\n{_doc(union.doc)}    pub enum {union.name} by {tag} {{\n{arms}    }}\n}}\n"


def use_lines(uses: dict[str, str]) -> str:
    """`use` declarations for names and the paths they come from, one per path."""
    paths: dict[str, list[str]] = {}
    for name, path in sorted(uses.items()):
        paths.setdefault(path, []).append(name)
    lines = (
        f"{path}::{given[0]}" if len(given) == 1 else f"{path}::{{{', '.join(given)}}}"
        for path, given in sorted(paths.items())
    )
    return "".join(f"use {line};\n" for line in lines)


def _block(items: list[str], indent: int) -> str:
    """Items in braces, on one line if they fit."""
    line = f"{{ {', '.join(items)} }}"
    if len(line) < 70:
        return line
    return "{\n" + "".join(f"{' ' * (indent + 4)}{item},\n" for item in items) + " " * indent + "}"


def _doc(text: str, indent: int = 4) -> str:
    return "".join(f"{' ' * indent}/// {line}\n" for line in text.splitlines())
