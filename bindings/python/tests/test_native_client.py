"""The small native client."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from conftest import KEY, Server

from openai_oxide import Client

RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "m",
    "text": {"format": {"type": "text"}},
    "output": [
        {"type": "reasoning", "summary": []},
        {"type": "message", "content": [{"type": "output_text", "text": "Hel"}, {"type": "refusal", "refusal": "no"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "lo"}]},
        {"type": "function_call", "name": "f", "call_id": "c", "arguments": "{}", "id": "fc"},
    ],
    "usage": {"total_tokens": 3},
}


def ask(server: Server, call: Any) -> Any:
    server.handler = lambda request: request.connection.reply(RESPONSE)

    async def main() -> Any:
        async with Client(KEY, base_url=server.url) as client:
            return await call(client)

    return asyncio.run(main())


def test_create(server: Server) -> None:
    res = json.loads(ask(server, lambda client: client.create("m", "Hello from Python!")))
    assert res["text"] == "Hello"
    assert (res["id"], res["status"], res["usage"]) == ("resp_1", "completed", {"total_tokens": 3})
    assert res["function_calls"] == [{"name": "f", "call_id": "c", "arguments": "{}"}]
    assert res["response"] == RESPONSE
    assert (server.requests[0].path, server.requests[0].json) == (
        "/v1/responses",
        {"model": "m", "input": "Hello from Python!"},
    )


def test_create_structured(server: Server) -> None:
    schema = {"type": "object", "properties": {}}
    for given in (schema, json.dumps(schema)):
        ask(server, lambda client, given=given: client.create_structured("m", "x", "answer", given))
    form = {"type": "json_schema", "name": "answer", "schema": schema, "strict": True}
    assert [request.json["text"] for request in server.requests] == [{"format": form}] * 2


def test_create_with_tools(server: Server) -> None:
    tools = [{"type": "function", "name": "f", "parameters": {}}]
    ask(server, lambda client: client.create_with_tools("m", "x", tools, temperature=0.5))
    assert server.requests[0].json == {"model": "m", "input": "x", "tools": tools, "temperature": 0.5}


def test_create_raw_reaches_any_operation(server: Server) -> None:
    assert json.loads(ask(server, lambda client: client.create_raw({"model": "m", "input": "x"}))) == RESPONSE
    ask(server, lambda client: client.create_raw('{"input": "x"}', operation="embeddings.create"))
    ask(server, lambda client: client.create_raw({"n": 1}, operation="POST /images/generations"))
    assert [request.path for request in server.requests] == [
        "/v1/responses",
        "/v1/embeddings",
        "/v1/images/generations",
    ]
    assert server.requests[2].json == {"n": 1}


def test_create_stream(server: Server) -> None:
    def handler(request: Any) -> None:
        request.connection.start_events()
        request.connection.events({"type": "response.output_text.delta", "delta": "Hi"})
        request.connection.events({"type": "response.completed", "response": RESPONSE})
        request.connection.send("0\r\n\r\n")

    server.handler = handler

    async def main() -> list[Any]:
        client = Client(KEY, base_url=server.url)
        return [event async for event in await client.create_stream("m", "x")]

    events = asyncio.run(main())
    assert [event["type"] for event in events] == ["response.output_text.delta", "response.completed"]
    assert events[0]["delta"] == "Hi"
