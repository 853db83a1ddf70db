"""`BaseModel`: response objects with the official names, each a thin class over the dict that the JSON parser made.

An instance's `__dict__` *is* that dict. So a scalar field is an ordinary attribute read, an absent one falls through to
the class, where every declared field is `None`, and unknown fields are simply there. A field that holds other models
is a property of the class: it wraps the raw value on first access and puts the result back in its place.

Why so. Measured on CPython 3.10 to 3.13 with a 294-byte chat chunk, on top of the parse: this way 0.8 to 1.0 µs to wrap
the chunk and read `.choices[0].delta.content` (0.2 to wrap it alone), reading it again 0.2 to 0.3. Wrapping everything at once
costs 1.1 to 1.4 and, for a large answer, every object nobody reads. Descriptors that step aside after the first read
need the raw values moved elsewhere first: 1.8 to 2.6 for the first read, 0.08 for later ones, which are rarer.

Dangers. Nothing is validated: values have the types the server sent. `construct` takes the dict over and changes it; do
not use it afterwards.
"""

from __future__ import annotations

from . import _models_shapes as shapes
from ._models_shapes import LazyShape as lazy_shape
from ._models_shapes import Union as union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import Any, ClassVar, Literal, TypeAlias

    from typing_extensions import Self

    JsonObject: TypeAlias = dict[str, Any]  # `dict` is a method inside the class
    IncEx: TypeAlias = "set[int] | set[str] | Mapping[int, IncEx | bool] | Mapping[str, IncEx | bool]"

__all__ = ["BaseModel", "construct", "constructor", "lazy_shape", "union", "wire_name"]

_REQUIRED: Any = object()
_OURS = f"{__package__}."
_PLAIN_HINTS = frozenset(
    form.format(name)
    for name in ("str", "int", "float", "bool", "object", "Any", "None")
    for form in ("{}", "Optional[{}]", "{} | None", "List[{}]", "list[{}]", "Optional[List[{}]]", "list[{}] | None")
)


class FieldInfo:
    """One declared field: `alias` is its JSON key where that differs from the attribute name."""

    __slots__ = ("alias", "annotation", "default", "required", "wire")

    def __init__(self, wire: str, alias: str | None, annotation: Any, default: Any) -> None:
        self.wire = wire
        self.alias = alias
        self.annotation = annotation
        self.required = default is _REQUIRED
        self.default = None if self.required else default

    def is_required(self) -> bool:
        return self.required

    def get_default(self, *, call_default_factory: bool = False) -> Any:
        return self.default

    def __repr__(self) -> str:
        return f"FieldInfo(annotation={self.annotation}, required={self.required}, default={self.default!r})"


class _WireName:
    __slots__ = ("default", "wire")

    def __init__(self, wire: str, default: Any) -> None:
        self.wire = wire
        self.default = default


def wire_name(wire: str, *, default: Any = _REQUIRED) -> Any:
    """The right-hand side of a field whose JSON key is not its attribute name: `from_: str = wire_name("from")`."""
    return _WireName(wire, default)


class _ClassProperty:
    """A read-only property of the class as well as of its instances (`ChatCompletion.model_fields`)."""

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self._get = get
        self.__doc__ = get.__doc__

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._get(owner)


class _Method:
    """A method that stays one when a server sends a field of its name; that field is then in `model_extra` only."""

    def __init__(self, name: str, function: Any) -> None:
        self._name = name
        self._function = function

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._function if instance is None else self._function.__get__(instance, owner)

    def __set__(self, instance: Any, value: Any) -> None:  # having this is what puts it before the instance's dict
        instance.__dict__[self._name] = value


class BaseModel:
    """Base of all response types: attributes for the fields, and the methods that pydantic models have."""

    __slots__ = ("__dict__", "__weakref__", "_request_id")

    __fields__: ClassVar[Mapping[str, FieldInfo]] = {}  # by attribute name, bases first
    __wires__: ClassVar[Mapping[str, Any]] = {}  # declared JSON keys
    __nested__: ClassVar[JsonObject] = {}  # shapes of the fields that hold models, see _models_shapes
    __unsent__: ClassVar[frozenset[str]] = frozenset()  # fields that are no part of the API: left out of requests

    if TYPE_CHECKING:
        _request_id: str | None
        model_fields: ClassVar[Mapping[str, FieldInfo]]
        model_computed_fields: ClassVar[JsonObject]

        def __getattr__(self, name: str) -> Any: ...  # fields of newer servers

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        fields: dict[str, FieldInfo] = {}
        for base in reversed(cls.__bases__):
            fields.update(getattr(base, "__fields__", ()))
        nested = own.get("__nested__", {})
        by_hand = not cls.__module__.startswith(_OURS)
        for name, annotation in cls.__annotations__.items():
            if name.startswith("_") or str(annotation).startswith(("ClassVar", "typing.ClassVar")):
                continue
            default = own.get(name, _REQUIRED)
            wire = name
            if type(default) is _WireName:
                wire, default = default.wire, default.default
            fields[name] = FieldInfo(wire, None if wire == name else wire, annotation, default)
            if name in nested:
                setattr(cls, name, shapes.lazy_accessor(name, wire, nested[name], cls))
            elif by_hand and annotation not in _PLAIN_HINTS:
                setattr(cls, name, _hinted(name, wire, cls))
            elif wire != name:
                setattr(cls, name, shapes.reader(wire, fields[name].default))
            elif default is _REQUIRED:
                setattr(cls, name, None)
        cls.__fields__ = fields
        if any(field.alias for field in fields.values()):
            cls.__wires__ = {field.wire: name for name, field in fields.items()}
        else:
            cls.__wires__ = fields

    def __init__(self, **values: Any) -> None:
        fields = type(self).__fields__
        self.__dict__ = {fields[key].wire if key in fields else key: _own(value) for key, value in values.items()}

    if not TYPE_CHECKING:

        def __class_getitem__(cls, parameters: Any) -> Any:
            # Type parameters matter to type checkers only.
            return cls

    # ------------------------------------------------------------------------------------------------- construction

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """An instance of these values; as everywhere here, unchecked."""
        return cls(**values)

    @classmethod
    def construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """The same as `model_construct`."""
        return cls(**values)

    @classmethod
    def model_validate(cls, obj: Any, **_options: Any) -> Self:
        """An instance of a dict or of another model. Lenient: only a value that is neither is refused."""
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, BaseModel):
            obj = obj.__dict__
        if not isinstance(obj, dict):
            raise ValueError(f"{cls.__name__} needs a dict, got {type(obj).__name__}")
        return shapes.bare(cls, _own(obj))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_options: Any) -> Self:
        """An instance of JSON text."""
        import json

        return cls.model_validate(json.loads(json_data))

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """The same as `model_validate`."""
        return cls.model_validate(obj)

    @classmethod
    def parse_raw(cls, b: str | bytes, **_options: Any) -> Self:
        """The same as `model_validate_json`."""
        return cls.model_validate_json(b)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with the fields of `update` replaced; nested values are shared unless `deep`."""
        import copy

        other = copy.deepcopy(self) if deep else copy.copy(self)
        fields = type(self).__fields__
        for key, value in (update or {}).items():
            other.__dict__[fields[key].wire if key in fields else key] = value
        return other

    copy = model_copy

    # -------------------------------------------------------------------------------------------------- introspection

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that the server sent or the program set."""
        data = self.__dict__
        fields = type(self).__fields__
        return {name for name, field in fields.items() if field.wire in data} | set(_extra(self))

    @property
    def model_extra(self) -> JsonObject:
        """The fields that this version does not know, as parsed."""
        return _extra(self)

    if not TYPE_CHECKING:

        @_ClassProperty
        def model_fields(cls) -> Mapping[str, FieldInfo]:
            return cls.__fields__

        @_ClassProperty
        def model_computed_fields(cls) -> JsonObject:
            return {}

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        yield from _items(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseModel) or type(self) is not type(other):
            return NotImplemented
        # Equal dicts are equal models; unequal ones may differ only in what has been read so far, or in None against absent.
        return self.__dict__ == other.__dict__ or dict(_items(self)) == dict(_items(other))

    __hash__ = None  # pyright: ignore[reportAssignmentType]  # mutable, as pydantic's models

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in _items(self))})"

    __str__ = __repr__

    def __rich_repr__(self) -> Generator[tuple[str, Any], None, None]:
        yield from _items(self)

    # ------------------------------------------------------------------------------------------------------- dumping

    def model_dump(
        self,
        *,
        mode: Literal["json", "python"] | str = "python",
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **_options: Any,
    ) -> JsonObject:
        """The model as a dict, nested models too. Values are copies; `mode="json"` leaves only JSON types."""
        from ._models_dump import Dump

        return Dump(mode == "json", bool(by_alias), exclude_unset, exclude_defaults, exclude_none).model(
            self, include, exclude
        )

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        ensure_ascii: bool = False,
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **_options: Any,
    ) -> str:
        """The model as JSON text, compact unless `indent` is given."""
        from ._models_dump import Dump, to_text

        dump = Dump(True, bool(by_alias), exclude_unset, exclude_defaults, exclude_none)
        return to_text(dump.model(self, include, exclude), indent, ensure_ascii)

    def to_dict(
        self,
        *,
        mode: Literal["json", "python"] = "python",
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> JsonObject:
        """The model as the server sent it: its JSON keys, and only the fields that are set."""
        return self.model_dump(
            mode=mode,
            by_alias=use_api_names,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    def to_json(
        self,
        *,
        indent: int | None = 2,
        use_api_names: bool = True,
        exclude_unset: bool = True,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        warnings: bool = True,
    ) -> str:
        """The text of `to_dict`, indented by two."""
        return self.model_dump_json(
            indent=indent,
            by_alias=use_api_names,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    dict = model_dump
    json = model_dump_json

    def __request__(self) -> JsonObject:
        """What a request sends of this model; the encoder asks for it."""
        from ._models_dump import Dump

        return Dump(True, True, True, False, False, sending=True).model(self)

    # ------------------------------------------------------------------------------------------------------ pydantic

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        # Only pydantic asks this, so it is loaded already.
        from ._models_pydantic import schema_of

        return schema_of(cls.model_validate, cls)

    @classmethod
    def model_json_schema(cls, **_options: Any) -> JsonObject:
        """A JSON schema of the class. Coarse: property names and which of them are required."""
        from ._models_pydantic import json_schema_of

        return json_schema_of(cls)


for _name in ("model_copy", "copy", "model_dump", "dict", "model_dump_json", "json", "to_dict", "to_json"):
    setattr(BaseModel, _name, _Method(_name, getattr(BaseModel, _name)))


def _hinted(name: str, wire: str, owner: type) -> property:
    """The accessor of a field in a class that a user wrote: its annotation is resolved when it is first read."""

    def get(self: Any) -> Any:
        from ._models_hints import field_shape

        setattr(owner, name, shapes.accessor(wire, field_shape(owner, name)))
        return getattr(self, name)

    return property(get, *shapes.writers(wire))


def _extra(model: BaseModel) -> JsonObject:
    declared = type(model).__wires__
    return {key: value for key, value in model.__dict__.items() if key not in declared}


def _items(model: BaseModel) -> Generator[tuple[str, Any], None, None]:
    """Declared fields in their order, set or not, then the unknown ones."""
    for name in type(model).__fields__:
        yield name, getattr(model, name)
    yield from _extra(model).items()


def _own(value: Any) -> Any:
    """A copy of the plain containers of a value that a program passed in: models change the dicts they stand on."""
    if type(value) is dict:
        return {key: _own(item) for key, item in value.items()}
    if type(value) is list:
        return [_own(item) for item in value]
    return value


# --------------------------------------------------------------------------------------------------- entry of the runtime

_constructors: dict[Any, Callable[[Any], Any]] = {}


def constructor(type_: Any) -> Callable[[Any], Any]:
    """The function that turns parsed JSON into `type_`; take it once for a stream, then call it for each event.

    `type_` is a class, a reference such as "chat.chat_completion:ChatCompletion", a shape, or a type expression.
    """
    try:
        return _constructors[type_]
    except KeyError:
        pass
    except TypeError:  # unhashable type expression
        return _constructor(type_)
    found = _constructor(type_)
    if isinstance(type_, str | type):  # other objects may be made for one call
        _constructors[type_] = found
    return found


def _constructor(type_: Any) -> Callable[[Any], Any]:
    if isinstance(type_, str):
        return shapes.wrapper(shapes.resolve(type_, __name__))
    if isinstance(type_, type) and issubclass(type_, BaseModel):
        return shapes.wrapper(type_)
    if hasattr(type_, "wrap"):  # a union, or another shape
        return type_.wrap
    from ._models_hints import shape_of

    return shapes.wrapper(shape_of(type_))


def construct(type_: Any, data: Any) -> Any:
    """Parsed JSON as a value of `type_`, see `constructor`. Takes `data` over."""
    return constructor(type_)(data)
