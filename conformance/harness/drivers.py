"""Driver processes: how each is started, and one that answers cases concurrently and survives hangs and crashes.

A driver that does not answer in time is a failure of that case and is restarted. A driver that dies with several
cases in flight gets them again one by one, so that the case that killed it is named.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .suite import CONFORMANCE

DRIVERS = CONFORMANCE / "drivers"
NODE_PACKAGE = CONFORMANCE.parent / "bindings/node"
START_LIMIT = 60.0  # seconds until the greeting: a cold import of the official package on a busy machine
LINE_LIMIT = 64 * 1024 * 1024  # an answer is one line, and some answers are megabytes
# What a driver inherits. Keys, base URLs and proxies of the developer's shell must not reach the cases.
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Driver:
    name: str
    language: str
    command: tuple[str, ...]


def registry(*, python: str, official_python: str, node: str, rust: str) -> dict[str, Driver]:
    """All drivers in the order of the matrix: ours first, then the oracles."""

    def in_python(name: str, interpreter: str, module: str, mode: str) -> Driver:
        script = str(DRIVERS / "python/driver.py")
        return Driver(name, "python", (interpreter, script, "--name", name, "--module", module, "--mode", mode))

    def in_node(name: str, binary: str, package: str, origin: Path) -> Driver:
        script = str(DRIVERS / "node/driver.mjs")
        return Driver(name, "node", (binary, script, "--name", name, "--package", package, "--from", str(origin)))

    official_node = DRIVERS / "official-node"
    drivers = [
        Driver("rust", "rust", (rust,)),
        in_python("python-sync", python, "openai_oxide.compat", "sync"),
        in_python("python-async", python, "openai_oxide.compat", "async"),
        in_node("node", node, "openai-oxide/compat", NODE_PACKAGE),
        in_python("official-python", official_python, "openai", "sync"),
        in_node("official-node", str(official_node / "node_modules/.bin/node"), "openai", official_node),
    ]
    return {driver.name: driver for driver in drivers}


class DriverError(Exception):
    """The driver could not be started, died, or gave no answer in time."""


class Process:
    """One running driver. Answers may come in any order; `log` collects its stderr for the leak test."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.features: frozenset[str] = frozenset()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        # A file never blocks the driver, as a pipe that nobody reads would.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process

    async def start(self) -> None:
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        environment |= {"OPENAI_LOG": "debug", "RUST_LOG": "trace", "RUST_BACKTRACE": "1", "PYTHONUTF8": "1"}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.driver.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._log,
                env=environment,
                limit=LINE_LIMIT,
            )
            greeting = await asyncio.wait_for(self._process.stdout.readline(), START_LIMIT)
            self.features = frozenset(json.loads(greeting)["features"])
        except (OSError, ValueError, KeyError, asyncio.TimeoutError) as error:
            await self.stop()
            raise DriverError(f"did not start: {error}\n{self.log_tail()}") from error
        self._reader = asyncio.create_task(self._read())

    async def ask(self, name: str, base_url: str, told: dict[str, Any], limit: float) -> dict[str, Any]:
        answer = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        line = json.dumps({"id": name, "base_url": base_url, "case": told}) + "\n"
        try:
            self._process.stdin.write(line.encode())
            await self._process.stdin.drain()
            return await asyncio.wait_for(answer, limit)
        except asyncio.TimeoutError:
            raise DriverError(f"no answer within {limit:g} s") from None
        except (ConnectionError, BrokenPipeError):
            raise DriverError(self.obituary()) from None
        finally:
            self._waiting.pop(name, None)

    async def _read(self) -> None:
        while line := await self._process.stdout.readline():
            try:
                answer = json.loads(line)
                future = self._waiting.get(answer["id"])
            except (ValueError, KeyError, TypeError):
                continue  # not of the protocol; the case that wrote it runs into its limit
            if future and not future.done():
                future.set_result(answer)
        await self._process.wait()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(DriverError(self.obituary()))

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None and not self._reader.done()

    def obituary(self) -> str:
        return f"the driver died (exit code {self._process.returncode})\n{self.log_tail()}"

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def log_tail(self, lines: int = 8) -> str:
        return "\n".join(self.log().splitlines()[-lines:])

    async def stop(self) -> int | None:
        """Ends the process: politely by closing its input, then by force. The exit code, None if forced."""
        if self._process is None:
            return 0
        code = None
        if self._process.returncode is None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.close()
            try:
                code = await asyncio.wait_for(self._process.wait(), 5.0)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()
        else:
            code = self._process.returncode
        if self._reader:
            await self._reader
        return code
