"""Walking lists. The pages here come from a function, not from a server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openai_oxide import APIError, pagination
from openai_oxide.types import Model

MODEL = "model:Model"


def server(*answers: dict[str, Any]) -> tuple[list[dict[str, object]], Any]:
    """A fetch function that gives these pages one after another, and the list of what it was asked."""
    asked: list[dict[str, object]] = []
    waiting = list(answers)

    def fetch(changes: dict[str, object]) -> Any:
        asked.append(changes)
        return pagination.SyncCursorPage._of(waiting.pop(0), MODEL, fetch)

    return asked, fetch


def ids(*names: str, more: bool | None = True) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name} for name in names], "has_more": more}


def test_iterating_walks_over_all_pages() -> None:
    asked, fetch = server(ids("c", "d"), ids("e", more=False))
    page = pagination.SyncCursorPage._of(ids("a", "b"), MODEL, fetch)
    assert [model.id for model in page] == ["a", "b", "c", "d", "e"]
    assert asked == [{"after": "b"}, {"after": "d"}]
    assert isinstance(page.data[0], Model)


def test_one_page_at_a_time() -> None:
    _, fetch = server(ids("b", more=False))
    page = pagination.SyncCursorPage._of(ids("a"), MODEL, fetch)
    assert page.has_next_page() and page.next_page_info().params == {"after": "a"}
    last = page.get_next_page()
    assert not last.has_next_page()
    assert [[model.id for model in p.data] for p in [page, last]] == [["a"], ["b"]]
    assert last.object == "list"  # undeclared here, kept all the same


def test_the_last_page_has_no_next() -> None:
    for answer in (ids("a", more=False), ids(), {"data": [{"no": "id"}]}, {"data": ["no object"]}, {}):
        page = pagination.SyncCursorPage._of(answer, MODEL, None)
        assert not page.has_next_page()
    with pytest.raises(RuntimeError, match="no next page"):
        pagination.SyncCursorPage._of({}, MODEL, None).get_next_page()


def test_a_server_that_does_not_say_whether_there_is_more_is_asked() -> None:
    _, fetch = server({"data": []})
    assert [model.id for model in pagination.SyncCursorPage._of({"data": [{"id": "a"}]}, MODEL, fetch)] == ["a"]


def test_a_repeated_cursor_is_an_error_not_a_loop() -> None:
    _, fetch = server(ids("b"), ids("a"))
    seen = []
    with pytest.raises(APIError, match="repeats the cursor 'a'"):
        seen.extend(model.id for model in pagination.SyncCursorPage._of(ids("a"), MODEL, fetch))
    _, again = server(ids("b"), ids("b"))
    page = pagination.SyncCursorPage._of(ids("a"), MODEL, again)
    assert page.get_next_page().data == page.get_next_page().data  # asking the same page twice is no repetition


def test_the_kinds_of_cursor() -> None:
    empty: dict[str, Any] = {"data": [], "has_more": True, "last_id": "L", "next": "N"}
    for kind, params in (
        ("ConversationCursorPage", {"after": "L"}),
        ("NextCursorPage", {"after": "N"}),
        ("TokenPage", {"page": "N"}),
    ):
        page = getattr(pagination, f"Sync{kind}")._of(dict(empty), MODEL, None)
        assert page.has_next_page()  # behind a page without items too
        assert page.next_page_info().params == params
    assert not pagination.SyncPage._of(ids("a"), MODEL, None).has_next_page()


def test_asynchronous_pages_can_be_awaited_or_walked() -> None:
    async def fetch(changes: dict[str, object]) -> Any:
        return pagination.AsyncCursorPage._of(ids("b", more=False), MODEL, fetch)

    async def first() -> Any:
        return pagination.AsyncCursorPage._of(ids("a"), MODEL, fetch)

    async def walk() -> None:
        page = await pagination.AsyncPaginator(first)
        assert [model.id for model in page.data] == ["a"]
        assert [model.id async for model in pagination.AsyncPaginator(first)] == ["a", "b"]
        assert [len(p.data) async for p in page.iter_pages()] == [1, 1]

    asyncio.run(walk())


def test_pages_are_models() -> None:
    page = pagination.SyncCursorPage._of(ids("a", more=False), MODEL, None)
    assert page.to_dict() == ids("a", more=False)
    assert repr(page).startswith("SyncCursorPage(data=[Model(id='a'")
    assert pagination.SyncCursorPage[Model] is pagination.SyncCursorPage
