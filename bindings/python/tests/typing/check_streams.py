"""What a type checker must see of streams that add up. Nothing here runs, see `check_models.py`."""

from __future__ import annotations

from typing import Any, assert_type

from pydantic import BaseModel

from openai_oxide import AsyncOpenAI, Client, FunctionCall, OpenAI
from openai_oxide.lib.streaming.chat import ChatCompletionStream
from openai_oxide.types.chat import ChatCompletionChunk, ParsedChatCompletion
from openai_oxide.types.responses import ParsedResponse, Response


class Model(BaseModel):
    x: int


def chat(client: OpenAI) -> None:
    with client.chat.completions.stream(model="m", messages=[], response_format=Model) as stream:
        assert_type(stream, ChatCompletionStream[Model])
        for event in stream:
            if event.type == "chunk":
                assert_type(event.chunk, ChatCompletionChunk)
            elif event.type == "content.delta":
                assert_type(event.snapshot, str)
            elif event.type == "content.done":
                assert_type(event.parsed, Model | None)
            elif event.type == "tool_calls.function.arguments.done":
                assert_type(event.arguments, str)
                assert_type(event.parsed_arguments, object)
        assert_type(stream.get_final_completion(), ParsedChatCompletion[Model])
    with client.chat.completions.stream(model="m", messages=[]) as plain:
        assert_type(plain.get_final_completion().choices[0].message.parsed, None)


def responses(client: OpenAI) -> None:
    with client.responses.stream(model="m", input="x", text_format=Model) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                assert_type(event.snapshot, str)
            elif event.type == "response.output_text.done":
                assert_type(event.parsed, Model | None)
            elif event.type == "response.completed":
                assert_type(event.response, ParsedResponse[Model])
        assert_type(stream.get_final_response().output_parsed, Model | None)
    client.responses.stream(response_id="resp_1", starting_after=3)


async def early(client: AsyncOpenAI, native: Client) -> None:
    async with await client.responses.create_stream_fc(model="m", input="x") as calls:
        async for call in calls:
            assert_type(call, FunctionCall)
            assert_type(call.arguments, str)
            assert_type(call.parsed, Any)
        assert_type(await calls.get_final_response(), Response)
    chat = await client.chat.completions.create_stream_fc(model="m", messages=[], incremental=True)
    assert_type(await chat.get_final_completion(), ParsedChatCompletion[None])
    await native.create_stream_fc("m", "x")
    async with client.chat.completions.stream(model="m", messages=[], response_format=Model) as stream:
        assert_type(await stream.get_final_completion(), ParsedChatCompletion[Model])
