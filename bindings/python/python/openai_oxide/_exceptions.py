"""The exceptions, and how an engine error becomes one.

    Exception
    ├── OpenAIError                         everything below; on its own: a client that cannot be built
    │   └── APIError                        message, body, code, type, param, request
    │       ├── APIResponseValidationError  an answer that is not what the call returns
    │       ├── APIConnectionError          no answer, or not all of it
    │       │   ├── APITimeoutError         a time limit passed; `phase` says which
    │       │   └── IncompleteStreamError   a stream ended without its last event
    │       └── APIStatusError              status_code, request_id, response
    │           └── BadRequestError, AuthenticationError, … one class per status
    └── ValueError
        └── InvalidWebhookSignatureError

Which kind of engine error raises which class is generated from the spec (`_generated_errors`).
"""

from __future__ import annotations

from ._errors_base import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    ContentFilterFinishReasonError,
    IncompleteStreamError,
    InvalidWebhookSignatureError,
    LengthFinishReasonError,
    OpenAIError,
    SubjectTokenProviderError,
    WebSocketConnectionClosedError,
    WebSocketQueueFullError,
)
from ._generated_errors import (
    CLASS_OF_KIND,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    OAuthError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)
from ._response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "ContentFilterFinishReasonError",
    "IncompleteStreamError",
    "InternalServerError",
    "InvalidWebhookSignatureError",
    "LengthFinishReasonError",
    "NotFoundError",
    "OAuthError",
    "OpenAIError",
    "PermissionDeniedError",
    "RateLimitError",
    "SubjectTokenProviderError",
    "UnprocessableEntityError",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
]

# Tracebacks and pickles show the public name.
for _name in __all__:
    globals()[_name].__module__ = __package__


def from_engine(
    *,
    kind: str,
    message: str,
    status: int | None,
    code: str | None,
    type: str | None,
    param: str | None,
    headers: list[tuple[str, str]],
    body: bytes | None,
    attempts: int,
    phase: str | None,
) -> Exception:
    """The exception of an engine error; the native module calls this."""
    cls: Any = CLASS_OF_KIND.get(kind, APIError)
    if not issubclass(cls, APIError):
        return cls(message)
    error: Any
    content = _parsed(body)
    inner = content.get("error", content) if isinstance(content, dict) else content
    if issubclass(cls, APIStatusError):
        response = Response(status or 0, headers, body or b"", attempts)
        error = cls(_status_text(response.status_code, inner), response=response, body=inner)
    elif issubclass(cls, APIResponseValidationError):
        error = cls(Response(status or 0, headers, body or b"", attempts), content, message=message)
    elif issubclass(cls, APITimeoutError):
        error = cls(message=message)
        error.phase = phase
    elif issubclass(cls, APIConnectionError):
        error = cls(message=message)
    else:
        error = cls(message, body=inner)
    error.attempts = attempts
    # The engine reads the fields of every error shape, nested and flat; the body's own are only one of them.
    error.code = code if error.code is None else error.code
    error.type = type if error.type is None else error.type
    error.param = param if error.param is None else error.param
    return error


def _parsed(body: bytes | None) -> Any:
    if not body:
        return None
    from ._native import decode

    try:
        return decode(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _status_text(status: int, inner: Any) -> str:
    """What programs and logs search for: `Error code: 429 - the API's message`. The rest of the body may be private."""
    message = inner.get("message") if isinstance(inner, dict) else None
    return f"Error code: {status} - {message}" if message and isinstance(message, str) else f"Error code: {status}"
