"""Answers that are no JSON: binary content and text, whole and as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from conftest import Received, Server

from openai_oxide import AsyncOpenAI, OpenAI
from openai_oxide._models_audio import by_format

CONTENT = b"l\xc3\xa4ne 1\r\nline 2\n\nend"
LINES = ["läne 1", "line 2", "", "end"]


@pytest.fixture(autouse=True)
def content(server: Server) -> None:
    def handler(request: Received) -> None:
        request.connection.reply(CONTENT, content_type="text/plain; charset=utf-8", x_request_id="req_1")

    server.handler = handler


def fetch(client: Any, result: Any = bytes) -> Any:
    return client._call("GET /files/f/content", result=result)


def test_binary_content(client: OpenAI, tmp_path: Path) -> None:
    answer = fetch(client)
    assert answer.content == answer.read() == CONTENT
    assert answer.text == CONTENT.decode() and answer.response.headers["x-request-id"] == "req_1"
    assert list(answer.iter_bytes(5)) == [CONTENT[:5], CONTENT[5:10], CONTENT[10:15], CONTENT[15:]]
    assert list(answer.iter_lines()) == LINES and "".join(answer.iter_text(3)) == CONTENT.decode()
    answer.write_to_file(tmp_path / "a")
    with pytest.warns(DeprecationWarning, match="with_streaming_response"):
        answer.stream_to_file(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == CONTENT


def test_binary_content_in_an_event_loop(aclient: AsyncOpenAI) -> None:
    async def main() -> None:
        answer = await fetch(aclient)
        assert await answer.aread() == CONTENT
        assert [piece async for piece in await answer.aiter_bytes(9)] == [CONTENT[:9], CONTENT[9:18], CONTENT[18:]]
        assert [line async for line in await answer.aiter_lines()] == LINES

    asyncio.run(main())


def test_text(client: OpenAI) -> None:
    assert fetch(client, str) == CONTENT.decode()
    assert fetch(client.with_raw_response, str).parse() == CONTENT.decode()


def test_text_is_read_in_its_character_set(server: Server, client: OpenAI) -> None:
    for charset, expected in (("latin-1", "\xe4"), ("no-such", "\ufffd")):
        kind = f"text/plain; charset={charset}"
        server.handler = lambda request, kind=kind: request.connection.reply(b"\xe4", content_type=kind)
        assert fetch(client, str) == expected


def slowly(server: Server) -> Any:
    """Sends the content in two halves, the second one when asked to."""
    import threading

    go = threading.Event()

    def handler(request: Received) -> None:
        request.connection.send(f"HTTP/1.1 200 OK\r\ncontent-length: {len(CONTENT)}\r\n\r\n".encode() + CONTENT[:9])
        assert go.wait(5)
        request.connection.send(CONTENT[9:])

    server.handler = handler
    return go


def test_content_is_read_as_it_comes(server: Server, client: OpenAI, tmp_path: Path) -> None:
    go = slowly(server)
    with fetch(client.with_streaming_response) as answer:
        arriving = answer.iter_bytes()
        assert next(arriving) == CONTENT[:9]
        go.set()
        assert b"".join(arriving) == CONTENT[9:]
    for read in (lambda a: a.read(), lambda a: a.parse().content, lambda a: b"".join(a.iter_bytes(4))):
        with fetch(client.with_streaming_response) as answer:
            assert read(answer) == CONTENT
    with fetch(client.with_streaming_response) as answer:
        assert list(answer.iter_lines()) == LINES
    with fetch(client.with_streaming_response) as answer:
        answer.stream_to_file(tmp_path / "a", chunk_size=4)
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_content_is_read_as_it_comes_in_an_event_loop(server: Server, aclient: AsyncOpenAI, tmp_path: Path) -> None:
    async def main() -> None:
        go = slowly(server)
        async with fetch(aclient.with_streaming_response) as answer:
            arriving = answer.iter_bytes()
            assert await anext(arriving) == CONTENT[:9]
            go.set()
            assert b"".join([piece async for piece in arriving]) == CONTENT[9:]
        async with fetch(aclient.with_streaming_response) as answer:
            assert (await answer.parse()).content == await answer.read() == CONTENT
        async with fetch(aclient.with_streaming_response) as answer:
            assert [line async for line in answer.iter_lines()] == LINES
        async with fetch(aclient.with_streaming_response) as answer:
            await answer.stream_to_file(tmp_path / "a", chunk_size=4)

    asyncio.run(main())
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_leaving_early_closes_the_connection(server: Server, client: OpenAI) -> None:
    go = slowly(server)
    with fetch(client.with_streaming_response) as answer:
        next(answer.iter_bytes())
    assert server.requests[0].connection.wait_closed()
    go.set()


def test_the_format_of_a_transcription_decides_its_type() -> None:
    types = {"json": "a:A", "verbose_json": "b:B"}
    asked = [None, "json", "verbose_json", "text", "srt", "vtt", "new_json"]
    assert [by_format(value, ("text", "srt", "vtt"), **types) for value in asked] == [
        "a:A",
        "a:A",
        "b:B",
        str,
        str,
        str,
        "a:A",
    ]
