"""The small public types of parameters: "not given" against `None`, timeouts, request options.

Kept free of `typing` at run time: this module is part of every import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import IO, Any, Literal, TypeAlias, TypeVar

    _T = TypeVar("_T")
    Omittable: TypeAlias = "_T | Omit"
    Headers: TypeAlias = "Mapping[str, str | Omit]"
    Query: TypeAlias = Mapping[str, object]
    Body: TypeAlias = object
    FileContent: TypeAlias = IO[bytes] | bytes | PathLike[str]
    FileTypes: TypeAlias = (
        FileContent
        | tuple[str | None, FileContent]
        | tuple[str | None, FileContent, str | None]
        | tuple[str | None, FileContent, str | None, Mapping[str, str]]
    )
    """A file to upload, with its name, content type and further headers where they are given."""
else:

    def __getattr__(name: str) -> object:
        """Names that need `typing`, for programs that ask for them."""
        if name not in ("FileContent", "FileTypes"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from collections.abc import Mapping
        from os import PathLike
        from typing import IO, Optional, Union

        text = Optional[str]  # noqa: UP045
        content = Union[IO[bytes], bytes, PathLike[str]]  # noqa: UP007
        files = Union[  # noqa: UP007
            content, tuple[text, content], tuple[text, content, text], tuple[text, content, text, Mapping[str, str]]
        ]
        globals().update(FileContent=content, FileTypes=files)
        return globals()[name]


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
