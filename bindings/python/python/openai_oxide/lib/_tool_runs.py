"""The tool loop: ask, run the tools that the model calls, tell it the results, ask again.

    request ──► answer streams ──► call complete: its tool starts ──► answer ends ──► results, in the order of the calls ──► request

Promises. A tool starts when its call is complete, not when the answer is. Calls of one answer run in parallel: on threads of
their own, or as tasks. What a tool raises is told to the model; what a request raises ends the loop. When the loop ends early,
tasks are cancelled and waited for; threads cannot be stopped and are left alone. At most `max_rounds` answers; the calls of the
last one are run too. A call to a tool that was given as a dict ends the loop, for only the caller can answer it; so does an
answer that was cut off (by its token limit, say).
"""

from __future__ import annotations

from .._models import BaseModel
from ._function_tools import FunctionTool, as_tool, error_text, result_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar, Literal

    from ..types.chat.chat_completion import ChatCompletion
    from ..types.responses.response import Response

__all__ = ["AssistantStep", "ChatToolRun", "ResponseToolRun", "ToolCall", "ToolStep"]


class ToolCall(BaseModel):
    """One call that the model made; `arguments` is JSON text."""

    name: str
    arguments: str
    call_id: str


class AssistantStep(BaseModel):
    """One answer of the model: its text, and the tools it calls."""

    type: Literal["assistant"]
    content: str | None = None
    calls: list[ToolCall]

    __nested__: ClassVar[dict[str, Any]] = {"calls": ["ToolCall"]}


class ToolStep(BaseModel):
    """What the model was told of one call."""

    type: Literal["tool"]
    name: str
    call_id: str
    output: str


class _Loop:
    """The conversation of one run, whichever way the tools are run."""

    def __init__(self, body: dict[str, Any], tools: Iterable[Any], max_rounds: int) -> None:
        if max_rounds < 1:
            raise ValueError("max_rounds must be at least 1")
        given = [as_tool(tool) for tool in tools]
        self._functions = {tool.name: tool for tool in given if isinstance(tool, FunctionTool)}
        self._declared = {_name(tool) for tool in given if isinstance(tool, dict)} - {None}
        self._given = given
        self.body = {**body, "tools": [self._param(t) if isinstance(t, FunctionTool) else t for t in given]}
        self.rounds_left = max_rounds
        self.steps: list[AssistantStep | ToolStep] = []
        choice: Any = body.get("tool_choice")
        self._only_one = isinstance(choice, dict) and choice.get("type") == "function"

    def runnable(self, call: ToolCall) -> bool:
        """False for a tool that the caller runs."""
        return call.name in self._functions or call.name not in self._declared

    def tool(self, call: ToolCall) -> FunctionTool[..., Any]:
        """The tool of a call. Raises `LookupError` with what the model is to know, if there is none."""
        if (found := self._functions.get(call.name)) is None:
            from .._native import encode

            name, *others = (encode(n).decode() for n in (call.name, *self._functions))
            raise LookupError(
                f"Invalid tool_call: {name}. Available options are: {', '.join(others)}. Please try again"
            )
        return found

    def answered(self, answer: Any, calls: list[ToolCall]) -> None:
        """Notes an answer of the model."""
        self.rounds_left -= 1
        content = self._content(answer)
        self.steps.append(AssistantStep(type="assistant", content=content, calls=[call.__dict__ for call in calls]))

    def goes_on(self, answer: Any, calls: list[ToolCall], running: dict[str, Any]) -> bool:
        """False where nobody waits for results: no calls, one that is the caller's, or an answer that was cut off."""
        return bool(calls) and not self._cut_off(answer) and all(call.call_id in running for call in calls)

    def told(self, answer: Any, calls: list[ToolCall], outputs: list[str]) -> bool:
        """Notes the results of an answer's calls, in their order; true when the model is to be asked again."""
        for call, output in zip(calls, outputs, strict=True):
            self.steps.append(ToolStep(type="tool", name=call.name, call_id=call.call_id, output=output))
        self._extend(answer, calls, outputs)
        return self.rounds_left > 0 and not self._only_one

    if TYPE_CHECKING:

        def _param(self, tool: FunctionTool[..., Any]) -> dict[str, Any]: ...
        def _content(self, answer: Any) -> str | None: ...
        def _cut_off(self, answer: Any) -> bool: ...
        def _extend(self, answer: Any, calls: list[ToolCall], outputs: list[str]) -> None: ...
        def calls(self, answer: Any) -> list[ToolCall]: ...
        def final(self, stream: Any) -> Any: ...
        def result(self, answer: Any) -> Any: ...


class ChatToolRun:
    """What came of `chat.completions.run_tools`: every step, the last completion, and the whole conversation."""

    __slots__ = ("completion", "messages", "steps")

    def __init__(self, steps: list[AssistantStep | ToolStep], completion: ChatCompletion, messages: list[Any]) -> None:
        self.steps = steps
        self.completion = completion
        """The last answer of the model; it still has calls if the rounds ran out, or one was the caller's to run."""
        self.messages = messages
        """All messages, to go on with."""

    @property
    def output_text(self) -> str:
        """The text of the last completion; empty where there is none."""
        return self.completion.choices[0].message.content or ""


class ResponseToolRun:
    """What came of `responses.run_tools`: every step, the last response, and all items of the conversation."""

    __slots__ = ("input", "response", "steps")

    def __init__(self, steps: list[AssistantStep | ToolStep], response: Response, input: list[Any]) -> None:
        self.steps = steps
        self.response = response
        """The last answer of the model; it still has calls if the rounds ran out, or one was the caller's to run."""
        self.input = input
        """All items, to go on with; with `conversation`, those of the last request."""

    @property
    def output_text(self) -> str:
        """The text of the last response; empty where there is none."""
        return self.response.output_text


class ChatLoop(_Loop):
    """Over chat completions."""

    def __init__(self, body: dict[str, Any], tools: Iterable[Any], max_rounds: int) -> None:
        super().__init__(body, tools, max_rounds)
        self.body["messages"] = self._messages = list(body["messages"])

    def _param(self, tool: FunctionTool[..., Any]) -> dict[str, Any]:
        return tool.chat_param()

    def calls(self, answer: Any) -> list[ToolCall]:
        return [
            ToolCall(name=call.function.name, arguments=call.function.arguments, call_id=call.id)
            for choice in answer.choices[:1]
            for call in choice.message.tool_calls or ()
            if call.type == "function"
        ]

    def _content(self, answer: Any) -> str | None:
        return answer.choices[0].message.content if answer.choices else None

    def _cut_off(self, answer: Any) -> bool:
        return answer.choices[0].finish_reason in ("length", "content_filter")

    def _extend(self, answer: Any, calls: list[ToolCall], outputs: list[str]) -> None:
        self._messages += [choice.message for choice in answer.choices[:1]]
        for call, output in zip(calls, outputs, strict=True):
            self._messages.append({"role": "tool", "tool_call_id": call.call_id, "content": output})

    def final(self, stream: Any) -> Any:
        return stream.get_final_completion

    def result(self, answer: Any) -> ChatToolRun:
        return ChatToolRun(self.steps, answer, self._messages)


class ResponseLoop(_Loop):
    """Over Responses."""

    def __init__(self, body: dict[str, Any], tools: Iterable[Any], max_rounds: int) -> None:
        super().__init__(body, tools, max_rounds)
        given = body.get("input")
        text = [{"role": "user", "content": given}]
        self._input: list[Any] = text if isinstance(given, str) else list(given) if given else []
        self._kept_by_server = bool(body.get("conversation"))

    def _param(self, tool: FunctionTool[..., Any]) -> dict[str, Any]:
        return tool.response_param()

    def calls(self, answer: Any) -> list[ToolCall]:
        return [
            ToolCall(name=item.name, arguments=item.arguments, call_id=item.call_id)
            for item in answer.output
            if item.type == "function_call"
        ]

    def _content(self, answer: Any) -> str | None:
        return answer.output_text or None

    def _cut_off(self, answer: Any) -> bool:
        return answer.status in ("incomplete", "failed", "cancelled")

    def _extend(self, answer: Any, calls: list[ToolCall], outputs: list[str]) -> None:
        if self._kept_by_server:
            self._input = []
        else:
            self._input += answer.output
        for call, output in zip(calls, outputs, strict=True):
            self._input.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
        self.body["input"] = self._input

    def final(self, stream: Any) -> Any:
        return stream.get_final_response

    def result(self, answer: Any) -> ResponseToolRun:
        return ResponseToolRun(self.steps, answer, self._input)


def run(resource: Any, loop: Any, options: dict[str, Any]) -> Any:
    """The loop with tools on threads."""
    while True:
        running: dict[str, Any] = {}

        def start(call: ToolCall, running: dict[str, Any] = running) -> None:
            if call.call_id not in running and loop.runnable(call):
                running[call.call_id] = _on_thread(loop, call)

        with resource.create_stream_fc(**loop.body, **options) as stream:
            for call in stream:
                start(call)
            answer = loop.final(stream)()
        calls = loop.calls(answer)
        loop.answered(answer, calls)
        if not loop.goes_on(answer, calls, running):
            return loop.result(answer)
        outputs = [running[call.call_id].result() for call in calls]
        if not loop.told(answer, calls, outputs):
            return loop.result(answer)


def _on_thread(loop: Any, call: ToolCall) -> Any:
    """A future of the text for the model. A daemon thread: a tool that hangs must not keep a program from ending."""
    from concurrent.futures import Future
    from contextvars import copy_context
    from threading import Thread

    future: Future[str] = Future()

    def work() -> None:
        try:
            result = loop.tool(call).invoke(call.arguments)
            if hasattr(result, "__await__"):
                import asyncio

                result = asyncio.run(_waited(result))
            future.set_result(result_text(result))
        except Exception as error:
            future.set_result(error_text(error))
        except BaseException as error:  # SystemExit and the like are no business of the model
            future.set_exception(error)

    Thread(target=copy_context().run, args=(work,), name=f"tool {call.name}", daemon=True).start()
    return future


async def _waited(awaitable: Any) -> Any:
    return await awaitable


async def async_run(resource: Any, loop: Any, options: dict[str, Any]) -> Any:
    """The loop with tools as tasks; those that are not asynchronous run on threads."""
    import asyncio

    running: dict[str, asyncio.Task[str]] = {}

    def start(call: ToolCall) -> None:
        if call.call_id not in running and loop.runnable(call):
            running[call.call_id] = asyncio.ensure_future(_as_task(loop, call))

    try:
        while True:
            running.clear()
            async with await resource.create_stream_fc(**loop.body, **options) as stream:
                async for call in stream:
                    start(call)
                answer = await loop.final(stream)()
            calls = loop.calls(answer)
            loop.answered(answer, calls)
            if not loop.goes_on(answer, calls, running):
                return loop.result(answer)
            outputs = [await running[call.call_id] for call in calls]
            if not loop.told(answer, calls, outputs):
                return loop.result(answer)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def _as_task(loop: Any, call: ToolCall) -> str:
    import asyncio

    try:
        tool = loop.tool(call)
        if tool.is_async:
            result = await tool.invoke(call.arguments)
        else:
            result = await asyncio.to_thread(tool.invoke, call.arguments)
            if hasattr(result, "__await__"):
                result = await result
        return result_text(result)
    except Exception as error:
        return error_text(error)


def _name(tool: Any) -> str | None:
    """The name of a function tool that was given as a dict, in either form."""
    return (tool.get("function") or tool).get("name") if tool.get("type") == "function" else None
