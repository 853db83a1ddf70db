"""Uploads: files in every form programs have them, as parts of a form."""

from __future__ import annotations

import email
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Received, Server

import openai_oxide
from openai_oxide import AsyncOpenAI, OpenAI, omit
from openai_oxide._files import typed_parts


def parts(request: Received) -> list[tuple[str, str | None, str | None, bytes]]:
    """Field, file name, content type and content of every part."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body)
    assert message.get_content_type() == "multipart/form-data"
    found = []
    for part in message.get_payload():
        field = part.get_param("name", header="content-disposition")
        kind = part.get_content_type() if "content-type" in part else None
        found.append((field, part.get_filename(), kind, part.get_payload(decode=True)))
    return found


def upload(client: Any, names: tuple[str | None, ...] = ("file",), **body: Any) -> Any:
    return client._call("POST /files", body=body, files=names, result="model:Model")


class Named(io.BytesIO):
    name = "/somewhere/voice.mp3"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"hello\x00")
    return path


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [
        (b"hello\x00", "upload", "application/octet-stream"),
        (bytearray(b"hello\x00"), "upload", "application/octet-stream"),
        (io.BytesIO(b"hello\x00"), "upload", "application/octet-stream"),
        (Named(b"hello\x00"), "voice.mp3", "audio/mpeg"),
        (("a.json", b"hello\x00"), "a.json", "application/json"),
        (("a.json", "hello\x00"), "a.json", "application/json"),
        (("a.json", Named(b"hello\x00"), "text/plain"), "a.json", "text/plain"),
        (("a.json", b"hello\x00", None), "a.json", "application/json"),
        (("a.json", b"hello\x00", None, {"Content-Type": "text/x"}), "a.json", "text/x"),
        ((None, b"hello\x00"), None, None),
    ],
)
def test_files_in_memory(server: Server, client: OpenAI, file: Any, name: str | None, kind: str | None) -> None:
    upload(client, file=file, purpose="assistants")
    assert parts(server.requests[0]) == [("purpose", None, None, b"assistants"), ("file", name, kind, b"hello\x00")]


def test_files_on_disk(server: Server, client: OpenAI, stored: Path) -> None:
    with stored.open("rb") as opened:
        for file in (stored, opened, ("notes.txt", stored), ("notes.txt", stored, "text/plain")):
            upload(client, file=file)
    for request in server.requests:
        assert parts(request) == [("file", "notes.txt", "text/plain", b"hello\x00")]


def test_a_file_can_be_read_beforehand(stored: Path) -> None:
    assert openai_oxide.file_from_path(str(stored)) == ("notes.txt", b"hello\x00")


async def _upload(client: AsyncOpenAI, file: Any) -> None:
    await upload(client, file=file)


def test_files_on_disk_from_an_event_loop(server: Server, aclient: AsyncOpenAI, stored: Path) -> None:
    import asyncio

    asyncio.run(_upload(aclient, stored))
    assert parts(server.requests[0]) == [("file", "notes.txt", "text/plain", b"hello\x00")]


def test_other_parameters_become_fields(server: Server, client: OpenAI) -> None:
    body = {"n": 2, "t": 0.5, "flag": True, "none": None, "out": omit, "tags": ["a", "b"], "o": {"k": {"d": 1}}}
    upload(client, file=[b"1", ("b", b"2")], **body)
    texts = [(field, content.decode()) for field, _, _, content in parts(server.requests[0])]
    assert texts == [
        ("n", "2"),
        ("t", "0.5"),
        ("flag", "true"),
        ("tags[]", "a"),
        ("tags[]", "b"),
        ("o[k][d]", "1"),
        ("file[]", "1"),
        ("file[]", "2"),
    ]


def test_a_reference_in_a_files_place_is_fields(server: Server, client: OpenAI) -> None:
    upload(client, file={"file_id": "f1"})
    assert parts(server.requests[0]) == [("file[file_id]", None, None, b"f1")]


def test_calls_that_need_no_file_are_json_without_one(server: Server, client: OpenAI) -> None:
    upload(client, (None, "file"), file=omit, file_id="f1")
    upload(client, (None, "file"), file=b"x")
    assert server.requests[0].json == {"file_id": "f1"}
    assert parts(server.requests[1])[0][0] == "file"


def test_every_attempt_sends_the_whole_file(server: Server, client: OpenAI, stored: Path) -> None:
    def handler(request: Received) -> None:
        failing = len(server.requests) == 1
        request.connection.reply({"id": "m"}, 500 if failing else 200, retry_after_ms="1")

    server.handler = handler
    with stored.open("rb") as opened:
        upload(client.with_options(max_retries=1), file=opened)
    assert [parts(request)[0][3] for request in server.requests] == [b"hello\x00"] * 2


def test_an_open_file_is_sent_from_where_it_stands(server: Server, client: OpenAI, stored: Path) -> None:
    with stored.open("r+b") as opened, stored.open("rb", buffering=0) as raw:
        opened.seek(0, io.SEEK_END)
        opened.write(b"!")  # still in Python's buffer
        opened.seek(1)
        upload(client, file=opened)
        assert opened.tell() == 7
        raw.seek(99)
        upload(client, file=raw)
    assert [parts(request)[0][3] for request in server.requests] == [b"ello\x00!", b""]


def test_an_open_file_may_be_closed_while_it_is_sent(server: Server, aclient: AsyncOpenAI, stored: Path) -> None:
    import asyncio

    async def main() -> None:
        with stored.open("rb") as opened:
            sending = asyncio.ensure_future(_upload(aclient, opened))
            await asyncio.sleep(0)
        await sending

    asyncio.run(main())
    assert parts(server.requests[0])[0][3] == b"hello\x00"


def test_a_reader_that_changes_what_it_reads_is_asked(server: Server, client: OpenAI, stored: Path) -> None:
    class Loud(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size).upper()

    with Loud(io.FileIO(stored)) as loud:
        upload(client, file=loud)
    assert parts(server.requests[0])[0][3] == b"HELLO\x00"
    with stored.open("ab") as closed_to_readers, pytest.raises(io.UnsupportedOperation):
        upload(client, file=closed_to_readers)


def test_a_large_open_file_is_never_in_memory(tmp_path: Path) -> None:
    program = f"""
import resource, threading, socket
from openai_oxide import OpenAI
big = {str(tmp_path / "big.bin")!r}
with open(big, "wb") as file:
    file.truncate(200 << 20)
server = socket.create_server(("127.0.0.1", 0))
def serve():
    peer = server.accept()[0]
    while peer.recv(1 << 20)[-4:] != b"--\\r\\n":
        pass
    peer.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: 2\\r\\n\\r\\n{{}}")
threading.Thread(target=serve, daemon=True).start()
client = OpenAI(api_key="k", base_url=f"http://127.0.0.1:{{server.getsockname()[1]}}/v1", max_retries=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(big, "rb") as file:
    client.files.create(file=file, purpose="batch")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 50 << 10  # KiB


def test_an_offer_is_sent_as_itself_or_beside_its_session(server: Server, client: OpenAI) -> None:
    form = typed_parts({"sdp": "application/sdp", "session": "application/json"}, alone="sdp")
    for session in (omit, {"type": "realtime", "n": 1.0}):
        client._call("POST /realtime/calls", body={"sdp": "v=0\r\n", "session": session}, files=form, result=bytes)
    alone, both = server.requests
    assert (alone.headers["content-type"], alone.body) == ("application/sdp", b"v=0\r\n")
    assert parts(both) == [
        ("sdp", None, "application/sdp", b"v=0\r\n"),
        ("session", None, "application/json", b'{"type":"realtime","n":1}'),
    ]


@pytest.mark.parametrize(
    ("file", "error", "text"),
    [
        ("notes.txt", RuntimeError, "`file` must be bytes"),
        (io.StringIO("text"), TypeError, "binary mode"),
        (("a", b"", None, {"X-Other": "1"}), ValueError, "X-Other"),
        (Path("/nowhere/at/all"), FileNotFoundError, "nowhere"),
        (None, RuntimeError, "not NoneType"),
    ],
)
def test_what_is_no_file_is_refused(client: OpenAI, file: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        upload(client, file=file)
