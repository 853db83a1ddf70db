"""Early function calls and partial JSON in Python: what the suite cannot see."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from typing import Any

import pytest
from conftest import ASK, KEY, Received, Server

from openai_oxide import AsyncOpenAI, Client, FunctionCall, IncompleteStreamError, OpenAI, PartialJson, compat

ARGUMENTS = '{"city": "Zürich", "days": 12}'


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "output_index": 0, **fields}


def item(status: str, arguments: str) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": "fc",
        "call_id": "call_1",
        "name": "f",
        "status": status,
        "arguments": arguments,
    }


RESPONSE = {"id": "resp_1", "status": "completed", "output": [item("completed", ARGUMENTS)]}
PIECES = [ARGUMENTS[n : n + 6] for n in range(0, len(ARGUMENTS), 6)]
BEGIN = [
    event("output_item.added", item=item("in_progress", "")),
    *[event("function_call_arguments.delta", delta=piece) for piece in PIECES],
    event("function_call_arguments.done", arguments=ARGUMENTS),
]
END = [event("output_item.done", item=item("completed", ARGUMENTS)), event("completed", response=RESPONSE)]
QUESTION: dict[str, Any] = {"model": "m", "input": "x"}


class Paced:
    """Sends the calls, and the rest of the answer when the program says so."""

    def __init__(self, server: Server) -> None:
        self.go = threading.Event()
        self.ended = False
        server.handler = self.handle

    def handle(self, request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*BEGIN)
        assert self.go.wait(5)
        self.ended = True
        request.connection.events(*END)
        request.connection.end_events(done=False)


def test_a_call_comes_before_the_answer_ends(server: Server, client: OpenAI) -> None:
    paced = Paced(server)
    with client.responses.create_stream_fc(**QUESTION) as calls:
        call = next(calls)
        assert not paced.ended
        assert (call.name, call.call_id, call.complete) == ("f", "call_1", True)
        assert call.parsed == {"city": "Zürich", "days": 12}
        paced.go.set()
        assert list(calls) == []
        assert calls.get_final_response().output[0].type == "function_call"


def test_the_asynchronous_clients_too(server: Server, aclient: AsyncOpenAI) -> None:
    async def first(calls: Any, paced: Paced) -> FunctionCall:
        async with calls:
            async for call in calls:
                assert not paced.ended
                paced.go.set()
                response = await calls.get_final_response()
                assert response.id == "resp_1"
                return call
        raise AssertionError("no call")

    async def main() -> None:
        paced = Paced(server)
        assert (await first(await aclient.responses.create_stream_fc(**QUESTION), paced)).arguments == ARGUMENTS
        paced = Paced(server)
        async with Client(KEY, base_url=server.url) as native:
            assert (await first(await native.create_stream_fc("m", "x"), paced)).arguments == ARGUMENTS

    asyncio.run(main())
    assert json.loads(server.requests[-1].body) == {"model": "m", "input": "x", "stream": True}


def test_incremental_arguments(server: Server, client: OpenAI) -> None:
    paced = Paced(server)
    paced.go.set()
    seen = []
    with client.responses.create_stream_fc(**QUESTION, incremental=True) as calls:
        for call in calls:
            seen.append((json.dumps(call.value, ensure_ascii=False), call.complete))
    assert len(seen) == len(PIECES) + 1
    assert seen[0] == ("{}", False)
    assert seen[1] == ('{"city": "Zü"}', False)
    assert seen[2] == ('{"city": "Zürich"}', False)
    assert seen[-1] == ('{"city": "Zürich", "days": 12}', True)


def test_a_cut_is_an_error_in_compat_too(server: Server) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        delta = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}
        request.connection.events({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]})
        request.connection.end_events(done=False)

    server.handler = handler
    with compat.OpenAI(api_key=KEY, base_url=server.url) as client:
        calls = client.chat.completions.create_stream_fc(**ASK)
        with pytest.raises(IncompleteStreamError):
            list(calls)


def test_arguments_that_are_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        _ = FunctionCall("f", "call_1", '{"a":').parsed


def documents(chance: random.Random, depth: int = 3) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind == 6:
        return [documents(chance, depth - 1) for _ in range(chance.randrange(4))]
    if kind == 7:
        return {chance.choice("abcé"): documents(chance, depth - 1) for _ in range(chance.randrange(4))}
    simple: list[Any] = [None, True, chance.randint(-(2**70), 2**70), chance.random() * 1e9, "", 'é😀"\\\n\ud83d'[:-1]]
    return simple[kind]


@pytest.mark.parametrize("seed", range(100))
def test_partial_json_in_any_pieces(seed: int) -> None:
    chance = random.Random(seed)
    document = [documents(chance)]
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    partial = PartialJson()
    before: Any = None
    while text:
        cut = chance.randint(1, 7)
        partial.push(text[:cut])
        text = text[cut:]
        if chance.random() < 0.5:
            assert before is None or partial.value is before  # grows in place
            before = partial.value
            assert partial.complete or text
    partial.finish()
    assert partial.value == document
    assert partial.complete


def test_partial_json_that_ends_early() -> None:
    partial = PartialJson()
    assert not partial.started
    partial.push('{"a": "b')
    with pytest.raises(ValueError, match="ends too early"):
        partial.finish()
    assert partial.value == {"a": "b"}
