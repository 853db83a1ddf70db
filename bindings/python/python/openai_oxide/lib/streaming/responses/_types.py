"""The official name of a response that is still growing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from ....types.responses.parsed_response import ParsedResponse

    ParsedResponseSnapshot: TypeAlias = ParsedResponse[object]
else:
    from ....types.responses.parsed_response import ParsedResponse as ParsedResponseSnapshot

__all__ = ["ParsedResponseSnapshot"]
