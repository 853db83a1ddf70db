"""Makes one type of those that say the same: the official packages describe many a status, order and format once per method.

The others become aliases of it, so every official name stays. A build costs what its types cost, and this halves their number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...model import Ref
from .shapes import Alias, RustDeclaration, RustModule, Struct, UnionOf, token

_MENTION = re.compile(r"⟦[^⟧]*⟧\w+")


def share(modules: Iterable[RustModule]) -> None:
    """Replaces declarations by aliases until no two say the same.

    An alias only refers to a type that every build has which has the alias: one that at least the same endpoint features reach.
    """
    modules = list(modules)
    renamed: dict[str, str] = {}
    while found := _doubles(modules, renamed):
        renamed |= found
        for old, new in renamed.items():
            renamed[old] = found.get(new, new)
    for module in modules:
        module.declarations = [
            (place, _settled(token(Ref(module.path, declaration.name)), declaration, renamed))
            for place, declaration in module.declarations
        ]


def _doubles(modules: list[RustModule], renamed: Mapping[str, str]) -> dict[str, str]:
    """For each declaration that repeats another: its mention, and that of the other."""
    groups: dict[str, list[tuple[RustModule, RustDeclaration]]] = {}
    for module in modules:
        for _, declaration in module.declarations:
            if token(Ref(module.path, declaration.name)) not in renamed and not _stands_alone(module, declaration):
                groups.setdefault(_meaning(declaration, renamed), []).append((module, declaration))
    found: dict[str, str] = {}
    for group in groups.values():
        # The type that users can build, that its module is named after, of the widest reach, with the shortest address.
        group.sort(
            key=lambda member: (
                getattr(member[1], "new", None) is None,
                member[1].name.lower() != member[0].path.rpartition(".")[2].replace("_", ""),
                -len(member[0].features),
                len(member[0].path) + len(member[1].name),
                member[0].path,
                member[1].name,
            )
        )
        kept: list[tuple[RustModule, RustDeclaration]] = []
        for module, declaration in group:
            same = next(
                (m for m in kept if m[0].features >= module.features and _builds_alike(m[1], declaration)), None
            )
            if same is None:
                kept.append((module, declaration))
            else:
                found[token(Ref(module.path, declaration.name))] = token(Ref(same[0].path, same[1].name))
    return found


def _stands_alone(module: RustModule, declaration: RustDeclaration) -> bool:
    """A request belongs to its method, whose parameters may change alone. Events keep their arms in reach of `use Event::*`, which
    an alias does not allow; literals are written by name.
    """
    if isinstance(declaration, UnionOf):
        return declaration.events
    if isinstance(declaration, Struct):
        return declaration.plain or declaration.name in module.exports
    return isinstance(declaration, Alias)


def _meaning(declaration: RustDeclaration, renamed: Mapping[str, str]) -> str:
    """What a declaration says, without its name."""
    bare = replace(declaration, name="", doc="")
    if isinstance(bare, Struct):
        bare.new = None
    return _rewritten(repr(bare), renamed)


def _builds_alike(one: RustDeclaration, other: RustDeclaration) -> bool:
    return not isinstance(other, Struct) or other.new is None or (isinstance(one, Struct) and one.new == other.new)


def _settled(own: str, declaration: RustDeclaration, renamed: Mapping[str, str]) -> RustDeclaration:
    """An alias, or the declaration as it is: its parts keep the names that tell what they are for."""
    if own in renamed:
        return Alias(declaration.name, renamed[own])
    if isinstance(declaration, UnionOf):
        # Arms that hold the same type must be seen to, for a value converts into one of them only.
        held = Counter(renamed.get(arm.holds, arm.holds) for arm in declaration.arms if arm.holds)
        arms = [
            replace(arm, holds=renamed.get(arm.holds, arm.holds))
            if arm.holds and held[renamed.get(arm.holds, arm.holds)] > 1
            else arm
            for arm in declaration.arms
        ]
        return replace(declaration, arms=arms)
    return declaration


def _rewritten(text: str, renamed: Mapping[str, str]) -> str:
    return _MENTION.sub(lambda match: renamed.get(match[0], match[0]), text)
