"""The small public types of parameters: "not given" against `None`, timeouts, request options.

Kept free of `typing` at run time: this module is part of every import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias, TypeVar

    _T = TypeVar("_T")
    Omittable: TypeAlias = "_T | Omit"
    Headers: TypeAlias = "Mapping[str, str | Omit]"
    Query: TypeAlias = Mapping[str, object]
    Body: TypeAlias = object


class NotGiven:
    """The type of `not_given`: the caller passed nothing, which is different from passing `None`."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __reduce__(self) -> str:
        return "not_given"


not_given = NotGiven()
NOT_GIVEN = not_given


class Omit:
    """The type of `omit`: leave this parameter or header out, even where a default would be sent."""

    __slots__ = ()

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "omit"

    def __reduce__(self) -> str:
        return "omit"


omit = Omit()

NoneType = type(None)


class Timeout:
    """Limits in seconds; `None` is no limit. `timeout` bounds one attempt, `connect` its connection.

    `read` bounds the silence between events of a stream. `write` and `pool` are accepted, since programs written for
    the official package pass them; sending is part of the attempt and waiting for a free connection does not happen.
    """

    __slots__ = ("connect", "pool", "read", "timeout", "write")

    def __init__(
        self,
        timeout: float | Timeout | NotGiven | None = not_given,
        *,
        connect: float | NotGiven | None = not_given,
        read: float | NotGiven | None = not_given,
        write: float | NotGiven | None = not_given,
        pool: float | NotGiven | None = not_given,
    ) -> None:
        if isinstance(timeout, Timeout):
            given: Any = timeout
            self.timeout: float | None = given.timeout
            base: Any = None
        else:
            given, base = None, (None if isinstance(timeout, NotGiven) else timeout)
            self.timeout = base
        for name, value in (("connect", connect), ("read", read), ("write", write), ("pool", pool)):
            fallback = getattr(given, name) if given is not None else base
            setattr(self, name, fallback if isinstance(value, NotGiven) else value)

    if TYPE_CHECKING:
        connect: float | None
        read: float | None
        write: float | None
        pool: float | None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timeout):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in ("timeout", "connect", "read", "write", "pool")
        )
        return f"Timeout({fields})"
