"""How much earlier a tool starts: `python benchmarks/early_calls.py [--rounds 5] [--json FILE]`, with the package installed.

A server of its own writes one event per 20 ms: a function call, then 40 pieces of text. The tool's start is taken once from the whole
answer, once from `create_stream_fc`. Times are milliseconds from the call, medians of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openai_oxide import AsyncOpenAI

PACE = 0.020
PIECES_OF_ARGUMENTS, PIECES_OF_TEXT = 10, 40
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def events() -> Iterator[dict[str, Any]]:
    arguments = json.dumps({"city": "Zürich", "days": list(range(20))})
    call = {"id": "fc", "type": "function_call", "call_id": "call", "name": "forecast", "arguments": ""}
    done = {**call, "arguments": arguments, "status": "completed"}
    message = {"id": "m", "type": "message", "role": "assistant", "content": []}
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [], "tools": []}
    response |= {"parallel_tool_calls": True, "tool_choice": "auto"}
    where = {"item_id": "fc", "output_index": 0}
    yield {"type": "response.created", "response": {**response, "status": "in_progress"}}
    yield {"type": "response.output_item.added", "output_index": 0, "item": call}
    size = -(-len(arguments) // PIECES_OF_ARGUMENTS)
    for at in range(0, len(arguments), size):
        piece = arguments[at : at + size]
        yield {"type": "response.function_call_arguments.delta", **where, "delta": piece}
    yield {"type": "response.function_call_arguments.done", **where, "name": "forecast", "arguments": arguments}
    yield {"type": "response.output_item.done", "output_index": 0, "item": done}
    yield {"type": "response.output_item.added", "output_index": 1, "item": message}
    part = {"type": "output_text", "text": "", "annotations": []}
    where = {"item_id": "m", "output_index": 1, "content_index": 0}
    yield {"type": "response.content_part.added", **where, "part": part}
    for _ in range(PIECES_OF_TEXT):
        yield {"type": "response.output_text.delta", **where, "delta": "word ", "logprobs": []}
    text = "word " * PIECES_OF_TEXT
    whole = {**message, "status": "completed", "content": [{**part, "text": text}]}
    yield {"type": "response.output_item.done", "output_index": 1, "item": whole}
    yield {"type": "response.completed", "response": {**response, "status": "completed", "output": [done, whole]}}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    writer.write(HEAD)
    for number, event in enumerate(events()):
        if number:
            await asyncio.sleep(PACE)
        data = json.dumps({**event, "sequence_number": number})
        writer.write(f"event: {event['type']}\ndata: {data}\n\n".encode())
        await writer.drain()
    writer.close()


async def starts(client: AsyncOpenAI) -> tuple[float, float]:
    """When the tool could start: with the call handed over early, and with the whole answer."""
    began = time.perf_counter()
    calls = await client.responses.create_stream_fc(model="m", input="x")
    moments = [time.perf_counter() - began async for _ in calls]
    await calls.get_final_response()
    return moments[0], time.perf_counter() - began


async def measure(rounds: int) -> dict[str, float]:
    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    async with listener, AsyncOpenAI(api_key="sk-benchmark", base_url=url) as client:
        measured = [await starts(client) for _ in range(rounds)]
    early, whole = (statistics.median(times) * 1000 for times in zip(*measured, strict=True))
    return {"early call": round(early), "whole answer": round(whole), "earlier by": round(whole - early)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    result = asyncio.run(measure(arguments.rounds))
    for name, milliseconds in result.items():
        print(f"{name:14} {milliseconds:6.0f} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
