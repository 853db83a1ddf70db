"""Files as programs give them: bytes, open files, paths, or `(name, content, type, headers)` with the end left out.

What a path names is read by the native side while it is sent, so a large file is never in memory as a whole; so is an open
file of the operating system (`open(path, "rb")`; not on Windows), from where it stands. Anything else that has `read` is read
at once, for a retry may need it again. Either way the file stands at its end afterwards.
"""

from __future__ import annotations

from io import SEEK_END, BufferedRandom, BufferedReader, FileIO
from os import PathLike, fspath, fstat, stat
from stat import S_ISREG
from sys import platform

from ._calls import given
from ._native import Form, encode
from ._types import NotGiven, Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Content = bytes | str | tuple[int, int]
    Part = tuple[str, str | None, str | None, Content]


WINDOWS = platform == "win32"


def file_from_path(path: str) -> tuple[str, bytes]:
    """A file to upload, read now."""
    with open(path, "rb") as file:
        return _base_name(path), file.read()


def body_with_files(body: dict[str, Any], names: tuple[str | None, ...]) -> Any:
    """The multipart form of a body whose `names` are files; `None` among them: JSON where no file is given."""
    fields: dict[str, Any] = {}
    parts: list[Part] = []
    for name, value in body.items():
        # A mapping in a file's place refers to something that the server has already.
        if name not in names or isinstance(value, (dict, Omit, NotGiven)):
            fields[name] = value
        else:
            parts.extend(file_parts(name, value))
    return fields if None in names and not parts else Form(fields, parts)


def typed_parts(types: dict[str, str], *, alone: str | None) -> Callable[[dict[str, Any]], Any]:
    """What makes the body of a call whose fields in `types` are parts with a content type: text as it is, JSON as JSON.

    The field `alone` is the whole body, under its content type, where nothing else is given.
    """

    def form(body: dict[str, Any]) -> Any:
        fields = given(body)
        if alone is not None and [*fields] == [alone]:
            return types[alone], fields[alone].encode()
        own = {name: fields.pop(name) for name in types if name in fields}
        content = {name: value.encode() if isinstance(value, str) else encode(value) for name, value in own.items()}
        return Form(fields, [(name, None, types[name], value) for name, value in content.items()])

    return form


def file_parts(name: str, value: Any) -> Iterator[Part]:
    """The parts of a field that holds a file or a list of files."""
    if isinstance(value, list):
        for item in value:
            yield _part(f"{name}[]", item)
    else:
        yield _part(name, value)


def _part(field: str, file: Any) -> Part:
    """Field, file name, content type (or the engine goes by the name), and the content: bytes, a path as text, or the
    descriptor of an open file and where to start in it.
    """
    if not isinstance(file, tuple):
        named = file if isinstance(file, PathLike) else getattr(file, "name", "upload")
        return field, _base_name(named), None, _content(field, file)
    name, content, *rest = file
    content_type = rest[0] if rest else None
    for header, value in dict(rest[1]).items() if len(rest) > 1 else ():
        if header.lower() != "content-type":
            raise ValueError(f"the file for `{field}` cannot carry the header {header}")
        content_type = value
    if isinstance(content, str):  # with a name beside it, text cannot be a path
        content = content.encode()
    return field, name, content_type, _content(field, content)


def _content(field: str, content: Any) -> Content:
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    if isinstance(content, PathLike):
        path = fspath(content)
        stat(path)  # Python's own error for a file that is not there
        return path if isinstance(path, str) else path.decode()
    if (opened := _opened(content)) is not None:
        return opened
    if callable(read := getattr(content, "read", None)):
        data = read()
        if isinstance(data, (bytes, bytearray)):
            return bytes(data)
        raise TypeError(f"the file for `{field}` must be opened in binary mode; it gives {type(data).__name__}")
    raise RuntimeError(
        f"`{field}` must be bytes, an open binary file, a path (pathlib.Path) or a tuple with a name and one of them, "
        f"not {type(content).__name__}"
    )


def _opened(file: Any) -> tuple[int, int] | None:
    """For what is nothing but an open file; a subclass or a wrapper may count or change what is read."""
    if type(file) not in (BufferedReader, BufferedRandom, FileIO) or WINDOWS or not file.readable():
        return None
    if type(getattr(file, "raw", file)) is not FileIO or not S_ISREG(fstat(file.fileno()).st_mode):
        return None
    file.flush()
    start = file.tell()
    file.seek(0, SEEK_END)
    return file.fileno(), start


def _base_name(path: Any) -> str:
    from os.path import basename

    name = basename(fspath(path) if isinstance(path, PathLike) else str(path))
    return name if isinstance(name, str) else name.decode()
