"""Values that grow while a stream runs, and views of how they stood at one event: made only when someone reads them.

A stream of n pieces costs work linear in its bytes. Who reads each snapshot pays for making each.
"""

from __future__ import annotations

from ..._native import decode_partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Text:
    """Text in pieces. `length` is in characters."""

    __slots__ = ("_pieces", "length")

    def __init__(self, *pieces: str) -> None:
        self._pieces = list(pieces)
        self.length = sum(map(len, pieces))

    def append(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += len(piece)

    def read(self, length: int | None = None) -> str:
        """The text, or its beginning."""
        if len(self._pieces) != 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0][:length]


class Later:
    """A value that is not made yet."""

    __slots__ = ()

    if TYPE_CHECKING:

        def read(self) -> Any: ...


class Snapshot(Later):
    """Text as it stood."""

    __slots__ = ("_length", "_text")

    def __init__(self, text: Text) -> None:
        self._text = text
        self._length = text.length

    def read(self) -> str:
        return self._text.read(self._length)


class PartialValue(Snapshot):
    """What JSON text said so far; strings that are still open are left out. None for blank text."""

    __slots__ = ()

    def read(self) -> Any:
        return partial_value(self._text.read(self._length))


class Made(Later):
    """What a function returns."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def read(self) -> Any:
        return self._make()


def partial_value(text: str) -> Any:
    """Raises `ValueError` where the text is not the beginning of JSON."""
    return decode_partial(text.encode()) if text.strip() else None


class _Shape:
    """The shape (see `_models_shapes`) of a field that may hold a `Later`."""

    def wrap(self, value: Any) -> Any:
        return value.read() if isinstance(value, Later) else value

    def is_raw(self, value: Any) -> bool:
        return isinstance(value, Later)


LATER = _Shape()
