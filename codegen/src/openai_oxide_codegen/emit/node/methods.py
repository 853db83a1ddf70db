"""The methods of a resource class: one method, one line that names the operation.

    retrieve(completionID: string, options?: RequestOptions): APIPromise<ChatCompletion> {
      return this._client._call("chat.completions.retrieve", { path: [completionID], options });
    }

The last path parameter is positional; all others come in one object named after where they travel, `body` or `query`.
When they travel in several places the object is `params`, and the method takes it apart.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ...model import Method, Object, Param, Ref, Resource, Spec, Type, Union
from ..wording import reference, sentence
from .names import Names
from .official import parsed
from .parameters import camel
from .types import expression


class Imports:
    """Types that a module imports, under names that differ from each other and from what the module declares."""

    def __init__(self, taken: set[str]) -> None:
        self.files: dict[str, dict[str, str]] = {}
        self._taken = taken

    def use(self, file: str, name: str) -> str:
        """What the type is called in this module."""
        names = self.files.setdefault(file, {})
        if name not in names:
            names[name] = self.local(name, "".join(part.capitalize() for part in re.split("[-/]", file)))
        return names[name]

    def local(self, name: str, prefix: str) -> str:
        """A name that nothing else in this module has."""
        while name in self._taken:
            name = prefix + name
        self._taken.add(name)
        return name


@dataclass
class _Arguments:
    """A method's TypeScript parameters and what becomes of them."""

    declared: list[str]  # without `options`
    given: list[str]  # members of the argument object that the client takes
    prepare: str  # the line that takes `params` apart
    params: str | None  # name of the parameter object
    streams: str  # where the parameter `stream` is
    optional: bool
    query: bool  # a query that may be left out, and then options may stand in its place


class Methods:
    """Writes the methods of one resource; collects the page types and parameter types that only they need."""

    def __init__(self, spec: Spec, names: Names, resource: Resource, imports: Imports) -> None:
        self._spec, self._names, self._resource, self._imports = spec, names, resource, imports
        self.pages: dict[str, str] = {}
        self._official_pages: dict[str, str] = spec.names["node_official"].get("pages", {}).get(resource.id, {})
        self.interfaces: dict[str, list[str]] = {}

    def text(self, method: Method) -> str:
        """One method with its doc comment."""
        arguments = self._arguments(method)
        given = f"{{ {', '.join([*arguments.given, 'options'])} }}"
        call, name = json.dumps(method.id), camel(method.name)
        if method.stream == "optional":
            return _doc(self._resource, method) + self._streaming(method, name, arguments, call, given)
        declared = ", ".join([*arguments.declared, "options?: RequestOptions"])
        overloads = ""
        if method.stream == "always":
            result, body = f"APIPromise<Stream<{self.type(method.stream_event)}>>", f"_stream({call}, {given})"
        elif method.page and method.page_item:
            item = self.type(method.page_item)
            page = self._page_name(method.page, method.page_item, item)
            self.pages[page] = f"{method.page}<{item}>"
            result, body = f"PagePromise<{page}, {item}>", f"_list({call}, {method.page}<{item}>, {given})"
        elif method.binary:
            result, body = "APIPromise<Response>", f"_binary({call}, {given})"
        elif method.text:
            result, body = "APIPromise<string>", f"_text({call}, {given})"
        elif method.result is None:
            result, body = "APIPromise<void>", f"_discard({call}, {given})"
        else:
            result, body = f"APIPromise<{self.type(method.result)}>", f"{self._reader(method)}({call}, {given})"
            for params, narrow in self._narrower(method, arguments):
                head = arguments.declared[:-1]
                told = ", ".join([*head, f"{arguments.params}: {params}", "options?: RequestOptions"])
                overloads += f"  {name}({told}): APIPromise<{narrow}>;\n"
            if overloads:
                overloads += f"  {name}({declared}): {result};\n"
        if arguments.query:
            head, last = arguments.declared[:-1], arguments.declared[-1]
            overloads = f"  {name}({declared}): {result};\n"
            overloads += f"  {name}({', '.join([*head, 'options?: QueryOptions'])}): {result};\n"
            declared = ", ".join([*head, last.replace(" | null", " | QueryOptions | null"), "options?: RequestOptions"])
        return (
            f"{_doc(self._resource, method)}{overloads}  {name}({declared}): {result} {{\n"
            f"{arguments.prepare}    return this._client.{body};\n  }}\n"
        )

    def name_pages(self) -> None:
        """The pages that the official module names besides those of its own methods."""
        for name, told in self._official_pages.items():
            page, _, item = told.partition(" of ")
            self.pages[name] = f"{page}<{self.type(parsed(self._spec, item))}>"

    def type(self, type: Type | None) -> str:
        """A type as this module writes it."""
        assert type is not None
        return expression(self._spec, type, self._reference)

    def _reference(self, ref: Ref) -> str:
        place = self._names.places[ref]
        return ".".join((self._imports.use(place.file, place.path[0]), *place.path[1:]))

    def _reader(self, method: Method) -> str:
        """Where text is one of the possible results, what came says which it is."""
        members = method.result.members if isinstance(method.result, Union) else ()
        return "_callOrText" if any(self.type(member) == "string" for member in members) else "_call"

    def _narrower(self, method: Method, arguments: _Arguments, variant: str = "") -> list[tuple[str, str]]:
        """Parameter type and result where a parameter's value decides which result comes, from the names file."""
        found = []
        for overload in self._names.overloads.get(method.id, ()):
            module, _, name = overload["result"].rpartition(".")
            result = self.type(Ref(module, name)) if module else overload["result"]
            values = " | ".join(json.dumps(value) for value in overload["values"])
            found.append((f"{self._params_type(method)}{variant} & {{ {overload['by']}: {values} }}", result))
        if found:
            default = self.type(method.result.members[0])  # type: ignore[union-attr]
            told = f"{self._params_type(method)}{variant}"
            by = self._names.overloads[method.id][0]["by"]
            found.append((told if variant else f'{told} & {{ {by}?: "json" }}', default))
        return found

    def _streaming(self, method: Method, name: str, arguments: _Arguments, call: str, given: str) -> str:
        """Overloads by the literal type of `stream`."""
        assert arguments.params is not None
        result, event = self.type(method.result), self.type(method.stream_event)
        params = self._params_type(method)
        head = arguments.declared[:-1]
        mark = "?" if arguments.optional else ""

        def signature(type: str, returned: str, mark: str = mark) -> str:
            return f"  {name}({', '.join([*head, f'{arguments.params}{mark}: {type}', 'options?: RequestOptions'])}): {returned}"

        assert method.params_type is not None
        place = self._names.places[method.params_type]
        for variant in ("NonStreaming", "Streaming", "Base"):
            self._imports.use(place.file, place.path[0] + variant)
        whole = self._narrower(method, arguments, "NonStreaming") or [(f"{params}NonStreaming", result)]
        both = f"APIPromise<{result} | Stream<{event}>>"
        in_place = ""
        if arguments.query:
            in_place = f"  {name}({', '.join([*head, 'options?: QueryOptions'])}): APIPromise<{result}>;\n"
        rest = f", {json.dumps(self._reader(method))}" if self._reader(method) != "_call" else ""
        return (
            "".join(f"{signature(told, f'APIPromise<{narrow}>')};\n" for told, narrow in whole)
            + f"{signature(params + 'Streaming', f'APIPromise<Stream<{event}>>', '')};\n"
            f"{signature(params + 'Base', both)};\n{in_place}"
            f"{signature(params + 'Base' + (' | QueryOptions' if in_place else ''), both)} {{\n{arguments.prepare}"
            f"    return this._client._maybeStream({call}, {arguments.streams}, {given}{rest});\n  }}\n"
        )

    def _arguments(self, method: Method) -> _Arguments:
        paths = method.path_params
        leading, rest = paths[:-1], [p for p in method.params if p.place != "path"]
        body = "form" if method.body == "multipart" else "body"
        declared = [f"{_path_name(p.name)}: {self.type(p.type)}" for p in paths[-1:]]
        last = [_path_name(p.name) for p in paths[-1:]]
        optional = not leading and not any(p.required for p in rest) and method.id not in self._names.required
        mark, null = ("?", " | null") if optional else ("", "")
        places = {p.place for p in rest}
        if not leading and (len(places) < 2 and "header" not in places):
            given = [f"path: [{last[0]}]"] if paths else []
            params = None
            if rest:
                params = "query" if places == {"query"} else "body"
                declared.append(f"{params}{mark}: {self._params_type(method)}{null}")
                given.append(_form(method) if params == "body" and body != "body" else params)
            streams = f"{params}{mark}.stream"
            return _Arguments(declared, given, "", params, streams, optional, optional and places == {"query"})
        declared.append(f"params{mark}: {self._params_type(method)}{null}")
        headers = [p for p in rest if p.place == "header"]
        apart = [p for p in rest if p.place == "query"] if "body" in places else []
        remaining = "body" if "body" in places else "query" if "query" in places else None
        taken = [self._taken(p) for p in (*leading, *apart, *headers)] + ([f"...{remaining}"] if remaining else [])
        given = []
        if paths:
            given.append(f"path: [{', '.join([_local(p) for p in leading] + last)}]")
        if apart:
            given.append(
                f"query: {{ {', '.join(p.wire if p.wire == _local(p) else f'{json.dumps(p.wire)}: {_local(p)}' for p in apart)} }}"
            )
        if remaining:
            given.append(_form(method) if remaining == "body" and body != "body" else remaining)
        if headers:
            given.append(f"headers: {{ {', '.join(f'{json.dumps(p.wire)}: {_local(p)}' for p in headers)} }}")
        query = optional and "query" in places and "body" not in places
        source = (
            f"(params ?? {{}}) as {self._params_type(method)}" if query else f"params{' ?? {}' if optional else ''}"
        )
        prepare = f"    const {{ {', '.join(taken)} }} = {source};\n"
        return _Arguments(declared, given, prepare, "params", f"{remaining}.stream", optional, query)

    def _taken(self, param: Param) -> str:
        """How a parameter is taken out of `params`."""
        key = self._names.key(param.wire)
        return key if key == _local(param) else f"{json.dumps(key)}: {_local(param)}"

    def _params_type(self, method: Method) -> str:
        """The official type of the parameters, or one made here where the Python package has none."""
        leading = method.path_params[:-1]
        if method.params_type is None:
            return self._made(method)
        declared = self._spec.resolve(method.params_type)
        declared = self._spec.resolve(declared.members[0]) if isinstance(declared, Union) else declared
        known = {f.wire for f in self._spec.all_fields(declared)} if isinstance(declared, Object) else set()
        missing = [f"{p.wire}: string" for p in leading if p.wire not in known]
        return self.type(method.params_type) + (f" & {{ {'; '.join(missing)} }}" if missing else "")

    def _made(self, method: Method) -> str:
        name = f"{singular(self._resource.class_name)}{camel(method.name)[0].upper()}{camel(method.name)[1:]}Params"
        fields = [f"{p.wire}: {self.type(p.type)};" for p in method.path_params[:-1]]
        for param in method.params:
            if param.place != "path":
                key = self._names.key(param.wire)
                fields.append(
                    f"{key if key.isidentifier() else json.dumps(key)}{'' if param.required else '?'}: {self.type(param.type)};"
                )
        self.interfaces[name] = fields
        return name

    def _page_name(self, page: str, type: Type, item: str) -> str:
        """`ChatCompletion` → `ChatCompletionsPage`, where the official module has no other name for it."""
        for name, told in self._official_pages.items():
            kind, _, text = told.partition(" of ")
            if kind == page and parsed(self._spec, text) == type:
                return name
        item = item.replace(".", "")
        plural = (
            re.sub("y$", "ie", item)
            if re.search("[^aeiou]y$", item)
            else item + ("e" if re.search("(s|x|ch|sh)$", item) else "")
        )
        return f"{plural}sPage"


def _form(method: Method) -> str:
    """The body of a multipart call, with the rules of its form."""
    if method.json_without_files:
        return "form: body ?? {}, rules: { jsonWithoutFiles: true }"
    if not method.parts:
        return "form: body"
    types = ", ".join(f"{name}: {json.dumps(content_type)}" for name, content_type in method.parts)
    alone = f", alone: {json.dumps(method.alone)}" if method.alone else ""
    return f"form: body, rules: {{ parts: {{ {types} }}{alone} }}"


def _doc(resource: Resource, method: Method) -> str:
    old = "   * @deprecated\n" if method.deprecated else ""
    return f"""  /**
   * {sentence(resource, method)}: `{method.verb} {method.path}`.
   *
   * Rejects with an `APIError`: by status (`NotFoundError`, `RateLimitError`, ...), or `APIConnectionError`.
   *
   * @see {reference(resource, method)}
{old}   */
"""


def _local(param: Param) -> str:
    """A parameter as a variable: path and query parameters keep their names, a header's is in camel case."""
    return camel(param.name) if param.place == "header" else param.wire


def _path_name(name: str) -> str:
    """`completion_id` → `completionID`, as the official package writes it."""
    return re.sub("Id$", "ID", camel(name))


def singular(name: str) -> str:
    """`Batches` → `Batch`, `Users` → `User`, `Content` → `Content`."""
    for ending, other in (("ies", "y"), ("ches", "ch"), ("xes", "x"), ("sses", "ss")):
        if name.endswith(ending):
            return name.removesuffix(ending) + other
    return name.removesuffix("s")
