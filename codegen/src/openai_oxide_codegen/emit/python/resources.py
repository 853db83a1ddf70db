"""The resource classes, synchronous and asynchronous, and the properties that put them on the clients."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ...model import ListOf, Method, Object, Param, Ref, Resource, Scalar, Spec, Type, Union
from ..wording import reference as documented
from ..wording import sentence
from . import derived, helpers, views
from .source import Source, file, module_of, quoted, reference

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
    modules: dict[str, Resource] = {}
    for resource in sorted(spec.all_resources(), key=lambda resource: len(resource.path)):
        modules.setdefault(
            module_of(spec, resource), resource
        )  # `client.beta.chat` is `client.chat` under another name
    for module, resource in modules.items():
        yield file(f"resources.{module}"), _ResourceModule(spec, resource).text()
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
    seen = [views.of_client(source, spec.resources, prefix) for prefix in ("", "Async")]
    return _file('"""The resources as attributes of a client."""', source, classes, "", seen)


def _child(source: Source, child: Resource, is_async: bool, *, of_client: bool = False) -> str:
    """The property of a sub-resource; of the client itself, which the mixin knows nothing about, if `of_client`."""
    cls = f"Async{child.class_name}" if is_async else child.class_name
    absolute = f".resources.{module_of(source.spec, child)}"
    source.use(absolute, cls)
    module = source.relative(absolute)
    return (
        f"    @cached_property\n    def {child.path[-1]}(self{': Any' if of_client else ''}) -> {cls}:\n"
        f"        from {module} import {cls}\n\n        return {cls}({'self' if of_client else 'self._client'})\n"
    )


def _file(
    doc: str, source: Source, classes: list[str], exports: str, seen: list[str], *, overloads: bool = False
) -> str:
    """`seen`: classes for type checkers only."""
    if overloads:
        source.use("typing", "overload")
    runtime = "\n".join(source.imports(runtime=True))
    checking = "\n    ".join(source.imports(runtime=False))
    head = f"{doc}\n\nfrom __future__ import annotations\n\n{runtime}\n\nTYPE_CHECKING = False\n"
    if checking:
        head += f"if TYPE_CHECKING:\n    {checking}\n"
    if overloads:
        head += f"else:\n    from {source.relative('._models_support')} import overload\n"
    checked = "\n\n".join(seen)
    return f"{head}\n{exports}\n\n" + "\n\n".join(classes) + f"\n\nif TYPE_CHECKING:\n\n{checked}\n"


class _ResourceModule:
    def __init__(self, spec: Spec, resource: Resource) -> None:
        self.spec = spec
        self.resource = resource
        own = (resource.class_name, f"Async{resource.class_name}")
        names = frozenset((*own, *(view for cls in own for view in views.names(cls))))
        self.source = Source(spec, f"resources.{module_of(spec, resource)}", own_names=names)
        # A method called `list` hides the builtin from the annotations of its class.
        self.shadowed = frozenset(method.name for method in resource.methods)
        self.overloads = any(method.stream == "optional" or method.choice for method in resource.methods)

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
        seen = [views.of_resource(self.source, self.resource, prefix) for prefix in ("", "Async")]
        return _file(doc, self.source, classes, f"__all__ = [{exports}]", seen, overloads=self.overloads)

    def _class(self, *, is_async: bool) -> str:
        prefix, base = ("Async", "AsyncAPIResource") if is_async else ("", "SyncAPIResource")
        base += views.base(f"{prefix}{self.resource.class_name}")
        parts = [_child(self.source, child, is_async) for child in self.resource.children]
        for method in self.resource.methods:
            parts.append(self._method(method, is_async))
            if waiting := helpers.polled(method):
                parts.append(self._waiting(method, waiting, is_async))
            parts += [self._handling(method, name, is_async) for name in helpers.handled(method)]
            parts += [self._derived(method, made, is_async) for made in derived.derived(method)]
        if mixin := helpers.mixin(self.resource):
            base = f"{self.source.use(mixin[0], prefix + mixin[1], runtime=True)}, {base}"
        doc = f'    """The calls of `client.{self.resource.id}`."""\n\n'
        return f"class {prefix}{self.resource.class_name}({base}):\n{doc}" + "\n".join(parts)

    # ----------------------------------------------------------------------------------------------------------- methods

    def _method(self, method: Method, is_async: bool) -> str:
        mark = self._mark(method, method.name)
        overloads = list(self._overloads(method, is_async))
        text = "".join(
            f"    @overload\n{mark}{self._signature(method, is_async, answer, fixed)} ...\n\n"
            for answer, fixed in overloads
        )
        fixed = {"stream": "bool | Omit | None = omit"} if method.stream == "optional" else {}
        answer = self._answer(method, is_async)
        if fixed:
            answer = f"{answer} | {self._events(method, is_async)}"
        signature = self._signature(method, is_async, answer, fixed)
        return f"{text}{mark}{signature}\n{self._docstring(method)}{self._body(method, is_async)}"

    def _mark(self, method: Method, name: str) -> str:
        if not method.deprecated:
            return ""
        self.source.use("._models_support", "deprecated", runtime=True)
        return f'    @deprecated("{self.resource.id}.{name} is deprecated")\n'

    def _waiting(self, method: Method, waiting: helpers.Polled, is_async: bool) -> str:
        """A method that makes this call and waits for what comes of it."""
        params = {param.name: self._param(param) for param in method.params if param.name != "stream"}
        lines = ["self", *(params.pop(name) for name in waiting.positional), "*", *params.values(), *waiting.parameters]
        self.source.use("._types", "Omit")
        self.source.use("._types", "omit", runtime=True)
        opening = "async def" if is_async else "def"
        return (
            f"{self._mark(method, waiting.name)}    {opening} {waiting.name}({', '.join(lines)}, {_OPTIONS})"
            f" -> {self._result(method)}:\n{helpers.body(method, waiting, is_async)}"
        )

    def _handling(self, method: Method, name: str, is_async: bool) -> str:
        """A method that gives the events of this call to a handler."""
        prefix = "Async" if is_async else ""
        manager, handler = (
            self.source.use(".lib.streaming._assistants", f"{prefix}{cls}")
            for cls in ("AssistantStreamManager", "AssistantEventHandlerT")
        )
        params = [self._param(param) for param in method.params if param.name != "stream"]
        return (
            f"{self._mark(method, name)}    def {name}(self, *, {', '.join(params)},"
            f" event_handler: {handler} | None = None, {_OPTIONS})"
            f" -> {manager}[{handler}]:\n{helpers.handling(method)}"
        )

    def _derived(self, method: Method, made: derived.Derived, is_async: bool) -> str:
        """A method over this one: the mixin gets the body, the further arguments and the options."""
        for module, names in made.uses.items():
            for name in names:
                self.source.use(module, name)
        answer = made.result
        for name, module in made.own.items():
            answer = answer.replace(name, self.source.use(module, f"Async{name}" if is_async else name))
        plain = {param.name: self._param(param).partition(": ")[2] for param in method.params}
        wait, opening = ("await ", "async def") if is_async and made.waits else ("", "def")

        def signature(overload: derived.Parameters, answer: str) -> str:
            types = made.types(plain, overload)
            order = sorted(types, key=lambda name: " = " in types[name])  # stable: the required ones to the front
            parameters = ", ".join(f"{name}: {types[name]}" for name in order)
            return f"    {opening} {made.name}(self, *, {parameters}, {_OPTIONS}) -> {answer}:"

        overloads = "".join(f"    @overload\n{signature(types, answer)} ...\n\n" for types in made.overloads)
        whole = re.sub(r"\[.*\]", "[Any]", answer) if made.overloads else answer
        if made.overloads:
            self.source.use("typing", "Any")
        kept = made.types(plain, {}).keys() - made.added.keys()
        sent = {param.wire: param.name for param in method.placed("body") if param.name in kept}
        sent.update({name: name for name in made.sent})
        body = ", ".join(f"{quoted(wire)}: {name}" for wire, name in sent.items())
        further = [f"{name}={name}" for name in made.added if name not in made.sent]
        arguments = ", ".join([f"{{{body}}}", *further, *(f"{name}={name}" for name in helpers.OPTIONS)])
        doc = textwrap.indent(f'"""{made.doc}\n"""\n', " " * 8)
        return f"{overloads}{signature({}, whole)}\n{doc}        return {wait}self.{made.hook}({arguments})\n"

    def _overloads(self, method: Method, is_async: bool) -> Iterator[tuple[str, dict[str, str]]]:
        """What each overload returns, and the types of the parameters that decide it."""
        result = self._result(method)
        whole = {"stream": "Literal[False] | Omit | None = omit"} if method.stream == "optional" else {}
        for type, values in _by_value(method).items():
            default = " | Omit = omit" if values == [method.choice.results[0][0]] else ""
            yield (
                self._type(type),
                {method.choice.param: f"Literal[{', '.join(map(quoted, values))}]{default}", **whole},
            )
        if method.stream == "optional":
            events = self._events(method, is_async)
            yield result, whole
            yield events, {"stream": "Literal[True]"}
            yield f"{result} | {events}", {"stream": "bool"}
        elif method.choice:
            yield result, {}

    def _signature(self, method: Method, is_async: bool, answer: str, fixed: dict[str, str]) -> str:
        """`fixed`: types of parameters that the overload decides; one that it requires moves to the front."""
        positional, required, rest = [], [], []
        for param in method.params:
            text = self._param(param)
            if param.name in fixed:
                text = f"{param.name}: {fixed[param.name]}"
                self.source.use("typing", "Literal")
            if param.positional:
                positional.append(text)
            else:
                (required if fixed and not text.endswith(" = omit") else rest).append(text)
        if any(text.endswith(" = omit") for text in rest):
            self.source.use("._types", "Omit")
            self.source.use("._types", "omit", runtime=True)
        lines = ["self", *positional, "*", *required, *rest, *self._followed(method, is_async)]
        opening = "async def" if is_async and method.page is None else "def"
        return f"    {opening} {method.name}({', '.join(lines)}, {_OPTIONS}) -> {answer}:"

    def _followed(self, method: Method, is_async: bool) -> Iterator[str]:
        """The parameters of a stream with a class of its own."""
        followed = helpers.followed(method)
        for module, name in followed.uses if followed else ():
            self.source.use(module, name)
        for parameter, type in followed.parameters if followed else ():
            for module, name in followed.own if followed else ():
                own = self.source.use(module, f"Async{name}" if is_async else name)
                type = re.sub(rf"\b{name}\b", own, type)
            yield f"{parameter}: {type}"

    def _param(self, param: Param) -> str:
        text = self.source.type(param.type, request=True, shadowed=self.shadowed)
        if param.required:
            return f"{param.name}: {text}"
        null = " | None" if text.endswith(" | None") else ""
        return f"{param.name}: {text.removesuffix(null)} | Omit{null} = omit"

    def _type(self, type: Type) -> str:
        return self.source.type(type, request=False, shadowed=self.shadowed)

    def _result(self, method: Method) -> str:
        if method.binary:
            return self.source.use("._binary", "HttpxBinaryResponseContent")
        if method.text:
            return self._type(Scalar("string"))
        return "None" if method.result is None else self._type(method.result)

    def _events(self, method: Method, is_async: bool) -> str:
        assert method.stream_event is not None, method.id
        prefix = "Async" if is_async else ""
        if followed := helpers.followed(method):
            module, name = followed.stream
            return f"{self.source.use(module, prefix + name)}[{self.source.use(*followed.variable)}]"
        return f"{self.source.use('._streaming', f'{prefix}Stream')}[{self._type(method.stream_event)}]"

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
        if method.page and method.page_item:
            gives = f"a page of {_named(self._type(method.page_item))}"
        elif method.stream == "always":
            gives = f"{_named(self._type(method.stream_event))} events as they come" if method.stream_event else ""
        else:
            result = self._result(method)
            gives = "nothing" if result == "None" else _named(result)
        if method.stream == "optional":
            gives += ", or with `stream=True` the events as they come"
        followed = helpers.followed(method)
        more = textwrap.indent(f"{followed.doc}\n\n", " " * 8) if followed else ""
        return (
            f'        """{sentence(self.resource, method)}: `{method.verb} {method.path}` gives {gives}.\n\n{more}'
            f"        Raises `APIStatusError` (by status: `NotFoundError`, `RateLimitError`, ...) and `APIConnectionError`.\n"
            f"        Reference: {documented(self.resource, method)}\n"
            f'        """\n'
        )

    def _variants(self, method: Method) -> str:
        """Where the parameters are those of one of several forms: the check that all of one are given."""
        forms = self.spec.resolve(method.params_type) if method.params_type else None
        if not isinstance(forms, Union):
            return ""
        optional = {param.wire: param.name for param in method.params if not param.required}
        sets: list[tuple[str, ...]] = []
        for form in map(self.spec.resolve, forms.members):
            if isinstance(form, Object):
                required = {field.wire for field in self.spec.all_fields(form) if field.required} - {"stream"}
                sets.append(tuple(name for wire, name in optional.items() if wire in required))
        if len(set(sets)) < 2 or not all(sets):
            return ""
        one_of = self.source.use("._models_support", "one_of", runtime=True)
        asked = {name: None for names in sets for name in names}
        given = ", ".join(f"{name}={name}" for name in asked)
        variants = ", ".join(f"({', '.join(map(quoted, names))}{',' if len(names) == 1 else ''})" for names in sets)
        return f"        {one_of}(({variants}), {given})\n"

    def _body(self, method: Method, is_async: bool) -> str:
        arguments = [quoted(method.id)]
        if method.path_params:
            arguments.append(f"path=({', '.join(param.name for param in method.path_params)},)")
        for place in ("query", "body"):
            params = method.placed(place)
            if params:
                entries = ", ".join(f"{quoted(param.wire)}: {self._sent(method, param)}" for param in params)
                arguments.append(f"{place}={{{entries}}}")
        if method.body == "multipart":
            arguments.append(f"files={self._files(method)}")
        result = method.page_item if method.page else method.result
        if choice := method.choice:
            text = tuple(value for value, type in choice.results if type == Scalar("string"))
            chosen = ", ".join(
                f"{value}={self._reference(type)}" for value, type in choice.results if value not in text
            )
            by_format = self.source.use("._models_audio", "by_format", runtime=True)
            arguments.append(f"result={by_format}({choice.param}, {text}, {chosen})")
        elif method.binary or method.text:
            arguments.append(f"result={'bytes' if method.binary else 'str'}")
        elif result is not None:
            arguments.append(f"result={self._received(method, self._reference(result))}")
        if method.stream_event is not None:
            arguments.append(f"event={self._reference(method.stream_event)}")
            arguments.append("stream=True" if method.stream == "always" else "stream=stream or False")
        if method.page:
            arguments.append(f'page="{method.page}"')
        headers = method.placed("header")
        if headers:
            entries = ", ".join(f"{quoted(param.wire)}: {param.name}" for param in headers)
            arguments.append(f"headers={{{entries}}}")
        arguments += [
            "extra_headers=extra_headers",
            "extra_query=extra_query",
            "extra_body=extra_body",
            "timeout=timeout",
        ]
        followed = helpers.followed(method)
        arguments += [f"{name}={name}" for name, _type in followed.parameters] if followed else []
        call = f"self.{followed.hook if followed else '_call'}({', '.join(arguments)},)"
        wait = "await " if is_async and method.page is None else ""
        return f"{self._variants(method)}        return {wait}{call}\n"

    def _files(self, method: Method) -> str:
        """The parameters that are files; `None` first where a call without any of them is sent as JSON."""
        if method.parts:
            types = ", ".join(f"{quoted(name)}: {quoted(content_type)}" for name, content_type in method.parts)
            typed = self.source.use("._files", "typed_parts", runtime=True)
            return f"{typed}({{{types}}}, alone={quoted(method.alone) if method.alone else None})"
        names = [quoted(param.wire) for param in method.params if _holds_file(self.spec, param.type)]
        if method.json_without_files:
            names.insert(0, "None")
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"

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


def _named(type: str) -> str:
    return f"`{type}`"


def _by_value(method: Method) -> dict[Type, list[str]]:
    """The types of the result, each with the values of the parameter that ask for it; empty where it has one type."""
    values: dict[Type, list[str]] = {}
    for value, type in method.choice.results if method.choice else ():
        values.setdefault(type, []).append(value)
    return values


def _holds_file(spec: Spec, type: Type) -> bool:
    """Whether the parameter is a file or several, or may be."""
    resolved = spec.resolve(type)
    if isinstance(resolved, Union):
        return any(_holds_file(spec, member) for member in resolved.members)
    return resolved == Scalar("file") or (isinstance(resolved, ListOf) and _holds_file(spec, resolved.item))
