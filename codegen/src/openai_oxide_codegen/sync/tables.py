"""Compares the hand-written tables, spec/errors.yaml and spec/pages.yaml, with the installed official package."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

from ..model import Page, Spec


def differences(spec: Spec) -> Iterator[str]:
    """A line for each class, status or page rule on which spec/ and the package disagree."""
    yield from _errors(spec)
    yield from _pages(spec)


def _errors(spec: Spec) -> Iterator[str]:
    from openai import _exceptions

    there = {n: c for n, c in vars(_exceptions).items() if isinstance(c, type) and issubclass(c, Exception)}
    here = {c.name: c.parent for c in spec.error_classes["python"] if c.official}
    for name in sorted(there.keys() ^ here.keys()):
        yield f"errors.yaml: {name} is only in {'the package' if name in there else 'spec/'}"
    for name in there.keys() & here.keys():
        if (parent := there[name].__bases__[0].__name__) != here[name]:
            yield f"errors.yaml: the parent of {name} is {parent}"
    statuses = {n: vars(c)["status_code"] for n, c in there.items() if isinstance(vars(c).get("status_code"), int)}
    told = {kind.python: kind.status for kind in spec.errors if kind.status is not None}
    if statuses != told:
        yield f"errors.yaml: statuses are {statuses}"


def _pages(spec: Spec) -> Iterator[str]:
    from openai import pagination

    there = {n.removeprefix("Sync"): getattr(pagination, n) for n in pagination.__all__ if n.startswith("Sync")}
    for name in sorted(there.keys() ^ spec.pages.keys()):
        yield f"pages.yaml: {name} is only in {'the package' if name in there else 'spec/'}"
    for name in sorted(there.keys() & spec.pages.keys()):
        page = spec.pages[name]
        found = _page_facts(there[name], page)
        told = ([page.items, *(f.wire for f in page.fields)], page.next_param, page.next_from, page.more)
        if found != told:
            yield f"pages.yaml: {name} is {found}, not {told}"


def _page_facts(cls: Any, page: Page) -> tuple[list[str], str | None, str | None, str | None]:
    """Fields, query key of the next page, where its value stands, and the key that can say "no more"."""
    fields = [f for f in cls.model_fields if not f.startswith("_")]
    fields.sort(key=lambda name: name != page.items)
    tree = ast.parse(dedent(inspect.getsource(cls)))
    key = value = None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "PageInfo" and node.keywords:
            params = node.keywords[0].value
            assert isinstance(params, ast.Dict) and isinstance(params.keys[0], ast.Constant)
            key, value = str(params.keys[0].value), ast.unparse(params.values[0])
    more = "has_more" if "has_next_page" in vars(cls) else None
    return fields, key, "data[-1].id" if value == "item.id" else value, more
