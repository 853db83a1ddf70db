"""The replay server as a child process, and what it reports about a run."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

START_LIMIT = 30.0
SETTLE_LIMIT = 2.0  # seconds for a client's close to reach the server


class Server:
    def __init__(self, binary: Path, suite: Path) -> None:
        self._command = [str(binary), "--port", "0", "--suite", str(suite)]
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    async def __aenter__(self) -> Server:
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE)
        while line := await asyncio.wait_for(self._process.stdout.readline(), START_LIMIT):
            if line.startswith(b"listening on "):
                self.url = line.split()[2].decode().rstrip("/")
                return self
        raise RuntimeError(f"{self._command[0]} ended before it listened")

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()

    async def open(self, run: str, case: str, chunk: str | None = None) -> str:
        """Announces a run and names its base URL; `chunk` cuts the answers otherwise than the case does."""
        path = f"_replay/base/{run}/{quote(case, safe='')}" + (f"?chunk={quote(chunk)}" if chunk else "")
        return (await self._fetch(path))["base_url"]

    async def report(self, run: str) -> dict[str, Any]:
        """What the server saw of this run, once it has noticed that the client is done."""
        return await self._fetch(f"_replay/report/{run}?wait={SETTLE_LIMIT}")

    async def _fetch(self, path: str) -> dict[str, Any]:
        return await asyncio.to_thread(self._fetch_blocking, f"{self.url}/{path}")

    @staticmethod
    def _fetch_blocking(url: str) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as response:
            return json.load(response)
