"""The native module, for type checkers. Private: it may change in any release."""

from asyncio import Future
from os import PathLike
from typing import Any

from ._hedge import HedgeReport

__version__: str

def encode(value: object) -> bytes: ...
def decode(json: bytes) -> Any: ...
def strict_schema(schema: bytes) -> bytes: ...
def lenient_schema(schema: bytes) -> bytes: ...
def decode_partial(json: bytes) -> Any: ...
def check_hedge(delay: float | None, max: int, budget: float | None) -> None: ...
def floats(base64: str) -> list[float]: ...

class Ready:
    def __init__(self, value: Any) -> None: ...
    def __await__(self) -> Any: ...

class PartialJson:
    def __init__(self) -> None: ...
    def push(self, text: str) -> None: ...
    def finish(self) -> None: ...
    @property
    def value(self) -> Any: ...
    @property
    def started(self) -> bool: ...
    @property
    def complete(self) -> bool: ...

class Reply:
    status: int
    headers: list[tuple[str, str]]
    request_id: str | None
    attempts: int
    hedge: HedgeReport | None
    content: bytes
    def json(self) -> Any: ...

class Form:
    def __init__(
        self, fields: object, files: list[tuple[str, str | None, str | None, bytes | str | tuple[int, int]]]
    ) -> None: ...

class BlockingStream:
    status: int
    headers: list[tuple[str, str]]
    request_id: str | None
    attempts: int
    hedge: HedgeReport | None
    crossings: int
    def next_batch(self) -> list[Any]: ...
    def close(self) -> None: ...

class EventSource:
    status: int
    headers: list[tuple[str, str]]
    request_id: str | None
    attempts: int
    hedge: HedgeReport | None
    crossings: int
    def take(self) -> list[Any] | None: ...
    def wait(self, hub: Hub, future: Future[Any]) -> bool: ...
    def close(self) -> None: ...

class Hub:
    def __init__(self, *, sockets: bool = False) -> None: ...
    def fileno(self) -> int: ...
    def is_here(self) -> bool: ...
    def pending(self) -> int: ...
    def drain(self) -> None: ...

class Ticket:
    def cancel(self) -> None: ...

class Engine:
    api_key: str | None
    admin_api_key: str | None
    base_url: str
    organization: str | None
    project: str | None
    max_retries: int
    def __init__(
        self,
        *,
        api_key: str | None = None,
        admin_api_key: str | None = None,
        base_url: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        first_token_timeout: float | None = None,
        idle_timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        default_headers: list[tuple[str, str]] | None = None,
        default_query: list[tuple[str, str]] | None = None,
        user_agent: str | None = None,
        proxy: str | None = None,
        ca_file: str | PathLike[str] | None = None,
        max_event_bytes: int | None = None,
    ) -> None: ...
    def is_admin(self, operation: str) -> bool: ...
    def route(self, operation: str, path: tuple[object, ...]) -> tuple[str, str]: ...
    def close(self) -> None: ...
    def call(
        self, operation: str, path: tuple[object, ...] = (), query: Any = None, body: Any = None, options: Any = None
    ) -> Reply: ...
    def stream(
        self, operation: str, path: tuple[object, ...] = (), query: Any = None, body: Any = None, options: Any = None
    ) -> BlockingStream: ...
    def open(
        self, operation: str, path: tuple[object, ...] = (), query: Any = None, body: Any = None, options: Any = None
    ) -> BlockingStream: ...
    def start_call(
        self,
        hub: Hub,
        future: Future[Any],
        operation: str,
        path: tuple[object, ...] = (),
        query: Any = None,
        body: Any = None,
        options: Any = None,
    ) -> Ticket: ...
    def start_stream(
        self,
        hub: Hub,
        future: Future[Any],
        operation: str,
        path: tuple[object, ...] = (),
        query: Any = None,
        body: Any = None,
        options: Any = None,
    ) -> Ticket: ...
    def start_open(
        self,
        hub: Hub,
        future: Future[Any],
        operation: str,
        path: tuple[object, ...] = (),
        query: Any = None,
        body: Any = None,
        options: Any = None,
    ) -> Ticket: ...
