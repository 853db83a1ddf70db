"""What a type checker must see of raw and streaming responses. Nothing here runs, see `check_models.py`."""

from __future__ import annotations

from typing import assert_type

from openai_oxide import APIResponse, AsyncAPIResponse, AsyncOpenAI, AsyncStream, OpenAI, Stream
from openai_oxide._raw import LegacyAPIResponse
from openai_oxide.pagination import AsyncPage, SyncPage
from openai_oxide.types import FileObject, Model
from openai_oxide.types.chat import ChatCompletion, ChatCompletionChunk


def raw(client: OpenAI) -> None:
    response = client.chat.completions.with_raw_response.create(model="m", messages=[])
    assert_type(response, LegacyAPIResponse[ChatCompletion])
    assert_type(response.parse(), ChatCompletion)
    assert_type(response.parse(to=Model), Model)
    assert_type(response.request_id, str | None)
    streamed = client.chat.completions.with_raw_response.create(model="m", messages=[], stream=True)
    assert_type(streamed.parse(), Stream[ChatCompletionChunk])
    assert_type(client.with_raw_response.models.list().parse(), SyncPage[Model])
    assert_type(client.with_raw_response.chat.completions.create(model="m", messages=[]).parse(), ChatCompletion)
    client.models.with_raw_response.retrieve(1)  # pyright: ignore[reportArgumentType]


def streaming(client: OpenAI) -> None:
    with client.files.with_streaming_response.retrieve("f") as response:
        assert_type(response, APIResponse[FileObject])
        assert_type(next(response.iter_lines()), str)
    with client.with_streaming_response.files.retrieve("f") as response:
        assert_type(response.parse(), FileObject)


async def asynchronous(client: AsyncOpenAI) -> None:
    response = await client.chat.completions.with_raw_response.create(model="m", messages=[], stream=True)
    assert_type(response.parse(), AsyncStream[ChatCompletionChunk])
    assert_type((await client.models.with_raw_response.list()).parse(), AsyncPage[Model])
    async with client.with_streaming_response.files.retrieve("f") as opened:
        assert_type(opened, AsyncAPIResponse[FileObject])
        assert_type(await opened.parse(), FileObject)
