"""Structured output and tools: `parse`, `run_tools`, and `strict_schema`, which needs no client.

`run` and `run_async` get the surface, a maker of clients, the case's call, and the answer to fill: `result`, `parsed`, `events`,
or `unsupported` with the reason where the package has no such helper. What they raise is reported as the case's error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calls import Surface

Answer = dict[str, Any]


def run(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    answer["unsupported"] = f"the driver has no {call['helper']} yet"


async def run_async(surface: Surface, make_client: Callable[[], Any], call: dict[str, Any], answer: Answer) -> None:
    run(surface, make_client, call, answer)
