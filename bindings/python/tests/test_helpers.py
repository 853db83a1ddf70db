"""Methods that make several calls, over resources that stand in for the generated ones."""

from __future__ import annotations

import asyncio
import inspect
import time
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest

from openai_oxide._helpers import files, runs, uploads, vector_stores, videos


class Raw(Thing):
    """A raw answer: headers, and what it holds."""

    def parse(self) -> Any:
        return self.value


class Resource:
    """Gives the values one after another, and remembers how it was called."""

    asynchronous = False

    def __init__(self, *values: Any, headers: dict[str, str] | None = None) -> None:
        self.values = list(values)
        self.headers = {"openai-poll-after-ms": "1"} if headers is None else headers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _answer(self, name: str, *args: Any, **arguments: Any) -> Any:
        self.calls.append((name, {**dict(enumerate(args)), **arguments}))
        value = self.values.pop(0)

        async def later() -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        if self.asynchronous:
            return later()
        if isinstance(value, Exception):
            raise value
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **arguments: self._answer(name, *args, **arguments)

    @property
    def with_raw_response(self) -> Any:
        self.values[0] = Raw(value=self.values[0], headers=self.headers)
        return self

    @property
    def parts(self) -> Any:
        return Thing(create=lambda *args, **arguments: self._answer("part", *args, **arguments))

    @property
    def _client(self) -> Any:
        return Thing(files=Thing(create=lambda **arguments: self._answer("upload", **arguments)))


@pytest.fixture(params=["sync", "async"])
def made(request: pytest.FixtureRequest) -> Any:
    """Makes a resource with a mixin, of either kind, and calls its methods to the end."""
    is_async = request.param == "async"

    def make(module: Any, mixin: str, *values: Any, **options: Any) -> Any:
        base = getattr(module, f"Async{mixin}" if is_async else mixin)
        resource = type(mixin, (base, Resource), {"asynchronous": is_async})(*values, **options)

        def run(name: str, *args: Any, **arguments: Any) -> Any:
            async def main() -> Any:
                return await getattr(resource, name)(*args, **arguments)

            return asyncio.run(main()) if is_async else getattr(resource, name)(*args, **arguments)

        resource.run = run
        return resource

    return make


def states(*names: str) -> list[Any]:
    return [Thing(id="f1", status=name, thread_id="t1") for name in names]


def test_a_file_is_polled_until_it_is_ready(made: Any) -> None:
    store = made(vector_stores, "FilesHelpers", *states("in_progress", "in_progress", "failed"))
    assert store.run("poll", "f1", vector_store_id="v1").status == "failed"
    assert [name for name, _ in store.calls] == ["retrieve"] * 3
    assert store.calls[0][1] == {0: "f1", "vector_store_id": "v1", "extra_headers": {"X-Stainless-Poll-Helper": "true"}}


@pytest.mark.parametrize(("given", "hint", "least"), [(30, "1", 0.06), (None, "40", 0.08)])
def test_the_callers_interval_comes_before_the_servers(made: Any, given: int | None, hint: str, least: float) -> None:
    answers = states("queued", "in_progress", "completed")
    resource = made(videos, "VideosHelpers", *answers, headers={"openai-poll-after-ms": hint})
    start = time.monotonic()
    with pytest.warns(DeprecationWarning):
        resource.run("poll", "v", **({"poll_interval_ms": given} if given else {}))
    assert least <= time.monotonic() - start < 1
    asked = resource.calls[0][1]["extra_headers"].get("X-Stainless-Custom-Poll-Interval")
    assert asked == (str(given) if given else None)


def test_waiting_has_an_end(made: Any) -> None:
    store = made(vector_stores, "FilesHelpers", *states(*["in_progress"] * 99), headers={"openai-poll-after-ms": "20"})
    with pytest.raises(TimeoutError, match="'f1'"):
        store.run("poll", "f1", vector_store_id="v1", max_wait_seconds=0.1)
    assert 2 <= len(store.calls) <= 8
    for wrong in (-1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="max_wait_seconds"):
            store.run("upload_and_poll", vector_store_id="v1", file=b"", max_wait_seconds=wrong)
    assert "upload" not in [name for name, _ in store.calls]


def test_upload_and_poll_of_one_file(made: Any) -> None:
    store = made(vector_stores, "FilesHelpers", Thing(id="f1"), "done")
    assert store.run("upload_and_poll", vector_store_id="v1", file=b"x", poll_interval_ms=5) == "done"
    (upload, uploaded), (create, created) = store.calls
    assert (upload, uploaded) == ("upload", {"file": b"x", "purpose": "assistants"})
    assert create == "create_and_poll" and created[0] == "f1" and created["poll_interval_ms"] == 5


def test_a_batch_of_uploads(made: Any) -> None:
    batches = made(vector_stores, "FileBatchesHelpers", Thing(id="a"), Thing(id="b"), "done")
    files = iter([b"1", b"2"])
    assert batches.run("upload_and_poll", "v1", files=files, file_ids=["old"], max_concurrency=1) == "done"
    assert batches.calls[-1][1]["file_ids"] == ["old", "a", "b"]


def test_a_failed_upload_makes_no_batch(made: Any) -> None:
    batches = made(vector_stores, "FileBatchesHelpers", Thing(id="a"), OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        batches.run("upload_and_poll", "v1", files=[b"1", b"2"], max_concurrency=1)
    assert {name for name, _ in batches.calls} == {"upload"}


def test_a_batch_is_done_when_no_file_is_in_progress(made: Any) -> None:
    counts = [Thing(file_counts=Thing(in_progress=left)) for left in (2, 1, 0)]
    batches = made(vector_stores, "FileBatchesHelpers", *counts)
    assert batches.run("poll", "b", vector_store_id="v") is counts[-1]


def test_a_file_is_waited_for(made: Any) -> None:
    resource = made(files, "FilesHelpers", *states("uploaded", "processed"))
    assert resource.run("wait_for_processing", "f1", poll_interval=0.01).status == "processed"
    resource = made(files, "FilesHelpers", *states(*["uploaded"] * 9))
    with pytest.raises(RuntimeError, match="f1"):
        resource.run("wait_for_processing", "f1", poll_interval=0.05, max_wait_seconds=0.1)


@pytest.mark.parametrize("status", ["requires_action", "completed", "incomplete"])
def test_runs_end_in_several_ways(made: Any, status: str) -> None:
    resource = made(runs, "RunsHelpers", *states("queued", status))
    with pytest.warns(DeprecationWarning):
        run = resource.run("poll", "r", "t", extra_headers={"a": "b"}, poll_interval_ms=1)
    assert run.status == status
    assert resource.calls[0][1]["extra_headers"]["a"] == "b"


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_large_file_goes_in_parts(made: Any, tmp_path: Path, in_memory: bool) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"0123456789")
    parts = [Thing(id=name) for name in "abc"]
    resource = made(uploads, "UploadsHelpers", Thing(id="u"), *parts, "done")
    given = {"file": b"0123456789", "filename": "big.bin", "bytes": 10} if in_memory else {"file": path}
    assert resource.run("upload_file_chunked", **given, mime_type="x/y", purpose="batch", part_size=4) == "done"
    (_, created), *sent, (last, completed) = resource.calls
    assert created == {"bytes": 10, "filename": "big.bin", "mime_type": "x/y", "purpose": "batch"}
    assert [call["data"] for _, call in sent] == [b"0123", b"4567", b"89"]
    assert last == "complete" and completed[0] == "u" and completed["part_ids"] == ["a", "b", "c"]


def test_content_in_memory_needs_a_name_and_a_size(made: Any) -> None:
    resource = made(uploads, "UploadsHelpers")
    with pytest.raises(TypeError, match="filename"):
        resource.run("upload_file_chunked", file=b"x", mime_type="x/y", purpose="batch")


def test_a_failed_part_closes_the_file_and_raises(made: Any, tmp_path: Path, recwarn: Any) -> None:
    (tmp_path / "f").write_bytes(b"12")
    resource = made(uploads, "UploadsHelpers", Thing(id="u"), OSError("reset"))
    with pytest.raises(OSError, match="reset"):
        resource.run("upload_file_chunked", file=tmp_path / "f", mime_type="x/y", purpose="batch")
    assert not [warning for warning in recwarn if warning.category is ResourceWarning]


def test_helpers_have_the_signatures_of_their_source() -> None:
    for cls in (vector_stores.FilesHelpers, vector_stores.AsyncFilesHelpers):
        assert list(inspect.signature(cls.poll).parameters)[:3] == ["self", "file_id", "vector_store_id"]
    assert inspect.iscoroutinefunction(vector_stores.AsyncFilesHelpers.poll)
    assert vector_stores.FilesHelpers.poll.__name__ == "poll"
