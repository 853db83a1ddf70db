"""What a type checker must see. Nothing here runs; `test_models_typing.py` hands it to pyright in strict mode."""

from __future__ import annotations

from typing import Literal, assert_type

from openai_oxide import AsyncOpenAI, AsyncStream, OpenAI, Stream, omit
from openai_oxide.pagination import AsyncCursorPage, AsyncPaginator, SyncCursorPage, SyncPage
from openai_oxide.types import CreateEmbeddingResponse, Model
from openai_oxide.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessageParam,
    ChatCompletionStoreMessage,
)
from openai_oxide.types.responses import Response, ResponseStreamEvent, ResponseTextDeltaEvent


def answers(client: OpenAI, messages: list[ChatCompletionMessageParam], stream: bool) -> None:
    completion = client.chat.completions.create(model="m", messages=messages)
    assert_type(completion, ChatCompletion)
    assert_type(completion.choices[0].message.content, str | None)
    assert_type(completion.choices[0].message.role, Literal["assistant"])
    assert_type(completion.usage.total_tokens if completion.usage else 0, int)
    assert_type(client.chat.completions.create(model="m", messages=messages, stream=False), ChatCompletion)
    assert_type(client.chat.completions.create(model="m", messages=messages, stream=omit), ChatCompletion)
    chunks = client.chat.completions.create(model="m", messages=messages, stream=True)
    assert_type(chunks, Stream[ChatCompletionChunk])
    for chunk in chunks:
        assert_type(chunk.choices[0].delta.content, str | None)
    either = client.chat.completions.create(model="m", messages=messages, stream=stream)
    assert_type(either, "ChatCompletion | Stream[ChatCompletionChunk]")


def unions(client: OpenAI) -> None:
    response = client.responses.create(model="m", input="hi")
    assert_type(response, Response)
    assert_type(response.output_text, str)
    for item in response.output:
        if item.type == "message":
            for part in item.content:
                if part.type == "output_text":
                    assert_type(part.text, str)
    for event in client.responses.create(model="m", input="hi", stream=True):
        assert_type(event, ResponseStreamEvent)
        if event.type == "response.output_text.delta":
            assert_type(event, ResponseTextDeltaEvent)
            assert_type(event.delta, str)


def lists(client: OpenAI) -> None:
    models = client.models.list()
    assert_type(models, SyncPage[Model])
    for model in models:
        assert_type(model, Model)
    messages = client.chat.completions.messages.list("id")
    assert_type(messages, SyncCursorPage[ChatCompletionStoreMessage])
    assert_type(messages.get_next_page(), SyncCursorPage[ChatCompletionStoreMessage])


def embeddings(client: OpenAI) -> None:
    answer = client.embeddings.create(model="m", input=["a", "b"], dimensions=3)
    assert_type(answer, CreateEmbeddingResponse)
    assert_type(answer.data[0].embedding, list[float])


async def asynchronous(client: AsyncOpenAI) -> None:
    assert_type(await client.chat.completions.create(model="m", messages=[]), ChatCompletion)
    stream = await client.chat.completions.create(model="m", messages=[], stream=True)
    assert_type(stream, AsyncStream[ChatCompletionChunk])
    async for chunk in stream:
        assert_type(chunk, ChatCompletionChunk)
    listed = client.chat.completions.list()
    assert_type(listed, AsyncPaginator[ChatCompletion, AsyncCursorPage[ChatCompletion]])
    assert_type(await listed, AsyncCursorPage[ChatCompletion])
    async for completion in listed:
        assert_type(completion, ChatCompletion)


def models_have_the_usual_methods(completion: ChatCompletion) -> None:
    assert_type(completion.model_copy(update={"id": "x"}), ChatCompletion)
    assert_type(ChatCompletion.model_validate({}), ChatCompletion)
    assert_type(completion.to_json(), str)
    assert_type(completion._request_id, str | None)  # pyright: ignore[reportPrivateUsage]


def wrong_use_is_found(client: OpenAI) -> None:
    client.chat.completions.create(model="m")  # pyright: ignore[reportCallIssue]
    client.chat.completions.create(model="m", messages=[{"role": "nobody"}])  # pyright: ignore[reportArgumentType]
    client.models.retrieve()  # pyright: ignore[reportCallIssue]
    client.embeddings.create(model="m", input="x", encoding_format="hex")  # pyright: ignore[reportArgumentType]
