"""The modules of `openai_oxide.types`: one per official module, with the same names in the same order."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path

from ...model import Alias, Field, Module, Object, Param, Ref, Spec, Type
from ..uses import Uses, of_spec
from .shapes import shape
from .source import Source, by_kind, file, quoted

# Classes that have hand-written members beside their fields, and the class that holds them.
_ADDITIONS = {
    "responses.response:Response": "ResponseText",
    "beta.agent_session_message:AgentSessionMessage": "AgentMessageText",
}


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    headers, uses = _header_params(spec), of_spec(spec)
    for module in spec.modules.values():
        yield file(f"types.{module.path}"), _TypeModule(spec, module, headers, uses).text()


def _header_params(spec: Spec) -> dict[tuple[str, str], list[Param]]:
    """Parameters that travel as headers, by the dict that lists a method's parameters or by the base of its forms."""
    found: dict[tuple[str, str], list[Param]] = {}
    for resource in spec.all_resources():
        for method in resource.methods:
            if method.params_type and (params := method.placed("header")):
                ref = method.params_type
                for name in (ref.name, f"{ref.name}Base"):
                    found[ref.module, name] = list(params)
    return found


class _TypeModule:
    def __init__(
        self, spec: Spec, module: Module, headers: dict[tuple[str, str], list[Param]], uses: dict[Ref, Uses]
    ) -> None:
        self.spec = spec
        self.headers = headers
        self.uses = uses
        self.module = module
        names = frozenset(declaration.name for declaration in module.declarations)
        self.source = Source(spec, f"types.{module.path}", own_names=names)

    def text(self) -> str:
        body = "\n\n".join(self._declaration(declaration) for declaration in self.module.declarations)
        body += "".join(f"\n\n{line}" for line in self._also())
        runtime = "\n".join(self.source.imports(runtime=True))
        checking = "\n    ".join(self.source.imports(runtime=False))
        if checking:
            checking = f"TYPE_CHECKING = False\nif TYPE_CHECKING:\n    {checking}\n"
        elif "if TYPE_CHECKING:" in body:
            checking = "TYPE_CHECKING = False\n"
        public = (*self.module.exports, *(name for name, _ in self.module.also))
        exports = ", ".join(quoted(name) for name in sorted(public, key=by_kind))
        return (
            f"{_head(self.module)}\n\nfrom __future__ import annotations\n\n{runtime}\n\n{checking}"
            f"{chr(10) if checking else ''}__all__ = [{exports}]\n\n\n{body}\n"
        )

    def _also(self) -> Iterator[str]:
        """Types of other modules that programs import from here; importing one under its own name is enough."""
        for name, ref in self.module.also:
            text = self.source.use(f".types.{ref.module}", ref.name, runtime=True)
            if text != name:
                yield f"{name}: {self.source.use('typing', 'TypeAlias')} = {text}\n"

    def _declaration(self, declaration: Object | Alias) -> str:
        if isinstance(declaration, Alias):
            return self._alias(declaration)
        return self._model(declaration) if declaration.kind == "response" else self._typed_dict(declaration)

    def _doc(self, declaration: Object | Alias) -> list[str]:
        return _docstring(declaration.doc or self.uses[Ref(self.module.path, declaration.name)].sentence())

    # --------------------------------------------------------------------------------------------------------- responses

    def _model(self, model: Object) -> str:
        shadowed = frozenset(field.name for field in model.fields)
        lines = self._doc(model)
        nested = {}
        inherited = {f.name: f for base in model.bases for f in self._fields_of(base)}
        for field in model.fields:
            line = f"{field.name}: {self._annotation(field, shadowed)}{self._default(field)}"
            if field.name in inherited and inherited[field.name] != field:
                line += "  # pyright: ignore[reportIncompatibleVariableOverride]"
            lines += [line, *_docstring(field.doc)]
            found = shape(self.spec, field.type, model.module)
            if found is not None:
                nested[field.name] = self._shape(found)
        if nested:
            entries = ", ".join(f'"{name}": {text}' for name, text in nested.items())
            lines += ["", f"__nested__ = {{{entries}}}"]
        return f"class {model.name}({', '.join(self._bases(model))}):\n" + _indented(lines or ["pass"])

    def _fields_of(self, base: Ref) -> tuple[Field, ...]:
        declaration = self.spec.declaration(base)
        return self.spec.all_fields(declaration) if isinstance(declaration, Object) else ()

    def _bases(self, model: Object) -> list[str]:
        bases = [self.source.use(f".types.{base.module}", base.name, runtime=True) for base in model.bases]
        bases = bases or [self.source.use("._models", "BaseModel", runtime=True)]
        addition = _ADDITIONS.get(f"{model.module}:{model.name}")
        if addition:
            bases.insert(0, self.source.use("._models_additions", addition, runtime=True))
        return bases

    def _annotation(self, field: Field, shadowed: frozenset[str]) -> str:
        text = self.source.type(field.type, request=False, shadowed=shadowed)
        return text if field.required or text.endswith("| None") or text == "None" else f"{text} | None"

    def _default(self, field: Field) -> str:
        if field.wire == field.name:
            return "" if field.required else " = None"
        wire_name = self.source.use("._models", "wire_name", runtime=True)
        return f" = {wire_name}({quoted(field.wire)}{'' if field.required else ', default=None'})"

    def _shape(self, text: str) -> str:
        if "union(" in text:
            self.source.use("._models", "union", runtime=True)
        return text

    # ---------------------------------------------------------------------------------------------------------- requests
    # Keys are the JSON keys: parameters are sent as they are given, nobody renames them on the way.

    def _typed_dict(self, params: Object) -> str:
        typed_dict = self.source.use("._models_typing", "TypedDict", runtime=True)
        bases = [self.source.use(f".types.{base.module}", base.name, runtime=True) for base in params.bases]
        headers = self.headers.get((params.module, params.name), [])
        partial = not all(field.required for field in (*params.fields, *headers))
        reserved = [field for field in params.fields if keyword.iskeyword(field.wire) or not field.wire.isidentifier()]
        text = ""
        if reserved:
            base = f"_{params.name}ReservedKeywords"
            entries = ", ".join(f"{quoted(field.wire)}: {self._item(field, partial, True)}" for field in reserved)
            text = f'{base} = {typed_dict}("{base}", {{{entries}}}{", total=False" if partial else ""})\n\n\n'
            bases.append(base)
        lines = self._doc(params)
        for field in params.fields:
            if field not in reserved:
                lines.append(f"{field.wire}: {self._item(field, partial, False)}")
                lines += _docstring(field.doc)
        for param in headers:
            lines.append(f"{param.name}: {self._item(param, partial, False)}")
        if partial:
            bases.append("total=False")
        bases = bases if bases and bases != ["total=False"] else [typed_dict, *bases]
        return f"{text}class {params.name}({', '.join(bases)}):\n" + _indented(lines or ["pass"])

    def _item(self, field: Field | Param, partial: bool, functional: bool) -> str:
        text = self.source.type(field.type, request=True, runtime=True)
        if field.required and partial:
            required = self.source.use("._models_typing", "Required", runtime=True)
            text = f"{required}[{text}]"
        return repr(text) if functional else text  # the functional form would evaluate the type on import

    # ----------------------------------------------------------------------------------------------------------- aliases

    def _alias(self, alias: Alias) -> str:
        found = shape(self.spec, alias.type, "") if alias.kind == "response" else None
        if found is None or self._is_class(alias.type):
            marker = self.source.use("typing", "TypeAlias", runtime=found is None)
            text = self.source.type(alias.type, request=alias.kind == "request", runtime=True)
            return f"{alias.name}: {marker} = {text}\n" + "".join(f"{line}\n" for line in self._doc(alias))
        marker = self.source.use("typing", "TypeAlias")
        text = self.source.type(alias.type, request=False)
        if not found.startswith("union("):
            self.source.use("._models", "lazy_shape", runtime=True)
            found = f"lazy_shape({found})"
        doc = _indented(self._doc(alias))
        return (
            f"if TYPE_CHECKING:\n    {alias.name}: {marker} = {text}\n{doc}"
            f"else:\n    {alias.name} = {self._shape(found)}\n"
        )

    def _is_class(self, type: Type) -> bool:
        """Whether an alias is another name of a class: programs then create and test instances by it."""
        return isinstance(type, Ref) and isinstance(self.spec.declaration(type), Object)


def _head(module: Module) -> str:
    main, *others = module.exports or tuple(declaration.name for declaration in module.declarations)
    return f'"""`{main}`{" and the types inside it" if others else ""}."""'


def _docstring(text: str) -> list[str]:
    return [f'"""{text}"""'] if text else []


def _indented(lines: list[str]) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in lines)
