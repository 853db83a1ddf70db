"""Files of this machine for an agent's environment: checked first, then uploaded one after another.

Nothing is uploaded unless everything can be. Links are refused, so that a folder gives away only what lies in it, and so is a
file that changed since it was chosen. Uploads belong to the caller, also those before a failure: each result and each error
lists them, to be deleted with `client.files.delete`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike, stat_result
from pathlib import Path, PurePosixPath
from stat import S_ISREG

from ...._exceptions import OpenAIError
from ...._types import Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ...._helpers.steps import Steps
    from ...._types import FileTypes
    from ....types.beta.agents.environments.environment_file import EnvironmentFile
    from ....types.beta.hosted_environment_file_param import HostedEnvironmentFileParam


@dataclass
class PreparedAgentFiles:
    """Files for `environment={"type": "hosted", "files": …}` of a session, and the uploads behind them."""

    files: list[HostedEnvironmentFileParam] = field(default_factory=list)
    uploaded_file_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StagedAgentFile:
    """A file in an environment, and the upload behind it."""

    uploaded_file_id: str
    file: EnvironmentFile


class AgentFilePreparationError(OpenAIError):
    """Not all files were uploaded; `prepared` has those that were."""

    def __init__(self, prepared: PreparedAgentFiles) -> None:
        count = len(prepared.uploaded_file_ids)
        super().__init__(f"Not all files could be uploaded; {count} were, and are the caller's to delete")
        self.prepared = prepared


class AgentFileStagingError(OpenAIError):
    """The file was uploaded, and could not be put into the environment."""

    def __init__(self, uploaded_file_id: str) -> None:
        super().__init__("The file was uploaded but is not in the environment; the upload is the caller's to delete")
        self.uploaded_file_id = uploaded_file_id


class _Chosen(PathLike[str]):
    """A regular file as it was when it was chosen."""

    def __init__(self, path: Path, expected: tuple[int, int, int] | None = None) -> None:
        self.path = path
        found = path.lstat()
        if not S_ISREG(found.st_mode):
            raise ValueError(f"not a regular file: {path}")
        self.identity = expected or _identity(found)
        self.check()

    def __fspath__(self) -> str:
        return str(self.path)

    def check(self) -> None:
        """Raises `ValueError` where the path leads to another file by now, or to one of another size."""
        if _identity(self.path.lstat()) != self.identity:
            raise ValueError(f"the file has changed since it was chosen: {self.path}")


def _identity(found: stat_result) -> tuple[int, int, int]:
    return found.st_dev, found.st_ino, found.st_size


def prepare(
    resource: Any, files: Mapping[str, str | PathLike[str]], options: dict[str, Any]
) -> Steps[PreparedAgentFiles]:
    """The steps of `files.prepare`: `files` maps paths in the environment to paths here."""
    _check_key(files, {**resource._client.default_headers, **(options["extra_headers"] or {})})
    _check_destinations([*files])
    chosen = {to: file if isinstance(file, _Chosen) else _Chosen(Path(file).absolute()) for to, file in files.items()}
    prepared = PreparedAgentFiles()
    try:
        for destination, file in chosen.items():
            file.check()
            uploaded = yield resource._client.files.create(file=file, purpose="user_data", **options)
            prepared.uploaded_file_ids.append(uploaded.id)
            prepared.files.append({"type": "file_id", "file_id": uploaded.id, "path": destination})
    except Exception as error:
        raise AgentFilePreparationError(prepared) from error
    except BaseException as error:
        error.__dict__["prepared"] = prepared  # a cancelled task leaves uploads behind too
        raise
    return prepared


def upload(
    resource: Any, environment_id: str, file: FileTypes, path: str, options: dict[str, Any]
) -> Steps[StagedAgentFile]:
    """The steps of `files.upload`."""
    if not environment_id:
        raise ValueError("environment_id must not be empty")
    _check_destinations([path])
    name, *rest = file if isinstance(file, tuple) else (None, file)
    if isinstance(rest[0], PathLike):
        chosen = _Chosen(Path(rest[0]).absolute())
        file = chosen if name is None else (name, chosen, *rest[1:])  # pyright: ignore[reportAssignmentType]
    uploaded = yield resource._client.files.create(file=file, purpose="user_data", **options)
    try:
        staged = yield resource.create(environment_id, type="file_id", file_id=uploaded.id, path=path, **options)
    except Exception as error:
        raise AgentFileStagingError(uploaded.id) from error
    except BaseException as error:
        error.__dict__["uploaded_file_id"] = uploaded.id
        raise
    return StagedAgentFile(uploaded.id, staged)


def directory_files(
    root: str | PathLike[str], destination: str, include: Sequence[str]
) -> dict[str, str | PathLike[str]]:
    """The files below `root` that match one of the patterns, by their paths below `destination`."""
    if isinstance(include, str) or not include:
        raise ValueError("include must be a list of patterns, such as ['**/*.py']")
    folder = Path(root).absolute()
    if folder.is_symlink() or not folder.is_dir():
        raise ValueError(f"not a folder: {folder}")
    folder = folder.resolve()
    _check_destinations([f"{destination}/a"])
    found: dict[str, str | PathLike[str]] = {}
    for pattern in include:
        parts = PurePosixPath(pattern)
        if not pattern or parts.is_absolute() or ".." in parts.parts:
            raise ValueError(f"a pattern must stay inside the folder: {pattern!r}")
        for path in sorted(folder.glob(pattern)):
            if any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder)):
                raise ValueError(f"a link, and no file of the folder: {path}")
            if not path.is_dir():
                found[f"{destination}/{path.relative_to(folder).as_posix()}"] = _Chosen(path)
    if not found:
        raise ValueError(f"nothing in {folder} matches {list(include)}")
    return found


def _check_destinations(destinations: Sequence[str]) -> None:
    """Raises `ValueError` for a path that an environment cannot have, or two of which one lies inside the other."""
    for destination in destinations:
        root, _, below = destination.removeprefix("/").partition("/")
        parts = below.split("/")
        if not destination.startswith("/") or root != "workspace" or "\0" in destination or "\\" in destination:
            raise ValueError(f"the path must be below /workspace: {destination!r}")
        if any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"the path must have no empty part and no dots: {destination!r}")
        if parts == ["outputs"] or parts[0] == ".codex" or f"{parts[0]}-".startswith(".managed-agents-"):
            raise ValueError(f"the environment keeps this path for itself: {destination!r}")
    for destination in destinations:
        if any(str(parent) in destinations for parent in PurePosixPath(destination).parents):
            raise ValueError(f"the path lies inside another file: {destination!r}")


def _check_key(files: Mapping[str, Any], headers: Mapping[str, Any]) -> None:
    key = {name.lower(): value for name, value in headers.items()}.get("idempotency-key")
    if key is not None and not isinstance(key, Omit) and len(files) > 1:
        raise ValueError("one idempotency key cannot serve several uploads")
