"""The exceptions that only have a status, and the class of every kind of engine error.

Classes with fields of their own are written by hand in `_errors_base`; the tree below `APIStatusError` is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import ErrorKind, Spec
from .source import file

_BASE = "APIStatusError"


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    parents = {cls.name: cls.parent for cls in spec.error_classes["python"]}
    generated = [name for name in parents if _below(name, parents)]
    raised = {kind.kind: kind.python for kind in spec.errors if "." not in kind.python}
    by_class = {kind.python: kind for kind in spec.errors}
    imported = {_BASE, *(name for name in raised.values() if name.endswith("Error") and name != "ValueError")}
    classes = "\n\n".join(_class(name, parents[name], by_class.get(name)) for name in generated)
    table = "".join(f'    "{kind}": {name},\n' for kind, name in raised.items())
    yield (
        file("_generated_errors"),
        f'"""One exception class per failing status, and the class of every kind of engine error."""\n\n'
        f"from __future__ import annotations\n\n"
        f"from ._errors_base import {', '.join(sorted(imported - set(generated)))}\n\n\n"
        f"{classes}\n\nCLASS_OF_KIND: dict[str, type[Exception]] = {{\n{table}}}\n",
    )


def _below(name: str, parents: dict[str, str]) -> bool:
    """Whether a class stands below the base of all status errors."""
    parent = parents.get(name)
    return parent == _BASE or (parent is not None and _below(parent, parents))


def _class(name: str, parent: str, kind: ErrorKind | None) -> str:
    lines = [f'    """{kind.doc if kind else f"A special {parent}."}"""']
    if kind and kind.status is not None:
        lines += ["", f"    status_code: int = {kind.status}"]
    return f"class {name}({parent}):\n" + "\n".join(lines) + "\n"
