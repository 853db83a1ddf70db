"""Turns of agents: what Python has beyond the suite (typed tools, observers, keys, raw responses), and files from the disk."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pydantic
import pytest
from conftest import Received, Server
from test_import import loaded_by
from typing_extensions import TypedDict

from openai_oxide import AsyncOpenAI, OpenAI, tool
from openai_oxide.lib.beta.agents import (
    AgentFilePreparationError,
    AgentOutputParseError,
    AgentSessionEventStream,
    AgentToolError,
    AgentTurnResultError,
    agent_text_format,
    function_tool,
    pydantic_function_tool,
)
from openai_oxide.types.beta.environment_param import EnvironmentParam

NONE: EnvironmentParam = {"type": "none"}
IDLE = {"id": "s", "status": "idle", "required_actions": []}


def turn(status: str, **more: Any) -> dict[str, Any]:
    kind = "created" if status == "queued" else status
    return {
        "type": f"agent.session.turn.{kind}",
        "event_id": kind,
        "session_id": "s",
        "turn_id": "t",
        "turn": {"id": "t", "session_id": "s", "status": status, **more},
    }


def call(name: str, arguments: str, call_id: str = "c") -> dict[str, Any]:
    item = {"type": "function_call", "name": name, "arguments": arguments, "call_id": call_id, "turn_id": "t"}
    added = "agent.session.turn.item.added"
    return {"type": added, "event_id": call_id, "session_id": "s", "turn_id": "t", "item": item}


def says(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text}]
    item = {
        "id": "i",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "turn_id": "t",
        "content": content,
    }
    done = "agent.session.turn.item.done"
    return {"type": done, "event_id": "i", "session_id": "s", "turn_id": "t", "output_index": 0, "item": item}


END = [turn("completed"), {"type": "agent.session.idle", "event_id": "end", "session": IDLE}]


def session(*events: Any, hold: bool = False) -> Callable[[Received], None]:
    """A server whose one session tells these events, and takes every input."""

    def handler(request: Received) -> None:
        if request.path.endswith("/sessions/s"):
            request.connection.reply(IDLE)
        elif request.method == "GET" or request.path.endswith("/sessions"):
            request.connection.start_events()
            request.connection.events(turn("queued"), *events)
            if hold:
                request.connection.wait_closed()
            else:
                request.connection.end_events(done=False)
        else:
            request.connection.reply(b"", 202)

    return handler


def submitted(server: Server) -> list[dict[str, Any]]:
    posts = [request for request in server.requests if request.method == "POST" and request.path.endswith("/events")]
    return [event for request in posts for event in request.json["events"]]


class Place(pydantic.BaseModel):
    """Where it is."""

    city: str


@function_tool
def add(a: int, b: int = 1) -> int:
    """The sum.

    Args:
        a: the first one
    """
    return a + b


@function_tool(name="look_up", defer_loading=True)
async def look(place: Place, unit: Literal["c", "f"]) -> dict[str, Any]:
    return {"city": place.city, "unit": unit}


# ------------------------------------------------------------------------------------------------------------------ tools


def test_a_function_tells_what_it_takes() -> None:
    definition: Any = add.definition
    assert (definition["type"], definition["name"], definition["description"]) == ("function", "add", "The sum.")
    parameters = definition["parameters"]
    assert parameters["properties"]["a"] == {"title": "A", "type": "integer", "description": "the first one"}
    assert (parameters["required"], parameters["additionalProperties"]) == (["a"], False)
    definition["name"] = "changed"
    assert add.definition["name"] == add.name == "add"
    assert look.definition.get("defer_loading") is True


def test_a_tool_validates_and_converts() -> None:
    assert add({"a": 2}) == "3"
    with pytest.raises(pydantic.ValidationError):
        add({"a": "no"})
    assert asyncio.run(_awaited(look({"place": {"city": "Bern"}, "unit": "c"}))) == '{"city":"Bern","unit":"c"}'
    where = pydantic_function_tool(Place, handler=lambda place: [{"type": "input_text", "text": place.city}])
    assert where({"city": "Bern"}) == [{"type": "input_text", "text": "Bern"}]
    assert (where.name, where.definition.get("description")) == ("Place", "Where it is.")
    nothing = pydantic_function_tool(Place, handler=lambda place: None, name="nothing")
    assert nothing({"city": "Bern"}) is None


async def _awaited(value: Any) -> Any:
    return await value


@pytest.mark.parametrize("function", [lambda *numbers: 0, lambda number: number, lambda _hidden: 0])
def test_a_function_that_cannot_be_a_tool(function: Any) -> None:
    with pytest.raises(TypeError):
        function_tool(function)


def test_arguments_must_be_an_object() -> None:
    class Either(pydantic.RootModel[int]):
        pass

    with pytest.raises(TypeError):
        pydantic_function_tool(Either, handler=str)
    with pytest.raises(ValueError, match="name"):
        pydantic_function_tool(Place, handler=str, name="")


# ------------------------------------------------------------------------------------------------------------------ turns


def test_failures_are_told_to_the_observer_alone(server: Server, client: OpenAI) -> None:
    def leaks(arguments: dict[str, Any]) -> str:
        raise RuntimeError("password")

    async def waits(arguments: dict[str, Any]) -> str:
        return "never"

    calls = [
        call("add", '{"a":"x"}', "c1"),
        call("leaks", "{}", "c2"),
        call("bare", "{}", "c3"),
        call("waits", "{}", "c4"),
    ]
    server.handler = session(*calls, *END)
    seen: list[AgentToolError] = []

    def observer(failure: AgentToolError) -> None:
        seen.append(failure)
        raise RuntimeError("the observer's own fault")

    handlers: Any = {"add": add, "leaks": leaks, "bare": lambda arguments: 3, "waits": waits}
    with client.beta.agents.sessions.stream("s", input="Go", tool_handlers=handlers, on_tool_error=observer) as stream:
        stream.until_done()
    assert [(failure.tool_name, failure.stage) for failure in seen] == [
        ("add", "arguments"),
        ("leaks", "execution"),
        ("bare", "output"),
        ("waits", "execution"),
    ]
    assert (seen[1].session_id, seen[1].turn_id, seen[1].call_id, str(seen[1].error)) == ("s", "t", "c2", "password")
    told = submitted(server)[1:]
    assert [(event["call_id"], event["success"], event["error"]) for event in told] == [
        (f"c{number}", False, "Tool handler failed.") for number in (1, 2, 3, 4)
    ]


def test_each_submission_has_a_key_of_its_own(server: Server, client: OpenAI) -> None:
    plain = session(call("add", '{"a":1}', "c1"), call("add", '{"a":2}', "c2"), *END)
    early = [{"error": {"message": "Unknown pending tool call: c1", "code": "invalid_request_error"}}] * 2

    def handler(request: Received) -> None:
        if b'"c1"' in request.body and early:
            request.connection.reply(early.pop(), 400)
        else:
            plain(request)

    server.handler = handler
    options = {"Idempotency-Key": "mine", "X-Note": "all"}
    stream = client.beta.agents.sessions.stream("s", input="Go", tool_handlers={"add": add}, extra_headers=options)
    with stream:
        stream.until_done()
    posts = [request for request in server.requests if request.method == "POST"]
    keys = [request.headers["idempotency-key"] for request in posts]
    assert keys[0] == "mine"
    assert keys[1] == keys[2] == keys[3]
    assert len({*keys}) == 3
    assert {request.headers["x-note"] for request in server.requests} == {"all"}
    assert [event.get("output") for event in submitted(server)[3:]] == ["2", "3"]


def test_an_asynchronous_turn(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = session(call("look_up", '{"place":{"city":"Bern"},"unit":"c"}'), says('{"city":"Bern"}'), *END)

    async def main() -> None:
        async with aclient.beta.agents.sessions.stream(
            "s", input="Go", tool_handlers={"look_up": look}, output_type=Place
        ) as stream:
            result = await stream.get_final_result()
            assert result.output_parsed == Place(city="Bern")
            assert (await stream.get_final_result()) is result
            assert [event async for event in stream] == []

    asyncio.run(main())
    assert submitted(server)[1]["output"] == '{"city":"Bern","unit":"c"}'


def test_a_tool_of_any_loop_is_a_handler(server: Server, client: OpenAI) -> None:
    @tool
    def warmest(cities: list[str], *, top: int = 1) -> list[str]:
        return sorted(cities)[:top]

    server.handler = session(call("warmest", '{"cities":["Oslo","Bern"]}', "c1"), *END)
    with client.beta.agents.sessions.stream("s", input="Go", tool_handlers={"warmest": warmest}) as stream:
        stream.until_done()
    assert [event.get("output") for event in submitted(server)[1:]] == ['["Bern"]']


def test_types_of_output(server: Server, client: OpenAI) -> None:
    @dataclass
    class Spot:
        city: str

    class Town(TypedDict):
        city: str

    server.handler = session(says('{"city":"Bern"}'), *END)
    sessions = client.beta.agents.sessions
    result = sessions.create(environment=NONE, input="Go", stream=True, output_type=Spot).get_final_result()
    assert result.output_parsed == Spot("Bern")
    assert result.parse(Town).output_parsed == {"city": "Bern"}
    assert server.requests[0].json["agent"]["text"]["format"] == agent_text_format(Spot)
    with pytest.raises(AgentOutputParseError) as raised:
        result.parse(type("Other", (pydantic.BaseModel,), {"__annotations__": {"name": str}}))
    assert raised.value.result is result
    assert raised.value.__suppress_context__
    with pytest.raises(TypeError, match="output_type"):
        sessions.stream("s", input="Go", output_type=int)
    with pytest.raises(ValueError, match="exclude"):
        sessions.create(environment=NONE, agent={"text": {"format": {"type": "text"}}}, output_type=Spot)


def test_what_is_wrong_before_anything_is_sent(server: Server, client: OpenAI) -> None:
    sessions = client.beta.agents.sessions
    with pytest.raises(ValueError, match="stream=True"):
        sessions.create(environment=NONE, tool_handlers={"add": add})
    for nothing in ("", []):
        with pytest.raises(ValueError, match="empty"):
            sessions.stream("s", input=nothing)
    with pytest.raises(RuntimeError, match="entered"):
        next(sessions.stream("s", input="Go"))
    assert server.requests == []
    server.handler = session(*END)
    stream = sessions.stream("s", input="Go")
    with stream:
        next(stream)
        with pytest.raises(RuntimeError, match="with_result_collection"):
            stream.get_final_result()
    assert list(stream) == []
    with pytest.raises(RuntimeError, match="once"), stream:
        pass


def test_a_cut_turn_raises_in_a_loop_too(server: Server, client: OpenAI) -> None:
    server.handler = session(says("Hi."))
    with client.beta.agents.sessions.stream("s", input="Go") as stream:
        stream.with_result_collection()
        with pytest.raises(RuntimeError, match="before its turn was over"):
            stream.until_done()
        with pytest.raises(AgentTurnResultError) as raised:
            stream.get_final_result()
    assert raised.value.reason == "observation_failed"
    assert isinstance(raised.value.__cause__, RuntimeError)
    assert [message.output_text for message in raised.value.messages] == ["Hi."]
    assert raised.value.turn_id == "t"


def test_a_raw_response_gives_the_same_stream(server: Server, client: OpenAI) -> None:
    server.handler = session(call("add", '{"a":1}'), says("Two."), *END)
    sessions = client.beta.agents.sessions.with_streaming_response
    with sessions.create(environment=NONE, input="Go", stream=True, tool_handlers={"add": add}) as response:
        stream = response.parse()
        assert isinstance(stream, AgentSessionEventStream)
        assert stream.get_final_result().output_text == "Two."
    assert submitted(server)[0]["output"] == "2"


def test_losing_a_stream_closes_its_connection(server: Server, client: OpenAI) -> None:
    server.handler = session(hold=True)
    stream = client.beta.agents.sessions.create(environment=NONE, input="Go", stream=True, tool_handlers={"add": add})
    next(stream)
    gc.disable()
    try:
        del stream
        assert server.connections[0].closed.wait(5)
    finally:
        gc.enable()


def test_cancelling_closes_the_connection(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = session(hold=True)

    async def main() -> None:
        async with aclient.beta.agents.sessions.stream("s", input="Go") as stream:
            await stream.until_done()

    async def cancelled() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(main(), 0.3)

    asyncio.run(cancelled())
    assert any(connection.closed.wait(5) for connection in server.connections)


# -------------------------------------------------------------------------------------------------- files and artifacts


def uploads(request: Received) -> None:
    request.connection.reply({"id": "f", "object": "file"})


def test_a_folder_gives_what_is_asked_for(server: Server, client: OpenAI, tmp_path: Path) -> None:
    server.handler = uploads
    for name in ("b.py", "a.py", "notes.txt", "deep/c.py"):
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    files = client.beta.agents.environments.files
    prepared = files.prepare_directory(tmp_path / "src", destination="/workspace/src", include=["**/*.py"])
    assert [file.get("path") for file in prepared.files] == [
        "/workspace/src/a.py",
        "/workspace/src/b.py",
        "/workspace/src/deep/c.py",
    ]
    assert len(prepared.uploaded_file_ids) == len(server.requests) == 3


@pytest.mark.parametrize(
    "destination",
    [
        *("/tmp/a", "workspace/a", "/workspace", "/workspace/a//b", "/workspace/./a", "/workspace/outputs"),
        *("/workspace/.codex/a", "/workspace/.managed-agents/a", "/workspace/.managed-agents-2/a", "/workspace/a\\b"),
    ],
)
def test_paths_that_no_environment_has(destination: str, server: Server, client: OpenAI, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    with pytest.raises(ValueError, match="path"):
        client.beta.agents.environments.files.prepare({destination: tmp_path / "a"})
    assert server.requests == []


def test_what_is_no_file_of_the_caller(server: Server, client: OpenAI, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret").write_text("s")
    (folder / "alias").symlink_to(tmp_path / "secret")
    files = client.beta.agents.environments.files
    for file in (folder, folder / "alias"):
        with pytest.raises(ValueError, match="regular"):
            files.prepare({"/workspace/a": file})
    with pytest.raises(ValueError, match="a link"):
        files.prepare_directory(folder, destination="/workspace", include=["*"])
    for include in ("*", [], ["../*"], ["/etc/*"], ["nothing"]):
        with pytest.raises(ValueError, match=r"pattern|matches"):
            files.prepare_directory(folder, destination="/workspace", include=include)
    with pytest.raises(ValueError, match="inside"):
        files.prepare({"/workspace/a": tmp_path / "secret", "/workspace/a/b": tmp_path / "secret"})
    with pytest.raises(ValueError, match="key"):
        both = {"/workspace/a": tmp_path / "secret", "/workspace/b": tmp_path / "secret"}
        files.prepare(both, extra_headers={"idempotency-key": "k"})
    assert server.requests == []


def test_a_file_that_changes_is_not_uploaded(server: Server, client: OpenAI, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("1")
    second.write_text("2")

    def handler(request: Received) -> None:
        second.write_text("longer by now")
        uploads(request)

    server.handler = handler
    with pytest.raises(AgentFilePreparationError) as raised:
        client.beta.agents.environments.files.prepare({"/workspace/1": first, "/workspace/2": second})
    assert len(raised.value.prepared.uploaded_file_ids) == len(server.requests) == 1
    assert "changed" in str(raised.value.__cause__)


def test_an_artifact_is_stored_as_it_comes(
    server: Server, client: OpenAI, aclient: AsyncOpenAI, tmp_path: Path
) -> None:
    artifact = {"id": "x", "session_id": "s", "turn_id": "t", "path": "out/a.bin"}

    def handler(request: Received) -> None:
        if request.path.endswith("/content"):
            request.connection.reply(b"\x00\xff")
        elif request.path.startswith("/v1/agents/sessions/s/artifacts"):
            request.connection.reply({"data": [artifact], "has_more": False})
        else:
            session(says("Done."), *END)(request)

    server.handler = handler
    result = client.beta.agents.sessions.create(environment=NONE, input="Go", stream=True).get_final_result()
    artifacts = client.beta.agents.sessions.artifacts.for_result(result)
    assert artifacts.download("out/a.bin", to=tmp_path / "a").id == "x"
    assert (tmp_path / "a").read_bytes() == b"\x00\xff"

    async def main() -> None:
        found = aclient.beta.agents.sessions.artifacts.for_result(result)
        await found.download("out/a.bin", to=tmp_path / "b")
        assert (await found.content("out/a.bin")).content == (tmp_path / "b").read_bytes()

    asyncio.run(main())


def test_only_what_is_used_is_loaded() -> None:
    loaded = loaded_by("import openai_oxide; openai_oxide.OpenAI(api_key='k').beta.agents.sessions.artifacts")
    assert "openai_oxide.lib.beta.agents" not in loaded
    loaded = loaded_by("import openai_oxide.lib.beta.agents as agents; agents.AgentTurnResult")
    assert "pydantic" not in loaded
