"""Tool calls of one message, from deltas of servers that keep to the rules and of those that do not.

A delta belongs to the call with its id, else to the last one with its index, else to the call at its place in the list or,
alone in the list, to the call before it. A new id begins a new call even under an index that is in use, unless the delta
names no function: some servers invent an id for each piece. A call that never gets an id is `call_` and its place.
"""

from __future__ import annotations

from ...._native import decode, encode
from .._growing import Text
from .._merge import fields, merge, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


_CALL = frozenset(("index", "id", "type", "function"))
_FUNCTION = frozenset(("name", "arguments"))


def _beyond(known: frozenset[str], data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, value) for key, value in data.items() if key not in known)


class ToolCall:
    """One call as far as it came."""

    __slots__ = ("_other", "arguments", "done", "id", "kind", "left", "name", "parsed", "place")

    def __init__(self, place: int) -> None:
        self.place = place
        self.id: str | None = None
        self.kind = ""
        self.name = ""
        self.arguments = Text()
        self.parsed: Any = None  # of a call that is done
        self.left = False  # another call has begun since
        self.done = False
        self._other: dict[str, Any] = {}

    def add(self, delta: dict[str, Any]) -> str:
        """The piece of arguments in it."""
        if not self.id:
            self.id = delta.get("id")
        self.kind = delta.get("type") or self.kind or ("custom" if "custom" in delta else "function")
        piece = ""
        function = fields(delta.get("function"))
        if function:
            name = function.get("name")
            if name and name != self.name:  # the same again is a repetition
                self.name += name
            piece = function.get("arguments") or ""
            if type(piece) is not str:
                piece = encode(piece).decode()
            self.arguments.append(piece)
            if not function.keys() <= _FUNCTION:
                merge(self._other.setdefault("function", {}), _beyond(_FUNCTION, function))
        if not delta.keys() <= _CALL:
            merge(self._other, _beyond(_CALL, delta))
        return piece

    def is_whole(self) -> bool:
        """Whether the arguments are a JSON text that nothing but blanks can follow."""
        text = self.arguments.read().rstrip()
        if not text.endswith(("}", "]", '"')):
            return False
        try:
            decode(text.encode())
        except ValueError:
            return False
        return True

    def to_dict(self) -> dict[str, Any]:
        """The call as a completion has it."""
        data = {"id": self.id or f"call_{self.place}", "type": self.kind, "index": self.place, **plain(self._other)}
        if self.kind == "function":
            function = {"name": self.name, "arguments": self.arguments.read(), **data.get("function", {})}
            data["function"] = function
        return data


class ToolCalls:
    """All calls of a message, in the order in which they began."""

    __slots__ = ("_by_id", "_by_index", "calls")

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []
        self._by_id: dict[str, ToolCall] = {}
        self._by_index: dict[int, ToolCall] = {}

    def add(self, deltas: list[Any]) -> Iterator[tuple[ToolCall, str]]:
        """Each call that a chunk adds to, with the piece of its arguments."""
        for position, delta in enumerate(deltas):
            delta = fields(delta)
            call = self._call_of(delta, position, len(deltas))
            if (index := delta.get("index")) is not None:
                self._by_index[index] = call
            piece = call.add(delta)
            if call.id:
                self._by_id[call.id] = call
            yield call, piece

    def _call_of(self, delta: dict[str, Any], position: int, count: int) -> ToolCall:
        id_, index = delta.get("id"), delta.get("index")
        named = fields(delta.get("function")).get("name") or fields(delta.get("custom")).get("name")
        if id_ in self._by_id:
            return self._by_id[id_]
        found: ToolCall | None
        if index is not None:
            found = self._by_index.get(index)
        elif count > 1:
            found = self.calls[position] if position < len(self.calls) else None
        else:
            found = self.calls[-1] if self.calls else None
        if found is None or (named and ((found.id and id_) or (index is None and found.name))):
            found = ToolCall(len(self.calls))
            self.calls.append(found)
        return found
