"""Models back to plain values, as pydantic dumps them: declared fields in their order, then the unknown ones."""

from __future__ import annotations

from sys import modules

from ._models import BaseModel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ALL = "__all__"


class Dump:
    """One way of dumping; `include` and `exclude` are sets of names, or dicts whose values go one level deeper."""

    def __init__(
        self,
        json: bool,
        by_alias: bool,
        exclude_unset: bool,
        exclude_defaults: bool,
        exclude_none: bool,
        *,
        sending: bool = False,
    ) -> None:
        self._json = json
        self._by_alias = by_alias
        self._exclude_unset = exclude_unset
        self._exclude_defaults = exclude_defaults
        self._exclude_none = exclude_none
        self._sending = sending

    def model(self, model: BaseModel, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        cls = type(model)
        data = model.__dict__
        dumped: dict[str, Any] = {}
        for name, field in cls.__fields__.items():
            if self._exclude_unset and field.wire not in data:
                continue
            if self._sending and name in cls.__unsent__:
                continue
            value = getattr(model, name)
            if self._exclude_defaults and not field.required and value == field.default:
                continue
            self._put(dumped, field.wire if self._by_alias else name, name, value, include, exclude)
        for key, value in data.items():
            if key not in cls.__wires__:
                self._put(dumped, key, key, value, include, exclude)
        return dumped

    def _put(self, into: dict[str, Any], key: str, name: str, value: Any, include: Any, exclude: Any) -> None:
        if value is None and self._exclude_none:
            return
        kept, deeper_include = _chosen(include, name)
        dropped, deeper_exclude = _chosen(exclude, name)
        if (include is not None and not kept) or (exclude is not None and dropped and deeper_exclude is None):
            return
        into[key] = self.value(value, deeper_include, deeper_exclude)

    def value(self, value: Any, include: Any = None, exclude: Any = None) -> Any:
        kind = type(value)
        if kind is str or kind is int or kind is float or kind is bool or value is None:
            return value
        if isinstance(value, BaseModel):
            return self.model(value, include, exclude)
        if isinstance(value, dict):
            dumped: dict[str, Any] = {}
            for key, item in value.items():
                # Pydantic leaves the None values of free-form objects alone; only fields are dropped.
                self._entry(dumped, key, item, include, exclude)
            return dumped
        if isinstance(value, list | tuple):
            return self._list(value, include, exclude)
        return self._foreign(value)

    def _foreign(self, value: Any) -> Any:
        """What programs put into models: parsed answers of their own types, and whatever else has a JSON form."""
        cls = type(value)
        if hasattr(cls, "__pydantic_serializer__") and hasattr(cls, "model_dump"):
            return value.model_dump(
                mode="json" if self._json else "python",
                by_alias=self._by_alias,
                exclude_unset=self._exclude_unset,
                exclude_defaults=self._exclude_defaults,
                exclude_none=self._exclude_none,
            )
        if (fields := getattr(cls, "__dataclass_fields__", None)) is not None:
            return {name: self.value(getattr(value, name)) for name in fields}
        return _plain(value) if self._json else value

    def _entry(self, into: dict[str, Any], key: Any, value: Any, include: Any, exclude: Any) -> None:
        kept, deeper_include = _chosen(include, key)
        dropped, deeper_exclude = _chosen(exclude, key)
        if (include is None or kept) and not (exclude is not None and dropped and deeper_exclude is None):
            into[key] = self.value(value, deeper_include, deeper_exclude)

    def _list(self, values: Any, include: Any, exclude: Any) -> list[Any]:
        if include is None and exclude is None:
            return [self.value(item) for item in values]
        by_index: dict[Any, Any] = {}
        for index, item in enumerate(values):
            self._entry(by_index, index, item, include, exclude)
        return list(by_index.values())


def _chosen(choice: Any, name: Any) -> tuple[bool, Any]:
    """Whether an include or exclude names this key, and what it says about the level below (None: nothing)."""
    if choice is None:
        return False, None
    if not isinstance(choice, dict):
        return name in choice or _ALL in choice, None
    deeper = choice.get(name, choice.get(_ALL, False))
    if deeper is False or deeper is None:
        return False, None
    return True, None if deeper is True or deeper is ... else deeper


def _plain(value: Any) -> Any:
    """A JSON value for what programs put into models beside JSON."""
    from datetime import date, datetime
    from enum import Enum

    if isinstance(value, datetime):
        text = value.isoformat()
        return text[:-6] + "Z" if text.endswith("+00:00") else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, bytes):
        return value.decode()
    # Values of all other types come from pydantic, which then knows their form. Enumerations may be the program's own.
    pydantic_core = modules.get("pydantic_core")
    if pydantic_core is not None:
        return pydantic_core.to_jsonable_python(value)
    return value.value if isinstance(value, Enum) else value


def to_text(value: Any, indent: int | None, ensure_ascii: bool) -> str:
    """JSON text as pydantic writes it."""
    import json

    separators = (",", ":") if indent is None else None
    return json.dumps(value, indent=indent, ensure_ascii=ensure_ascii, separators=separators)
