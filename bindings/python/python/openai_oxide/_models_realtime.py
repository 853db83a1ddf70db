"""The body of a WebRTC call: the offer itself, or a form of the offer and the session's settings as JSON."""

from __future__ import annotations

from ._calls import given
from ._native import Form, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def offer(body: dict[str, Any]) -> Any:
    """The body, of `sdp`, `session`, and what the caller adds."""
    fields = given(body)
    sdp = fields.pop("sdp").encode()
    if not fields:
        return "application/sdp", sdp
    parts: list[tuple[str, str | None, str | None, bytes | str]] = [("sdp", None, "application/sdp", sdp)]
    if "session" in fields:
        parts.append(("session", None, "application/json", encode(fields.pop("session"))))
    return Form(fields, parts)
