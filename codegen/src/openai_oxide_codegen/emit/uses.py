"""One sentence on each type: the calls that take or give it, or else its places in other types.

The official packages split what one call takes or gives into many small types; where such a type belongs is what a reader
of it asks first, and no name tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..load import type_references
from ..model import Alias, Declaration, Method, Nullable, Ref, Spec, Union


@dataclass
class Uses:
    """Where one type is used, each list in the order of the spec and without repetitions."""

    taken: dict[str, None] = field(default_factory=dict)  # ids of calls
    given: dict[str, None] = field(default_factory=dict)
    streamed: dict[str, None] = field(default_factory=dict)
    places: dict[str, None] = field(default_factory=dict)  # "`choices` of `ChatCompletion`"

    def sentence(self) -> str:
        """Empty where nothing uses it: it is offered for programs to import."""
        if self.taken:
            return f"What {_calls(self.taken)} {_verb(self.taken, 'take')}."
        if self.given:
            return f"What {_calls(self.given)} {_verb(self.given, 'give')}."
        if self.streamed:
            return f"An event of {_calls(self.streamed)}."
        first, *others = [*self.places] or [""]
        if len(others) == 1:
            return f"{_capital(first)}, and {others[0]}."
        more = f", and in {len(others)} other places" if others else ""
        return first and f"{_capital(first)}{more}."


def methods(spec: Spec) -> Iterator[Method]:
    """Each call once, under its shortest name: `client.beta.chat` is `client.chat` as well."""
    names: dict[tuple[str, str], str] = {}
    for resource, method in spec.all_methods():
        key = resource.module, method.name
        names[key] = min(names.get(key, method.id), method.id, key=len)
    shortest = set(names.values())
    return (method for _, method in spec.all_methods() if method.id in shortest)


def of_spec(spec: Spec) -> dict[Ref, Uses]:
    """The uses of the spec's types, under their official names."""
    uses: dict[Ref, Uses] = defaultdict(Uses)
    for method in methods(spec):
        if method.params_type is not None:
            uses[method.params_type].taken[method.id] = None
        for type in (method.result, method.page_item):
            for ref in type_references(type) if type else ():
                uses[ref].given[method.id] = None
        for ref in type_references(method.stream_event) if method.stream_event else ():
            uses[ref].streamed[method.id] = None
    for module in spec.modules.values():
        for declaration in module.declarations:
            for ref, place in _places(declaration):
                uses[ref].places[place] = None
    return uses


def _places(declaration: Declaration) -> Iterator[tuple[Ref, str]]:
    if isinstance(declaration, Alias):
        inner = declaration.type.item if isinstance(declaration.type, Nullable) else declaration.type
        kind = "one" if isinstance(inner, Union) else "part"
        for ref in type_references(declaration.type):
            yield ref, f"{kind} of `{declaration.name}`"
        return
    for base in declaration.bases:
        yield base, f"the base of `{declaration.name}`"
    for member in declaration.fields:
        for ref in type_references(member.type):
            yield ref, f"`{member.wire}` of `{declaration.name}`"


def _calls(ids: Sequence[str] | dict[str, None]) -> str:
    first, *others = ids
    if len(others) < 2:
        return " and ".join(f"`{id}`" for id in ids)
    return f"`{first}` and {len(others)} other calls"


def _verb(ids: dict[str, None], verb: str) -> str:
    return verb if len(ids) > 1 else f"{verb}s"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
