"""Embeddings travel as base64, a fifth of the bytes of decimal text, and arrive as lists of floats.

Only where the caller left `encoding_format` open: an explicit format is sent, and answered, as it is.
"""

from __future__ import annotations

from ._models import constructor
from ._native import floats
from ._types import NotGiven, Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def base64_unless_given(encoding_format: Any) -> Any:
    """The format to ask for."""
    return "base64" if isinstance(encoding_format, Omit | NotGiven) else encoding_format


def decoded_unless_given(result: str, encoding_format: Any) -> Any:
    """The result type of the call: one that decodes, where nobody but us asked for base64."""
    return _Decoded(result) if isinstance(encoding_format, Omit | NotGiven) else result


class _Decoded:
    """A result type whose embeddings come as base64."""

    __slots__ = ("_result",)

    def __init__(self, result: str) -> None:
        self._result = result

    def wrap(self, data: Any) -> Any:
        for item in data.get("data") or () if isinstance(data, dict) else ():
            # A server that does not know base64 sends numbers, and they stay.
            if isinstance(item, dict) and isinstance(item.get("embedding"), str):
                item["embedding"] = floats(item["embedding"])
        return constructor(self._result)(data)
