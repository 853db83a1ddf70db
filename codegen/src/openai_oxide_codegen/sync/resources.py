"""Reads the official resource classes: the tree from a living client, each method from its syntax tree.

A method of the official package ends in one call of `self._get`, `_post`, `_put`, `_patch`, `_delete` or
`_get_api_list`; its arguments say everything. A method without such a call is a hand-written helper (`poll`, `parse`,
`connect`), which the spec does not describe.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from ..model import Field, Method, Param, Ref, Resource, Scalar, Type
from ..params import merged, merged_fields
from .types import Source, Types, Unresolved, union

_VERBS = {"_get": "GET", "_post": "POST", "_put": "PUT", "_patch": "PATCH", "_delete": "DELETE", "_get_api_list": "GET"}
_OPTIONS = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
# Arguments that shape the result on the client's side and are never sent.
_CLIENT_SIDE = {"output_type", "tool_handlers"}
_KNOWN_CALL = {"options", "cast_to", "body", "page", "model", "files", "stream", "stream_cls", "method", "content"}
_KNOWN_REQUEST = {
    *("extra_headers", "extra_query", "extra_body", "timeout", "security", "query", "post_parser"),
    *("synthesize_event_and_data", "stream_mode"),
}
_AUTH = {"bearer_auth": "bearer", "admin_api_key_auth": "admin"}


@dataclass(frozen=True)
class Found:
    """What a run over the resource classes gave."""

    resources: tuple[Resource, ...]
    helpers: tuple[str, ...]  # ids of the hand-written methods
    unresolved: tuple[str, ...]


class Resources:
    """Reads the resources below the wanted ids ("chat.completions"); no wish means all."""

    def __init__(self, types: Types, wanted: tuple[str, ...] | None) -> None:
        self.types, self.wanted = types, wanted
        self.helpers: list[str] = []
        self.unresolved: list[str] = []

    def read(self, client: Any) -> Found:
        """Everything wanted below an instance of `openai.OpenAI`."""
        return Found(self._children(client, ()), tuple(self.helpers), tuple(self.unresolved))

    def _children(self, owner: Any, path: tuple[str, ...]) -> tuple[Resource, ...]:
        found = []
        for cls in reversed(type(owner).__mro__):
            for name, member in vars(cls).items():
                if type(member).__name__ != "cached_property" or name.startswith("with_"):
                    continue
                child = (*path, name)
                if self._reaches(child):
                    found.append(self._resource(getattr(owner, name), child))
        return tuple(found)

    def _wanted(self, path: tuple[str, ...]) -> bool:
        name = ".".join(path)
        return self.wanted is None or any(name == w or name.startswith(w + ".") for w in self.wanted)

    def _reaches(self, path: tuple[str, ...]) -> bool:
        name = ".".join(path)
        return self._wanted(path) or any(w.startswith(name + ".") for w in self.wanted or ())

    def _resource(self, instance: Any, path: tuple[str, ...]) -> Resource:
        methods: dict[str, Method] = {}
        for cls in reversed(type(instance).__mro__):
            if not cls.__module__.startswith("openai.resources.") or not self._wanted(path):
                continue
            source = self.types.source(cls.__module__)
            definition = source.definitions.get(cls.__name__)
            assert isinstance(definition, ast.ClassDef)
            for function in definition.body:
                if not (isinstance(function, ast.FunctionDef) and _is_method(function)):
                    continue
                if method := self._method(source, function, (*path, function.name)):
                    methods[method.name] = method
        cls = type(instance)
        module = cls.__module__.removeprefix("openai.resources.")
        return Resource(path, cls.__name__, module, tuple(methods.values()), self._children(instance, path))

    def _method(self, source: Source, function: ast.FunctionDef, path: tuple[str, ...]) -> Method | None:
        identity = ".".join(path)
        calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and _verb(n)]
        if not calls or _takes_a_class(function):
            self.helpers.append(identity)
            return None
        try:
            if len(calls) > 1:
                raise Unresolved("several requests in one method")
            return _Reader(self.types, source, function, calls[0], identity).read()
        except Unresolved as error:
            self.unresolved.append(f"{identity}: {error}")
            return None


class _Reader:
    """One method: its signature, and the one call it makes."""

    def __init__(self, types: Types, source: Source, function: ast.FunctionDef, call: ast.Call, identity: str) -> None:
        self.types, self.source, self.function, self.identity = types, source, function, identity
        self.call = {str(k.arg): k.value for k in call.keywords}
        self.path_node = call.args[0]
        assert isinstance(call.func, ast.Attribute)
        self.verb = _VERBS[call.func.attr]
        options = self.call.get("options")
        if not (isinstance(options, ast.Call) and ast.unparse(options.func) == "make_request_options"):
            raise Unresolved("no make_request_options")
        self.request = {str(k.arg): k.value for k in options.keywords}
        if unknown := (set(self.call) - _KNOWN_CALL) | (set(self.request) - _KNOWN_REQUEST):
            raise Unresolved(f"unknown argument {', '.join(sorted(unknown))}")

    def read(self) -> Method:
        verb: Any = ast.literal_eval(self.call["method"]).upper() if "method" in self.call else self.verb
        path, path_names = self._path()
        headers = self._headers()
        params_type, spots = self._transforms()
        fields = merged_fields(params_type, self.types.declaration) if params_type else ()
        params = self._params(path_names, headers, spots, fields)
        result = self._result()
        page, item = self._page()
        stream, event = self._stream()
        text = result == Scalar("string")
        cast = ast.unparse(self.call["cast_to"]) if "cast_to" in self.call else ""
        binary = cast.endswith("HttpxBinaryResponseContent")
        accept = headers.fixed.get("Accept")
        if accept == "text/event-stream":
            accept = None
        return Method(
            name=self.function.name,
            id=self.identity,
            verb=verb,
            path=path,
            params=params,
            body=self._body(headers),
            params_type=params_type,
            result=None if text or binary or page else result,
            stream=stream,
            stream_event=event,
            page=page,
            page_item=item,
            binary=binary,
            text=text,
            beta_header=headers.fixed.get("OpenAI-Beta"),
            accept=accept,
            auth=self._auth(),
            deprecated=any("deprecated" in ast.unparse(d) for d in self.function.decorator_list),
            synthesize_event="synthesize_event_and_data" in self.request,
        )

    def _path(self) -> tuple[str, dict[str, str]]:
        """The template, and argument name → placeholder."""
        node = self.path_node
        if isinstance(node, ast.Constant):
            return str(node.value), {}
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "path_template":
            names = {ast.unparse(k.value): str(k.arg) for k in node.keywords}
            return str(ast.literal_eval(node.args[0])), names
        raise Unresolved(f"path {ast.unparse(node)}")

    def _headers(self) -> _Headers:
        headers = _Headers({}, {})
        for node in ast.walk(self.function):
            if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "extra_headers"):
                continue
            for dictionary in (n for n in ast.walk(node.value) if isinstance(n, ast.Dict)):
                for key, value in zip(dictionary.keys, dictionary.values, strict=True):
                    if key is None:
                        continue
                    name = str(ast.literal_eval(key))
                    if isinstance(value, ast.Constant):
                        headers.fixed[name] = str(value.value)
                    else:
                        headers.given.update({n.id: name for n in ast.walk(value) if isinstance(n, ast.Name)})
        return headers

    def _transforms(self) -> tuple[Ref | None, dict[str, str]]:
        """The params type, and where each argument goes: name → body or query."""
        spots: dict[str, str] = {}
        query = self.request.get("query")
        in_query = {id(n) for n in ast.walk(query)} if query is not None else set()
        for node in ast.walk(self.function):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Name):
                        spots.setdefault(value.id, "query" if id(node) in in_query else "body")
        found: Ref | None = None
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("maybe_transform", "transform"):
                for choice in _choices(node.args[1]):
                    ref = self._reference(choice)
                    found = self._same_params(found, ref)
        return found, spots

    def _same_params(self, found: Ref | None, ref: Ref) -> Ref:
        """`stream` methods name the variants; the union over them carries their common name."""
        for suffix in ("Streaming", "NonStreaming"):
            common = Ref(ref.module, ref.name.removesuffix(suffix))
            if common != ref and any(d.name == common.name for d in self.types.module(ref.module).declarations):
                ref = common
        if found not in (None, ref):
            raise Unresolved(f"two params types, {found} and {ref}")
        return ref

    def _reference(self, node: ast.expr) -> Ref:
        ref = self.types.type(self.source, node, self.identity, "request")
        if not isinstance(ref, Ref):
            raise Unresolved(f"params type {ast.unparse(node)}")
        return ref

    def _params(
        self, path_names: dict[str, str], headers: _Headers, spots: dict[str, str], fields: tuple[Field, ...]
    ) -> tuple[Param, ...]:
        arguments = self.function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
        both = [(a, d, True) for a, d in zip(positional, defaults, strict=True)]
        both += [(a, d, False) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        wires = {field.name: field.wire for field in fields}
        params = []
        for argument, default, is_positional in both:
            name = argument.arg
            if name in _OPTIONS | _CLIENT_SIDE:
                continue
            if argument.annotation is None:
                raise Unresolved(f"{name} has no annotation")
            if default is not None and ast.unparse(default) not in ("omit", "not_given", "NOT_GIVEN"):
                raise Unresolved(f"{name} = {ast.unparse(default)}")
            if name in path_names:
                place, wire = "path", path_names[name]
            elif name in headers.given:
                place, wire = "header", headers.given[name]
            elif name in spots:
                if name not in wires:
                    raise Unresolved(f"{name} is not in the params type")
                place, wire = spots[name], wires[name]
            elif "content" in self.call and ast.unparse(self.call["content"]) in (name, f"{name}_body"):
                place, wire = "body", name
            else:
                raise Unresolved(f"{name} goes nowhere")
            members = [
                self.types.type(self.source, part, f"{self.identity}({name})", "request")
                for part in _bar(argument.annotation)
                if ast.unparse(part) not in ("Omit", "NotGiven")
            ]
            params.append(Param(name, wire, merged(members), default is None, place, is_positional))  # type: ignore[arg-type]
        return tuple(params)

    def _body(self, headers: _Headers) -> Any:
        if "files" in self.call or headers.fixed.get("Content-Type") == "multipart/form-data":
            return "multipart"
        return "json" if "body" in self.call else "none"

    def _result(self) -> Type | None:
        """What a call gives that does not stream: the return annotation without Stream and binary content."""
        if "page" in self.call or self.function.returns is None:
            return None
        members = []
        for part in _bar(self.function.returns):
            text = ast.unparse(part)
            if text.split("[")[0] in ("Stream", "AgentSessionEventStream") or text.endswith(
                "HttpxBinaryResponseContent"
            ):
                continue
            if text != "None":
                members.append(self.types.type(self.source, part, self.identity, "response"))
        return union(members) if members else None

    def _page(self) -> tuple[str | None, Type | None]:
        page = self.call.get("page")
        if page is None:
            return None, None
        assert isinstance(page, ast.Subscript)
        returned = self.function.returns
        assert isinstance(returned, ast.Subscript)
        item = self.types.type(self.source, returned.slice, self.identity, "response")
        return ast.unparse(page.value).removeprefix("Sync"), item

    def _stream(self) -> tuple[Any, Type | None]:
        if "stream_cls" not in self.call:
            return "never", None
        node = self.call["stream_cls"]
        if isinstance(node, ast.Subscript):
            event = self.types.type(self.source, node.slice, self.identity, "response")
        else:  # a stream class of its own; its base says what it carries
            module, name = self.source.imports[ast.unparse(node)]
            assert module is not None and name is not None
            event = self.types.carried(module, name, self.identity)
        always = ast.unparse(self.call["stream"]) == "True"
        return ("always" if always else "optional"), event

    def _auth(self) -> Any:
        if "security" not in self.request:
            return "bearer"
        given = ast.literal_eval(self.request["security"])
        names = [_AUTH.get(key) for key, on in given.items() if on]
        if len(names) != 1 or names[0] is None:
            raise Unresolved(f"security {given}")
        return names[0]


@dataclass
class _Headers:
    fixed: dict[str, str]  # header → constant value
    given: dict[str, str]  # argument → header


def _takes_a_class(function: ast.FunctionDef) -> bool:
    """Whether it reads the answer as a class of the caller's: `parse` of releases in which it makes the request itself."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    annotations = [ast.unparse(a.annotation) for a in arguments if a.annotation and a.arg not in _CLIENT_SIDE]
    return any("type[" in text for text in annotations)


def _bar(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_bar(node.left), *_bar(node.right)]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and ast.unparse(node).endswith(", Omit]"):
        return node.slice.elts  # `Union[X, Omit]`, which older releases write
    return [node]


def _choices(node: ast.expr) -> list[ast.expr]:
    """Both arms of `A if stream else B`."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def _verb(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "self"
        and call.func.attr in _VERBS
    )


def _is_method(function: ast.FunctionDef) -> bool:
    decorators = [ast.unparse(d) for d in function.decorator_list]
    return not function.name.startswith("_") and not {"overload", "cached_property", "property"} & set(decorators)
