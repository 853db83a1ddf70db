"""Runs several programs at once and shows what they print beside each other, as it arrives.

Arguments: `TITLE=COMMAND …`, each command split like a shell does. On a terminal the columns grow while the programs stream;
elsewhere each line is printed behind its program's title as soon as it is complete. Exits with the first program's failure, if any.
"""

import asyncio
import os
import shlex
import shutil
import sys
import textwrap
from dataclasses import dataclass


@dataclass
class Column:
    title: str
    command: list[str]
    text: str = ""
    printed: int = 0
    exit_code: int | None = None

    def lines(self, width: int) -> list[str]:
        wrapped = [textwrap.wrap(line, width) or [""] for line in self.text.rstrip("\n").split("\n")]
        return [part for parts in wrapped for part in parts]


async def pump(column: Column, redraw: asyncio.Event) -> None:
    process = await asyncio.create_subprocess_exec(
        *column.command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    pending = b""
    while block := await process.stdout.read(4096):
        pending += block
        # A character may be cut at the end of a block: keep its first bytes for the next one.
        complete = pending.decode("utf-8", "ignore")
        pending = pending[len(complete.encode()) :]
        column.text += complete
        redraw.set()
    column.exit_code = await process.wait()
    redraw.set()


def draw(columns: list[Column], previous: int) -> int:
    """Paints the columns over the last `previous` lines of the terminal; returns how many lines it used."""
    width = (shutil.get_terminal_size().columns - 3 * (len(columns) - 1)) // len(columns)
    blocks = [[f"\x1b[1m{c.title:<{width}}\x1b[0m", *(f"{line:<{width}}" for line in c.lines(width))] for c in columns]
    height = max(len(block) for block in blocks)
    rows = [" │ ".join(block[i] if i < len(block) else " " * width for block in blocks) for i in range(height)]
    sys.stdout.write(f"\x1b[{previous}A" * bool(previous) + "".join(f"\r\x1b[K{row}\n" for row in rows))
    sys.stdout.flush()
    return height


def print_complete_lines(columns: list[Column]) -> None:
    width = max(len(column.title) for column in columns)
    for column in columns:
        end = len(column.text) if column.exit_code is not None else column.text.rfind("\n") + 1
        for line in column.text[column.printed : end].splitlines():
            print(f"{column.title:<{width}} │ {line}", flush=True)
        column.printed = max(column.printed, end)


async def main() -> int:
    columns = [Column(title, shlex.split(command)) for title, command in (a.split("=", 1) for a in sys.argv[1:])]
    redraw = asyncio.Event()
    pumps = asyncio.gather(*(pump(column, redraw) for column in columns))
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    height, finished = 0, False
    while not finished:
        await asyncio.wait([pumps, asyncio.ensure_future(redraw.wait())], return_when=asyncio.FIRST_COMPLETED)
        redraw.clear()
        # Looked at before painting, so that what came last is painted too.
        finished = pumps.done()
        if live:
            height = draw(columns, height)
            await asyncio.sleep(0.03)
        else:
            print_complete_lines(columns)
    await pumps
    return next((column.exit_code for column in columns if column.exit_code), 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
