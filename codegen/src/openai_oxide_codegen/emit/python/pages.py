"""The page classes: one synchronous and one asynchronous class for each way a list is walked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Page, Spec
from .source import Source, file, quoted


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    source = Source(spec, "pagination")
    classes = [_class(source, page, kind) for page in spec.pages.values() for kind in ("Sync", "Async")]
    names = [f"{kind}{page}" for page in spec.pages for kind in ("Sync", "Async")]
    exports = ", ".join(quoted(name) for name in sorted([*names, "AsyncPaginator", "PageInfo"]))
    yield (
        file("pagination"),
        f'"""Pages of lists. What they can do is in `_models_pages`."""\n\nfrom __future__ import annotations\n\n'
        f"from ._models_pages import AsyncBasePage, AsyncPaginator, PageInfo, SyncBasePage, T\n\n"
        f"__all__ = [{exports}]\n\n\n" + "\n\n".join(classes),
    )


def _class(source: Source, page: Page, kind: str) -> str:
    walk = (
        f"The next one is asked for with `{page.next_param}`." if page.next_param else "The only one: the whole list."
    )
    lines = [f'"""A page of items. {walk}"""', "", "data: list[T]"]
    for field in page.fields:
        text = source.type(field.type, request=False)
        text = text if field.required else f"{text.removesuffix(' | None')} | None = None"
        lines.append(f"{field.name}: {text}")
    lines.append("")
    for name, value in (("_next_param", page.next_param), ("_next_from", page.next_from), ("_more", page.more)):
        if value is not None:
            lines.append(f"{name} = {quoted(value)}")
    return f"class {kind}{page.name}({kind}BasePage[T]):\n" + "".join(
        f"    {line}\n" if line else "\n" for line in lines
    )
