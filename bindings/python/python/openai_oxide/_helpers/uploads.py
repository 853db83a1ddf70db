"""`client.uploads`: a large file in parts."""

from __future__ import annotations

import builtins

from .._types import omit
from .steps import awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from .._types import Omit
    from ..types.file_purpose import FilePurpose
    from ..types.upload import Upload
    from .steps import Steps

DEFAULT_PART_SIZE = 64 * 1024 * 1024  # the most that the API takes


def _upload_file_chunked(
    self: Any,
    *,
    file: PathLike[str] | bytes,
    mime_type: str,
    purpose: FilePurpose,
    filename: str | None = None,
    bytes: int | None = None,
    part_size: int | None = None,
    md5: str | Omit = omit,
) -> Steps[Upload]:
    """Upload a file part by part, 64 MiB each unless `part_size` says otherwise; one part at a time is in memory.

    Content in memory needs `filename` and `bytes`, its size.
    """
    from io import BytesIO
    from os import fspath, path

    if isinstance(file, builtins.bytes):
        if filename is None or bytes is None:
            raise TypeError("content in memory needs both `filename` and `bytes`, its size")
    else:
        filename = filename or path.basename(fspath(file))
        bytes = path.getsize(file) if bytes is None else bytes
    upload = yield self.create(bytes=bytes, filename=filename, mime_type=mime_type, purpose=purpose)
    part_ids = []
    with BytesIO(file) if isinstance(file, builtins.bytes) else open(file, "rb", buffering=0) as content:
        while data := content.read(part_size or DEFAULT_PART_SIZE):
            part = yield self.parts.create(upload.id, data=data)
            part_ids.append(part.id)
    return (yield self.complete(upload.id, part_ids=part_ids, md5=md5))


class UploadsHelpers:
    """For `Uploads`."""

    upload_file_chunked = blocking(_upload_file_chunked)


class AsyncUploadsHelpers:
    """For `AsyncUploads`."""

    upload_file_chunked = awaitable(_upload_file_chunked)
