"""The type notation of spec/: text → `Type` and back. spec/README.md explains it to readers.

    Choice[]?    =low | =high | string    map<number>    Cat | Dog by type    string[*]

Names are left as written; `load` and `sync` bring the functions that turn a name into a `Ref` and back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from .model import Const, ListOf, MapOf, Nullable, Ref, Scalar, Type, Union

SCALARS = ("string", "integer", "number", "boolean", "null", "any", "bytes", "file", "datetime")
_TOKEN = re.compile(
    r"""\s*(?:(?P<literal>=(?:"(?:[^"\\]|\\.)*"|[\w.:/+-]+)) | (?P<name>[A-Za-z_][\w.]*) | (?P<sign>\[\*\]|\[\]|[?|()<>]))""",
    re.VERBOSE,
)
_BARE = re.compile(r"[\w.:/+-]+")


class NotationError(ValueError):
    """The text is not a type."""


def is_sequence(item: Type) -> bool:
    """Whether an official parameter list of this item is `SequenceNotStr`: the item might be confused with a string."""
    if isinstance(item, Union):
        return any(is_sequence(member) for member in item.members)
    return isinstance(item, Const) or item in (Scalar("string"), Scalar("file"))


def parse(text: str, name: Callable[[str], Ref]) -> Type:
    """The type a text describes; `name` resolves a type name and may raise."""
    text, by, discriminator = text.partition(" by ")
    tokens: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if not match:
            raise NotationError(f"cannot read {text[at:].strip()!r}")
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    result = _Parser(tokens, name).whole()
    if not by:
        return result
    inner = result.item if isinstance(result, Nullable) else result
    if not isinstance(inner, Union):
        raise NotationError("`by` needs several types")
    tagged = Union(inner.members, discriminator.strip())
    return Nullable(tagged) if isinstance(result, Nullable) else tagged


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], name: Callable[[str], Ref]) -> None:
        self.tokens, self.name, self.at = tokens, name, 0

    def whole(self) -> Type:
        result = self.union()
        if self.at != len(self.tokens):
            raise NotationError(f"unexpected {self.tokens[self.at][1]!r}")
        return result

    def take(self, *signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in signs and self.tokens[self.at][0] == "sign":
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def union(self) -> Type:
        """Members between bars; bare literals side by side are one `Const`, and `null` makes the whole nullable."""
        members: list[Type] = []
        literals = False
        while True:
            bare = self.at < len(self.tokens) and self.tokens[self.at][0] == "literal"
            member = self.suffixed()
            bare = bare and isinstance(member, Const)
            if bare and literals:
                last = members.pop()
                assert isinstance(last, Const) and isinstance(member, Const)
                member = Const(last.values + member.values)
            members.append(member)
            literals = bare
            if not self.take("|"):
                break
        return union(members)

    def suffixed(self) -> Type:
        result = self.atom()
        while sign := self.take("[]", "[*]", "?"):
            if sign == "?":
                result = Nullable(result)
            else:
                result = ListOf(result, sign == "[*]", sign == "[*]" and is_sequence(result))
        return result

    def atom(self) -> Type:
        if self.take("("):
            result = self.union()
            self.expect(")")
            return result
        if self.at == len(self.tokens):
            raise NotationError("a type is missing at the end")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "literal":
            return Const((_value(text[1:]),))
        if kind != "name":
            raise NotationError(f"unexpected {text!r}")
        if text == "map":
            self.expect("<")
            value = self.union()
            self.expect(">")
            return MapOf(value)
        return Scalar(text) if text in SCALARS else self.name(text)  # type: ignore[arg-type]

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise NotationError(f"{sign!r} is missing")


def union(members: list[Type]) -> Type:
    """The normal form of "one of these": null goes outside, string beside literals alone makes them open."""
    null = Scalar("null")
    rest = [member for member in members if member != null]
    if rest and len(rest) != len(members):
        inner = union(rest)
        return inner if isinstance(inner, Nullable) else Nullable(inner)
    if len(members) == 1:
        return members[0]
    if len(members) == 2 and Scalar("string") in members:
        other = members[0] if members[1] == Scalar("string") else members[1]
        if isinstance(other, Const) and not other.open:
            return Const(other.values, open=True)
    return Union(tuple(members))


def _value(text: str) -> str | int | bool:
    if text.startswith('"'):
        return json.loads(text)
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def show(type: Type, name: Callable[[Ref], str]) -> str:
    """The text of a type; `parse(show(t)) == t` for every type that is in normal form."""
    if isinstance(type, Nullable) and isinstance(type.item, Union):
        text = show(Union(type.item.members), name) + " | null"
        return text + (f" by {type.item.discriminator}" if type.item.discriminator else "")
    if isinstance(type, Nullable) and isinstance(type.item, Const) and (len(type.item.values) > 1 or type.item.open):
        return show(type.item, name) + " | null"
    if isinstance(type, Union):
        parts = []
        for previous, member in zip((None, *type.members), type.members, strict=False):
            text = show(member, name)
            clash = isinstance(previous, Const) and isinstance(member, Const)
            parts.append(f"({text})" if clash or isinstance(member, Union) or _is_open(member) else text)
        return " | ".join(parts) + (f" by {type.discriminator}" if type.discriminator else "")
    if isinstance(type, Const):
        return " | ".join(f"={_literal(value)}" for value in type.values) + (" | string" if type.open else "")
    if isinstance(type, MapOf):
        return f"map<{show(type.value, name)}>"
    if isinstance(type, ListOf):
        return _grouped(type.item, name) + ("[*]" if type.iterable else "[]")
    if isinstance(type, Nullable):
        return _grouped(type.item, name) + "?"
    return type.kind if isinstance(type, Scalar) else name(type)


def _is_open(type: Type) -> bool:
    return isinstance(type, Const) and type.open


def _grouped(type: Type, name: Callable[[Ref], str]) -> str:
    text = show(type, name)
    several = isinstance(type, Union) or (isinstance(type, Const) and (len(type.values) > 1 or type.open))
    several = several or (isinstance(type, Nullable) and "|" in text)
    return f"({text})" if several else text


def _literal(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = isinstance(value, str) and _BARE.fullmatch(value) and _value(value) == value and value != ""
    return str(value) if plain or isinstance(value, int) else json.dumps(value, ensure_ascii=False)
