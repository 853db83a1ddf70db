"""openai-oxide: the official client's names over a Rust core.

Importing this loads nothing else: every name is imported when it is first asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import compat as compat, pagination as pagination, resources as resources, types as types
    from ._client import (
        DEFAULT_MAX_RETRIES as DEFAULT_MAX_RETRIES,
        DEFAULT_TIMEOUT as DEFAULT_TIMEOUT,
        AsyncOpenAI as AsyncOpenAI,
        OpenAI as OpenAI,
    )
    from ._exceptions import (
        APIConnectionError as APIConnectionError,
        APIError as APIError,
        APIResponseValidationError as APIResponseValidationError,
        APIStatusError as APIStatusError,
        APITimeoutError as APITimeoutError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        ConflictError as ConflictError,
        ContentFilterFinishReasonError as ContentFilterFinishReasonError,
        IncompleteStreamError as IncompleteStreamError,
        InternalServerError as InternalServerError,
        InvalidWebhookSignatureError as InvalidWebhookSignatureError,
        LengthFinishReasonError as LengthFinishReasonError,
        NotFoundError as NotFoundError,
        OAuthError as OAuthError,
        OpenAIError as OpenAIError,
        PermissionDeniedError as PermissionDeniedError,
        RateLimitError as RateLimitError,
        SubjectTokenProviderError as SubjectTokenProviderError,
        UnprocessableEntityError as UnprocessableEntityError,
        WebSocketConnectionClosedError as WebSocketConnectionClosedError,
        WebSocketQueueFullError as WebSocketQueueFullError,
    )
    from ._models import BaseModel as BaseModel
    from ._native import __version__ as __version__
    from ._raw import APIResponse as APIResponse, AsyncAPIResponse as AsyncAPIResponse
    from ._streaming import AsyncStream as AsyncStream, Stream as Stream
    from ._types import (
        NOT_GIVEN as NOT_GIVEN,
        NoneType as NoneType,
        NotGiven as NotGiven,
        Omit as Omit,
        Timeout as Timeout,
        not_given as not_given,
        omit as omit,
    )
    from .client import Client as Client

_MODULE_OF = {
    name: module
    for module, names in {
        "_client": ("AsyncOpenAI", "DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT", "OpenAI"),
        "_exceptions": (
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
        ),
        "_models": ("BaseModel",),
        "_native": ("__version__",),
        "_raw": ("APIResponse", "AsyncAPIResponse"),
        "_streaming": ("AsyncStream", "Stream"),
        "_types": ("NOT_GIVEN", "NoneType", "NotGiven", "Omit", "Timeout", "not_given", "omit"),
        "client": ("Client",),
    }.items()
    for name in names
}
_SUBMODULES = ("compat", "pagination", "resources", "types")

__all__ = [*_MODULE_OF, *_SUBMODULES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    from sys import modules

    if name in _SUBMODULES:
        __import__(f"{__name__}.{name}")
        return modules[f"{__name__}.{name}"]
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    __import__(f"{__name__}.{module}")
    value = globals()[name] = getattr(modules[f"{__name__}.{module}"], name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
