"""Values of types, always the same ones: a text is the name of its field, an integer the name's length."""

from __future__ import annotations

from typing import Any

from ..model import Const, Field, ListOf, MapOf, Method, Nullable, Object, Ref, Scalar, Spec, Type, Union


def example_file(name: str) -> dict[str, Any]:
    """A file as the cases give it to the drivers."""
    return {"$file": {"name": f"{name}.txt", "content_type": "text/x-example", "text": f"content of {name}"}}


class Examples:
    """Values of types, always the same ones."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.inside: list[Ref] = []  # objects being made, so that a type that holds itself comes to an end

    def answer(self, method: Method, *, whole: bool) -> Any:
        """A successful answer in JSON; None: one without a body."""
        if method.page and method.page_item:
            page = self.spec.pages[method.page]
            members = {f.wire: self.of(f.type, f.wire) for f in page.fields if f.wire != page.items}
            if page.more:
                members[page.more] = False
            return {page.items: [self.of(method.page_item, page.items)], **members}
        return self.of(method.result, "result", whole=whole) if method.result else None

    def of(self, type: Type, name: str, *, whole: bool = False) -> Any:
        """A value; `whole`: with the optional members of the object that it is."""
        match type:
            case Scalar():
                return self._scalar(type, name)
            case Const():
                return type.values[0]
            case ListOf():
                return [] if self._runs_in_circles(type.item) else [self.of(type.item, name)]
            case MapOf():
                return {"key": self.of(type.value, name)}
            case Nullable():
                return self.of(type.item, name, whole=whole)
            case Union():
                members = [m for m in type.members if m != Scalar("null") and not self._runs_in_circles(m)]
                return self.of(members[0], name, whole=whole)
            case Ref():
                declaration = self.spec.declaration(type)
                if not isinstance(declaration, Object):
                    return self.of(declaration.type, name, whole=whole)
                self.inside.append(type)
                fields = [f for f in self.spec.all_fields(declaration) if f.required or (whole and self._ends(f))]
                made = {f.wire: self.of(f.type, f.wire) for f in fields}
                self.inside.pop()
                return made

    def _ends(self, field: Field) -> bool:
        return not self._runs_in_circles(field.type)

    def _runs_in_circles(self, type: Type) -> bool:
        """Whether the type is an object that is being made."""
        if isinstance(type, Nullable):
            type = type.item
        while isinstance(type, Ref) and not isinstance(declaration := self.spec.declaration(type), Object):
            type = declaration.type
        return type in self.inside

    def _scalar(self, scalar: Scalar, name: str) -> Any:
        if scalar.kind == "file":
            return example_file(name)
        values = {"integer": len(name), "number": len(name) + 0.5, "boolean": True, "null": None}
        return values.get(scalar.kind, name)
