"""Handlers of assistants' runs: the order of the callbacks, their snapshots, and what is left in the end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from conftest import Received, Server
from test_import import loaded_by
from typing_extensions import override

from openai_oxide import AsyncOpenAI, OpenAI
from openai_oxide.lib.streaming import AssistantEventHandler, AsyncAssistantEventHandler

pytestmark = pytest.mark.filterwarnings("ignore:beta.threads:DeprecationWarning")


def sse(name: str, **data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def text(value: str, index: int = 0) -> dict[str, Any]:
    return {"content": [{"index": index, "type": "text", "text": {"value": value, "annotations": []}}]}


def calls(**call: Any) -> dict[str, Any]:
    return {"step_details": {"type": "tool_calls", "tool_calls": [{"index": 0, "type": "function", **call}]}}


WHOLE = {"id": "msg", "role": "assistant", "content": [{"type": "text", "text": {"value": "Hallo", "annotations": []}}]}
EVENTS = [
    sse("thread.run.created", id="run", status="queued"),
    sse("thread.run.step.created", id="step", type="tool_calls", step_details={"type": "tool_calls", "tool_calls": []}),
    sse("thread.run.step.delta", id="step", delta=calls(id="call", function={"name": "f", "arguments": ""})),
    sse("thread.run.step.delta", id="step", delta=calls(function={"arguments": '{"n":'})),
    sse("thread.run.step.delta", id="step", delta=calls(function={"arguments": "1}"})),
    sse(
        "thread.run.step.completed",
        id="step",
        type="tool_calls",
        status="completed",
        step_details={"type": "tool_calls"},
    ),
    sse("thread.message.created", id="msg", role="assistant", content=[]),
    sse("thread.message.delta", id="msg", delta=text("Hal")),
    sse("thread.message.delta", id="msg", delta=text("lo")),
    sse("thread.message.completed", **WHOLE),
    sse("thread.run.completed", id="run", status="completed"),
    "event: done\ndata: [DONE]\n\n",
]
EXPECTED = [
    ("step", ""),
    ("call begins", "f"),
    ("call", '{"n":'),
    ("call", '{"n":1}'),
    ("call done", '{"n":1}'),
    ("text begins", "Hal"),
    ("text", "Hal+Hal"),
    ("text", "lo+Hallo"),
    ("text done", "Hallo"),
    ("end", ""),
]


def handler(request: Received) -> None:
    request.connection.start_events()
    request.connection.events(*EVENTS)
    request.connection.end_events(done=False)


class Noting(AssistantEventHandler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    @override
    def on_run_step_created(self, run_step: Any) -> None:
        self.seen.append(("step", ""))

    @override
    def on_tool_call_created(self, tool_call: Any) -> None:
        self.seen.append(("call begins", tool_call.function.name))

    @override
    def on_tool_call_delta(self, delta: Any, snapshot: Any) -> None:
        self.seen.append(("call", snapshot.function.arguments))

    @override
    def on_tool_call_done(self, tool_call: Any) -> None:
        self.seen.append(("call done", tool_call.function.arguments))

    @override
    def on_text_created(self, text: Any) -> None:
        self.seen.append(("text begins", text.value))

    @override
    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        self.seen.append(("text", f"{delta.value}+{snapshot.value}"))

    @override
    def on_text_done(self, text: Any) -> None:
        self.seen.append(("text done", text.value))

    @override
    def on_end(self) -> None:
        self.seen.append(("end", ""))


def test_callbacks_come_in_order(server: Server, client: OpenAI) -> None:
    server.handler = handler
    with client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=Noting()) as stream:
        stream.until_done()
    assert stream.seen == EXPECTED
    assert stream.get_final_run().status == "completed"
    assert stream.get_final_run_steps()[0].id == "step"
    message = stream.get_final_messages()[0].content[0]
    assert message.type == "text"
    assert message.text.value == "Hallo"
    assert server.requests[0].headers["x-stainless-stream-helper"] == "threads.runs.create_and_stream"
    assert server.requests[0].json == {"assistant_id": "a", "stream": True}


def test_events_and_text(server: Server, client: OpenAI) -> None:
    server.handler = handler
    with client.beta.threads.create_and_run_stream(assistant_id="a") as stream:
        assert "".join(stream.text_deltas) == "Hallo"
    with client.beta.threads.runs.submit_tool_outputs_stream(run_id="r", thread_id="t", tool_outputs=[]) as stream:
        snapshots = [
            (event.event, stream.current_message_snapshot and len(stream.current_message_snapshot.content))
            for event in stream
        ]
    assert snapshots[0] == ("thread.run.created", None)
    assert snapshots[-1] == ("thread.run.completed", 1)


def test_the_asynchronous_handler(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = handler
    seen: list[str] = []

    class Handler(AsyncAssistantEventHandler):
        @override
        async def on_text_delta(self, delta: Any, snapshot: Any) -> None:
            seen.append(snapshot.value)

        @override
        async def on_end(self) -> None:
            seen.append("end")

    async def main() -> None:
        runs = aclient.beta.threads.runs
        async with runs.create_and_stream(thread_id="t", assistant_id="a", event_handler=Handler()) as stream:
            await stream.until_done()
            assert (await stream.get_final_run()).id == "run"
        async with runs.stream(thread_id="t", assistant_id="a") as stream:
            assert [text async for text in stream.text_deltas] == ["Hal", "lo"]

    asyncio.run(main())
    assert seen == ["Hal", "Hallo", "end"]


def test_an_error_is_told_and_raised(server: Server, client: OpenAI) -> None:
    def broken(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(EVENTS[0])
        request.connection.end_events(done=False)

    class Handler(AssistantEventHandler):
        told: Exception | None = None

        @override
        def on_exception(self, exception: Exception) -> None:
            self.told = exception

    server.handler = broken
    with client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=Handler()) as stream:
        with pytest.raises(Exception, match="ended") as raised:
            stream.until_done()
        assert stream.told is raised.value


def test_a_handler_serves_one_stream(server: Server, client: OpenAI) -> None:
    server.handler = handler
    used = AssistantEventHandler()
    with pytest.raises(RuntimeError, match="begun"):
        next(used)
    used = AssistantEventHandler()
    with client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=used) as stream:
        stream.until_done()
    with pytest.raises(RuntimeError, match="one stream"):
        client.beta.threads.runs.stream(thread_id="t", assistant_id="a", event_handler=used).__enter__()


def test_official_names() -> None:
    code = (
        "import openai_oxide.compat as c; c.install()\n"
        "from openai import AssistantEventHandler, AsyncAssistantEventHandler\n"
        "from openai.lib.streaming import AssistantEventHandler as same\n"
        "assert AssistantEventHandler is same\n"
    )
    assert "openai_oxide.lib.streaming._assistants" in loaded_by(code)
