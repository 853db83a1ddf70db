"""What all pages of lists do; `pagination` has one class per way of walking, generated from spec/pages.yaml.

Iterating a page walks over the items of this and all following pages. It follows the cursor through pages without items,
and a cursor that comes a second time is an error: following it would walk in circles for ever.
"""

from __future__ import annotations

from ._models import BaseModel, constructor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator
    from typing import Any, ClassVar, Generic, TypeVar

    from typing_extensions import Self

    T = TypeVar("T")
    PageT = TypeVar("PageT")

    class _List(BaseModel, Generic[T]):
        data: list[T]

    class _Pair(Generic[T, PageT]): ...
else:
    # Type parameters are for type checkers; at run time subscribing gives the class itself.
    T = PageT = None
    _List = BaseModel

    class _Pair:
        def __class_getitem__(cls, parameters: Any) -> Any:
            return cls


class PageInfo:
    """What the request of the next page has that this one's had not."""

    __slots__ = ("params",)

    def __init__(self, *, params: dict[str, object]) -> None:
        self.params = params

    def __repr__(self) -> str:
        return f"PageInfo(params={self.params})"


class _Page(_List[T]):
    __slots__ = ("_fetch", "_seen")

    # Facts of the subclass: query key of the next page, where its value stands, the key that can deny a next page.
    _next_param: ClassVar[str | None] = None
    _next_from: ClassVar[str | None] = None
    _more: ClassVar[str | None] = None

    if TYPE_CHECKING:
        _fetch: Callable[[dict[str, object]], Any]
        _seen: frozenset[object]  # cursors that led here

    @classmethod
    def _of(cls, data: Any, item: Any, fetch: Callable[[dict[str, object]], Any]) -> Self:
        """The page of an answer; `fetch` gets another one, with these keys put into the query."""
        page = cls.__new__(cls)
        make = constructor(item)
        data["data"] = [make(value) for value in data.get("data") or ()]
        page.__dict__ = data
        page._fetch = fetch
        page._seen = frozenset()
        return page

    def _get_page_items(self) -> list[T]:
        return self.data or []

    def _cursor(self) -> Any:
        if self._next_from != "data[-1].id":
            return self.__dict__.get(self._next_from or "")
        items = self._get_page_items()
        return getattr(items[-1], "id", None) if items else None

    def has_next_page(self) -> bool:
        """Whether there is a page after this one."""
        if self._more is not None and self.__dict__.get(self._more) is False:
            return False
        return self.next_page_info() is not None

    def next_page_info(self) -> PageInfo | None:
        """The query keys that give the next page; `None` on the last one."""
        cursor = self._cursor()
        return PageInfo(params={self._next_param: cursor}) if self._next_param and cursor else None

    def _step(self) -> dict[str, object]:
        info = self.next_page_info()
        if info is None:
            raise RuntimeError("There is no next page; ask has_next_page() before get_next_page().")
        if self._cursor() in self._seen:
            from ._exceptions import APIError

            raise APIError(f"The server repeats the cursor {self._cursor()!r}; following it would never end.")
        return info.params

    def _led_to(self, page: Self) -> Self:
        page._seen = self._seen | {self._cursor()}
        return page


class SyncBasePage(_Page[T]):
    """A page of `OpenAI`."""

    __slots__ = ()

    def __iter__(self) -> Iterator[T]:  # pyright: ignore[reportIncompatibleMethodOverride]
        for page in self.iter_pages():
            yield from page._get_page_items()

    def iter_pages(self) -> Iterator[Self]:
        """This page and all that follow."""
        page = self
        while True:
            yield page
            if not page.has_next_page():
                return
            page = page.get_next_page()

    def get_next_page(self) -> Self:
        """The next page, from the server."""
        return self._led_to(self._fetch(self._step()))


class AsyncBasePage(_Page[T]):
    """A page of `AsyncOpenAI`."""

    __slots__ = ()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.iter_pages():
            for item in page._get_page_items():
                yield item

    async def iter_pages(self) -> AsyncIterator[Self]:
        """This page and all that follow."""
        page = self
        while True:
            yield page
            if not page.has_next_page():
                return
            page = await page.get_next_page()

    async def get_next_page(self) -> Self:
        """The next page, from the server."""
        return self._led_to(await self._fetch(self._step()))


class AsyncPaginator(_Pair[T, PageT]):
    """What an asynchronous `list` call returns: await it for the first page, or iterate over all items."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch = fetch

    def __await__(self) -> Generator[Any, None, PageT]:
        return self._fetch().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self._fetch():
            yield item
