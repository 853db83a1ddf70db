"""Calls to endpoints that have no method: `client.post("/path", cast_to=dict, body={...})` and its kin.

`cast_to` is a model, a type expression, `object` or `dict` for parsed JSON, `str` for text, `bytes` or
`HttpxBinaryResponseContent` for content, `httpx.Response` for the answer itself, or `NoneType`. A path is below the base
URL; a whole URL must be too, because the key travels with it.
"""

from __future__ import annotations

from ._calls import WANTED_BYTES, WANTED_RESPONSE
from ._files import file_parts
from ._native import Form
from ._types import not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OPTIONS = ("max_retries", "idempotency_key", "first_token_timeout", "idle_timeout", "deadline")


def arguments(cast_to: Any, body: Any, content: Any, files: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a client's `_call`, beside the operation and what only streams and pages have."""
    left = dict(options)
    given = {name: left.pop(name) for name in _OPTIONS if name in left}
    if (hedge := left.pop("hedge", None)) is not None:
        from ._hedge import settings

        given["hedge"] = settings(hedge)
    headers = {"Accept": "application/json", **(left.pop("headers", None) or {})}
    if content is not None and (body is not None or files):
        raise TypeError("`content` is the whole body: it excludes `body` and `files`")
    if files:
        # The content type is the form's: whoever names it, as programs do for the official client, knows no boundary.
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        named = files.items() if hasattr(files, "items") else files
        body = Form(body or {}, [part for name, file in named for part in file_parts(name, file)])
    elif content is not None or isinstance(body, bytes):
        body = ("application/json", _bytes_of(body if content is None else content))
    made = {
        "body": body,
        "result": _result(cast_to),
        "extra_headers": headers,
        "extra_query": left.pop("params", None),
        "extra_body": left.pop("extra_json", None),
        "timeout": left.pop("timeout", not_given),
        "extra_options": given,
    }
    if left:
        raise TypeError(f"unknown request options: {', '.join(left)}")
    return made


def below(base_url: str, path: str) -> str:
    """The path below the base URL; a whole URL loses the base, and may not have another."""
    if not path.startswith(("http://", "https://")):
        return path
    if not path.startswith(base_url):
        raise ValueError(f"{path} is not below {base_url}, the only place that this client sends its key to")
    return path.removeprefix(base_url)


def page_name(page: type) -> str:
    """The kind of a page class, whichever client it is for."""
    from . import pagination

    if page.__name__ not in pagination.__all__:
        raise TypeError(f"{page.__name__} is not a page class of {pagination.__name__}")
    return page.__name__.removeprefix("Async").removeprefix("Sync")


def _result(cast_to: Any) -> Any:
    if cast_to is bytes:
        return WANTED_BYTES
    if cast_to is type(None):
        return None
    if isinstance(cast_to, type):
        from ._binary import HttpxBinaryResponseContent
        from ._response import Response

        if issubclass(cast_to, HttpxBinaryResponseContent):
            return bytes
        if cast_to is Response or (cast_to.__name__ == "Response" and cast_to.__module__.startswith("httpx")):
            return WANTED_RESPONSE
    return cast_to


def _bytes_of(content: Any) -> bytes:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    data = content.read() if hasattr(content, "read") else b"".join(content)
    if isinstance(data, bytes):
        return data
    raise TypeError(
        f"the content must be bytes, text, a file opened in binary mode, or pieces of bytes, not {type(data).__name__}"
    )
