"""`client.vector_stores.files` and `.file_batches`: wait until the server has taken files in."""

from __future__ import annotations

from .._types import omit
from .polling import checked_wait, poll
from .steps import awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .._models_typing import SequenceNotStr
    from .._types import FileTypes, Omit
    from ..types.file_chunking_strategy_param import FileChunkingStrategyParam
    from ..types.vector_stores.vector_store_file import VectorStoreFile
    from ..types.vector_stores.vector_store_file_batch import VectorStoreFileBatch
    from .steps import Steps


# ------------------------------------------------------------------------------------------------------------------ files


def _poll(
    self: Any,
    file_id: str,
    *,
    vector_store_id: str,
    poll_interval_ms: int | Omit = omit,
    max_wait_seconds: float | Omit = omit,
) -> Steps[VectorStoreFile]:
    """The file once it is processed, which may be with a failure: see its `status` and `last_error`.

    `max_wait_seconds` raises `TimeoutError` when it is over, without stopping the server; a call under way may take longer.
    """
    wait = checked_wait(max_wait_seconds)
    return poll(
        lambda headers: self.with_raw_response.retrieve(
            file_id, vector_store_id=vector_store_id, extra_headers=headers
        ),
        lambda file: file.status != "in_progress",
        poll_interval_ms,
        wait=wait,
        what=f"vector store file {file_id!r}",
    )


def _polled(
    self: Any,
    create: Callable[[], Any],
    vector_store_id: str,
    poll_interval_ms: int | Omit,
    max_wait_seconds: float | Omit = omit,
) -> Steps[VectorStoreFile]:
    checked_wait(max_wait_seconds)  # before anything is created
    created = yield create()
    return (
        yield from _poll(
            self,
            created.id,
            vector_store_id=vector_store_id,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
        )
    )


def _upload(
    self: Any, *, vector_store_id: str, file: FileTypes, chunking_strategy: FileChunkingStrategyParam | Omit = omit
) -> Steps[VectorStoreFile]:
    """Upload a file and put it into the store. Processing goes on when this returns."""
    uploaded = yield self._client.files.create(file=file, purpose="assistants")
    return (yield self.create(vector_store_id, file_id=uploaded.id, chunking_strategy=chunking_strategy))


def _upload_and_poll(
    self: Any,
    *,
    vector_store_id: str,
    file: FileTypes,
    attributes: dict[str, str | float | bool] | Omit | None = omit,
    poll_interval_ms: int | Omit = omit,
    max_wait_seconds: float | Omit = omit,
    chunking_strategy: FileChunkingStrategyParam | Omit = omit,
) -> Steps[VectorStoreFile]:
    """Upload a file, put it into the store and wait until it is processed; `max_wait_seconds` as in `poll`."""
    checked_wait(max_wait_seconds)
    uploaded = yield self._client.files.create(file=file, purpose="assistants")
    return (
        yield self.create_and_poll(
            uploaded.id,
            vector_store_id=vector_store_id,
            attributes=attributes,
            poll_interval_ms=poll_interval_ms,
            max_wait_seconds=max_wait_seconds,
            chunking_strategy=chunking_strategy,
        )
    )


class FilesHelpers:
    """For `Files`."""

    poll = blocking(_poll)
    upload = blocking(_upload)
    upload_and_poll = blocking(_upload_and_poll)
    _polled = blocking(_polled)


class AsyncFilesHelpers:
    """For `AsyncFiles`."""

    poll = awaitable(_poll)
    upload = awaitable(_upload)
    upload_and_poll = awaitable(_upload_and_poll)
    _polled = awaitable(_polled)


# ---------------------------------------------------------------------------------------------------------------- batches


def _poll_batch(
    self: Any, batch_id: str, *, vector_store_id: str, poll_interval_ms: int | Omit = omit
) -> Steps[VectorStoreFileBatch]:
    """The batch once none of its files is in progress; `file_counts` tells how many failed."""
    return poll(
        lambda headers: self.with_raw_response.retrieve(
            batch_id, vector_store_id=vector_store_id, extra_headers=headers
        ),
        lambda batch: batch.file_counts.in_progress == 0,
        poll_interval_ms,
    )


def _polled_batch(
    self: Any, create: Callable[[], Any], vector_store_id: str, poll_interval_ms: int | Omit
) -> Steps[VectorStoreFileBatch]:
    batch = yield create()
    return (yield self.poll(batch.id, vector_store_id=vector_store_id, poll_interval_ms=poll_interval_ms))


def _upload_batch_and_poll(
    self: Any,
    vector_store_id: str,
    *,
    files: Iterable[FileTypes],
    max_concurrency: int = 5,
    file_ids: SequenceNotStr[str] = (),
    poll_interval_ms: int | Omit = omit,
    chunking_strategy: FileChunkingStrategyParam | Omit = omit,
) -> Steps[VectorStoreFileBatch]:
    """Upload files, at most `max_concurrency` at a time, then make a batch of them and of `file_ids`, and wait for it.

    The first upload that fails raises, and no batch is made.
    """
    uploaded = yield self._upload_all(files, max_concurrency)
    return (
        yield self.create_and_poll(
            vector_store_id,
            file_ids=[*file_ids, *(file.id for file in uploaded)],
            poll_interval_ms=poll_interval_ms,
            chunking_strategy=chunking_strategy,
        )
    )


class FileBatchesHelpers:
    """For `FileBatches`."""

    poll = blocking(_poll_batch)
    upload_and_poll = blocking(_upload_batch_and_poll)
    _polled = blocking(_polled_batch)

    if TYPE_CHECKING:
        _client: Any

    def _upload_all(self, files: Iterable[FileTypes], max_concurrency: int) -> list[Any]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=max_concurrency) as pool:
            return list(pool.map(lambda file: self._client.files.create(file=file, purpose="assistants"), files))


class AsyncFileBatchesHelpers:
    """For `AsyncFileBatches`."""

    poll = awaitable(_poll_batch)
    upload_and_poll = awaitable(_upload_batch_and_poll)
    _polled = awaitable(_polled_batch)

    if TYPE_CHECKING:
        _client: Any

    async def _upload_all(self, files: Iterable[FileTypes], max_concurrency: int) -> list[Any]:
        from asyncio import Semaphore, ensure_future, gather

        slots = Semaphore(max_concurrency)

        async def upload(file: FileTypes) -> Any:
            async with slots:
                return await self._client.files.create(file=file, purpose="assistants")

        tasks = [ensure_future(upload(file)) for file in files]
        try:
            return await gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
