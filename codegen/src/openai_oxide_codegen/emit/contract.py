"""Emits conformance/suite/contract/: for each call one case with all parameters and one with the required ones.

A case holds what the spec says of a call against every client: verb, path, query, headers, body, and the answer read back
member by member. Values follow from names and types (a text is the name of its field, an integer the name's length), so
that a parameter that lands in another's place is seen. Inner objects have their required members only, and so has the
answer to a call with the required parameters.

Calls that send files or answer with something else than JSON have hand-written cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..model import (
    Const,
    Field,
    ListOf,
    MapOf,
    Method,
    Nullable,
    Object,
    Param,
    Ref,
    Resource,
    Scalar,
    Spec,
    Type,
    Union,
)

ROOT = Path("conformance/suite/contract")
SIGNATURES = Path("conformance/drivers/node/signatures.mjs")
ADMIN_KEY = "sk-admin-0123456789abcdef"

# Clients add members of their own here; hand-written cases say which.
_MORE_IS_SENT = {"embeddings.create"}
# Where the official packages disagree, and the spec follows the one for Python.
_DIFFERS = {"fine_tuning.checkpoints.permissions": {"official-node": "Wants the admin key."}}


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """One file per top resource that has cases, and what the Node driver must know of every call."""
    yield SIGNATURES, _signatures(spec)
    for top in spec.resources:
        cases = [text for method in _methods(top) for text in _cases(spec, method)]
        if cases:
            name = top.path[0]
            yield (
                ROOT / f"{name}.yaml",
                f"# Every call of {name} with all parameters and with the required ones.\ncases:\n" + "\n".join(cases),
            )


def _methods(resource: Resource) -> Iterator[Method]:
    yield from resource.methods
    for child in resource.children:
        yield from _methods(child)


def _signatures(spec: Spec) -> str:
    rows = []
    keys = spec.names.get("node", {}).get("keys", {})
    for _, method in spec.all_methods():
        path = [param.wire for param in method.params if param.positional]
        follows = method.body == "json" or ("optional" if len(path) < len(method.params) else False)
        headers = {param.name: keys.get(param.wire, param.wire) for param in method.placed("header")}
        renamed = {name: key for name, key in headers.items() if name != key}
        rows.append(f"  {_flow(method.id)}: {_flow([path, follows, renamed] if renamed else [path, follows])},\n")
    head = (
        "// How each operation takes its arguments: path parameters in order, then whether a parameter object follows,\n"
        '// which may be left out where it is "optional"; then other names of parameters, if there are any.\n'
    )
    return f"{head}export const SIGNATURES = {{\n{''.join(rows)}}};\n"


def _cases(spec: Spec, method: Method) -> Iterator[str]:
    if method.body == "multipart" or method.binary or method.text or method.stream == "always":
        return
    params = [param for param in method.params if param.wire != "stream"]  # a stream's events have their own cases
    needed = _needed(spec, method)
    required = [param for param in params if param.required or param.name in needed]
    yield _case(spec, method, "all", params)
    if len(required) < len(params):
        yield _case(spec, method, "required", required)


def _needed(spec: Spec, method: Method) -> set[str]:
    """What the first of several forms of the parameters requires, beside what all forms require."""
    form = spec.resolve(method.params_type) if method.params_type else None
    while isinstance(form, Union):
        form = spec.resolve(form.members[0])
    return {field.name for field in spec.all_fields(form) if field.required} if isinstance(form, Object) else set()


def _case(spec: Spec, method: Method, kind: str, params: Iterable[Param]) -> str:
    example = _Examples(spec)
    values = {param: example.of(param.type, param.wire) for param in params}
    path = method.path
    for param in values:
        if param.place == "path":
            path = path.replace(f"{{{param.wire}}}", str(values[param]))
    given = {param.name if param.place == "header" else param.wire: value for param, value in values.items()}
    headers = {param.wire: _header(value) for param, value in values.items() if param.place == "header"}
    query = {k: v for param, value in values.items() if param.place == "query" for k, v in _pairs(param.wire, value)}
    body = {param.wire: value for param, value in values.items() if param.place == "body"}
    call = {"operation": method.id, "params": given}
    path, _, fixed = path.partition("?")
    query = dict(pair.split("=") for pair in fixed.split("&") if pair) | query
    sent: dict[str, Any] = {"method": method.verb, "path": path, "query": query}
    client = ""
    if method.auth == "admin":
        client = f"  client: {{environment: {{OPENAI_ADMIN_KEY: {ADMIN_KEY}}}}}\n"
        headers["authorization"] = f"Bearer {ADMIN_KEY}"
    if expected := _headers(method) | headers:
        sent["headers"] = expected
    if method.body == "json":
        sent["body_has" if method.id in _MORE_IS_SENT else "body"] = body
    answer = example.answer(method, whole=kind == "all")
    anchor = f"{method.id.replace('.', '-')}-{kind}"
    # A page has members of the client's own beside those of the answer.
    judged = "result" if method.page else "exactly"
    differs = _except(spec, method)
    what = {"all": "Every parameter of", "required": "What must be given of"}[kind]
    return (
        f"- name: contract/{method.id.replace('.', '/')}/{kind}\n"
        f"  doc: {what} {method.id} goes where the API takes it, and the answer is read back whole.\n"
        f"  source: {{constructed: official package {spec.version}}}\n"
        f"{client}  call: {_flow(call)}\n"
        f"  exchange:\n"
        f"  - request: {_flow(sent)}\n"
        + (
            "    response: {status: 204}\n  expect: {attempts: 1}\n"
            if answer is None
            else f"    response: {{status: 200, json: &{anchor} {_flow(answer)}}}\n  expect: {{{judged}: *{anchor}}}\n"
        )
        + (f"  except: {_flow(differs)}\n" if differs else "")
    )


def _except(spec: Spec, method: Method) -> dict[str, str]:
    """Drivers that cannot do what the case says, with the reason."""
    resource = method.id.rpartition(".")[0]
    for omitted in spec.names.get("node", {}).get("omit_resources", ()):
        if f"{resource}.".startswith(f"{omitted}."):
            return {"*node": "Only the Python package has it."}
    return _DIFFERS.get(resource, {})


def _headers(method: Method) -> dict[str, str]:
    told = {"openai-beta": method.beta_header, "accept": method.accept}
    return {name: value for name, value in told.items() if value}


def _header(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _flow(value: Any) -> str:
    """JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _pairs(f"{name}[{key}]", member)
    elif isinstance(value, list):
        for item in value:  # examples have one item
            yield from _pairs(f"{name}[]", item)
    elif value is not None:
        yield name, value if isinstance(value, str) else json.dumps(value)


class _Examples:
    """Values of types, always the same ones."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.inside: list[Ref] = []  # objects being made, so that a type that holds itself comes to an end

    def answer(self, method: Method, *, whole: bool) -> Any:
        """A successful answer; None: one without a body."""
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
        values = {"integer": len(name), "number": len(name) + 0.5, "boolean": True, "null": None}
        return values.get(scalar.kind, name)
