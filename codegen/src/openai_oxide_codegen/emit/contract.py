"""Emits conformance/suite/contract/: for each call one case with all parameters, and one with the required ones.

A case holds what the spec says of a call against every client: verb, path, query, headers, body or form, and the answer read
back member by member. Values follow from names and types, so that a parameter that lands in another's place is seen. Inner
objects have their required members only, and so has the answer to a call with the required parameters.

A call that streams has a third case, in which every kind of event comes; one whose answer may be text has one in which it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..model import Method, Object, Param, Resource, Scalar, Spec, Union
from .examples import Examples

ROOT = Path("conformance/suite/contract")
SIGNATURES = Path("conformance/drivers/node/signatures.mjs")
ADMIN_KEY = "sk-admin-0123456789abcdef"

# Clients add members of their own here; hand-written cases say which.
_MORE_IS_SENT = {"embeddings.create"}
# Where the official packages disagree, and the spec follows the one for Python.
_DIFFERS = {
    "chat.completions.create/stream": {"official-node": "Adds a finish_reason of null to every choice."},
    "containers.files.create/required": {"official-node": "Sends no body where nothing is given."},
    "files.retrieve_content/*": {"official-node": "Has only files.content."},
    "fine_tuning.checkpoints.permissions.*": {"official-node": "Wants the admin key."},
}


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
    rows, streams = [], []
    keys = spec.names.get("node", {}).get("keys", {})
    for _, method in spec.all_methods():
        path = [param.wire for param in method.params if param.positional]
        needs = method.body == "json" or any(param.required and not param.positional for param in method.params)
        follows = needs or ("optional" if len(path) < len(method.params) else False)
        headers = {param.name: keys.get(param.wire, param.wire) for param in method.placed("header")}
        renamed = {name: key for name, key in headers.items() if name != key}
        rows.append(f"  {_flow(method.id)}: {_flow([path, follows, renamed] if renamed else [path, follows])},\n")
        if method.stream == "always":
            streams.append(method.id)
    head = (
        "// How each operation takes its arguments: path parameters in order, then whether a parameter object follows,\n"
        '// which may be left out where it is "optional"; then other names of parameters, if there are any.\n'
    )
    always = (
        f"// Calls that always stream, and have no parameter for it.\nexport const STREAMS_ONLY = {_flow(streams)};\n"
    )
    return f"{head}export const SIGNATURES = {{\n{''.join(rows)}}};\n\n{always}"


def _cases(spec: Spec, method: Method) -> Iterator[str]:
    params = [param for param in method.params if param.wire != "stream"]
    needed = _needed(spec, method)
    required = [param for param in params if param.required or param.name in needed]
    if method.stream != "always":
        yield _Case(spec, method, "all", params).text()
        if len(required) < len(params):
            yield _Case(spec, method, "required", required).text()
    if method.choice and any(type == Scalar("string") for _, type in method.choice.results):
        yield _Case(spec, method, "text", [*required, *(p for p in params if p.wire == method.choice.param)]).text()
    if method.stream_event:
        yield _Case(spec, method, "stream", required if method.stream == "optional" else params).text()


def _needed(spec: Spec, method: Method) -> set[str]:
    """What the first of several forms of the parameters requires, beside what all forms require."""
    form = spec.resolve(method.params_type) if method.params_type else None
    while isinstance(form, Union):
        form = spec.resolve(form.members[0])
    return {field.name for field in spec.all_fields(form) if field.required} if isinstance(form, Object) else set()


_WHAT = {
    "all": "Every parameter of {} goes where the API takes it, and the answer is read back whole.",
    "required": "What must be given of {} goes where the API takes it, and the answer is read back whole.",
    "text": "An answer of {} in text is a text.",
    "stream": "Every kind of event of {} is read back whole.",
}


class _Case:
    def __init__(self, spec: Spec, method: Method, kind: str, params: Iterable[Param]) -> None:
        self.spec, self.method, self.kind = spec, method, kind
        self.example = Examples(spec)
        self.values = {param: self.example.of(param.type, param.wire) for param in params}
        self.anchor = f"{method.id.replace('.', '-')}-{kind}"
        if kind == "text" and method.choice:
            text = next(value for value, type in method.choice.results if type == Scalar("string"))
            self.values = {p: text if p.wire == method.choice.param else value for p, value in self.values.items()}

    def text(self) -> str:
        method = self.method
        # What tells the API to stream is no argument of the call: each language has its own way to ask.
        streaming = {p: True for p in method.params if p.wire == "stream"} if self.kind == "stream" else {}
        given = {p.name if p.place == "header" else p.wire: value for p, value in self.values.items()}
        call = {"operation": method.id, "params": given} | ({"stream": True} if self.kind == "stream" else {})
        response, expect = self._answer()
        differs = _except(self.spec, f"{method.id}/{self.kind}")
        client = ""
        if method.auth == "admin":
            client = f"  client: {{environment: {{OPENAI_ADMIN_KEY: {ADMIN_KEY}}}}}\n"
        return (
            f"- name: contract/{method.id.replace('.', '/')}/{self.kind}\n"
            f"  doc: {_WHAT[self.kind].format(method.id)}\n"
            f"  source: {{constructed: official package {self.spec.version}}}\n"
            f"{client}  call: {_flow(call)}\n"
            f"  exchange:\n"
            f"  - request: {_flow(self._request(self.values | streaming))}\n"
            f"    response: {response}\n"
            f"  expect: {expect}\n" + (f"  except: {_flow(differs)}\n" if differs else "")
        )

    def _request(self, values: dict[Param, Any]) -> dict[str, Any]:
        method, path = self.method, self.method.path
        for param in values:
            if param.place == "path":
                path = path.replace(f"{{{param.wire}}}", str(values[param]))
        headers = {param.wire: _header(value) for param, value in values.items() if param.place == "header"}
        query = {
            k: v for param, value in values.items() if param.place == "query" for k, v in _pairs(param.wire, value)
        }
        body = {param.wire: value for param, value in values.items() if param.place == "body"}
        path, _, fixed = path.partition("?")
        query = dict(pair.split("=") for pair in fixed.split("&") if pair) | query
        sent: dict[str, Any] = {"method": method.verb, "path": path, "query": query}
        if method.auth == "admin":
            headers["authorization"] = f"Bearer {ADMIN_KEY}"
        told = {"openai-beta": method.beta_header, "accept": method.accept}
        if expected := {name: value for name, value in told.items() if value} | headers:
            sent["headers"] = expected
        if method.alone and [*body] == [method.alone]:
            sent["headers"] = sent.get("headers", {}) | {"content-type": dict(method.parts)[method.alone]}
            sent["body_bytes"] = body[method.alone]
        elif method.body == "json" or (method.json_without_files and "$file" not in str(body)):
            sent["body_has" if method.id in _MORE_IS_SENT else "body"] = body
        elif method.body == "multipart":
            sent["multipart"] = [part for name, value in body.items() for part in self._parts(name, value)]
        return sent

    def _parts(self, name: str, value: Any) -> Iterator[dict[str, Any]]:
        """The parts of a form that hold a parameter."""
        if content_type := dict(self.method.parts).get(name):
            yield {"name": name, "content_type": content_type, "text" if isinstance(value, str) else "json": value}
            return
        for part, held in _pairs(name, value):
            if isinstance(held, dict):
                file = held["$file"]
                told = {"filename": file["name"]} | {key: file[key] for key in ("content_type", "text")}
            else:
                told = {"text": held}
            yield {"name": part} | told

    def _answer(self) -> tuple[str, str]:
        """What the server answers, and what the user gets."""
        method = self.method
        if self.kind == "stream":
            events = [f"&{self.anchor}-{i} {_flow(event)}" for i, event in enumerate(self._events())]
            sent = [f"{{data: {event}}}" for event in events]
            got = [f"*{self.anchor}-{i}" for i in range(len(events))]
            if method.synthesize_event:
                sent = [f"{{event: {e['event']}, data: {_flow(e['data'])}}}" for e in self._events()]
                got = [_flow(event) for event in self._events()]
            if method.terminal == "done":
                sent.append('{data: "[DONE]"}')
            return f"{{status: 200, sse: [{', '.join(sent)}]}}", f"{{exactly: [{', '.join(got)}]}}"
        if method.binary:
            headers = _flow({"content-type": method.accept or "application/octet-stream"})
            return f"{{status: 200, headers: {headers}, base64: AAECA/8=}}", "{bytes: AAECA/8=}"
        if method.text or self.kind == "text":
            return "{status: 200, headers: {content-type: text/plain}, text: an answer}", "{exactly: an answer}"
        answer = self.example.answer(method, whole=self.kind == "all")
        if answer is None:
            return "{status: 204}", "{attempts: 1}"
        # A page has members of the client's own beside those of the answer.
        judged = "result" if method.page else "exactly"
        return f"{{status: 200, json: &{self.anchor} {_flow(answer)}}}", f"{{{judged}: *{self.anchor}}}"

    def _events(self) -> list[Any]:
        """One event of each kind; that of the end last, and none that is an error."""
        assert self.method.stream_event is not None
        type = self.spec.resolve(self.method.stream_event)
        members = type.members if isinstance(type, Union) else (self.method.stream_event,)
        events = [self.example.of(member, "event", whole=True) for member in members]
        if self.method.synthesize_event:  # made of the event's name and its data, and of nothing else
            events = [{key: event[key] for key in ("event", "data")} for event in events]
        kinds = [event.get("event") or event.get("type") or "" for event in events]
        kept = [(kind, e) for kind, e in zip(kinds, events, strict=True) if kind not in _NO_EVENTS]
        kept.sort(key=lambda pair: _ends(self.method, pair[0]))
        return [event for _, event in kept]


# An error is raised; and of the three events that end a response one is enough.
_NO_EVENTS = {"error", "response.failed", "response.incomplete"}


def _ends(method: Method, kind: str) -> bool:
    if method.terminal == "last_event":
        return kind.endswith((".done", ".completed"))
    return method.terminal == "response_event" and kind == "response.completed"


def _except(spec: Spec, name: str) -> dict[str, str]:
    """Drivers that cannot do what the case `id/kind` says, with the reason."""
    if not is_in_node(spec, name.rpartition(".")[0]):
        return {"*node": "Only the Python package has it."}
    return {driver: why for case, told in _DIFFERS.items() if fnmatchcase(name, case) for driver, why in told.items()}


def is_in_node(spec: Spec, resource: str) -> bool:
    """Whether the Node packages have the resource of this id."""
    omitted = spec.names.get("node", {}).get("omit_resources", ())
    return not any(f"{resource}.".startswith(f"{name}.") for name in omitted)


def _header(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _flow(value: Any) -> str:
    """JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _pairs(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The value as a query or a form spells it; a file stays what it is."""
    if isinstance(value, dict) and "$file" not in value:
        for key, member in value.items():
            yield from _pairs(f"{name}[{key}]", member)
    elif isinstance(value, list):
        for item in value:  # examples have one item
            yield from _pairs(f"{name}[]", item)
    elif value is not None:
        yield name, value if isinstance(value, (str, dict)) else json.dumps(value)
