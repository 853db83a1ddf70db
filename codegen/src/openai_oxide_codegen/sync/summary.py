"""What a release brings, for people: the methods and types that are new, gone or changed against spec/ as it is.

Fields and parameters are compared by their keys on the wire; a value that joins or leaves a list of literals is told as
such, for that is what most releases change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model import Alias, Const, Declaration, Field, ListOf, Method, Nullable, Object, Param, Spec, Type
from ..notation import show

_FACTS = ("verb", "path", "body", "result", "stream", "stream_event", "page", "page_item", "binary", "text",
          "beta_header", "accept", "auth", "deprecated", "synthesize_event")  # fmt: skip


def summary(old: Spec, new: Spec) -> Iterator[str]:
    """Lines, the methods first; none where both say the same."""
    before, after = ({m.id: m for _, m in spec.all_methods()} for spec in (old, new))
    yield from _section("new methods", (_called(after[id]) for id in after if id not in before))
    yield from _section("methods that are gone", (_called(before[id]) for id in before if id not in after))
    both = ((id, _method(before[id], after[id])) for id in after if id in before)
    yield from _section("methods that changed", (f"{id}: {'; '.join(told)}" for id, told in both if told))
    were, are = ({(d.module, d.name): d for m in spec.modules.values() for d in m.declarations} for spec in (old, new))
    yield from _section("new types", _by_module(set(are) - set(were)))
    yield from _section("types that are gone", _by_module(set(were) - set(are)))
    kept = ((key, _declaration(were[key], are[key])) for key in sorted(set(are) & set(were)))
    yield from _section("types that changed", (f"{'.'.join(key)}: {'; '.join(told)}" for key, told in kept if told))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield f"{title} ({len(told)}):"
        yield from (f"  {line}" for line in told)


def _called(method: Method) -> str:
    return f"{method.id}  {method.verb} {method.path}"


def _by_module(keys: set[tuple[str, str]]) -> Iterator[str]:
    modules: dict[str, list[str]] = {}
    for module, name in sorted(keys):
        modules.setdefault(module, []).append(name)
    return (f"{module}: {', '.join(names)}" for module, names in modules.items())


def _method(old: Method, new: Method) -> list[str]:
    told = list(_keyed("parameter", {p.wire: p for p in old.params}, {p.wire: p for p in new.params}))
    for fact in _FACTS:
        was, now = getattr(old, fact), getattr(new, fact)
        if was != now:
            told.append(f"{fact.replace('_', ' ')}: {_fact(was)} → {_fact(now)}")
    return told


def _declaration(old: Declaration, new: Declaration) -> list[str]:
    if isinstance(old, Object) and isinstance(new, Object):
        told = list(_keyed("field", {f.wire: f for f in old.fields}, {f.wire: f for f in new.fields}))
        if old.bases != new.bases or old.extra != new.extra:
            told.append("other bases")
        return told
    if isinstance(old, Alias) and isinstance(new, Alias):
        return [] if old.type == new.type else [_types(old.type, new.type)]
    return ["an alias now" if isinstance(new, Alias) else "an object now"]


def _keyed(what: str, old: Mapping[str, Field | Param], new: Mapping[str, Field | Param]) -> Iterator[str]:
    for title, keys in (("new", [k for k in new if k not in old]), ("gone", [k for k in old if k not in new])):
        if keys:
            yield f"{title} {what}{'s' if len(keys) > 1 else ''} {', '.join(keys)}"
    for key in (key for key in new if key in old):
        was, now = old[key].type, new[key].type
        if old[key].required != new[key].required:
            yield f"{key} is {'required' if new[key].required else 'optional'} now"
            # What may be left out may be null, in answers; that goes without saying.
            was, now = (type.item if isinstance(type, Nullable) else type for type in (was, now))
        if was != now:
            yield f"{key}: {_types(was, now)}"


def _types(old: Type, new: Type) -> str:
    """`+fast -slow` between two choices of literals, and both types in full elsewhere."""
    was, now = (_literals(type) for type in (old, new))
    if was and now and was != now:
        signs = [f"+{v}" for v in now if v not in was] + [f"-{v}" for v in was if v not in now]
        return " ".join(signs) or "another order"
    return f"{_fact(old)} → {_fact(new)}"


def _literals(type: Type) -> tuple[object, ...]:
    while isinstance(type, Nullable | ListOf):
        type = type.item
    return type.values if isinstance(type, Const) else ()


def _fact(value: object) -> str:
    if isinstance(value, str | bool | None):
        return str(value) if value is not None else "none"
    return show(value, lambda ref: ref.name)  # type: ignore[arg-type]
