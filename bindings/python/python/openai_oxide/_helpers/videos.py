"""`client.videos`: wait until a video is made."""

from __future__ import annotations

from .._models_support import deprecated
from .._types import omit
from .polling import poll
from .steps import awaitable, blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._types import Omit
    from ..types.video import Video
    from .steps import Steps


def _poll(self: Any, video_id: str, *, poll_interval_ms: int | Omit = omit) -> Steps[Video]:
    """The video once it is completed or has failed."""
    return poll(
        lambda headers: self.with_raw_response.retrieve(video_id, extra_headers=headers),
        lambda video: video.status not in ("in_progress", "queued"),
        poll_interval_ms,
    )


def _polled(self: Any, create: Callable[[], Any], poll_interval_ms: int | Omit) -> Steps[Video]:
    video = yield create()
    return (yield from _poll(self, video.id, poll_interval_ms=poll_interval_ms))


class VideosHelpers:
    """For `Videos`."""

    poll = deprecated("videos.poll is deprecated")(blocking(_poll))
    _polled = blocking(_polled)


class AsyncVideosHelpers:
    """For `AsyncVideos`."""

    poll = deprecated("videos.poll is deprecated")(awaitable(_poll))
    _polled = awaitable(_polled)
