"""`responses.stream()`: what it adds to the events, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import Received, Server

from openai_oxide import AsyncOpenAI, OpenAI, omit
from openai_oxide.lib.streaming.responses import ResponseStreamState
from openai_oxide.types.responses import ResponseStreamEvent

ASK: dict[str, Any] = {"model": "m", "input": "x"}
CREATED = {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}
MESSAGE = {"type": "message", "id": "msg", "role": "assistant", "content": []}
CALL = {"type": "function_call", "id": "fc", "call_id": "call_1", "name": "f", "arguments": ""}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": 1, "output_index": 0, "content_index": 0, **fields}


def text_events(*pieces: str) -> list[dict[str, Any]]:
    text = "".join(pieces)
    part = {"type": "output_text", "text": text, "annotations": []}
    done = {**MESSAGE, "status": "completed", "content": [part]}
    return [
        CREATED,
        event("output_item.added", item=MESSAGE),
        event("content_part.added", part={**part, "text": ""}),
        *[event("output_text.delta", delta=piece, logprobs=[]) for piece in pieces],
        event("output_text.done", text=text),
        event("output_item.done", item=done),
        event("completed", response={"id": "r", "status": "completed", "output": [done]}),
    ]


def events_of(*data: dict[str, Any], **settings: Any) -> list[Any]:
    state = ResponseStreamState(input_tools=settings.get("tools", omit), text_format=settings.get("text_format", omit))
    return [made for item in data for made in state.handle_event(ResponseStreamEvent.wrap(item))]  # pyright: ignore


def serve(*events: Any) -> Any:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*events)
        request.connection.end_events(done=False)

    return handler


def test_deltas_have_snapshots_and_the_end_the_parsed_value() -> None:
    pydantic = pytest.importorskip("pydantic")

    class City(pydantic.BaseModel):
        name: str

    events = events_of(*text_events('{"name": ', '"Zürich"}'), text_format=City)
    deltas = [e for e in events if e.type == "response.output_text.delta"]
    assert [e.snapshot for e in deltas] == ['{"name": ', '{"name": "Zürich"}']
    done = next(e for e in events if e.type == "response.output_text.done")
    assert done.parsed == City(name="Zürich")
    assert events[-1].response.output_parsed == City(name="Zürich")


def test_arguments_have_snapshots_and_strict_tools_are_parsed() -> None:
    whole = {**CALL, "arguments": '{"n": 1}', "status": "completed"}
    events = events_of(
        CREATED,
        event("output_item.added", item=CALL),
        event("function_call_arguments.delta", delta='{"n": '),
        event("function_call_arguments.delta", delta="1}"),
        event("output_item.done", item=whole),
        event("completed", response={"id": "r", "status": "completed", "output": [whole]}),
        tools=[{"type": "function", "name": "f", "strict": True, "parameters": {}}],
    )
    assert [e.snapshot for e in events if e.type.endswith("arguments.delta")] == ['{"n": ', '{"n": 1}']
    assert events[-1].response.output[0].parsed_arguments == {"n": 1}


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([event("output_item.added", item=MESSAGE)], "before"),
        ([CREATED, event("output_text.delta", delta="x")], "output item"),
        ([CREATED, event("output_item.added", item=MESSAGE), event("output_item.added", item=MESSAGE)], "Duplicate"),
        ([CREATED, event("in_progress", response={"id": "other"})], "another response"),
        ([CREATED, event("output_item.added", item=CALL), event("output_item.done", item=MESSAGE)], "identity"),
        (
            [CREATED, event("output_item.added", item=CALL), event("completed", response={"id": "r", "output": []})],
            "item",
        ),
    ],
)
def test_a_stream_that_contradicts_itself(events: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        events_of(*events)


def test_output_that_an_event_leaves_out_is_filled_in() -> None:
    began = text_events("Hi")[:4]
    failed = events_of(*began, event("failed", response={"id": "r", "status": "failed", "output": None}))[-1]
    assert failed.response.output[0].content[0].text == "Hi"
    assert events_of(CREATED, event("in_progress", response={"id": "r"}))[-1].response.output == []


def test_what_was_read_on_the_way_does_not_change_the_end(server: Server, client: OpenAI) -> None:
    completed = event("completed", response={"id": "r", "status": "completed", "output": None})
    server.handler = serve(*text_events("a", "b")[:-1], completed)
    with client.responses.stream(**ASK) as stream:
        for item in stream:
            if item.type == "response.output_item.done":
                assert item.item.type == "message"
                assert item.item.content[0].type == "output_text"
        assert stream.get_final_response().output_text == "ab"
    assert server.requests[0].json == {"input": "x", "model": "m", "stream": True}


def test_the_asynchronous_stream(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = serve(*text_events("a", "b"))

    async def main() -> str:
        async with aclient.responses.stream(**ASK) as stream:
            return (await stream.get_final_response()).output_text

    assert asyncio.run(main()) == "ab"


def test_arguments_that_do_not_go_together(client: OpenAI) -> None:
    with pytest.raises(ValueError, match="model"):
        client.responses.stream(input="x")
    with pytest.raises(ValueError, match="input"):
        client.responses.stream(model="m")
    with pytest.raises(ValueError, match="response"):
        client.responses.stream(**ASK, response_id="resp_1")
    with pytest.raises(ValueError, match="id"):
        client.responses.stream(starting_after=1)
