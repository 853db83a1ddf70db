"""The frozen model of the API that every emitter reads: resources, methods, types, errors.

Built once by `load`, complete and checked (each `Ref` resolves, each id is unique); emitters never change it and never
look at YAML. A type is known by its official Python identity, module path below `openai.types` and class name, because
short names repeat (`Choice` exists in many modules). Order is meaning everywhere: fields, parameters and declarations
stand in the order of the official package, and body keys are sent in that order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

# ---------------------------------------------------------------------------------------------------------------- types


@dataclass(frozen=True)
class Scalar:
    """A plain JSON value; `any` is JSON of any shape (official `object`), `file` an upload, `datetime` ISO 8601 text."""

    kind: Literal["string", "integer", "number", "boolean", "null", "any", "bytes", "file", "datetime"]


@dataclass(frozen=True)
class Const:
    """One of these literal values; `open`: any other string is accepted too (official `Union[str, Literal[...]]`)."""

    values: tuple[str | int | bool, ...]
    open: bool = False


@dataclass(frozen=True)
class ListOf:
    """A JSON array; `iterable`: the official parameter takes any iterable (`Iterable`), `sequence`: `SequenceNotStr`."""

    item: Type
    iterable: bool = False
    sequence: bool = False


@dataclass(frozen=True)
class MapOf:
    """A JSON object with free string keys."""

    value: Type


@dataclass(frozen=True)
class Ref:
    """A named declaration: `Ref("chat.chat_completion", "Choice")`."""

    module: str
    name: str


@dataclass(frozen=True)
class Union:
    """One of several types, told apart by the wire key `discriminator` where the official package names one."""

    members: tuple[Type, ...]
    discriminator: str | None = None


@dataclass(frozen=True)
class Nullable:
    """The type or JSON null. On a required field null must be sent; absence is `Field.required`, not this."""

    item: Type


Type: TypeAlias = "Scalar | Const | ListOf | MapOf | Ref | Union | Nullable"


# --------------------------------------------------------------------------------------------------------- declarations


@dataclass(frozen=True)
class Field:
    """One member of an object: `name` is the Python attribute, `wire` the JSON key (they differ for `from_`/`from`)."""

    name: str
    wire: str
    type: Type
    required: bool
    doc: str = ""


@dataclass(frozen=True)
class Object:
    """A class with fields. `fields` are its own; `Spec.all_fields` adds those of `bases`, base first."""

    module: str
    name: str
    fields: tuple[Field, ...]
    kind: Literal["response", "request"]  # response = BaseModel, request = TypedDict
    bases: tuple[Ref, ...] = ()
    extra: Type | None = None  # type of the values under undeclared keys, where the official class names one
    doc: str = ""


@dataclass(frozen=True)
class Alias:
    """A name for a type expression, such as `ChatCompletionMessageParam` for a union."""

    module: str
    name: str
    type: Type
    kind: Literal["response", "request"]
    doc: str = ""


Declaration: TypeAlias = "Object | Alias"


@dataclass(frozen=True)
class Module:
    """One official module below `openai.types`; `exports` names all its declarations, the main one first."""

    path: str
    declarations: tuple[Declaration, ...]  # a name stands before those that use it, cycles apart
    exports: tuple[str, ...]
    also: tuple[tuple[str, Ref], ...] = ()  # public names of the official module for types of other modules

    @property
    def package(self) -> str:
        """The package that re-exports it: "chat" for "chat.chat_completion", "" for "model"."""
        return self.path.rpartition(".")[0]


# -------------------------------------------------------------------------------------------------------------- methods


@dataclass(frozen=True)
class Param:
    """One argument of a method, named as in the official signature; `wire` is its key in path, query, body or header."""

    name: str
    wire: str
    type: Type
    required: bool
    place: Literal["path", "query", "body", "header"]
    positional: bool = False  # False: keyword only in Python
    doc: str = ""


@dataclass(frozen=True)
class Choice:
    """The result by the value of one parameter: the first value is what holds where the caller gives none."""

    param: str  # wire name
    results: tuple[tuple[str, Type], ...]  # value and type; `string`: the answer is text


@dataclass(frozen=True)
class Method:
    """One call. Exactly one of `result`, `page`, `binary`, `text` says what comes back; none of them: nothing (204)."""

    name: str  # "create"
    id: str  # "chat.completions.create"
    verb: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str  # "/chat/completions/{completion_id}"; placeholders are the wire names of the path parameters
    params: tuple[Param, ...]  # official signature order, `stream` included
    body: Literal["json", "multipart", "none"]
    params_type: Ref | None = None  # the official TypedDict (or union of variants) of everything outside the path
    result: Type | None = None
    stream: Literal["never", "optional", "always"] = "never"
    stream_event: Type | None = None
    terminal: Literal["done", "response_event", "last_event", "close"] | None = None  # how a whole stream ends
    page: str | None = None  # "CursorPage"; without Sync/Async
    page_item: Type | None = None
    binary: bool = False
    text: bool = False
    beta_header: str | None = None  # value of OpenAI-Beta
    accept: str | None = None  # Accept header where it is not application/json
    auth: Literal["bearer", "admin"] = "bearer"  # which key signs the call
    json_without_files: bool = False  # a multipart call that is sent as JSON where no file is given
    parts: tuple[tuple[str, str], ...] = ()  # wire name and content type of parts that are no plain text fields
    alone: str | None = None  # the part that is the whole body where nothing else is given
    choice: Choice | None = None  # which member of the union that is `result` comes back
    synthesize_event: bool = False  # stream items are {"event", "data"} pairs made from the SSE name and data
    deprecated: bool = False
    doc: str = ""

    @property
    def path_params(self) -> tuple[Param, ...]:
        """The path parameters in template order, which is the order the engine takes them in."""
        names = [part.partition("}")[0] for part in self.path.split("{")[1:]]
        by_wire = {param.wire: param for param in self.params if param.place == "path"}
        return tuple(by_wire[name] for name in names)

    def placed(self, place: Literal["path", "query", "body", "header"]) -> tuple[Param, ...]:
        """The parameters of one place, in signature order."""
        return tuple(param for param in self.params if param.place == place)


@dataclass(frozen=True)
class Resource:
    """A group of methods: path ("chat", "completions"), official class `Completions` and its module below resources."""

    path: tuple[str, ...]
    class_name: str
    module: str  # "chat.completions.completions"
    methods: tuple[Method, ...]
    children: tuple[Resource, ...] = ()
    doc: str = ""

    @property
    def id(self) -> str:
        return ".".join(self.path)


# ----------------------------------------------------------------------------------------------------------- the whole


@dataclass(frozen=True)
class ErrorKind:
    """One kind of failure: a variant of Rust's ErrorKind, and the class it is raised as in Python and Node."""

    kind: str  # snake case: "rate_limit"
    python: str  # "RateLimitError"; a dotted or builtin name is not ours ("asyncio.CancelledError", "ValueError")
    node: str
    status: int | None = None  # an answer with exactly this status
    status_min: int | None = None  # ... or with this status or more
    fallback: bool = False  # any other failing status
    doc: str = ""


@dataclass(frozen=True)
class ErrorClass:
    """One class of a language's error tree. `parent` is another of them or a builtin (Exception, ValueError, Error)."""

    name: str
    parent: str
    official: bool = True  # False: an addition to the tree of the official package


@dataclass(frozen=True)
class Page:
    """How a list is walked: the items key, and what makes the query of the next page. See spec/pages.yaml."""

    name: str  # "CursorPage"
    items: str = "data"
    next_param: str | None = None  # query key of the next page
    next_from: str | None = None  # wire key in the page that holds its value; "data[-1].id": of the last item
    more: str | None = None  # boolean key that says whether a next page exists
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Spec:
    """Everything an emitter may know."""

    version: str  # official release the facts come from
    resources: tuple[Resource, ...]
    modules: Mapping[str, Module]  # by path, sorted
    packages: Mapping[str, Mapping[str, Ref]]  # "chat" → what `openai.types.chat` exports by name; "" is the top
    errors: tuple[ErrorKind, ...]
    error_classes: Mapping[str, tuple[ErrorClass, ...]]  # "python", "node"; parents before children
    pages: Mapping[str, Page]
    defaults: Mapping[str, str | int | float] = field(default_factory=dict)  # spec/defaults.yaml: timeouts, retries
    names: Mapping[str, Any] = field(default_factory=dict)  # spec/names/<language>.yaml by language

    def declaration(self, ref: Ref) -> Declaration:
        """The declaration a reference names."""
        return self._index[ref]

    @property
    def _index(self) -> Mapping[Ref, Declaration]:
        index = self.__dict__.get("_by_ref")
        if index is None:
            index = {Ref(d.module, d.name): d for m in self.modules.values() for d in m.declarations}
            self.__dict__["_by_ref"] = index  # a cache, not state: a frozen dataclass allows it only this way
        return index

    def resolve(self, type: Type) -> Type | Object:
        """The type behind aliases: an `Object`, or the first expression that is not a reference."""
        while isinstance(type, Ref):
            declaration = self.declaration(type)
            if isinstance(declaration, Object):
                return declaration
            type = declaration.type
        return type

    def all_fields(self, obj: Object) -> tuple[Field, ...]:
        """Fields with those of the bases, base first; a redeclared field keeps its first place and its last type."""
        fields: dict[str, Field] = {}
        for base in obj.bases:
            declaration = self.declaration(base)
            if isinstance(declaration, Object):
                fields.update({f.name: f for f in self.all_fields(declaration)})
        fields.update({f.name: f for f in obj.fields})
        return tuple(fields.values())

    def all_resources(self) -> Iterator[Resource]:
        """Every resource, parents before children."""

        def walk(resources: tuple[Resource, ...]) -> Iterator[Resource]:
            for resource in resources:
                yield resource
                yield from walk(resource.children)

        yield from walk(self.resources)

    def all_methods(self) -> Iterator[tuple[Resource, Method]]:
        """Every method with its resource."""
        for resource in self.all_resources():
            for method in resource.methods:
                yield resource, method
