"""How a case's call becomes the arguments of the package under test, and how its answer becomes JSON again."""

from __future__ import annotations

import base64
import importlib
import inspect
import os
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENVIRONMENT = threading.Lock()
SCRATCH = tempfile.TemporaryDirectory()  # the files that cases upload by their paths; gone with the driver
FEATURES = {
    "environment",  # variables can be set while a client is made
    "compat",  # ends of streams and names are those of the official SDK
    # What one of the packages has; where the other lacks it, the helper's module says so.
    "stream-helpers",
    "early-calls",
    "structured",
    "tools",
    "tool-runner",
    "agents",
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
        if "hedge" in inspect.signature(self.package.OpenAI.__init__).parameters:
            found.add("hedge")
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
        changes = {name: options.pop(name) for name in ("max_retries", "hedge") if name in options}
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
            target[name] = with_files(value)
        if call.get("stream") and "stream" in known:
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


def with_files(value: Any) -> Any:
    """The value with each `{$file: …}` as a program gives a file: its bytes, its path, or a tuple that begins with its name."""
    if isinstance(value, list):
        return [with_files(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"$file"}:
        return {name: with_files(member) for name, member in value.items()}
    told = value["$file"]
    content: Any = base64.b64decode(told["base64"]) if "base64" in told else told["text"].encode()
    if told.get("as") == "path":
        path = Path(tempfile.mkdtemp(dir=SCRATCH.name), told["name"])
        path.write_bytes(content)
        return (told["name"], path, told["content_type"]) if "content_type" in told else path
    if "name" not in told:
        return content
    return (told["name"], content, *([told["content_type"]] if "content_type" in told else []))


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
