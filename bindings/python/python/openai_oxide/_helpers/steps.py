"""Runs one source of a helper for both clients.

A helper is a generator method. It yields calls of its resource (plain results of `OpenAI`, awaitables of `AsyncOpenAI`) and
gets their results back; a `Pause` waits.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any, Concatenate, TypeAlias, TypeVar

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
    T = TypeVar("T")
    Steps: TypeAlias = "Generator[Any, Any, T]"


class Pause:
    """A wait between two calls."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


def blocking(helper: Callable[Concatenate[Any, P], Steps[T]]) -> Callable[Concatenate[Any, P], T]:
    """The helper as a method of a synchronous resource."""

    def method(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
        from time import sleep

        steps = helper(self, *args, **kwargs)
        answer = None
        try:
            while True:
                answer = steps.send(answer)
                if isinstance(answer, Pause):
                    sleep(answer.seconds)
                    answer = None
        except StopIteration as done:
            return done.value

    return _named(method, helper)


def awaitable(
    helper: Callable[Concatenate[Any, P], Steps[T]],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The helper as a method of an asynchronous resource."""

    async def method(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
        from asyncio import sleep

        steps = helper(self, *args, **kwargs)
        answer: Any = None
        failure: BaseException | None = None
        try:
            while True:
                step = steps.send(answer) if failure is None else steps.throw(failure)
                answer = failure = None
                try:
                    answer = await (sleep(step.seconds) if isinstance(step, Pause) else step)
                except BaseException as error:  # the helper may have something to close
                    failure = error
        except StopIteration as done:
            return done.value

    return _named(method, helper)


def _named(method: Any, helper: Any) -> Any:
    method.__name__, method.__doc__, method.__wrapped__ = helper.__name__.lstrip("_"), helper.__doc__, helper
    method.__annotations__ = helper.__annotations__
    return method
