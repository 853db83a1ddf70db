"""Calls to endpoints that have no method."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from conftest import Received, Server, chunk

import openai_oxide
from openai_oxide import AsyncOpenAI, OpenAI, pagination
from openai_oxide.types import Model


def test_any_path_can_be_called(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = lambda request: request.connection.reply({"id": request.method})
    assert client.get("/things", cast_to=dict, options={"params": {"a": 1}, "headers": {"x-a": "1"}}) == {"id": "GET"}
    assert client.post("/things", cast_to=Model, body={"n": 1}).id == "POST"
    assert client.put("/things", cast_to=object) == {"id": "PUT"}
    assert client.patch("/things", cast_to=object) == {"id": "PATCH"}
    assert asyncio.run(aclient.delete("/things", cast_to=object)) == {"id": "DELETE"}
    assert (server.requests[0].path, server.requests[0].headers["x-a"]) == ("/v1/things?a=1", "1")
    assert (server.requests[1].path, server.requests[1].json) == ("/v1/things", {"n": 1})
    with pytest.raises(TypeError, match="follow"):
        client.get("/things", cast_to=dict, options={"follow": True})


def test_any_path_can_be_streamed(server: Server, client: OpenAI) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("a"))
        request.connection.end_events()

    server.handler = handler
    kind = openai_oxide.types.chat.ChatCompletionChunk
    stream = client.post("/things", cast_to=object, body={}, stream=True, stream_cls=openai_oxide.Stream[kind])
    assert [type(event) for event in stream] == [kind]


def test_the_answer_as_the_program_wants_it(server: Server, client: OpenAI) -> None:
    class Response:  # as httpx has one
        __module__ = "httpx._models"

    server.handler = lambda request: request.connection.reply(b"\x00raw")
    assert client.get("/x", cast_to=bytes) == b"\x00raw"
    assert client.get("/x", cast_to=str) == "\x00raw"
    assert client.get("/x", cast_to=openai_oxide.HttpxBinaryResponseContent).read() == b"\x00raw"
    assert client.get("/x", cast_to=type(None)) is None
    answer = client.get("/x", cast_to=Response)
    assert (answer.status_code, answer.content) == (200, b"\x00raw")
    assert {request.headers["accept"] for request in server.requests} == {"application/json"}


@pytest.mark.parametrize("content", ["raw", b"raw", bytearray(b"raw"), io.BytesIO(b"raw"), [b"r", b"aw"]])
def test_a_body_of_the_programs_own(server: Server, client: OpenAI, content: Any) -> None:
    client.post("/x", cast_to=object, content=content, options={"headers": {"Content-Type": "text/x"}})
    client.put("/x", cast_to=object, body=b"{}")
    sent = [(request.headers["content-type"], request.body) for request in server.requests]
    assert sent == [("text/x", b"raw"), ("application/json", b"{}")]
    with pytest.raises(TypeError, match="excludes"):
        client.post("/x", cast_to=object, content=b"raw", body={})


@pytest.mark.parametrize("files", [{"f": ("n.txt", "x")}, [("f", ("n.txt", b"x"))]])
def test_files_beside_a_body(server: Server, client: OpenAI, files: Any) -> None:
    form = {"headers": {"Content-Type": "multipart/form-data"}}  # without the boundary, as the official client wants it
    client.post("/x", cast_to=object, body={"a": [1]}, files=files, options=form)
    (request,) = server.requests
    assert "boundary=" in request.headers["content-type"]
    assert b'name="a[]"\r\n\r\n1\r\n' in request.body
    assert b'name="f"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n' in request.body


def test_a_whole_address(server: Server, client: OpenAI) -> None:
    client.get(f"{server.url}/things?page=2", cast_to=object)
    assert server.requests[0].path == "/v1/things?page=2"
    for elsewhere in ("https://example.com/v1/things", server.url.replace("/v1", "/v2/x")):
        with pytest.raises(ValueError, match="not below"):
            client.get(elsewhere, cast_to=object)


def test_lists_have_pages(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    def handler(request: Received) -> None:
        last = "after=a" in request.path
        request.connection.reply({"data": [{"id": "b" if last else "a"}], "has_more": not last})

    server.handler = handler
    listed = client.get_api_list("/things", model=Model, page=pagination.SyncCursorPage, options={"params": {"n": 1}})
    assert isinstance(listed, pagination.SyncCursorPage)
    assert [(type(item), item.id) for item in listed] == [(Model, "a"), (Model, "b")]
    assert server.requests[1].path == "/v1/things?after=a&n=1"

    async def main() -> list[str]:
        return [item.id async for item in aclient.get_api_list("/x", model=Model, page=pagination.AsyncCursorPage)]

    assert asyncio.run(main()) == ["a", "b"]
    with pytest.raises(TypeError, match="page class"):
        client.get_api_list("/things", model=Model, page=list)
