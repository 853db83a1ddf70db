"""Transcriptions and translations: the format that was asked for decides what the answer is."""

from __future__ import annotations

from ._types import NotGiven, Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def by_format(response_format: Any, text: tuple[str, ...], **types: str) -> Any:
    """The result type: that of the format, `str` for the formats in `text`, that of `json` for any other."""
    if response_format in text:
        return str
    given = "json" if response_format is None or isinstance(response_format, Omit | NotGiven) else response_format
    return types.get(given, types["json"])
