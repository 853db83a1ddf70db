"""`client.files`: wait until a file is processed."""

from __future__ import annotations

from .steps import Pause, awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..types.file_object import FileObject
    from .steps import Steps

_FINAL = ("processed", "error", "deleted")


def _wait_for_processing(
    self: Any, id: str, *, poll_interval: float = 5.0, max_wait_seconds: float = 30 * 60
) -> Steps[FileObject]:
    """The file once it is processed, failed or gone. Raises `RuntimeError` after `max_wait_seconds`."""
    from time import monotonic

    start = monotonic()
    file = yield self.retrieve(id)
    while file.status not in _FINAL:
        yield Pause(poll_interval)
        file = yield self.retrieve(id)
        if file.status not in _FINAL and monotonic() - start > max_wait_seconds:
            raise RuntimeError(f"file {id} is still being processed after {max_wait_seconds} seconds")
    return file


class FilesHelpers:
    """For `Files`."""

    wait_for_processing = blocking(_wait_for_processing)


class AsyncFilesHelpers:
    """For `AsyncFiles`."""

    wait_for_processing = awaitable(_wait_for_processing)
