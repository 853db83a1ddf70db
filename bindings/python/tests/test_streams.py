"""Streams: batches, back-pressure, ends, and letting go."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import threading
import time
from typing import Any

import pytest
from conftest import ASK, KEY, Received, Server, chunk, eventually

import openai_oxide
from openai_oxide import APIError, APIResponseValidationError, AsyncOpenAI, IncompleteStreamError, OpenAI, compat


def text(events: list[Any]) -> str:
    return "".join(event.choices[0].delta.content for event in events)


def serve(*batches: list[Any], done: bool = True, pause: float = 0.0) -> Any:
    """Each batch in one write, with a pause between them."""

    def handler(request: Received) -> None:
        request.connection.start_events(x_request_id="req_1")
        for batch in batches:
            request.connection.events(*batch)
            time.sleep(pause)
        request.connection.end_events(done)

    return handler


async def collect(client: AsyncOpenAI) -> tuple[list[Any], Any]:
    stream = await client.chat.completions.create(**ASK, stream=True)
    return [event async for event in stream], stream


def test_events_arrive_in_order(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = serve(*[[chunk(f"{n} ")] for n in range(50)], pause=0.001)
    expected = "".join(f"{n} " for n in range(50))
    stream = client.chat.completions.create(**ASK, stream=True)
    assert text(list(stream)) == expected
    assert stream._request_id == "req_1"
    assert stream.response.headers["X-Request-ID"] == "req_1"
    assert text(asyncio.run(collect(aclient))[0]) == expected


def test_crossings_count_batches_not_events(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    writes = 20
    server.handler = serve(*[[chunk("x") for _ in range(250)] for _ in range(writes)], pause=0.01)
    stream = client.chat.completions.create(**ASK, stream=True)
    assert len(list(stream)) == 5000
    reads_per_write = -(-250 * len(json.dumps(chunk("x"))) // 8192) + 1  # the engine may read a write in parts
    assert writes <= stream._crossings <= writes * reads_per_write
    events, astream = asyncio.run(collect(aclient))
    assert len(events) == 5000
    assert 2 <= astream._crossings <= writes * reads_per_write  # batches that wait cross together


def test_a_reader_that_falls_behind_gets_what_waits_at_once(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = serve(*[[chunk("x")] for _ in range(50)], pause=0.002)

    async def main() -> int:
        stream = await aclient.chat.completions.create(**ASK, stream=True)
        count = 0
        async for _ in stream:
            count += 1
            if count == 1:
                time.sleep(0.3)  # the loop itself is busy
        assert count == 50
        return stream._crossings

    assert asyncio.run(main()) < 50


def test_a_slow_reader_slows_the_server_down(server: Server, aclient: AsyncOpenAI) -> None:
    sent = 0

    def flood(request: Received) -> None:
        nonlocal sent
        request.connection.start_events()
        while True:
            request.connection.events(chunk("x" * 10_000))
            sent += 1

    server.handler = flood

    async def main() -> None:
        stream = await aclient.chat.completions.create(**ASK, stream=True)
        async for _ in stream:
            break
        await asyncio.sleep(0.5)
        before = sent
        await asyncio.sleep(0.3)
        assert sent == before, "the server could go on sending to a reader that had stopped"
        assert sent < 3000
        await stream.close()

    asyncio.run(main())


def test_a_batch_is_delivered_while_the_server_pauses(server: Server, client: OpenAI) -> None:
    release = threading.Event()

    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("a"))
        release.wait(5)
        request.connection.events(chunk("b"))
        request.connection.end_events()

    server.handler = handler
    stream = client.chat.completions.create(**ASK, stream=True)
    assert next(stream).choices[0].delta.content == "a"
    release.set()
    assert text(list(stream)) == "b"


def endless(request: Received) -> None:
    request.connection.start_events()
    request.connection.events(chunk("a"), chunk("b"))
    request.connection.wait_closed()
    request.connection.closed.set()


def leave_with(client: OpenAI) -> None:
    with client.chat.completions.create(**ASK, stream=True) as stream:
        for _ in stream:
            break


def leave_close(client: OpenAI) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    stream.close()
    assert len(list(stream)) <= 1  # an event of the same batch may still come; then it ends
    stream.close()


def leave_loop(client: OpenAI) -> None:
    for _ in client.chat.completions.create(**ASK, stream=True):
        break


def leave_unread(client: OpenAI) -> None:
    client.chat.completions.create(**ASK, stream=True)


@pytest.mark.parametrize("leave", [leave_with, leave_close, leave_loop, leave_unread])
def test_leaving_closes_the_connection(server: Server, client: OpenAI, leave: Any) -> None:
    server.handler = endless
    started = time.monotonic()
    leave(client)
    gc.collect()
    connection = eventually(lambda: server.connections and server.connections[0])
    assert connection.closed.wait(2)
    assert time.monotonic() - started < 1


def test_leaving_an_async_stream_closes_the_connection(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = endless

    async def leave_with() -> None:
        async with await aclient.chat.completions.create(**ASK, stream=True) as stream:
            async for _ in stream:
                break

    async def leave_loop() -> None:
        async for _ in await aclient.chat.completions.create(**ASK, stream=True):
            break

    kept = []

    async def cancel() -> None:
        async def read() -> None:
            kept.append(await aclient.chat.completions.create(**ASK, stream=True))
            async for _ in kept[0]:
                pass

        task = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for number, leave in enumerate((leave_with, leave_loop, cancel)):
        asyncio.run(leave())
        gc.collect()
        assert server.connections[number].closed.wait(2), leave


def test_close_from_another_thread_ends_a_waiting_loop(server: Server, client: OpenAI) -> None:
    server.handler = endless
    stream = client.chat.completions.create(**ASK, stream=True)
    threading.Timer(0.1, stream.close).start()
    started = time.monotonic()
    assert len(list(stream)) == 2
    assert time.monotonic() - started < 2
    assert server.connections[0].closed.wait(2)


def test_a_cut_stream_is_an_error_after_its_events(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = serve([chunk("a"), chunk("b")], done=False)
    stream = client.chat.completions.create(**ASK, stream=True)
    seen = []
    with pytest.raises(IncompleteStreamError) as caught:
        for event in stream:
            seen.append(event)
    assert text(seen) == "ab"
    assert stream.ended_early
    assert caught.value.request.method == "POST"

    async def main() -> None:
        astream = await aclient.chat.completions.create(**ASK, stream=True)
        aseen = []
        with pytest.raises(IncompleteStreamError):
            async for event in astream:
                aseen.append(event)
        assert text(aseen) == "ab"
        assert astream.ended_early

    asyncio.run(main())


def test_compat_ends_a_cut_stream_as_the_official_client_does(server: Server) -> None:
    server.handler = serve([chunk("a")], done=False)
    stream = compat.OpenAI(api_key=KEY, base_url=server.url).chat.completions.create(**ASK, stream=True)
    assert text(list(stream)) == "a"
    assert stream.ended_early
    events, astream = asyncio.run(collect(compat.AsyncOpenAI(api_key=KEY, base_url=server.url)))
    assert text(events) == "a"
    assert astream.ended_early


def test_an_error_event_is_an_error_after_the_events_before_it(server: Server, client: OpenAI) -> None:
    server.handler = serve([chunk("a"), {"error": {"message": "It broke.", "type": "server_error", "code": "x"}}])
    seen = []
    with pytest.raises(APIError, match="It broke") as caught:
        for event in client.chat.completions.create(**ASK, stream=True):
            seen.append(event)
    assert text(seen) == "a"
    assert caught.value.code == "x"


def test_an_event_that_is_not_json_is_an_error_after_the_events_before_it(
    server: Server, client: OpenAI, aclient: AsyncOpenAI
) -> None:
    server.handler = serve([chunk("a"), "data: {oops\n\n", chunk("b")])
    seen = []
    with pytest.raises(APIResponseValidationError):
        for event in client.chat.completions.create(**ASK, stream=True):
            seen.append(event)
    assert text(seen) == "a"
    with pytest.raises(APIResponseValidationError):
        asyncio.run(collect(aclient))


def test_a_forked_child_cannot_read_its_parents_stream(server: Server, client: OpenAI) -> None:
    release = threading.Event()

    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("a"))
        release.wait(5)
        request.connection.events(chunk("b"))
        request.connection.end_events()

    server.handler = handler
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            next(stream)
        except RuntimeError as error:
            status = 0 if "forked child" in str(error) else 2
        finally:
            del stream
            gc.collect()
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    release.set()
    assert text(list(stream)) == "b"  # the child's end has not touched the parent's connection


def test_an_interrupted_stream_does_not_look_finished(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("a"))

    server.handler = handler
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    signal.signal(signal.SIGALRM, before)
    assert (list(stream), stream.ended_early) == ([], True)
    assert server.connections[0].closed.wait(5)

    async def main() -> None:
        stream = await aclient.chat.completions.create(**ASK, stream=True)
        await anext(stream)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(stream), 0.1)
        assert ([event async for event in stream], stream.ended_early) == ([], True)

    asyncio.run(main())


def test_next_works_on_both(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = serve([chunk("a")])
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    with pytest.raises(StopIteration):
        next(stream)

    async def main() -> None:
        astream = await aclient.chat.completions.create(**ASK, stream=True)
        await astream.__anext__()
        with pytest.raises(StopAsyncIteration):
            await astream.__anext__()

    asyncio.run(main())


def test_stream_types_can_be_subscribed() -> None:
    assert openai_oxide.Stream[int] and openai_oxide.AsyncStream[int]
