"""The exceptions with fields and constructors of their own. Those that only have a status are generated beside it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._response import Request, Response


class OpenAIError(Exception):
    """Base of everything this package raises on purpose."""


class APIError(OpenAIError):
    """A call that failed. `body` is the error object of the API where one came, else the text, else `None`."""

    message: str
    request: Request
    body: object | None
    code: str | None
    param: str | None
    type: str | None
    attempts: int = 0
    """How many requests were sent."""

    def __init__(self, message: str, request: Request | None = None, *, body: object | None = None) -> None:
        super().__init__(message)
        self.message = message
        if request is not None:
            self.request = request
        self.body = body
        fields = body if isinstance(body, dict) else {}
        code = fields.get("code")
        self.code = None if code is None else str(code)
        self.param = fields.get("param")
        self.type = fields.get("type")

    def __reduce__(self) -> Any:
        # Not through __init__: subclasses have other signatures.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls: type[APIError], args: tuple[Any, ...], state: dict[str, Any]) -> APIError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class APIResponseValidationError(APIError):
    """A successful answer whose body is not what the call returns, for example not JSON."""

    response: Response
    status_code: int

    def __init__(self, response: Response, body: object | None, *, message: str | None = None) -> None:
        super().__init__(message or "The answer is not what this call returns.", response.request, body=body)
        self.response = response
        self.status_code = response.status_code


class APIStatusError(APIError):
    """An answer with a failing status."""

    response: Response
    status_code: int
    request_id: str | None

    def __init__(self, message: str, *, response: Response, body: object | None) -> None:
        super().__init__(message, response.request, body=body)
        self.response = response
        self.status_code = response.status_code
        self.request_id = response.headers.get("x-request-id")


class APIConnectionError(APIError):
    """No answer came, or the connection broke before its end."""

    def __init__(self, *, message: str = "Connection error.", request: Request | None = None) -> None:
        super().__init__(message, request, body=None)


class APITimeoutError(APIConnectionError):
    """A time limit passed."""

    phase: str | None = None
    """Which limit: "connect", "attempt", "first_token", "idle" or "deadline"."""

    def __init__(self, request: Request | None = None, *, message: str = "Request timed out.") -> None:
        super().__init__(message=message, request=request)


class IncompleteStreamError(APIConnectionError):
    """A stream ended cleanly but without its last event: what arrived is not the whole answer."""


class LengthFinishReasonError(OpenAIError):
    """The answer was cut at the token limit, so it could not be parsed."""

    completion: Any

    def __init__(self, *, completion: Any) -> None:
        usage = f" - {completion.usage}" if completion.usage else ""
        super().__init__(f"Could not parse response content as the length limit was reached{usage}")
        self.completion = completion


class ContentFilterFinishReasonError(OpenAIError):
    """The answer was held back by the content filter, so it could not be parsed."""

    completion: Any

    def __init__(self, *, completion: Any = None) -> None:
        super().__init__("Could not parse response content as the request was rejected by the content filter")
        self.completion = completion


class InvalidWebhookSignatureError(ValueError):
    """A webhook's signature does not match its body."""


class SubjectTokenProviderError(OpenAIError):
    """A workload identity gave no token."""


class WebSocketConnectionClosedError(OpenAIError):
    """A WebSocket closed while messages waited to be sent."""


class WebSocketQueueFullError(OpenAIError):
    """More waits to be sent over a WebSocket than its limit allows."""
