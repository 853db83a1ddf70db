"""Blocking calls: threads, signals, connections."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ASK, CHAT, KEY, Received, Server, eventually

import openai_oxide
from openai_oxide import OpenAI


def test_a_call_arrives_and_returns(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: request.connection.reply(CHAT, x_request_id="req_1")
    answer = client.chat.completions.create(**ASK, temperature=1.0)
    assert (answer.id, answer._request_id) == ("c1", "req_1")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == b'{"messages":[{"role":"user","content":"hi"}],"model":"m","temperature":1}'


def test_other_threads_run_while_a_call_waits(server: Server, client: OpenAI) -> None:
    def slow(request: Received) -> None:  # this server lives in our process: it answers only if the GIL is free
        time.sleep(0.2)
        request.connection.reply(CHAT)

    server.handler = slow
    turns = 0
    finished = threading.Event()

    def count() -> None:
        nonlocal turns
        while not finished.is_set():
            turns += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    client.chat.completions.create(**ASK)
    finished.set()
    counter.join()
    assert turns > 50


def test_one_thread_keeps_one_connection(server: Server, client: OpenAI) -> None:
    for _ in range(20):
        client.chat.completions.create(**ASK)
    assert len(server.connections) == 1


def test_threads_share_a_client_and_leave_no_descriptors_behind(server: Server) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    with OpenAI(api_key=KEY, base_url=server.url, max_retries=0) as client:
        client.chat.completions.create(**ASK)
    before = eventually(lambda: all(c.closed.is_set() for c in server.connections) and descriptors())

    def use_and_drop() -> None:
        client = OpenAI(api_key=KEY, base_url=server.url, max_retries=0)
        for _ in range(3):
            with ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(lambda _: client.chat.completions.create(**ASK), range(200)))
            assert all(answer.id == "c1" for answer in answers)

    use_and_drop()
    assert len(server.connections) <= 1 + 16  # later pools of threads reuse what earlier ones opened
    gc.collect()
    eventually(lambda: all(c.closed.is_set() for c in server.connections))
    eventually(lambda: descriptors() <= before)


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(server: Server, client: OpenAI) -> None:
    def once(request: Received) -> None:
        request.connection.reply(CHAT)
        request.connection.socket.shutdown(2)

    server.handler = once
    for _ in range(20):  # max_retries=0: a request on a dead connection would fail
        client.chat.completions.create(**ASK)
        time.sleep(0.01)
    assert len(server.requests) == 20


def test_ctrl_c_interrupts_a_call_and_closes_its_connection(server: Server) -> None:
    arrived = threading.Event()
    server.handler = lambda request: arrived.set()  # never answers
    code = (
        "import sys, openai_oxide\n"
        "client = openai_oxide.OpenAI(base_url=sys.argv[1])\n"
        "try: client.models.list()\n"
        "except KeyboardInterrupt: print('interrupted', flush=True); sys.stdin.read()\n"
    )
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    program = subprocess.Popen(
        [sys.executable, "-c", code, server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert program.stdout
    try:
        assert arrived.wait(20)
        pressed = time.monotonic()
        program.send_signal(signal.SIGINT)
        assert program.stdout.readline() == "interrupted\n"
        assert time.monotonic() - pressed < 1
        assert server.connections[0].closed.wait(1)
    finally:
        program.communicate("")


def test_ctrl_c_interrupts_a_stream(server: Server) -> None:
    started = threading.Event()

    def begin(request: Received) -> None:
        request.connection.start_events()
        request.connection.events({"choices": []})
        started.set()

    server.handler = begin
    code = (
        "import sys, openai_oxide\n"
        "client = openai_oxide.OpenAI(base_url=sys.argv[1])\n"
        "try:\n"
        "    for event in client.chat.completions.create(model='m', messages=[], stream=True): print('event', flush=True)\n"
        "except KeyboardInterrupt: print('interrupted', flush=True); sys.stdin.read()\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code, server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENAI_API_KEY": KEY},
    )
    assert program.stdout
    try:
        assert program.stdout.readline() == "event\n"
        program.send_signal(signal.SIGINT)
        assert program.stdout.readline() == "interrupted\n"
        assert server.connections[0].closed.wait(1)
    finally:
        program.communicate("")


def test_a_signal_handler_may_use_the_client(server: Server, client: OpenAI) -> None:
    def handler(request: Received) -> None:
        if request.method == "POST":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
            time.sleep(0.3)
        request.connection.reply(CHAT)

    server.handler = handler
    seen = []
    previous = signal.signal(signal.SIGUSR1, lambda *_: seen.append(client.models.retrieve("m").id))
    try:
        assert client.chat.completions.create(**ASK).id == "c1"
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert seen == ["c1"]


def test_a_closed_client_says_so(client: OpenAI) -> None:
    client.close()
    assert client.is_closed()
    with pytest.raises(openai_oxide.APIConnectionError, match="has been closed"):
        client.models.list()


def test_fork_gets_connections_of_its_own(server: Server, client: OpenAI) -> None:
    client.chat.completions.create(**ASK)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            answer = client.chat.completions.create(**ASK)
            os.write(write, (answer.id or "").encode())
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.read(read, 10) == b"c1"
    assert client.chat.completions.create(**ASK).id == "c1"
    assert len(server.connections) == 2  # the parent's connection survived the child


def test_descriptors_are_not_inherited_by_programs(server: Server, client: OpenAI) -> None:
    def inherited() -> bytes:
        code = "import os; print(len(os.listdir('/proc/self/fd')))"
        return subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, close_fds=False, check=True).stdout

    before = inherited()
    client.chat.completions.create(**ASK)
    assert inherited() == before
