"""What hedging does to a slow tail: `python benchmarks/hedging.py [--calls 2000] [--json FILE]`, with the package installed.

A server of its own answers most requests after 10 ms and one in twenty after 200 ms; which ones is decided by a fixed seed
and the order of arrival. The same calls are made without hedging, with a fixed delay, and after the running p95. Extra
requests are counted by the server. Times are milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from pathlib import Path
from typing import Any

from openai_oxide import AsyncOpenAI, Hedge

FAST, SLOW, SLOW_SHARE, SEED = 0.010, 0.200, 0.05, 7
CONCURRENT = 4
BODY = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
SETTINGS: dict[str, Any] = {
    "no hedging": None,
    "delay 20 ms": Hedge(2 * FAST),
    "running p95": Hedge(),
}


class Server:
    """Counts requests, and answers each after its time."""

    def __init__(self) -> None:
        self.requests = 0
        self._chance = random.Random(SEED)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.requests += 1
                slow = self._chance.random() < SLOW_SHARE
                await asyncio.sleep(SLOW if slow else FAST)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


async def measure(hedge: Hedge | None, calls: int) -> dict[str, float]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    times: list[float] = []

    async with AsyncOpenAI(api_key="sk-benchmark", base_url=url, max_retries=0, hedge=hedge) as client:

        async def work() -> None:
            for _ in range(calls // CONCURRENT):
                start = time.perf_counter()
                await client.chat.completions.create(model="m", messages=[])
                times.append((time.perf_counter() - start) * 1000)

        await asyncio.gather(*(work() for _ in range(CONCURRENT)))
    listener.close()
    times.sort()
    quantiles = {f"p{percent}": round(times[len(times) * percent // 100], 1) for percent in (50, 95, 99)}
    return {**quantiles, "extra_requests_percent": round((server.requests / len(times) - 1) * 100, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = {name: asyncio.run(measure(hedge, options.calls)) for name, hedge in SETTINGS.items()}
    for name, row in results.items():
        print(f"{name:24}", *(f"{column} {value:>7}" for column, value in row.items()), sep="  ")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
