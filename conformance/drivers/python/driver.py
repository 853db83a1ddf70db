"""The Python driver: runs conformance calls through any package that has the official names.

It reads one JSON request per line and writes one JSON answer per line, in any order; the protocol is
described in conformance/README.md. `--module openai` makes it the oracle, `--module openai_oxide.compat`
the subject; `--mode` chooses the sync or the async client. Nothing here knows what a case expects.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import inspect
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

ENVIRONMENT = threading.Lock()
WORKERS = 16  # cases in flight; most of them wait for a clock, not for the processor
FEATURES = {
    "environment",  # variables can be set while a client is made
    "compat",  # ends of streams and names are those of the official SDK
}


class Surface:
    """The module under test, and how this driver turns a case into its arguments."""

    def __init__(self, module: str, mode: str) -> None:
        self.package = importlib.import_module(module)
        self.is_async = mode == "async"
        self.is_ours = module.startswith("openai_oxide")

    @property
    def features(self) -> list[str]:
        found = set(FEATURES)
        if self.is_async:
            found.add("abort")  # a blocked sync call has nobody left to cancel it
        if self.is_ours:
            found |= {"native-chat", "native-responses", "crossings", "limits"}
        return sorted(found)

    def chosen_by(self, call: dict[str, Any]) -> Surface:
        """The compat surface, unless the case asks for the names of the package itself."""
        if call.get("surface") == "native":
            return Surface("openai_oxide", "async" if self.is_async else "sync")
        return self

    def client(self, base_url: str, settings: dict[str, Any]) -> Any:
        arguments = dict(settings)
        variables = arguments.pop("environment", {})
        arguments.setdefault("base_url", base_url)
        if isinstance(headers := arguments.get("default_headers"), dict):
            arguments["default_headers"] = self.headers(headers)
        if "connect_timeout" in arguments:
            arguments["timeout"] = self.package.Timeout(600.0, connect=arguments.pop("connect_timeout"))
        factory = self.package.AsyncOpenAI if self.is_async else self.package.OpenAI
        with environment(variables):
            return factory(**arguments)

    def headers(self, headers: dict[str, str | None]) -> dict[str, Any]:
        return {name: self.package.Omit() if value is None else value for name, value in headers.items()}

    def bound(self, client: Any, call: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The method of the operation, and its keyword arguments."""
        options = dict(call.get("options") or {})
        changes = {name: options.pop(name) for name in ("max_retries",) if name in options}
        if changes:
            client = client.with_options(**changes)
        if isinstance(headers := options.get("extra_headers"), dict):
            options["extra_headers"] = self.headers(headers)
        method = client
        for name in call["operation"].split("."):
            method = getattr(method, name)
        known = inspect.signature(method).parameters
        for name, value in (call.get("params") or {}).items():
            # What the method does not name travels as users send it: beside the named arguments.
            target = options if name in known else options.setdefault("extra_body", {})
            target[name] = value
        if call.get("stream"):
            options["stream"] = True
        return method, options


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """The variables while a client is made. Clients are made one at a time, for the environment is the process's."""
    with ENVIRONMENT:
        os.environ.update(variables)
        try:
            yield
        finally:
            for name in variables:
                del os.environ[name]


def iterates(call: dict[str, Any]) -> bool:
    """A list with a number of items to take is followed over its pages; without one, its first page is the result."""
    return call["operation"].endswith(".list") and "take" in call


def dump(value: Any) -> Any:
    """The value as JSON, through the public dump of its class, with nothing added that was not sent."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True, by_alias=True)
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    if isinstance(value, dict):
        return {name: dump(item) for name, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"no JSON form for {type(value)!r}")


def describe(error: BaseException) -> dict[str, Any]:
    """Every field of an error, and every text a user might print or log."""
    response = getattr(error, "response", None)
    texts = [str(error), repr(error), "".join(traceback.format_exception(error))]
    texts += [f"{name}={value!r}" for name, value in vars(error).items()]
    return {
        "class": type(error).__name__,
        "ancestors": [base.__name__ for base in type(error).__mro__],
        "status": getattr(error, "status_code", None) or getattr(response, "status_code", None),
        "code": getattr(error, "code", None),
        "param": getattr(error, "param", None),
        "type": getattr(error, "type", None),
        "message": getattr(error, "message", None) or str(error),
        "request_id": getattr(error, "request_id", None),
        "phase": getattr(error, "phase", None),
        "text": "\n".join(texts),
    }


def run_sync(surface: Surface, request: dict[str, Any]) -> dict[str, Any]:
    case, answer = request["case"], {}
    call = case["call"]
    surface = surface.chosen_by(call)
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
    events: list[Any] | None = [] if call.get("stream") or iterates(call) else None

    async def perform() -> None:
        async with surface.client(request["base_url"], case.get("client") or {}) as client:
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
        task = asyncio.create_task(perform())
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
