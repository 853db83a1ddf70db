"""openai-oxide: the official client's names over a Rust core.

Importing this loads nothing else: every name is imported when it is first asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import compat as compat
    from . import lib as lib
    from . import pagination as pagination
    from . import resources as resources
    from . import types as types
    from ._binary import HttpxBinaryResponseContent as HttpxBinaryResponseContent
    from ._client import (
        DEFAULT_MAX_RETRIES as DEFAULT_MAX_RETRIES,
    )
    from ._client import (
        DEFAULT_TIMEOUT as DEFAULT_TIMEOUT,
    )
    from ._client import (
        AsyncOpenAI as AsyncOpenAI,
    )
    from ._client import (
        OpenAI as OpenAI,
    )
    from ._exceptions import (
        APIConnectionError as APIConnectionError,
    )
    from ._exceptions import (
        APIError as APIError,
    )
    from ._exceptions import (
        APIResponseValidationError as APIResponseValidationError,
    )
    from ._exceptions import (
        APIStatusError as APIStatusError,
    )
    from ._exceptions import (
        APITimeoutError as APITimeoutError,
    )
    from ._exceptions import (
        AuthenticationError as AuthenticationError,
    )
    from ._exceptions import (
        BadRequestError as BadRequestError,
    )
    from ._exceptions import (
        ConflictError as ConflictError,
    )
    from ._exceptions import (
        ContentFilterFinishReasonError as ContentFilterFinishReasonError,
    )
    from ._exceptions import (
        IncompleteStreamError as IncompleteStreamError,
    )
    from ._exceptions import (
        InternalServerError as InternalServerError,
    )
    from ._exceptions import (
        InvalidWebhookSignatureError as InvalidWebhookSignatureError,
    )
    from ._exceptions import (
        LengthFinishReasonError as LengthFinishReasonError,
    )
    from ._exceptions import (
        NotFoundError as NotFoundError,
    )
    from ._exceptions import (
        OAuthError as OAuthError,
    )
    from ._exceptions import (
        OpenAIError as OpenAIError,
    )
    from ._exceptions import (
        PermissionDeniedError as PermissionDeniedError,
    )
    from ._exceptions import (
        RateLimitError as RateLimitError,
    )
    from ._exceptions import (
        SubjectTokenProviderError as SubjectTokenProviderError,
    )
    from ._exceptions import (
        UnprocessableEntityError as UnprocessableEntityError,
    )
    from ._exceptions import (
        WebSocketConnectionClosedError as WebSocketConnectionClosedError,
    )
    from ._exceptions import (
        WebSocketQueueFullError as WebSocketQueueFullError,
    )
    from ._files import file_from_path as file_from_path
    from ._hedge import Hedge as Hedge
    from ._models import BaseModel as BaseModel
    from ._native import (
        PartialJson as PartialJson,
    )
    from ._native import (
        __version__ as __version__,
    )
    from ._raw import APIResponse as APIResponse
    from ._raw import AsyncAPIResponse as AsyncAPIResponse
    from ._streaming import AsyncStream as AsyncStream
    from ._streaming import Stream as Stream
    from ._types import (
        NOT_GIVEN as NOT_GIVEN,
    )
    from ._types import (
        NoneType as NoneType,
    )
    from ._types import (
        NotGiven as NotGiven,
    )
    from ._types import (
        Omit as Omit,
    )
    from ._types import (
        Timeout as Timeout,
    )
    from ._types import (
        not_given as not_given,
    )
    from ._types import (
        omit as omit,
    )
    from .client import Client as Client
    from .lib._function_tools import FunctionTool as FunctionTool
    from .lib._function_tools import tool as tool
    from .lib._tools import pydantic_function_tool as pydantic_function_tool
    from .lib._tools import pydantic_responses_function_tool as pydantic_responses_function_tool
    from .lib.streaming import AssistantEventHandler as AssistantEventHandler
    from .lib.streaming import AsyncAssistantEventHandler as AsyncAssistantEventHandler
    from .lib.streaming._function_calls import FunctionCall as FunctionCall

_MODULE_OF = {
    name: module
    for module, names in {
        "_binary": ("HttpxBinaryResponseContent",),
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
        "_files": ("file_from_path",),
        "_hedge": ("Hedge",),
        "_models": ("BaseModel",),
        "_native": ("PartialJson", "__version__"),
        "_raw": ("APIResponse", "AsyncAPIResponse"),
        "_streaming": ("AsyncStream", "Stream"),
        "_types": ("NOT_GIVEN", "NoneType", "NotGiven", "Omit", "Timeout", "not_given", "omit"),
        "client": ("Client",),
        "lib._function_tools": ("FunctionTool", "tool"),
        "lib.streaming": ("AssistantEventHandler", "AsyncAssistantEventHandler"),
        "lib.streaming._function_calls": ("FunctionCall",),
        "lib._tools": ("pydantic_function_tool", "pydantic_responses_function_tool"),
    }.items()
    for name in names
}
_SUBMODULES = ("compat", "lib", "pagination", "resources", "types")

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
