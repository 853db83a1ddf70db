"""What a view of a resource makes of a method: the same parameters, another result. For type checkers; nothing imports this.

`Any` in place of `self` lets a class have the result as its own method.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Concatenate, ParamSpec, TypeVar

from ._raw import APIResponse, AsyncAPIResponse, LegacyAPIResponse

P = ParamSpec("P")
R = TypeVar("R")


def raw(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], LegacyAPIResponse[R]]: ...


def async_raw(
    method: Callable[Concatenate[Any, P], Awaitable[R]],
) -> Callable[Concatenate[Any, P], Awaitable[LegacyAPIResponse[R]]]: ...


def streamed(
    method: Callable[Concatenate[Any, P], R],
) -> Callable[Concatenate[Any, P], AbstractContextManager[APIResponse[R]]]: ...


def async_streamed(
    method: Callable[Concatenate[Any, P], Awaitable[R]],
) -> Callable[Concatenate[Any, P], AbstractAsyncContextManager[AsyncAPIResponse[R]]]: ...
