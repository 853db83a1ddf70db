"""`stream()` of chat completions: whatever the pieces are, they add up to the same, and nobody pays for what he does not read."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ASK, Received, Server, chunk
from test_import import loaded_by

from openai_oxide import AsyncOpenAI, LengthFinishReasonError, OpenAI, compat
from openai_oxide.lib.streaming.chat import ChatCompletionStreamState, ContentDeltaEvent
from openai_oxide.types.chat import ChatCompletionChunk

TEXTS = ["", "a", "Grüße 🌍", '{"city": "Zürich", "days": [1, 2]}', "x" * 300]
STRICT = {"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}


def as_chunk(*choices: dict[str, Any], **fields: Any) -> ChatCompletionChunk:
    data = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": list(choices),
        **fields,
    }
    return ChatCompletionChunk.model_validate(data)


def delta(index: int = 0, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"index": index, "delta": fields, "finish_reason": finish_reason}


def pieces(chance: random.Random, text: str) -> Iterator[str]:
    while text:
        length = chance.randint(1, max(1, len(text) // chance.randint(1, 5)))
        yield text[:length]
        text = text[length:]


class Answer:
    """A random answer of one choice, and its deltas in one of the orders in which they may come."""

    def __init__(self, chance: random.Random, index: int) -> None:
        self.index = index
        self.content = chance.choice(TEXTS)
        self.refusal = chance.choice([None, None, "I cannot."])
        self.calls = [
            (f"call_{index}_{n}", chance.choice(["f", "g"]), json.dumps({"n": chance.choice(TEXTS)}))
            for n in range(chance.randint(0, 3))
        ]

    def deltas(self, chance: random.Random) -> list[dict[str, Any]]:
        texts = [{"content": piece} for piece in pieces(chance, self.content)]
        texts += [{"refusal": piece} for piece in pieces(chance, self.refusal or "")]
        heads = [
            {"index": n, "id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
            for n, (id_, name, _) in enumerate(self.calls)
        ]
        rest = [
            [{"index": n, "function": {"arguments": piece}} for piece in pieces(chance, arguments)]
            for n, (_, _, arguments) in enumerate(self.calls)
        ]
        waiting, calls = list(range(len(heads))), []
        open_: list[int] = []
        while waiting or open_:  # pieces of several calls may take turns, once each has begun, and they begin in order
            if waiting and (not open_ or chance.random() < 0.3):
                n = waiting.pop(0)
                calls.append(heads[n])
            else:
                n = chance.choice(open_)
                calls.append(rest[n].pop(0))
            open_ = [m for m in range(len(heads)) if m not in waiting and rest[m]]
        ordered = texts + [{"tool_calls": [call]} for call in calls]
        return [delta(self.index, **fields) for fields in ordered] + [delta(self.index, "stop")]


def mixed(chance: random.Random, answers: list[Answer]) -> list[ChatCompletionChunk]:
    """The deltas of all choices, each in order, in chunks of one or more."""
    queues = [answer.deltas(chance) for answer in answers]
    chunks = []
    while any(queues):
        queue = chance.choice([queue for queue in queues if queue])
        if chance.random() < 0.8:
            chunks.append(as_chunk(queue.pop(0)))
        else:
            chunks.append(as_chunk(*[other.pop(0) for other in queues if other]))
    return chunks


@pytest.mark.parametrize("seed", range(150))
def test_any_split_and_order_adds_up_to_the_same(seed: int) -> None:
    chance = random.Random(seed)
    answers = [Answer(chance, index) for index in range(chance.randint(1, 3))]
    state = ChatCompletionStreamState()
    texts: dict[tuple[str, int], str] = {}
    expected: list[str] = []
    events: list[Any] = []
    for piece in mixed(chance, answers):
        for choice in piece.choices:
            for name in ("content", "refusal"):
                if (more := getattr(choice.delta, name)) is not None:
                    texts[name, choice.index] = texts.get((name, choice.index), "") + more
                    expected.append(texts[name, choice.index])
        events += state.handle_chunk(piece)
        if chance.random() < 0.2:
            _ = state.current_completion_snapshot  # looking changes nothing
    assert [e.snapshot for e in events if e.type in ("content.delta", "refusal.delta")] == expected
    done = [event for event in events if event.type.endswith("done")]
    final = state.get_final_completion()
    for choice, answer in zip(final.choices, answers, strict=True):
        assert choice.index == answer.index
        assert (choice.message.content or "") == answer.content
        assert (choice.message.refusal or None) == answer.refusal
        calls = [(c.id, c.function.name, c.function.arguments) for c in choice.message.tool_calls or []]
        assert calls == answer.calls
    assert sorted(e.content for e in done if e.type == "content.done") == sorted(
        a.content for a in answers if a.content
    )
    finished = sorted((e.index, e.name, e.arguments) for e in done if e.type.startswith("tool_calls"))
    assert finished == sorted((n, name, text) for a in answers for n, (_, name, text) in enumerate(a.calls))


def test_snapshots_stay_as_they_were() -> None:
    state = ChatCompletionStreamState()
    events = [e for text in ("a", "b", "c") for e in state.handle_chunk(as_chunk(delta(content=text)))]
    deltas = [event for event in events if isinstance(event, ContentDeltaEvent)]
    assert [event.snapshot for event in reversed(deltas)] == ["abc", "ab", "a"]
    assert deltas[1].model_dump() == {"type": "content.delta", "delta": "b", "snapshot": "ab", "parsed": None}
    assert repr(deltas[0]) == "ContentDeltaEvent(type='content.delta', delta='a', snapshot='a', parsed=None)"


def test_a_long_stream_costs_no_more_per_event() -> None:
    def seconds(count: int) -> float:
        chunks = [as_chunk(delta(content="word " * 20)) for _ in range(count)]
        state = ChatCompletionStreamState()
        start = time.process_time()
        for piece in chunks:
            state.handle_chunk(piece)
        return time.process_time() - start

    short = min(seconds(1000) for _ in range(5))
    long = min(seconds(16000) for _ in range(3))
    assert long / short < 40  # 16 times the events; with the text joined at each one it would be above 100


def test_what_is_parsed_grows_with_the_text() -> None:
    pydantic = pytest.importorskip("pydantic")

    class City(pydantic.BaseModel):
        name: str
        days: list[int]

    state = ChatCompletionStreamState(response_format=City)
    events = [
        event
        for text in ('{"name": "Zür', 'ich", "days": [1, ', "2]}")
        for event in state.handle_chunk(as_chunk(delta(content=text)))
        if event.type == "content.delta"
    ]
    assert [event.parsed for event in events] == [
        {},
        {"name": "Zürich", "days": [1]},
        {"name": "Zürich", "days": [1, 2]},
    ]
    assert state.current_completion_snapshot.choices[0].message.parsed == {"name": "Zürich", "days": [1, 2]}
    done = list(state.handle_chunk(as_chunk(delta(finish_reason="stop"))))[-1]
    assert done.type == "content.done"
    assert done.parsed == City(name="Zürich", days=[1, 2])
    assert state.get_final_completion().choices[0].message.parsed == done.parsed


def test_arguments_of_strict_tools_are_parsed() -> None:
    state = ChatCompletionStreamState(input_tools=[STRICT])  # pyright: ignore[reportArgumentType]
    head = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"n": '}}
    event = list(state.handle_chunk(as_chunk(delta(tool_calls=[head]))))[-1]
    assert event.type == "tool_calls.function.arguments.delta"
    assert event.parsed_arguments == {}
    rest = {"index": 0, "function": {"arguments": "1}"}}
    state.handle_chunk(as_chunk(delta(tool_calls=[rest])))
    done = list(state.handle_chunk(as_chunk(delta(finish_reason="tool_calls"))))[-1]
    assert done.type == "tool_calls.function.arguments.done"
    assert done.parsed_arguments == {"n": 1}


def test_content_in_parts_and_choices_without_index() -> None:
    state = ChatCompletionStreamState()
    for text in ("a", "b"):
        part = {"delta": {"content": [{"type": "text", "text": text}]}, "index": None}
        assert [event.type for event in state.handle_chunk(as_chunk(part))] == ["chunk"]
    message = state.current_completion_snapshot.choices[0].message
    assert message.to_dict()["content"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


def test_a_cut_answer_that_is_to_be_parsed_raises_at_once() -> None:
    state = ChatCompletionStreamState(input_tools=[STRICT])  # pyright: ignore[reportArgumentType]
    state.handle_chunk(as_chunk(delta(content="Once")))
    with pytest.raises(LengthFinishReasonError) as raised:
        state.handle_chunk(as_chunk(delta(finish_reason="length")))
    assert raised.value.completion.choices[0].message.content == "Once"


def serve(*events: Any, hold: bool = False) -> Any:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(*events)
        if hold:
            request.connection.wait_closed(10)
        else:
            request.connection.end_events()

    return handler


def test_the_snapshot_of_a_stream_is_one_object(server: Server, client: OpenAI) -> None:
    server.handler = serve(chunk("a"), chunk("b"))
    with client.chat.completions.stream(**ASK) as stream:
        first = next(stream)
        assert first.type == "chunk"
        before = first.snapshot
        stream.until_done()
        assert stream.current_completion_snapshot is before
    assert before.choices[0].message.content == "ab"
    assert server.requests[0].headers["x-stainless-helper-method"] == "chat.completions.stream"


def test_leaving_early_closes_the_connection(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = serve(chunk("a"), hold=True)
    with client.chat.completions.stream(**ASK) as stream:
        assert next(stream).type == "chunk"
    assert server.connections[0].closed.wait(5)

    async def leave() -> None:
        async with aclient.chat.completions.stream(**ASK) as stream:
            async for _ in stream:
                break

    asyncio.run(leave())
    assert server.connections[1].closed.wait(5)


def test_dropping_a_stream_closes_the_connection(server: Server, client: OpenAI) -> None:
    server.handler = serve(chunk("a"), hold=True)
    stream = client.chat.completions.stream(**ASK).__enter__()
    next(stream)
    del stream
    gc.collect()
    assert server.connections[0].closed.wait(5)


def test_a_cut_stream_ends_silently_in_compat_only(server: Server) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("a"))
        request.connection.end_events(done=False)

    server.handler = handler
    with (
        compat.OpenAI(api_key="k", base_url=server.url) as client,
        client.chat.completions.stream(**ASK) as stream,
    ):
        assert stream.get_final_completion().choices[0].message.content == "a"
    with OpenAI(api_key="k", base_url=server.url) as client, client.chat.completions.stream(**ASK) as stream:
        with pytest.raises(Exception, match="ended"):
            stream.until_done()


def test_a_client_does_not_load_streams() -> None:
    loaded = loaded_by("from openai_oxide import OpenAI; OpenAI(api_key='k').chat.completions")
    assert not [name for name in loaded if name.startswith("openai_oxide.lib")]


def test_official_names() -> None:
    code = (
        "import openai_oxide.compat as c; c.install()\n"
        "from openai.lib.streaming.chat import ChatCompletionStreamState, ChunkEvent\n"
        "from openai.lib.streaming.responses import ResponseStreamManager, ResponseTextDeltaEvent\n"
        "import openai_oxide.lib.streaming.chat as ours\n"
        "assert ours.ChunkEvent is ChunkEvent\n"
    )
    assert "openai_oxide.lib.streaming.responses" in loaded_by(code)
