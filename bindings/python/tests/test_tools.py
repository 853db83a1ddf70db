"""The loop that runs tools, over both APIs, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest
from conftest import Received, Server

from openai_oxide import APIStatusError, AsyncOpenAI, IncompleteStreamError, OpenAI, tool

SAY: Any = [{"role": "user", "content": "x"}]


def chat_events(*calls: tuple[str, str, str], text: str | None = None) -> list[Any]:
    """The chunks of an answer, one call after another."""
    chunks = [{"role": "assistant", "content": text}]
    for index, (id_, name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": arguments}
        chunks.append({"tool_calls": [{"index": index, "id": id_, "type": "function", "function": function}]})
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    events: list[Any] = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in chunks]
    reason = "tool_calls" if calls else "stop"
    return [*events, {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]


def response_events(*calls: tuple[str, str, str], text: str | None = None) -> list[Any]:
    base = {"id": "r", "object": "response", "created_at": 1, "model": "m", "tools": []}
    items: list[Any] = [
        {"type": "function_call", "id": f"i{id_}", "call_id": id_, "name": name, "arguments": arguments}
        for id_, name, arguments in calls
    ]
    if text is not None:
        part = {"type": "output_text", "text": text, "annotations": []}
        items.append({"type": "message", "id": "m", "role": "assistant", "content": [part]})
    events: list[Any] = [{"type": "response.created", "response": {**base, "output": []}}]
    for index, item in enumerate(items):
        bare = {**item, "arguments": ""} if "arguments" in item else {**item, "content": []}
        events.append({"type": "response.output_item.added", "output_index": index, "item": bare})
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": {**base, "output": items}})
    return events


def answering(*answers: list[Any], pause: float = 0.0) -> Callable[[Received], None]:
    """One answer after another; a pause between their events."""
    left = iter(answers)

    def handler(request: Received) -> None:
        request.connection.start_events()
        for event in next(left):
            time.sleep(pause)
            request.connection.events(event)
        request.connection.end_events(done=request.path.endswith("completions"))

    return handler


class Kind:
    """One of the four ways to run the loop."""

    def __init__(self, name: str, client: OpenAI, aclient: AsyncOpenAI) -> None:
        self.chat = name.startswith("chat")
        self.is_async = name.endswith("async")
        self._client: Any = aclient if self.is_async else client
        self.events = chat_events if self.chat else response_events

    def run(self, tools: list[Any], **more: Any) -> Any:
        resource = self._client.chat.completions if self.chat else self._client.responses
        asked = {"messages": SAY} if self.chat else {"input": "x"}

        def call() -> Any:
            return resource.run_tools(model="m", tools=tools, **asked, **more)

        async def wait() -> Any:
            return await call()

        return asyncio.run(wait()) if self.is_async else call()

    def told(self, request: Received) -> list[tuple[str, str]]:
        """The results of tools in a request."""
        if self.chat:
            found = [m for m in request.json["messages"] if m["role"] == "tool"]
            return [(m["tool_call_id"], m["content"]) for m in found]
        found = [i for i in request.json["input"] if i.get("type") == "function_call_output"]
        return [(i["call_id"], i["output"]) for i in found]


@pytest.fixture(params=["chat-sync", "chat-async", "responses-sync", "responses-async"])
def kind(request: Any, client: OpenAI, aclient: AsyncOpenAI) -> Kind:
    return Kind(request.param, client, aclient)


@tool
def add(a: int, b: int = 1) -> dict[str, int]:
    """The sum of two numbers."""
    return {"sum": a + b}


def test_the_loop_runs_until_no_tool_is_called(server: Server, kind: Kind) -> None:
    server.handler = answering(
        kind.events(("1", "add", '{"a":1,"b":2}'), ("2", "add", '{"a":3,"b":4}'), text="Wait."),
        kind.events(("3", "add", '{"a":3,"b":7}')),
        kind.events(text="It is 10."),
    )
    done = kind.run([add])
    assert [step.model_dump() for step in done.steps] == [
        {
            "type": "assistant",
            "content": "Wait.",
            "calls": [
                {"name": "add", "arguments": '{"a":1,"b":2}', "call_id": "1"},
                {"name": "add", "arguments": '{"a":3,"b":4}', "call_id": "2"},
            ],
        },
        {"type": "tool", "name": "add", "call_id": "1", "output": '{"sum":3}'},
        {"type": "tool", "name": "add", "call_id": "2", "output": '{"sum":7}'},
        {
            "type": "assistant",
            "content": None,
            "calls": [{"name": "add", "arguments": '{"a":3,"b":7}', "call_id": "3"}],
        },
        {"type": "tool", "name": "add", "call_id": "3", "output": '{"sum":10}'},
        {"type": "assistant", "content": "It is 10.", "calls": []},
    ]
    assert done.output_text == "It is 10."
    assert kind.told(server.requests[2]) == [("1", '{"sum":3}'), ("2", '{"sum":7}'), ("3", '{"sum":10}')]
    first, second = server.requests[0].json, server.requests[1].json
    assert first["stream"] is True
    assert first["tools"] == second["tools"]
    if kind.chat:
        assert first["messages"] == SAY
        said = second["messages"][1]
        assert said["role"] == "assistant"
        assert [call["id"] for call in said["tool_calls"]] == ["1", "2"]
        assert len(done.messages) == 6
    else:
        assert first["input"] == "x"
        assert [item.get("type") for item in second["input"]] == [
            None,
            "function_call",
            "function_call",
            "message",
            "function_call_output",
            "function_call_output",
        ]
        assert len(done.input) == 8


def test_what_tools_return_is_told_as_text(server: Server, kind: Kind) -> None:
    @dataclass
    class Found:
        price: float

    class Model(pydantic.BaseModel):
        ok: bool

    def text() -> str:
        return "as it is"

    def data() -> Found:
        return Found(1.0)

    async def later() -> list[Model]:
        await asyncio.sleep(0)
        return [Model(ok=True)]

    def nothing() -> None:
        return None

    functions = [text, data, later, nothing]
    calls = [(str(index), function.__name__, "{}") for index, function in enumerate(functions)]
    server.handler = answering(kind.events(*calls), kind.events(text="ok"))
    kind.run(functions)
    told = [("0", "as it is"), ("1", '{"price":1}'), ("2", '[{"ok":true}]'), ("3", "null")]
    assert kind.told(server.requests[1]) == told


def test_failures_are_told_to_the_model(server: Server, kind: Kind) -> None:
    def fail(reason: str) -> None:
        raise RuntimeError(reason)

    def silent() -> None:
        raise KeyError

    server.handler = answering(
        kind.events(
            ("1", "fail", '{"reason":"no such city"}'),
            ("2", "fail", '{"reason":7}'),
            ("3", "fail", "{"),
            ("4", "gone", "{}"),
            ("5", "silent", ""),
        ),
        kind.events(text="sorry"),
    )
    kind.run([fail, silent])
    told = dict(kind.told(server.requests[1]))
    assert told["1"] == "no such city"
    assert told["2"] == "reason: Input should be a valid string"
    assert "JSON" in told["3"]
    assert told["4"] == 'Invalid tool_call: "gone". Available options are: "fail", "silent". Please try again'
    assert told["5"] == "KeyError"


def test_calls_of_one_answer_run_in_parallel_and_early(server: Server, kind: Kind) -> None:
    barrier = threading.Barrier(2, timeout=10)
    started: list[float] = []

    def meet(name: str) -> str:
        started.append(time.monotonic())
        barrier.wait()
        return name

    events = kind.events(("1", "meet", '{"name":"a"}'), ("2", "meet", '{"name":"b"}'), text="-")
    ended: list[float] = []
    inner = answering(events, kind.events(text="ok"), pause=0.05)

    def handler(request: Received) -> None:
        inner(request)
        ended.append(time.monotonic())

    server.handler = handler
    kind.run([meet])
    assert kind.told(server.requests[1]) == [("1", "a"), ("2", "b")]
    assert min(started) < ended[0] - 0.04  # while the answer still streams


def test_the_loop_is_bounded(server: Server, kind: Kind) -> None:
    answer = kind.events(("1", "add", '{"a":1,"b":1}'))
    server.handler = answering(answer, answer, answer)
    done = kind.run([add], max_rounds=2)
    assert len(server.requests) == 2
    assert [step.type for step in done.steps] == ["assistant", "tool", "assistant", "tool"]
    with pytest.raises(ValueError, match="max_rounds"):
        kind.run([add], max_rounds=0)


def test_a_call_for_the_caller_ends_the_loop(server: Server, kind: Kind) -> None:
    server.handler = answering(kind.events(("1", "add", '{"a":1,"b":1}'), ("2", "mine", '{"z":1}')))
    mine: dict[str, Any] = {"name": "mine", "parameters": {}}
    declared = {"type": "function", "function": mine} if kind.chat else {"type": "function", **mine}
    done = kind.run([add, declared])
    assert server.requests[0].json["tools"][1] == declared
    assert [step.type for step in done.steps] == ["assistant"]
    assert [call.name for call in done.steps[0].calls] == ["add", "mine"]


def test_a_failing_request_ends_the_loop(server: Server, kind: Kind) -> None:
    server.handler = lambda request: request.connection.reply({"error": {"message": "no"}}, 400)
    with pytest.raises(APIStatusError, match="no"):
        kind.run([add])


def test_a_cut_answer_runs_no_unfinished_call(server: Server, kind: Kind) -> None:
    ran: list[int] = []

    def note(n: int) -> None:
        ran.append(n)

    events = kind.events(("1", "note", '{"n":1}'))

    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*events[:2])  # before the call is said to be complete
        request.connection.end_events(done=False)

    server.handler = handler
    with pytest.raises(IncompleteStreamError):
        kind.run([note])
    assert not ran


def test_an_answer_at_its_limit_ends_the_loop(server: Server, kind: Kind) -> None:
    ran: list[int] = []

    def note(n: int) -> None:
        ran.append(n)

    events = kind.events(("1", "note", '{"n":'))
    if kind.chat:
        events[-1]["choices"][0]["finish_reason"] = "length"
    else:
        whole = events[-1]["response"]
        whole["output"][0]["status"] = whole["status"] = "incomplete"
        events = [*events[:-2], {"type": "response.incomplete", "response": whole}]
    server.handler = answering(events)
    done = kind.run([note])
    assert [step.type for step in done.steps] == ["assistant"]
    assert not ran


def test_context_variables_reach_the_tools(server: Server, kind: Kind) -> None:
    tenant = contextvars.ContextVar("tenant", default="none")

    def who() -> str:
        return tenant.get()

    server.handler = answering(kind.events(("1", "who", "{}")), kind.events(text="ok"))
    token = tenant.set("me")
    try:
        kind.run([who])
    finally:
        tenant.reset(token)
    assert kind.told(server.requests[1]) == [("1", "me")]


def test_a_forced_function_is_called_once(server: Server, client: OpenAI) -> None:
    server.handler = answering(chat_events(("1", "add", '{"a":1,"b":1}')))
    choice: Any = {"type": "function", "function": {"name": "add"}}
    done = client.chat.completions.run_tools(model="m", messages=SAY, tools=[add], tool_choice=choice)
    assert [step.type for step in done.steps] == ["assistant", "tool"]


def test_a_conversation_of_the_server_is_not_sent_again(server: Server, client: OpenAI) -> None:
    server.handler = answering(response_events(("1", "add", '{"a":1,"b":1}')), response_events(text="ok"))
    client.responses.run_tools(model="m", input="x", tools=[add], conversation="conv_1")
    assert server.requests[1].json["input"] == [{"type": "function_call_output", "call_id": "1", "output": '{"sum":2}'}]


def test_cancelling_stops_the_tools_and_the_stream(server: Server, aclient: AsyncOpenAI) -> None:
    state: list[str] = []

    async def slow() -> None:
        state.append("started")
        try:
            await asyncio.sleep(60)
        finally:
            state.append("stopped")

    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*response_events(("1", "slow", "{}"))[:-1])
        state.append("closed" if request.connection.wait_closed() else "open")

    server.handler = handler

    async def main() -> None:
        before = asyncio.all_tasks()
        task = asyncio.ensure_future(aclient.responses.run_tools(model="m", input="x", tools=[slow]))
        while "started" not in state:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "stopped" in state
        assert asyncio.all_tasks() == before
        while "closed" not in state:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_an_error_of_the_request_stops_the_tools(server: Server, aclient: AsyncOpenAI) -> None:
    state: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            state.append("stopped")

    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*response_events(("1", "slow", "{}"))[:-1])
        time.sleep(0.05)
        request.connection.end_events(done=False)

    server.handler = handler

    async def main() -> None:
        with pytest.raises(IncompleteStreamError):
            await aclient.responses.run_tools(model="m", input="x", tools=[slow])

    asyncio.run(asyncio.wait_for(main(), 10))
    assert state == ["stopped"]


def test_a_hanging_tool_does_not_keep_a_program_from_ending(server: Server) -> None:
    from conftest import run_python

    server.handler = answering(chat_events(("1", "hang", "{}")))
    code = (
        "import os, signal, sys, threading, time\n"
        "from openai_oxide import OpenAI\n"
        "def hang() -> None:\n"
        "    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    time.sleep(600)\n"
        "try:\n"
        "    OpenAI(base_url=sys.argv[1]).chat.completions.run_tools(model='m', messages=[], tools=[hang])\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = run_python(code, server.url, timeout=20)
    assert done.stdout == "interrupted\n", done.stderr


def test_arguments_are_json(server: Server, kind: Kind) -> None:
    seen: list[Any] = []

    def take(text: str, numbers: list[float]) -> None:
        seen.append((text, numbers))

    arguments = json.dumps({"text": 'Grüße "🌍"\n', "numbers": [1, 2.5]})
    server.handler = answering(kind.events(("1", "take", arguments)), kind.events(text="ok"))
    kind.run([take])
    assert seen == [('Grüße "🌍"\n', [1.0, 2.5])]


def test_calls_without_ids_run_once_each(server: Server, client: OpenAI) -> None:
    ran: list[int] = []

    def note(n: int) -> str:
        ran.append(n)
        return f"noted {n}"

    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [
        {"index": i, "type": "function", "function": {"name": "note", "arguments": f'{{"n":{i}}}'}} for i in (0, 1)
    ]
    chunks: list[Any] = [{**base, "choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]} for delta in deltas]
    chunks.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    server.handler = answering(chunks, chat_events(text="ok"))
    client.chat.completions.run_tools(model="m", messages=SAY, tools=[note])
    assert sorted(ran) == [0, 1]
    _, said, *told = server.requests[1].json["messages"]
    ids = [call["id"] for call in said["tool_calls"]]
    assert len(set(ids)) == 2
    assert [(t["tool_call_id"], t["content"]) for t in told] == [(ids[0], "noted 0"), (ids[1], "noted 1")]
