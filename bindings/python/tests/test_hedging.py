"""Hedged calls: settings in every place, the report, and connections that are let go. When a hedge starts and who wins is
judged by the suite in every language."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from typing import Any

import pytest
from conftest import CHAT, KEY, Received, Server

from openai_oxide import AsyncOpenAI, Client, Hedge, OpenAI

CHUNK = {"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}


def first_is_late(server: Server, answer: Any = CHAT) -> threading.Event:
    """Answers all requests but the first; the event is set when the client has let go of that one."""
    gone = threading.Event()

    def handle(request: Received) -> None:
        if len(server.requests) == 1:
            if request.connection.wait_closed():
                gone.set()
        else:
            request.connection.reply(answer)

    server.handler = handle
    return gone


def create(client: Any) -> Any:
    return client.with_raw_response.chat.completions.create(model="m", messages=[])


def check(report: Any, delay: float) -> None:
    lost = [{"racer": 0, "outcome": "cancelled"}]
    assert report == {"started": 2, "winner": 1, "delay": delay, "losers": lost}


@pytest.mark.parametrize("hedge", [0.05, {"delay": 0.05}, Hedge(0.05, max=2)])
def test_a_late_answer_loses_and_its_connection_closes_at_once(server: Server, hedge: Any) -> None:
    gone = first_is_late(server)
    with OpenAI(api_key=KEY, base_url=server.url, hedge=hedge) as client:
        check(create(client).hedge, 0.05)
        assert gone.wait(2), "before another call drives the connections"
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_async(server: Server) -> None:
    gone = first_is_late(server)

    async def main() -> None:
        async with AsyncOpenAI(api_key=KEY, base_url=server.url) as client:
            check((await create(client.with_options(hedge=0.05))).hedge, 0.05)
            assert await asyncio.to_thread(gone.wait, 2)

    asyncio.run(main())


def test_streams_race_to_their_first_token(server: Server) -> None:
    gone = threading.Event()

    def handle(request: Received) -> None:
        connection = request.connection
        connection.start_events()
        if len(server.requests) == 1:
            connection.events({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
            if connection.wait_closed():
                gone.set()
        else:
            connection.events(CHUNK)
            connection.end_events()

    server.handler = handle
    with OpenAI(api_key=KEY, base_url=server.url) as client:
        stream = client.with_options(hedge=0.05).chat.completions.create(model="m", messages=[], stream=True)
        assert gone.wait(2)
        assert [chunk.choices[0].delta.content for chunk in stream] == ["a"]
        check(stream.hedge, 0.05)


def test_settings_travel_with_copies_and_single_calls(server: Server) -> None:
    client = OpenAI(api_key=KEY, base_url=server.url, hedge={"delay": 5, "max": 3})
    assert create(client).hedge == {"started": 1, "winner": 0, "delay": 5.0, "losers": []}
    assert create(client.copy(timeout=3)).hedge["delay"] == 5
    assert create(client.copy(hedge=True)).hedge["delay"] == 1, "nothing is known yet"
    for off in (False, None):
        assert create(client.copy(hedge=off)).hedge is None
    plain = OpenAI(api_key=KEY, base_url=server.url)
    assert create(plain).hedge is None
    assert plain.post("/chat/completions", cast_to=object, body={}, options={"hedge": 0.5}) == CHAT


def test_copies_share_the_budget(server: Server) -> None:
    def handle(request: Received) -> None:
        time.sleep(0.02)
        request.connection.reply(CHAT)

    server.handler = handle
    client = OpenAI(api_key=KEY, base_url=server.url)
    started = [create(client.with_options(hedge=0)).hedge["started"] for _ in range(5)]
    assert started == [2, 2, 1, 1, 1]


@pytest.mark.parametrize("hedge", [-1, {"max": 0}, {"max": 17}, {"max": -1}, {"budget": -0.1}, float("nan")])
def test_values_out_of_range(hedge: Any) -> None:
    with pytest.raises(ValueError, match=r"max|budget|seconds"):
        OpenAI(api_key=KEY, hedge=hedge)


@pytest.mark.parametrize("hedge", ["x", {"budgets": 1}, {"max": 2.5}, {"delay": "1"}, [1]])
def test_values_of_other_types(hedge: Any) -> None:
    client = OpenAI(api_key=KEY)
    with pytest.raises(TypeError, match=r"^hedge"):
        client.with_options(hedge=hedge)


def test_the_native_client_tells_what_became_of_the_requests(server: Server) -> None:
    first_is_late(server, {"id": "resp_2", "output": [], "usage": {"total_tokens": 3}})

    async def main() -> Any:
        async with Client(KEY, base_url=server.url) as client:
            return json.loads(await client.hedged_request("m", "Hello", 3, delay=0.3, temperature=0))

    answer = asyncio.run(main())
    assert answer["id"] == "resp_2"
    check(answer["hedge"], 0.3)
    assert server.requests[1].json == {"model": "m", "input": "Hello", "temperature": 0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forking is for Unix")
def test_a_forked_child_hedges_too(server: Server) -> None:
    client = OpenAI(api_key=KEY, base_url=server.url, hedge=0.05)
    create(client)
    seen = len(server.requests)
    late = threading.Event()

    def handle(request: Received) -> None:
        if len(server.requests) == seen + 1:
            late.wait(3)
        else:
            request.connection.reply(CHAT)

    server.handler = handle
    child = os.fork()
    if child == 0:
        try:
            check(create(client).hedge, 0.05)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    late.set()
