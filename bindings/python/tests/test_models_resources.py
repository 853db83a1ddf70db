"""Generated methods against a server: what they send, and the classes that come back."""

from __future__ import annotations

import base64
import inspect
import struct
from typing import Any

import pytest
from conftest import ASK, Received, Server, chunk

from openai_oxide import APIConnectionError, APIError, AsyncOpenAI, OpenAI
from openai_oxide.pagination import SyncCursorPage, SyncPage
from openai_oxide.types import CreateEmbeddingResponse, Model
from openai_oxide.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionStoreMessage
from openai_oxide.types.responses import Response, ResponseTextDeltaEvent


def test_body_keys_are_sent_in_signature_order(client: OpenAI, server: Server) -> None:
    client.chat.completions.create(temperature=0, user="u", n=None, messages=[], model="m")
    assert list(server.requests[0].json) == ["messages", "model", "n", "temperature", "user"]


def test_an_answer_and_its_request_id(client: OpenAI, server: Server) -> None:
    server.handler = lambda request: request.connection.reply({"id": "c", "choices": []}, x_request_id="req_1")
    answer = client.chat.completions.create(**ASK)
    assert type(answer) is ChatCompletion and answer._request_id == "req_1"
    assert "_request_id" not in answer.to_dict() and answer.model_extra == {}


def test_events_have_their_classes(client: OpenAI, server: Server) -> None:
    def stream(request: Received) -> None:
        request.connection.start_events()
        if request.path.endswith("/chat/completions"):
            request.connection.events(chunk("a"))
            request.connection.end_events()
        else:
            request.connection.events(
                {"type": "response.output_text.delta", "delta": "a"},
                {"type": "response.completed", "response": {"id": "r", "output": []}},
            )
            request.connection.end_events(done=False)

    server.handler = stream
    with client.chat.completions.create(**ASK, stream=True) as chunks:
        assert [type(item) for item in chunks] == [ChatCompletionChunk]
    with client.responses.create(model="m", input="hi", stream=True) as events:
        delta, completed = events
    assert isinstance(delta, ResponseTextDeltaEvent) and delta.delta == "a"
    assert completed.type == "response.completed" and type(completed.response) is Response


@pytest.mark.parametrize("given", [None, "float", "base64"])
def test_embeddings_travel_as_base64_unless_asked_otherwise(client: OpenAI, server: Server, given: Any) -> None:
    text = base64.b64encode(struct.pack("<2f", 0.5, -1)).decode()
    sent = [0.5, -1.0] if given == "float" else text
    server.handler = lambda request: request.connection.reply({"data": [{"index": 0, "embedding": sent}]})
    answer = client.embeddings.create(model="m", input="x", **({"encoding_format": given} if given else {}))
    assert server.requests[0].json["encoding_format"] == (given or "base64")
    assert isinstance(answer, CreateEmbeddingResponse)
    assert answer.data[0].embedding == (text if given == "base64" else [0.5, -1.0])


def test_lists_follow_their_cursor(client: OpenAI, server: Server) -> None:
    pages = {"": (["a", "b"], True), "after=b": (["c"], False)}

    def listing(request: Received) -> None:
        names, more = pages[request.path.partition("?")[2].replace("limit=2", "").strip("&")]
        request.connection.reply({"object": "list", "data": [{"id": name} for name in names], "has_more": more})

    server.handler = listing
    first = client.chat.completions.messages.list("c1", limit=2)
    assert isinstance(first, SyncCursorPage) and type(first.data[0]) is ChatCompletionStoreMessage
    assert [message.id for message in first] == ["a", "b", "c"]
    assert all("limit=2" in request.path for request in server.requests)
    assert [message.id for message in client.chat.completions.messages.list("c1")] == ["a", "b", "c"]


def test_a_list_whose_cursor_repeats_ends_in_an_error(client: OpenAI, server: Server) -> None:
    server.handler = lambda request: request.connection.reply({"data": [{"id": "a"}], "has_more": True})
    with pytest.raises(APIError, match="repeats the cursor"):
        list(client.responses.input_items.list("r1"))
    assert len(server.requests) == 2


def test_a_list_without_pages(client: OpenAI, server: Server) -> None:
    server.handler = lambda request: request.connection.reply({"object": "list", "data": [{"id": "m1"}]})
    models = client.models.list()
    assert isinstance(models, SyncPage) and [type(model) for model in models] == [Model]


def test_nothing_comes_back_from_a_call_without_an_answer(client: OpenAI, server: Server) -> None:
    server.handler = lambda request: request.connection.send("HTTP/1.1 204 No Content\r\n\r\n")
    assert client.responses.delete("r1") is None
    assert server.requests[0].method == "DELETE" and server.requests[0].path == "/v1/responses/r1"


def test_every_resource_hangs_on_both_clients(client: OpenAI, aclient: AsyncOpenAI) -> None:
    for path in (
        "chat.completions.messages",
        "embeddings",
        "models",
        "responses.input_items",
        "responses.input_tokens",
    ):
        sync, other = client, aclient
        for part in path.split("."):
            sync, other = getattr(sync, part), getattr(other, part)
        assert type(other).__name__ == f"Async{type(sync).__name__}"
        for name, method in inspect.getmembers(type(sync), inspect.isfunction):
            if not name.startswith("_"):
                assert inspect.signature(method).parameters == inspect.signature(getattr(type(other), name)).parameters
        assert client.chat is client.chat


def test_a_call_with_several_forms_needs_one_of_them_whole() -> None:
    client = OpenAI(api_key="k", base_url="http://127.0.0.1:1", max_retries=0)
    create: Any = client.audio.voices.create
    with pytest.raises(TypeError, match=r"Missing required arguments.*'audio_sample', 'consent'.*'type', 'prompt'"):
        create(name="n", audio_sample=b"x")
    with pytest.raises(APIConnectionError):
        create(name="n", type="prompt", prompt="p")
