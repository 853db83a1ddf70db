"""Says of each type where it is used, in the Rust types' own names; of another name of a type, what it is the same as."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ...model import Ref
from ..uses import Uses
from .shapes import Alias, RustDeclaration, RustModule, Struct, UnionOf, token

_MENTION = re.compile(r"⟦[^⟧]*⟧(\w+)")


def describe(modules: Iterable[RustModule], called: Mapping[str, Uses]) -> None:
    """Writes the docs that nobody wrote by hand; `called`: the uses by calls, by mention."""
    modules = list(modules)
    uses: dict[str, Uses] = defaultdict(Uses, called)
    for module in modules:
        for _, declaration in module.declarations:
            for text, place in _places(declaration):
                for mention in _MENTION.finditer(text):
                    uses[mention[0]].places[place] = None
    for module in modules:
        for _, declaration in module.declarations:
            used = uses[token(Ref(module.path, declaration.name))].sentence()
            if isinstance(declaration, Alias):
                other = _MENTION.sub(lambda mention: mention[1], declaration.type)
                used = f"{used} The same as `{other}`.".lstrip()
            declaration.doc = declaration.doc or used


def _places(declaration: RustDeclaration) -> Iterator[tuple[str, str]]:
    if isinstance(declaration, Struct):
        for field in declaration.fields:
            yield field.type, f"`{field.name}` of `{declaration.name}`"
    if isinstance(declaration, UnionOf):
        for arm in declaration.arms:
            if arm.holds:
                yield arm.holds, f"one of `{declaration.name}`"
            for field in (*arm.fields, *([arm.payload] if arm.payload else [])):
                yield field.type, f"`{field.name}` of `{declaration.name}::{arm.name}`"
