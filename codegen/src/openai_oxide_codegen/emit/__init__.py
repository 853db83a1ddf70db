"""The emitters: each is a module or package here with `emit(spec) -> Iterator[(path from the repo root, text)]`.

`TARGETS` is the whole list; `generate --only NAME` picks a group of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from ..model import Spec

Emitter = Callable[[Spec], Iterator[tuple[Path, str]]]

# Group of `--only` → emitter modules.
TARGETS = {
    "rust": ("operations", "errors", "defaults", "rust"),
    "python": ("python",),
    "node": ("node",),
    "docs": ("docs",),
    "cases": ("contract",),
}


def emitters(only: str | None = None) -> Iterator[tuple[str, Emitter]]:
    """Each emitter with its name; other groups are imported only where one needs the names that another gives."""
    for group, names in TARGETS.items():
        if only in (None, group):
            for name in names:
                yield name, import_module(f"{__name__}.{name}").emit
