"""Deltas onto what came before: text is appended, objects are merged, indexed lists are merged by index."""

from __future__ import annotations

from ..._models import BaseModel
from ._growing import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# Repeated values, not pieces of a text.
_VALUES = frozenset(("index", "type", "id", "role"))


def fields(value: Any) -> dict[str, Any]:
    """The JSON object of a value that may have been read as a model already; an empty one for anything else."""
    if type(value) is dict:
        return value
    return value.__dict__ if isinstance(value, BaseModel) else {}


def merge(into: dict[str, Any], delta: Iterable[tuple[str, Any]]) -> None:
    """Adds members of a delta. `into` never shares a container with a delta; its longer texts are `Text`."""
    for key, value in delta:
        old = into.get(key)
        if value is None:
            into.setdefault(key, None)
        elif old is None or key in _VALUES:
            into[key] = own(value)
        else:
            into[key] = _merged(old, value)


def _merged(old: Any, value: Any) -> Any:
    if isinstance(value, BaseModel):
        value = value.__dict__
    if type(value) is str and type(old) is Text:
        old.append(value)
        return old
    if type(value) is str and type(old) is str:
        return Text(old, value)
    if type(value) is dict and type(old) is dict:
        merge(old, value.items())
        return old
    if type(value) is list and type(old) is list:
        for item in value:
            _merge_item(old, item)
        return old
    if isinstance(value, (int, float)) and isinstance(old, (int, float)):
        return old + value
    return own(value)


def _merge_item(items: list[Any], item: Any) -> None:
    index = fields(item).get("index")
    if index is not None:
        for old in items:
            if type(old) is dict and old.get("index") == index:
                merge(old, fields(item).items())
                return
    items.append(own(item))


def own(value: Any) -> Any:
    """JSON of its own to merge into."""
    if isinstance(value, BaseModel):
        value = value.__dict__
    if type(value) is dict:
        return {key: own(item) for key, item in value.items()}
    if type(value) is list:
        items: list[Any] = []
        for item in value:
            _merge_item(items, item)
        return items
    return value


def plain(value: Any) -> Any:
    """What has been merged, as JSON of its own."""
    if type(value) is Text:
        return value.read()
    if type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    if type(value) is list:
        return [plain(item) for item in value]
    return value
