"""The events of a new session, with handlers for its calls, and the result of its first turn.

`following` and `async_following` are the iteration, also of `sessions.stream`. They hold the turn and the connection but not
the stream itself, so that losing the stream closes the connection.
"""

from __future__ import annotations

from ...._models_support import Parametric
from ...._streaming import AsyncStream, Stream
from ._result import AgentTurnResultError, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
    from typing import Any

    from typing_extensions import Self

    from ....types.beta.agent_session_event import AgentSessionEvent
    from ._dispatch import AsyncToolDispatcher, ToolDispatcher
    from ._result import AgentTurnResult, OutputT
else:
    OutputT = AgentSessionEvent = None


def following(
    events: Iterator[Any], turn: Turn, dispatcher: ToolDispatcher | None, source: Any, *, to_its_end: bool
) -> Generator[Any, None, None]:
    """The events; each call is run after its event. `to_its_end`: once each, until the turn is over, or `RuntimeError`."""
    try:
        for event in events:
            if to_its_end and turn.repeats(event):
                continue
            turn.accept(event)
            last = to_its_end and turn.over
            if last:
                source.close()
            call = dispatcher and dispatcher.pending(event)
            yield event
            if last or turn.closed:
                return
            if dispatcher and call:
                dispatcher.run(call)
        if to_its_end and not turn.closed:
            raise RuntimeError(_CUT)
    except Exception as error:
        turn.failed(error)
        raise
    finally:
        source.close()


async def async_following(
    events: AsyncIterator[Any], turn: Turn, dispatcher: AsyncToolDispatcher | None, source: Any, *, to_its_end: bool
) -> AsyncGenerator[Any, None]:
    """The same for `AsyncOpenAI`."""
    try:
        async for event in events:
            if to_its_end and turn.repeats(event):
                continue
            turn.accept(event)
            last = to_its_end and turn.over
            if last:
                source.close()
            call = dispatcher and dispatcher.pending(event)
            yield event
            if last or turn.closed:
                return
            if dispatcher and call:
                await dispatcher.run(call)
        if to_its_end and not turn.closed:
            raise RuntimeError(_CUT)
    except Exception as error:
        turn.failed(error)
        raise
    finally:
        source.close()


_CUT = "The session's events ended before its turn was over"


class WithResult(Parametric[OutputT]):
    """What streams of turns have besides their events."""

    if TYPE_CHECKING:
        _turn: Turn

        def __iter__(self) -> Iterator[Any]: ...
        def close(self) -> None: ...

    def with_result_collection(self) -> Self:
        """Keep what the result is made of. To be called before the first event, if any is taken before the result."""
        self._turn.collect()
        return self

    def get_final_result(self) -> AgentTurnResult[OutputT]:
        """The result of the turn; takes the remaining events, runs their calls, and closes the connection.

        Raises `AgentTurnResultError` for a turn that failed, was cancelled or waits for the caller, and for events that broke
        off; `AgentOutputParseError` for an answer that is not of the output type. The same each time.
        """
        turn = self._turn
        turn.collect()
        try:
            turn.check()
            if not turn.over:
                for _event in self:
                    turn.check()
                    if turn.over:
                        break
        except AgentTurnResultError:
            raise
        except Exception as error:
            turn.failed(error)
        finally:
            self.close()
        return turn.result()


class AsyncWithResult(Parametric[OutputT]):
    """The same for `AsyncOpenAI`."""

    if TYPE_CHECKING:
        _turn: Turn

        def __aiter__(self) -> AsyncIterator[Any]: ...
        async def close(self) -> None: ...

    def with_result_collection(self) -> Self:
        """Keep what the result is made of. To be called before the first event, if any is taken before the result."""
        self._turn.collect()
        return self

    async def get_final_result(self) -> AgentTurnResult[OutputT]:
        """The result of the turn; takes the remaining events, runs their calls, and closes the connection.

        Raises `AgentTurnResultError` for a turn that failed, was cancelled or waits for the caller, and for events that broke
        off; `AgentOutputParseError` for an answer that is not of the output type. The same each time.
        """
        turn = self._turn
        turn.collect()
        try:
            turn.check()
            if not turn.over:
                async for _event in self:
                    turn.check()
                    if turn.over:
                        break
        except AgentTurnResultError:
            raise
        except Exception as error:
            turn.failed(error)
        finally:
            await self.close()
        return turn.result()


class AgentSessionEventStream(WithResult[OutputT], Stream[AgentSessionEvent]):
    """What `sessions.create(stream=True)` gives: the events of the session, for as long as it sends any."""

    def __init__(
        self,
        source: Any,
        event: Any,
        request: Any,
        strict: bool,
        *,
        output_type: type[OutputT] | None = None,
        dispatcher: ToolDispatcher | None = None,
    ) -> None:
        super().__init__(source, event, request, strict)
        self._turn = Turn(None, output_type, dispatcher.handlers if dispatcher else ())
        self._iterator = following(self._iterator, self._turn, dispatcher, source, to_its_end=False)

    def close(self) -> None:
        """Close the connection. The turn goes on; a call whose event was the last one taken is not run."""
        self._turn.closed = True
        super().close()


class AsyncAgentSessionEventStream(AsyncWithResult[OutputT], AsyncStream[AgentSessionEvent]):
    """What `AsyncOpenAI`'s `sessions.create(stream=True)` gives: the events of the session, for as long as it sends any."""

    def __init__(
        self,
        source: Any,
        event: Any,
        request: Any,
        strict: bool,
        *,
        output_type: type[OutputT] | None = None,
        dispatcher: AsyncToolDispatcher | None = None,
    ) -> None:
        super().__init__(source, event, request, strict)
        plain: AsyncStream[Any] = AsyncStream(source, event, request, strict)
        self._turn = Turn(None, output_type, dispatcher.handlers if dispatcher else ())
        self._events = async_following(plain, self._turn, dispatcher, source, to_its_end=False)

    def __anext__(self) -> Any:
        return self._events.__anext__()

    async def close(self) -> None:
        """Close the connection. The turn goes on; a call whose event was the last one taken is not run."""
        self._turn.closed = True
        await super().close()

    aclose = close


__all__ = ["AgentSessionEventStream", "AsyncAgentSessionEventStream"]
