"""The typing names of parameter types. Imported only by programs that import a parameter type themselves.

From `typing_extensions` where it is installed: pydantic refuses the standard `TypedDict` before Python 3.12.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol, SupportsIndex, TypeVar, overload

    from typing_extensions import Required as Required
    from typing_extensions import TypedDict as TypedDict

    _T_co = TypeVar("_T_co", covariant=True)

    class SequenceNotStr(Protocol[_T_co]):
        """Any sequence but a string, which is a sequence of strings too and never what was meant."""

        @overload
        def __getitem__(self, index: SupportsIndex, /) -> _T_co: ...
        @overload
        def __getitem__(self, index: slice, /) -> SequenceNotStr[_T_co]: ...
        def __contains__(self, value: object, /) -> bool: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[_T_co]: ...
        def index(self, value: Any, start: int = 0, stop: int = ..., /) -> int: ...
        def count(self, value: Any, /) -> int: ...
        def __reversed__(self) -> Iterator[_T_co]: ...

else:
    from collections.abc import Sequence as SequenceNotStr

    try:
        from typing_extensions import Required, TypedDict
    except ImportError:
        from typing import TypedDict  # noqa: F401

        try:
            from typing import Required
        except ImportError:  # Python 3.10

            class Required:
                def __class_getitem__(cls, item: Any) -> Any:
                    return item
