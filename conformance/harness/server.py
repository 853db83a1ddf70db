"""The replay server as a child process, and what it reports about a run."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

START_LIMIT = 30.0
SETTLE_LIMIT = 2.0  # seconds for a client's close to reach the server, where a case is about that


class Server:
    def __init__(self, binary: Path, suite: Path, fixtures: Path) -> None:
        self._command = [str(binary), "--port", "0", "--suite", str(suite), "--fixtures", str(fixtures)]
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

    def base_url(self, run: str, case: str) -> str:
        return f"{self.url}/case/{run}/{quote(case, safe='')}/v1"

    async def report(self, run: str, *, closed: bool | None = None) -> dict[str, Any]:
        """What the server saw of this run. With `closed`, waits a little until it has seen the client's close."""
        give_up = asyncio.get_running_loop().time() + SETTLE_LIMIT
        while True:
            report = await asyncio.to_thread(self._fetch, run)
            if closed in (None, report.get("closed_early_by_client")) or asyncio.get_running_loop().time() > give_up:
                return report
            await asyncio.sleep(0.05)

    def _fetch(self, run: str) -> dict[str, Any]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_replay/report/{run}", timeout=10) as response:
            return json.load(response)
