"""`beta.threads.runs.stream()` and its kin: handlers whose methods are called as a run goes on, and the events themselves.

Make a subclass and override what you need; snapshots are only made for methods that are overridden. One handler serves one
stream.
"""

from __future__ import annotations

from ..._exceptions import APITimeoutError
from ..._models_support import Parametric
from ._assistant_progress import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterable,
        Iterator,
    )
    from typing import Any

    from typing_extensions import TypeVar

    from ..._streaming import AsyncStream, Stream
    from ...types.beta.assistant_stream_event import AssistantStreamEvent
    from ...types.beta.threads.image_file import ImageFile
    from ...types.beta.threads.message import Message
    from ...types.beta.threads.message_delta import MessageDelta
    from ...types.beta.threads.run import Run
    from ...types.beta.threads.runs.run_step import RunStep
    from ...types.beta.threads.runs.run_step_delta import RunStepDelta
    from ...types.beta.threads.runs.tool_call import ToolCall
    from ...types.beta.threads.runs.tool_call_delta import ToolCallDelta
    from ...types.beta.threads.text import Text
    from ...types.beta.threads.text_delta import TextDelta

    AssistantEventHandlerT = TypeVar(
        "AssistantEventHandlerT", bound="AssistantEventHandler", default="AssistantEventHandler"
    )
    AsyncAssistantEventHandlerT = TypeVar(
        "AsyncAssistantEventHandlerT", bound="AsyncAssistantEventHandler", default="AsyncAssistantEventHandler"
    )
else:
    AssistantEventHandlerT = AsyncAssistantEventHandlerT = None


def _text_deltas(event: AssistantStreamEvent) -> Iterator[str]:
    if event.event == "thread.message.delta":
        for part in event.data.delta.content or []:
            if part.type == "text" and part.text and part.text.value:
                yield part.text.value


def _found(what: Any, name: str) -> Any:
    if not what:
        raise RuntimeError(f"the stream told of no {name}")
    return what


class AssistantEventHandler:
    """Callbacks and snapshots of a run; iterate over it for the events, or call `until_done`."""

    text_deltas: Iterable[str]
    """The pieces of text alone, for a loop in place of that over the events."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._stream: Stream[AssistantStreamEvent] | None = None
        self._iterator = self._events()
        self.text_deltas = (text for event in self._iterator for text in _text_deltas(event))

    def _init(self, stream: Stream[AssistantStreamEvent]) -> None:
        if self._stream is not None:
            raise RuntimeError("a handler serves one stream; make another handler")
        self._stream = stream

    def __next__(self) -> AssistantStreamEvent:
        return next(self._iterator)

    def __iter__(self) -> Iterator[AssistantStreamEvent]:
        return self._iterator

    def _events(self) -> Generator[AssistantStreamEvent, None, None]:
        if self._stream is None:
            raise RuntimeError("the stream has not begun: enter the context manager")
        overridden = {
            name for name in _CALLBACKS if getattr(type(self), name) is not getattr(AssistantEventHandler, name)
        }
        try:
            for event in self._stream:
                for name, arguments in self._progress.callbacks(event):
                    if name in overridden:
                        getattr(self, name)(*arguments())
                yield event
        except Exception as error:
            if isinstance(error, (APITimeoutError, TimeoutError)):
                self.on_timeout()
            self.on_exception(error)
            raise
        finally:
            self.on_end()

    def close(self) -> None:
        """Close the connection, from any thread. Iterating further just ends."""
        if self._stream is not None:
            self._stream.close()

    def until_done(self) -> None:
        """Read the stream to its end."""
        for _ in self._iterator:
            pass

    def get_final_run(self) -> Run:
        """The run, once the stream has ended. Raises `RuntimeError` where there was none."""
        self.until_done()
        return _found(self._progress.run, "run")

    def get_final_run_steps(self) -> list[RunStep]:
        """The steps, once the stream has ended. Raises `RuntimeError` where there were none."""
        self.until_done()
        return _found(self._progress.steps(), "step of a run")

    def get_final_messages(self) -> list[Message]:
        """The messages, once the stream has ended. Raises `RuntimeError` where there were none."""
        self.until_done()
        return _found(self._progress.messages(), "message")

    @property
    def current_event(self) -> AssistantStreamEvent | None:
        """The event whose callbacks are being called."""
        return self._progress.event

    @property
    def current_run(self) -> Run | None:
        """The run as the last event about it has it."""
        return self._progress.run

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step that is under way, as far as it came."""
        return self._progress.step()

    @property
    def current_message_snapshot(self) -> Message | None:
        """The last message, as far as it came."""
        return self._progress.message()

    def on_event(self, event: AssistantStreamEvent) -> None:
        """Every event, before anything else."""

    def on_run_step_created(self, run_step: RunStep) -> None:
        """A step begins."""

    def on_run_step_delta(self, delta: RunStepDelta, snapshot: RunStep) -> None:
        """A step grows; `snapshot` is the step so far."""

    def on_run_step_done(self, run_step: RunStep) -> None:
        """A step has ended, whichever way."""

    def on_tool_call_created(self, tool_call: ToolCall) -> None:
        """A tool call begins."""

    def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        """A tool call grows; `snapshot` is the call so far."""

    def on_tool_call_done(self, tool_call: ToolCall) -> None:
        """A tool call is complete."""

    def on_message_created(self, message: Message) -> None:
        """A message begins."""

    def on_message_delta(self, delta: MessageDelta, snapshot: Message) -> None:
        """A message grows; `snapshot` is the message so far."""

    def on_message_done(self, message: Message) -> None:
        """A message is complete, or as complete as it will be."""

    def on_text_created(self, text: Text) -> None:
        """A text within a message begins."""

    def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        """A text grows; `snapshot` is the text so far."""

    def on_text_done(self, text: Text) -> None:
        """A text is complete."""

    def on_image_file_done(self, image_file: ImageFile) -> None:
        """An image within a message is complete."""

    def on_timeout(self) -> None:
        """The stream took too long; `on_exception` follows."""

    def on_exception(self, exception: Exception) -> None:
        """Reading the stream failed; the exception is raised afterwards."""

    def on_end(self) -> None:
        """The stream has ended, whichever way."""


_CALLBACKS = [name for name in vars(AssistantEventHandler) if name.startswith("on_")]


class AssistantStreamManager(Parametric[AssistantEventHandlerT]):
    """Makes the call when the `with` block is entered, gives the handler, closes the connection when it is left."""

    def __init__(
        self, api_request: Callable[[], Stream[AssistantStreamEvent]], *, event_handler: AssistantEventHandlerT
    ) -> None:
        self._api_request = api_request
        self._handler = event_handler

    def __enter__(self) -> AssistantEventHandlerT:
        self._handler._init(self._api_request())
        return self._handler

    def __exit__(self, *_exception: object) -> None:
        self._handler.close()


class AsyncAssistantEventHandler:
    """The same for `async for`; its callbacks are coroutines."""

    text_deltas: AsyncIterable[str]
    """The pieces of text alone, for a loop in place of that over the events."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._stream: AsyncStream[AssistantStreamEvent] | None = None
        self._iterator = self._events()
        self.text_deltas = self._texts()

    def _init(self, stream: AsyncStream[AssistantStreamEvent]) -> None:
        if self._stream is not None:
            raise RuntimeError("a handler serves one stream; make another handler")
        self._stream = stream

    async def __anext__(self) -> AssistantStreamEvent:
        return await self._iterator.__anext__()

    def __aiter__(self) -> AsyncIterator[AssistantStreamEvent]:
        return self._iterator

    async def _texts(self) -> AsyncGenerator[str, None]:
        async for event in self._iterator:
            for text in _text_deltas(event):
                yield text

    async def _events(self) -> AsyncGenerator[AssistantStreamEvent, None]:
        if self._stream is None:
            raise RuntimeError("the stream has not begun: enter the context manager")
        plain = AsyncAssistantEventHandler
        overridden = {name for name in _CALLBACKS if getattr(type(self), name) is not getattr(plain, name)}
        try:
            async for event in self._stream:
                for name, arguments in self._progress.callbacks(event):
                    if name in overridden:
                        await getattr(self, name)(*arguments())
                yield event
        except Exception as error:
            if isinstance(error, (APITimeoutError, TimeoutError)):
                await self.on_timeout()
            await self.on_exception(error)
            raise
        finally:
            await self.on_end()

    async def close(self) -> None:
        """Close the connection. Iterating further just ends."""
        if self._stream is not None:
            await self._stream.close()

    async def until_done(self) -> None:
        """Read the stream to its end."""
        async for _ in self._iterator:
            pass

    async def get_final_run(self) -> Run:
        """The run, once the stream has ended. Raises `RuntimeError` where there was none."""
        await self.until_done()
        return _found(self._progress.run, "run")

    async def get_final_run_steps(self) -> list[RunStep]:
        """The steps, once the stream has ended. Raises `RuntimeError` where there were none."""
        await self.until_done()
        return _found(self._progress.steps(), "step of a run")

    async def get_final_messages(self) -> list[Message]:
        """The messages, once the stream has ended. Raises `RuntimeError` where there were none."""
        await self.until_done()
        return _found(self._progress.messages(), "message")

    @property
    def current_event(self) -> AssistantStreamEvent | None:
        """The event whose callbacks are being called."""
        return self._progress.event

    @property
    def current_run(self) -> Run | None:
        """The run as the last event about it has it."""
        return self._progress.run

    @property
    def current_run_step_snapshot(self) -> RunStep | None:
        """The step that is under way, as far as it came."""
        return self._progress.step()

    @property
    def current_message_snapshot(self) -> Message | None:
        """The last message, as far as it came."""
        return self._progress.message()

    async def on_event(self, event: AssistantStreamEvent) -> None:
        """Every event, before anything else."""

    async def on_run_step_created(self, run_step: RunStep) -> None:
        """A step begins."""

    async def on_run_step_delta(self, delta: RunStepDelta, snapshot: RunStep) -> None:
        """A step grows; `snapshot` is the step so far."""

    async def on_run_step_done(self, run_step: RunStep) -> None:
        """A step has ended, whichever way."""

    async def on_tool_call_created(self, tool_call: ToolCall) -> None:
        """A tool call begins."""

    async def on_tool_call_delta(self, delta: ToolCallDelta, snapshot: ToolCall) -> None:
        """A tool call grows; `snapshot` is the call so far."""

    async def on_tool_call_done(self, tool_call: ToolCall) -> None:
        """A tool call is complete."""

    async def on_message_created(self, message: Message) -> None:
        """A message begins."""

    async def on_message_delta(self, delta: MessageDelta, snapshot: Message) -> None:
        """A message grows; `snapshot` is the message so far."""

    async def on_message_done(self, message: Message) -> None:
        """A message is complete, or as complete as it will be."""

    async def on_text_created(self, text: Text) -> None:
        """A text within a message begins."""

    async def on_text_delta(self, delta: TextDelta, snapshot: Text) -> None:
        """A text grows; `snapshot` is the text so far."""

    async def on_text_done(self, text: Text) -> None:
        """A text is complete."""

    async def on_image_file_done(self, image_file: ImageFile) -> None:
        """An image within a message is complete."""

    async def on_timeout(self) -> None:
        """The stream took too long; `on_exception` follows."""

    async def on_exception(self, exception: Exception) -> None:
        """Reading the stream failed; the exception is raised afterwards."""

    async def on_end(self) -> None:
        """The stream has ended, whichever way."""


class AsyncAssistantStreamManager(Parametric[AsyncAssistantEventHandlerT]):
    """Awaits the call when the `async with` block is entered, gives the handler, closes the connection when it is left."""

    def __init__(
        self,
        api_request: Awaitable[AsyncStream[AssistantStreamEvent]],
        *,
        event_handler: AsyncAssistantEventHandlerT,
    ) -> None:
        self._api_request = api_request
        self._handler = event_handler

    async def __aenter__(self) -> AsyncAssistantEventHandlerT:
        self._handler._init(await self._api_request)
        return self._handler

    async def __aexit__(self, *_exception: object) -> None:
        await self._handler.close()
