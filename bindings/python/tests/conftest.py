"""A server small enough to see through: it hands raw sockets to the test's own handler."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import openai_oxide

KEY = "sk-test-0123456789abcdef"
CHAT = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: Connection

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    """One accepted connection; `closed` is set when the client has closed it."""

    socket: socket.socket
    closed: threading.Event = field(default_factory=threading.Event)

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def reply(self, body: Any, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", "content-type: application/json", f"content-length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)

    def start_events(self, **headers: str) -> None:
        lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "transfer-encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines) + "\r\n\r\n")

    def events(self, *events: Any) -> None:
        """Events in one chunk; text is sent as it is."""
        text = "".join(event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n" for event in events)
        data = text.encode()
        self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_events(self, done: bool = True) -> None:
        if done:
            self.events("data: [DONE]\n\n")
        self.send("0\r\n\r\n")

    def wait_closed(self, timeout: float = 5.0) -> bool:
        """Whether the client closes the connection within the time."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True


class Server:
    """Calls `handler(received)` for every request, one thread per connection."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.requests: list[Received] = []
        self.connections: list[Connection] = []
        self.handler: Callable[[Received], None] = lambda request: request.connection.reply(CHAT)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(accepted)
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        buffered = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffered:
                    data = connection.socket.recv(65536)
                    if not data:
                        return
                    buffered += data
                head, _, buffered = buffered.partition(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                method, path, _ = first.split(" ")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                length = int(headers.get("content-length", 0))
                while len(buffered) < length:
                    buffered += connection.socket.recv(65536)
                received = Received(method, path, headers, buffered[:length], connection)
                buffered = buffered[length:]
                self.requests.append(received)
                self.handler(received)
        except OSError:
            pass
        finally:
            connection.closed.set()
            connection.socket.close()

    def close(self) -> None:
        self._listener.close()
        for connection in self.connections:
            connection.socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def client(server: Server) -> Iterator[openai_oxide.OpenAI]:
    with openai_oxide.OpenAI(api_key=KEY, base_url=server.url, max_retries=0) as made:
        yield made


@pytest.fixture
def aclient(server: Server) -> openai_oxide.AsyncOpenAI:
    return openai_oxide.AsyncOpenAI(api_key=KEY, base_url=server.url, max_retries=0)


ASK: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def chunk(text: str) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}


def eventually(condition: Callable[[], Any], timeout: float = 5.0) -> Any:
    """The condition's value as soon as it is true."""
    end = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
    return value


def run_python(code: str, *arguments: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Runs a program in a fresh interpreter."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "OPENAI_API_KEY": KEY}
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment,
        check=False,
    )
