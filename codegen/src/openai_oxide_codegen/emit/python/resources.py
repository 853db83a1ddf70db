"""The resource classes, synchronous and asynchronous, and the properties that put them on the clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Method, Param, Ref, Resource, Spec, Type
from .source import Source, file, quoted, reference

_REFERENCE = "https://developers.openai.com/api/reference/resources"
_OPTIONS = """\
extra_headers: Headers | None = None,
extra_query: Query | None = None,
extra_body: Body | None = None,
timeout: float | Timeout | NotGiven | None = not_given,"""

# Where a hand-written function has a say: for a parameter that decides how the answer is read, the functions that give
# the value to send and the result type (module, then the two).
_DECIDING = {
    ("embeddings.create", "encoding_format"): ("_models_embeddings", "base64_unless_given", "decoded_unless_given")
}


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    for resource in spec.all_resources():
        yield file(f"resources.{resource.module}"), _ResourceModule(spec, resource).text()
    yield file("resources._clients"), _clients(spec)


def _clients(spec: Spec) -> str:
    """The mixins that give `OpenAI` and `AsyncOpenAI` one attribute per resource."""
    source = Source(spec, "resources._clients")
    source.use("._models_support", "cached_property", runtime=True)
    source.use("typing", "Any")
    classes = [
        f"class {'Async' if is_async else ''}Resources:\n"
        f'    """One attribute for each resource of the API; the resource is imported on first use."""\n\n'
        + "\n".join(_child(source, resource, is_async, of_client=True) for resource in spec.resources)
        for is_async in (False, True)
    ]
    return _file('"""The resources as attributes of a client."""', source, classes, "")


def _child(source: Source, child: Resource, is_async: bool, *, of_client: bool = False) -> str:
    """The property of a sub-resource; of the client itself, which the mixin knows nothing about, if `of_client`."""
    cls = f"Async{child.class_name}" if is_async else child.class_name
    source.use(f".resources.{child.module}", cls)
    module = source.relative(f".resources.{child.module}")
    return (
        f"    @cached_property\n    def {child.path[-1]}(self{': Any' if of_client else ''}) -> {cls}:\n"
        f"        from {module} import {cls}\n\n        return {cls}({'self' if of_client else 'self._client'})\n"
    )


def _file(doc: str, source: Source, classes: list[str], exports: str, *, overloads: bool = False) -> str:
    if overloads:
        source.use("typing", "overload")
    runtime = "\n".join(source.imports(runtime=True))
    checking = "\n    ".join(source.imports(runtime=False))
    head = f"{doc}\n\nfrom __future__ import annotations\n\n{runtime}\n\nTYPE_CHECKING = False\n"
    if checking:
        head += f"if TYPE_CHECKING:\n    {checking}\n"
    if overloads:
        head += f"else:\n    from {source.relative('._models_support')} import overload\n"
    return f"{head}\n{exports}\n\n" + "\n\n".join(classes)


class _ResourceModule:
    def __init__(self, spec: Spec, resource: Resource) -> None:
        self.spec = spec
        self.resource = resource
        names = frozenset((resource.class_name, f"Async{resource.class_name}"))
        self.source = Source(spec, f"resources.{resource.module}", own_names=names)
        # A method called `list` hides the builtin from the annotations of its class.
        self.shadowed = frozenset(method.name for method in resource.methods)
        self.overloads = any(method.stream == "optional" for method in resource.methods)

    def text(self) -> str:
        for name in ("SyncAPIResource", "AsyncAPIResource"):
            self.source.use("._resource", name, runtime=True)
        if self.resource.methods:
            for name in ("Body", "Headers", "NotGiven", "Query", "Timeout"):
                self.source.use("._types", name)
            self.source.use("._types", "not_given", runtime=True)
        if self.resource.children:
            self.source.use("._models_support", "cached_property", runtime=True)
        classes = [self._class(is_async=False), self._class(is_async=True)]
        name = self.resource.class_name
        doc = f'"""`client.{self.resource.id}`: {self.resource.doc or "its calls, synchronous and asynchronous."}"""'
        exports = ", ".join(quoted(cls) for cls in sorted((name, f"Async{name}")))
        return _file(doc, self.source, classes, f"__all__ = [{exports}]", overloads=self.overloads)

    def _class(self, *, is_async: bool) -> str:
        prefix, base = ("Async", "AsyncAPIResource") if is_async else ("", "SyncAPIResource")
        parts = [_child(self.source, child, is_async) for child in self.resource.children]
        parts += [self._method(method, is_async) for method in self.resource.methods]
        doc = f'    """The calls of `client.{self.resource.id}`."""\n\n'
        return f"class {prefix}{self.resource.class_name}({base}):\n{doc}" + "\n".join(parts)

    # ----------------------------------------------------------------------------------------------------------- methods

    def _method(self, method: Method, is_async: bool) -> str:
        if method.binary or method.text:
            raise NotImplementedError(f"{method.id}: binary and text answers have no Python form yet")
        text = ""
        if method.deprecated:
            self.source.use("._models_support", "deprecated", runtime=True)
            mark = f'    @deprecated("{method.id} is deprecated")\n'
        else:
            mark = ""
        if method.stream == "optional":
            result, events = self._result(method), self._events(method, is_async)
            for stream, answer in (
                ("Literal[False] | Omit | None = omit", result),
                ("Literal[True]", events),
                ("bool", f"{result} | {events}"),
            ):
                self.source.use("typing", "Literal")
                signature = self._signature(method, is_async, answer, stream)
                text += f"    @overload\n{mark}{signature} ...\n\n"
            signature = self._signature(method, is_async, f"{result} | {events}", "bool | Omit | None = omit")
        else:
            signature = self._signature(method, is_async, self._answer(method, is_async), None)
        return f"{text}{mark}{signature}\n{self._docstring(method)}{self._body(method, is_async)}"

    def _signature(self, method: Method, is_async: bool, answer: str, stream: str | None) -> str:
        """`stream`: the type of that parameter, when the overload decides it; a required one moves to the front."""
        path = [self._param(param) for param in method.params if param.place == "path"]
        required, optional = [], []
        for param in method.params:
            if param.place == "path":
                continue
            if param.name == "stream" and stream is not None:
                (optional if "=" in stream else required).append(f"stream: {stream}")
            else:
                (required if param.required else optional).append(self._param(param))
        if any("omit" in text for text in optional):
            self.source.use("._types", "Omit")
            self.source.use("._types", "omit", runtime=True)
        lines = ["self", *path, "*", *required, *optional]
        opening = "async def" if is_async and method.page is None else "def"
        return f"    {opening} {method.name}({', '.join(lines)}, {_OPTIONS}) -> {answer}:"

    def _param(self, param: Param) -> str:
        text = self.source.type(param.type, request=True, shadowed=self.shadowed)
        if param.required:
            return f"{param.name}: {text}"
        null = " | None" if text.endswith(" | None") else ""
        return f"{param.name}: {text.removesuffix(null)} | Omit{null} = omit"

    def _type(self, type: Type) -> str:
        return self.source.type(type, request=False, shadowed=self.shadowed)

    def _result(self, method: Method) -> str:
        return "None" if method.result is None else self._type(method.result)

    def _events(self, method: Method, is_async: bool) -> str:
        assert method.stream_event is not None, method.id
        stream = self.source.use("._streaming", "AsyncStream" if is_async else "Stream")
        return f"{stream}[{self._type(method.stream_event)}]"

    def _answer(self, method: Method, is_async: bool) -> str:
        if method.stream == "always":
            return self._events(method, is_async)
        if method.page is None:
            return self._result(method)
        assert method.page_item is not None, method.id
        item = self._type(method.page_item)
        page = self.source.use(".pagination", f"{'Async' if is_async else 'Sync'}{method.page}")
        if not is_async:
            return f"{page}[{item}]"
        paginator = self.source.use(".pagination", "AsyncPaginator")
        return f"{paginator}[{item}, {page}[{item}]]"

    def _docstring(self, method: Method) -> str:
        gives = "a page of items" if method.page else "nothing" if method.result is None else self._result(method)
        if method.stream != "never":
            gives += ", or with `stream=True` the events as they come"
        first = f"{method.doc} " if method.doc else ""
        where = "/subresources/".join(self.resource.path)
        return (
            f'        """{first}`{method.verb} {method.path}` gives {gives}.\n\n'
            f"        Raises `APIStatusError` (by status: `NotFoundError`, `RateLimitError`, ...) and `APIConnectionError`.\n"
            f"        Reference: {_REFERENCE}/{where}/methods/{method.name}\n"
            f'        """\n'
        )

    def _body(self, method: Method, is_async: bool) -> str:
        arguments = [quoted(method.id)]
        if method.path_params:
            arguments.append(f"path=({', '.join(param.name for param in method.path_params)},)")
        for place in ("query", "body"):
            params = method.placed(place)
            if params:
                entries = ", ".join(f"{quoted(param.wire)}: {self._sent(method, param)}" for param in params)
                arguments.append(f"{place}={{{entries}}}")
        result = method.page_item if method.page else method.result
        if result is not None:
            arguments.append(f"result={self._received(method, self._reference(result))}")
        if method.stream_event is not None:
            arguments.append(f"event={self._reference(method.stream_event)}")
            arguments.append("stream=True" if method.stream == "always" else "stream=stream or False")
        if method.page:
            arguments.append(f'page="{method.page}"')
        headers = method.placed("header")
        if headers:
            entries = ", ".join(f"{quoted(param.wire)}: {param.name}" for param in headers)
            arguments.append(f"extra_headers={{{entries}, **(extra_headers or {{}})}}")
        else:
            arguments.append("extra_headers=extra_headers")
        arguments += ["extra_query=extra_query", "extra_body=extra_body", "timeout=timeout"]
        call = f"self._call({', '.join(arguments)},)"
        wait = "await " if is_async and method.page is None else ""
        return f"        return {wait}{call}\n"

    def _sent(self, method: Method, param: Param) -> str:
        if (method.id, param.name) not in _DECIDING:
            return param.name
        module, value, _ = _DECIDING[method.id, param.name]
        return f"{self.source.use(f'.{module}', value, runtime=True)}({param.name})"

    def _received(self, method: Method, reference: str) -> str:
        for (id, param), (module, _, result) in _DECIDING.items():
            if id == method.id:
                return f"{self.source.use(f'.{module}', result, runtime=True)}({reference}, {param})"
        return reference

    def _reference(self, type: Type) -> str:
        if not isinstance(type, Ref):
            raise TypeError(f"{self.resource.id}: a result must be a named type, not {type!r}")
        return quoted(reference(type))
