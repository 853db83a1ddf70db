"""The server's verdict reaches the harness: a wrong request fails its case, a right one does not."""

from __future__ import annotations

import asyncio
import os
import urllib.request
from pathlib import Path

import pytest

from .. import suite
from ..judge import judge_wire
from ..server import Server

CASE = """
cases:
- name: self/wire
  doc: A case of the harness's own tests.
  source: {constructed: "the harness's own tests"}
  call: {operation: models.retrieve, params: {model: m}}
  exchange:
  - request: {method: POST, path: /models/m, headers: {x-note: a}, body: {n: 1}}
    response: {status: 200, json: {id: m}}
"""


@pytest.fixture
def binary() -> Path:
    """The server as `nox` or cargo built it; these tests are about it, so its absence is an error and no excuse."""
    targets = [Path(os.environ["CARGO_TARGET_DIR"])] if "CARGO_TARGET_DIR" in os.environ else []
    targets.append(suite.CONFORMANCE.parent / "target")
    for built in (target / profile / "openai-oxide-replay" for target in targets for profile in ("release", "debug")):
        if built.exists():
            return built
    pytest.fail("no replay server: run `cargo build -p openai-oxide-replay` first")


def problems(binary: Path, folder: Path, sent: list[tuple[str, bytes]]) -> list[str]:
    (folder / "self.yaml").write_text(CASE)
    (case,) = suite.load(folder)

    def send(url: str, note: str, body: bytes) -> None:
        headers = {"X-Note": note, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/models/m", body, headers)
        urllib.request.build_opener(urllib.request.ProxyHandler({}), NoErrors).open(request, timeout=5).close()

    async def exchange() -> list[str]:
        async with Server(binary, folder) as server:
            url = await server.open("run-1", case.name)
            for note, body in sent:
                await asyncio.to_thread(send, url, note, body)
            return list(judge_wire(case, {}, await server.report("run-1")))

    return asyncio.run(exchange())


class NoErrors(urllib.request.HTTPErrorProcessor):
    def http_response(self, request, response):
        return response


def test_a_right_request_passes(binary: Path, tmp_path: Path) -> None:
    assert problems(binary, tmp_path, [("a", b'{"n": 1.0}')]) == []


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        ([("b", b'{"n": 1}')], "x-note"),
        ([("a", b'{"n": 2}')], "body"),
        ([("a", b'{"n": 1, "m": 1}')], "body"),
        ([], "0"),
        ([("a", b'{"n": 1}'), ("a", b'{"n": 1}')], "2"),
    ],
    ids=["header", "value", "member", "no request", "one too many"],
)
def test_a_wrong_wire_fact_is_reported(binary: Path, tmp_path: Path, sent: list[tuple[str, bytes]], word: str) -> None:
    found = problems(binary, tmp_path, sent)
    assert any(word in problem for problem in found), found
