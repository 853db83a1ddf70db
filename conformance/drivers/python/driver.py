"""The Python driver: runs conformance calls through any package that has the official names.

It reads one JSON request per line and writes one JSON answer per line, in any order; the protocol is
described in conformance/README.md. `--module openai` makes it the oracle, `--module openai_oxide.compat`
the subject; `--mode` chooses the sync or the async client. Nothing here knows what a case expects.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import agents
import runner
import streaming
import structured
from calls import Surface, describe, dump, iterates

WORKERS = 16  # cases in flight; most of them wait for a clock, not for the processor


HELPERS = {
    "stream": streaming,
    "fc": streaming,
    "partial_json": streaming,
    "parse": structured,
    "run_tools": structured,
    "tool_runner": runner,
    "agent_turn": agents,
    "agent_files": agents,
    "strict_schema": structured,
}


def run_sync(surface: Surface, request: dict[str, Any]) -> dict[str, Any]:
    case, answer = request["case"], {}
    call = case["call"]
    surface = surface.chosen_by(call)
    if helper := HELPERS.get(call.get("helper")):
        try:
            helper.run(surface, lambda: surface.client(request["base_url"], case.get("client") or {}), call, answer)
        except Exception as error:
            answer["error"] = describe(error)
        return answer
    events: list[Any] | None = [] if call.get("stream") or iterates(call) else None
    try:
        with surface.client(request["base_url"], case.get("client") or {}) as client:
            answer["client_text"] = f"{client}\n{client!r}"
            method, arguments = surface.bound(client, call)
            result = method(**arguments)
            if call.get("stream"):
                with result as stream:
                    for event in stream:
                        events.append(dump(event))
                        if len(events) == call.get("take"):
                            break
                note_crossings(answer, result)
            elif iterates(call):
                for item in result:
                    events.append(dump(item))
                    if len(events) == call.get("take"):
                        break
            else:
                note_result(answer, result)
    except Exception as error:
        answer["error"] = describe(error)
    if events is not None:
        answer["events"] = events
    return answer


async def run_async(surface: Surface, request: dict[str, Any]) -> dict[str, Any]:
    case, answer = request["case"], {}
    call = case["call"]
    surface = surface.chosen_by(call)
    helper = HELPERS.get(call.get("helper"))
    events: list[Any] | None = [] if not helper and (call.get("stream") or iterates(call)) else None

    def make_client() -> Any:
        return surface.client(request["base_url"], case.get("client") or {})

    async def perform() -> None:
        async with make_client() as client:
            answer["client_text"] = f"{client}\n{client!r}"
            method, arguments = surface.bound(client, call)
            pending = method(**arguments)
            if call.get("stream"):
                stream = await pending
                async with stream:
                    async for event in stream:
                        events.append(dump(event))
                        if len(events) == call.get("take"):
                            break
                note_crossings(answer, stream)
            elif iterates(call):
                async for item in pending:
                    events.append(dump(item))
                    if len(events) == call.get("take"):
                        break
            else:
                note_result(answer, await pending)

    try:
        work = helper.run_async(surface, make_client, call, answer) if helper else perform()
        task = asyncio.create_task(work)
        if (delay := call.get("abort_after")) is not None:
            asyncio.get_running_loop().call_later(delay, task.cancel)
        await task
    except asyncio.CancelledError:
        answer["error"] = {
            "class": "Aborted",
            "ancestors": ["Aborted"],
            "text": "",
            "message": "cancelled by the driver",
        }
    except Exception as error:
        answer["error"] = describe(error)
    if events is not None:
        answer["events"] = events
    return answer


def note_result(answer: dict[str, Any], result: Any) -> None:
    if isinstance(content := getattr(result, "content", None), bytes):
        answer["bytes"] = base64.b64encode(content).decode()
    else:
        answer["result"] = dump(result)
    answer["request_id"] = getattr(result, "_request_id", None)


def note_crossings(answer: dict[str, Any], stream: Any) -> None:
    """How often the stream crossed from native code into Python; only our binding counts it."""
    if (count := getattr(stream, "_crossings", None)) is not None:
        answer["crossings"] = count


class Output:
    """Whole lines only, whichever thread or task answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stream = sys.stdout
        sys.stdout = sys.stderr  # a stray print of the package is a log, not an answer

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=True)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


def answer_of(request: dict[str, Any], answer: dict[str, Any], start: float) -> dict[str, Any]:
    return {"id": request["id"], **answer, "elapsed": time.monotonic() - start}


def serve_sync(surface: Surface, output: Output) -> None:
    def work(request: dict[str, Any]) -> None:
        start = time.monotonic()
        output.send(answer_of(request, run_sync(surface, request), start))

    with ThreadPoolExecutor(WORKERS) as pool:
        for line in sys.stdin:
            pool.submit(work, json.loads(line))


async def serve_async(surface: Surface, output: Output) -> None:
    slots = asyncio.Semaphore(WORKERS)
    running: set[asyncio.Task[None]] = set()

    async def work(request: dict[str, Any]) -> None:
        async with slots:
            start = time.monotonic()
            output.send(answer_of(request, await run_async(surface, request), start))

    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.create_task(work(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", required=True)
    parser.add_argument("--module", required=True)
    parser.add_argument("--mode", choices=("sync", "async"), required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)  # the leak test reads the logs too
    output = Output()
    surface = Surface(arguments.module, arguments.mode)
    output.send({"driver": arguments.name, "features": surface.features})
    if surface.is_async:
        asyncio.run(serve_async(surface, output))
    else:
        serve_sync(surface, output)


if __name__ == "__main__":
    main()
