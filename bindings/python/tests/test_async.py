"""Asynchronous calls: loops, cancellation, fork, exit."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from typing import Any

import pytest
from conftest import ASK, CHAT, KEY, Received, Server, eventually, run_python

from openai_oxide import APIStatusError, AsyncOpenAI


def test_many_calls_at_once(server: Server, aclient: AsyncOpenAI) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(aclient.chat.completions.create(**ASK) for _ in range(64)))

    assert [answer.id for answer in asyncio.run(main())] == ["c1"] * 64


def test_an_error_is_raised_where_the_call_is_awaited(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = lambda request: request.connection.reply({"error": {"code": "no"}}, 418)

    async def main() -> None:
        with pytest.raises(APIStatusError) as caught:
            await aclient.models.retrieve("a/b")
        assert caught.value.status_code == 418
        assert caught.value.request.method == "GET"

    asyncio.run(main())


def test_cancelling_a_task_closes_its_connection(server: Server, aclient: AsyncOpenAI) -> None:
    arrived = threading.Event()
    server.handler = lambda request: arrived.set()  # never answers

    async def main() -> float:
        task = asyncio.create_task(aclient.chat.completions.create(**ASK))
        await asyncio.to_thread(arrived.wait, 5)
        task.cancel()
        started = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.connections[0].closed.wait, 5)
        assert asyncio.get_running_loop()._openai_oxide_hub.pending() == 0  # type: ignore[attr-defined]
        return time.monotonic() - started

    assert asyncio.run(main()) < 0.1


def test_a_timeout_around_a_call_cancels_it(server: Server, aclient: AsyncOpenAI) -> None:
    server.handler = lambda request: None

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(aclient.chat.completions.create(**ASK), 0.05)
        assert await asyncio.to_thread(server.connections[0].closed.wait, 5)

    asyncio.run(main())


def test_loops_in_several_threads_share_a_client(server: Server, aclient: AsyncOpenAI) -> None:
    failures: list[BaseException] = []

    async def calls() -> None:
        for _ in range(20):
            await asyncio.gather(*(aclient.chat.completions.create(**ASK) for _ in range(5)))

    def run() -> None:
        try:
            asyncio.run(calls())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert len(server.requests) == 600


def test_a_thousand_loops_one_after_another(server: Server, aclient: AsyncOpenAI) -> None:
    async def call() -> None:
        assert (await aclient.chat.completions.create(**ASK)).id == "c1"

    asyncio.run(call())
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(1000):
        asyncio.run(call())
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_a_loop_that_is_closed_with_a_call_in_flight(server: Server, aclient: AsyncOpenAI) -> None:
    arrived = threading.Event()
    server.handler = lambda request: arrived.set()
    loop = asyncio.new_event_loop()
    task = loop.create_task(aclient.chat.completions.create(**ASK))
    loop.run_until_complete(asyncio.sleep(0.05))
    assert arrived.wait(5)
    loop.close()
    del task, loop
    gc.collect()
    assert server.connections[0].closed.wait(5)  # the abandoned coroutine cancelled its call
    server.handler = lambda request: request.connection.reply(CHAT)

    async def again() -> None:
        assert (await aclient.chat.completions.create(**ASK)).id == "c1"

    asyncio.run(again())


def test_a_loop_that_cannot_watch_descriptors(server: Server, aclient: AsyncOpenAI) -> None:
    class NoReaders(asyncio.SelectorEventLoop):
        """As the proactor loop of Windows."""

        def __init__(self) -> None:
            self._own = False
            super().__init__()

        def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:  # type: ignore[override]
            raise NotImplementedError

    async def main() -> None:
        answers = await asyncio.gather(*(aclient.chat.completions.create(**ASK) for _ in range(10)))
        assert len(answers) == 10

    loop = NoReaders()
    try:
        loop.run_until_complete(main())
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def test_fork_gets_a_runtime_of_its_own(server: Server, aclient: AsyncOpenAI) -> None:
    async def call() -> str:
        return (await aclient.chat.completions.create(**ASK)).id

    assert asyncio.run(call()) == "c1"
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.write(write, asyncio.run(call()).encode())
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.read(read, 10) == b"c1"
    assert asyncio.run(call()) == "c1"


def test_a_child_may_use_a_loop_that_its_parent_made(server: Server, aclient: AsyncOpenAI) -> None:
    async def call() -> None:
        await asyncio.wait_for(aclient.chat.completions.create(**ASK), 5)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(call())
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            loop.run_until_complete(call())
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    loop.run_until_complete(call())
    loop.close()


def test_a_key_function_may_be_asynchronous(server: Server) -> None:
    async def key() -> str:
        await asyncio.sleep(0)
        return "fresh"

    async def main() -> None:
        await AsyncOpenAI(api_key=key, base_url=server.url).models.retrieve("m")

    asyncio.run(main())
    assert server.requests[0].headers["authorization"] == "Bearer fresh"


@pytest.mark.parametrize(
    "ending",
    [
        "asyncio.run(call())",
        # in flight at exit, loop never closed
        "loop = asyncio.new_event_loop(); task = loop.create_task(call('hang')); loop.run_until_complete(asyncio.sleep(0.02))",
        # a stream half read at exit
        "async def part():\n"
        "    stream = await client.chat.completions.create(model='m', messages=[], stream=True)\n"
        "    async for event in stream: break\n"
        "    globals()['kept'] = stream\n"
        "asyncio.run(part())",
        # a daemon thread with a loop of its own, still waiting
        "threading.Thread(target=lambda: asyncio.run(call('hang')), daemon=True).start(); asyncio.run(call())",
    ],
)
def test_normal_exits_are_clean(server: Server, ending: str) -> None:
    def handler(request: Received) -> None:
        if b"stream" in request.body:
            request.connection.start_events()
            request.connection.events(*({"choices": []} for _ in range(10)))
        elif b"hang" not in request.body:
            request.connection.reply(CHAT)

    server.handler = handler
    code = (
        "import asyncio, sys, threading, openai_oxide\n"
        "client = openai_oxide.AsyncOpenAI(base_url=sys.argv[1])\n"
        "async def call(model='m'): return await client.chat.completions.create(model=model, messages=[])\n"
    )
    for _ in range(8):
        done = run_python(code + ending, server.url)
        complaint = done.stderr.startswith("Task was destroyed but it is pending!")  # asyncio's own, where we left one
        assert (done.returncode, "" if complaint else done.stderr) == (0, "")


def test_the_key_is_not_shown(aclient: AsyncOpenAI) -> None:
    assert KEY not in repr(aclient)


def test_nothing_is_left_after_many_calls(server: Server, aclient: AsyncOpenAI) -> None:
    async def main() -> None:
        await aclient.chat.completions.create(**ASK)
        await asyncio.sleep(0.05)
        before, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        for _ in range(500):
            await aclient.chat.completions.create(**ASK)
        assert len(asyncio.all_tasks()) == tasks
        assert len(os.listdir("/proc/self/fd")) <= before
        hub = asyncio.get_running_loop()._openai_oxide_hub  # type: ignore[attr-defined]
        assert hub.pending() == 0

    asyncio.run(main())
    assert len(server.connections) == 1
    eventually(lambda: len(server.requests) == 501)
