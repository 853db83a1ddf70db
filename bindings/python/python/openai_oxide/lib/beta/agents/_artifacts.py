"""The artifacts of one turn, by the paths that the agent gave them."""

from __future__ import annotations

from ...._types import not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any

    from ...._binary import HttpxBinaryResponseContent
    from ...._types import Body, Headers, NotGiven, Query, Timeout
    from ....types.beta.agents.sessions.session_artifact import SessionArtifact
    from ._result import AgentTurnResult


class _Search:
    """The one artifact of the turn at a path, among all of the session's."""

    def __init__(self, result: AgentTurnResult[Any], path: str) -> None:
        self._session_id, self._turn_id, self._path = result.session_id, result.turn_id, path
        self._found: list[SessionArtifact] = []

    def see(self, artifact: SessionArtifact) -> None:
        if (artifact.session_id, artifact.turn_id, artifact.path) == (self._session_id, self._turn_id, self._path):
            self._found.append(artifact)

    @property
    def only(self) -> SessionArtifact:
        if len(self._found) != 1:
            raise ValueError(f"the turn has {len(self._found) or 'no'} artifacts at {self._path}")
        return self._found[0]


class AgentResultArtifacts:
    """The artifacts of the turn of a result. Raises `ValueError` for a path that it has not, or has twice."""

    def __init__(self, resource: Any, result: AgentTurnResult[Any]) -> None:
        self._resource = resource
        self._result = result

    def content(
        self,
        path: str,
        *,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> HttpxBinaryResponseContent:
        """The content of the artifact at this path."""
        options = _options(extra_headers, extra_query, extra_body, timeout)
        artifact = self._find(path, options)
        return self._resource.content(artifact.id, session_id=artifact.session_id, **options)

    def download(
        self,
        path: str,
        *,
        to: str | PathLike[str],
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> SessionArtifact:
        """Stores the artifact at this path in the file `to`, as it comes; gives what the session tells of it."""
        options = _options(extra_headers, extra_query, extra_body, timeout)
        artifact = self._find(path, options)
        call = self._resource.with_streaming_response.content
        with call(artifact.id, session_id=artifact.session_id, **options) as response:
            response.stream_to_file(to)
        return artifact

    def _find(self, path: str, options: dict[str, Any]) -> SessionArtifact:
        search = _Search(self._result, path)
        for artifact in self._resource.list(self._result.session_id, **options):
            search.see(artifact)
        return search.only


class AsyncAgentResultArtifacts:
    """The same for `AsyncOpenAI`."""

    def __init__(self, resource: Any, result: AgentTurnResult[Any]) -> None:
        self._resource = resource
        self._result = result

    async def content(
        self,
        path: str,
        *,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> HttpxBinaryResponseContent:
        """The content of the artifact at this path."""
        options = _options(extra_headers, extra_query, extra_body, timeout)
        artifact = await self._find(path, options)
        return await self._resource.content(artifact.id, session_id=artifact.session_id, **options)

    async def download(
        self,
        path: str,
        *,
        to: str | PathLike[str],
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
    ) -> SessionArtifact:
        """Stores the artifact at this path in the file `to`, as it comes; gives what the session tells of it."""
        options = _options(extra_headers, extra_query, extra_body, timeout)
        artifact = await self._find(path, options)
        call = self._resource.with_streaming_response.content
        async with call(artifact.id, session_id=artifact.session_id, **options) as response:
            await response.stream_to_file(to)
        return artifact

    async def _find(self, path: str, options: dict[str, Any]) -> SessionArtifact:
        search = _Search(self._result, path)
        async for artifact in self._resource.list(self._result.session_id, **options):
            search.see(artifact)
        return search.only


def _options(headers: Headers | None, query: Query | None, body: Body | None, timeout: Any) -> dict[str, Any]:
    return {"extra_headers": headers, "extra_query": query, "extra_body": body, "timeout": timeout}
