"""The importer, over a small package written in the style of the official one; the real one is `nox -s sync -- --check`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from openai_oxide_codegen.model import Const, Field, ListOf, MapOf, Module, Nullable, Object, Ref, Scalar, Union
from openai_oxide_codegen.sync.resources import Found, Resources
from openai_oxide_codegen.sync.types import Types, Unresolved

CAT = """
    from typing import TYPE_CHECKING, Dict, List, Union, Optional
    from typing_extensions import Literal, Annotated, TypeAlias
    from ..._utils import PropertyInfo
    from ..._models import BaseModel
    from ..shared import Metadata
    from .. import shared

    __all__ = ["Cat", "Toy", "Metadata"]

    class Toy(BaseModel):
        name: str

    Mood: TypeAlias = Union[str, Literal["happy", "sad"]]

    class Cat(BaseModel):
        \"\"\"Not a fact.\"\"\"

        from_: str = FieldInfo(alias="from")
        toys: Optional[List[Toy]] = None
        metadata: Optional[Metadata] = None
        either: Annotated[Union[Toy, "Cat", None], PropertyInfo(discriminator="type")]
        scores: Dict[str, float]
        other: shared.Metadata

        if TYPE_CHECKING:
            __pydantic_extra__: Dict[str, object] = FieldInfo(init=False)
"""
PARAMS = """
    from __future__ import annotations
    from typing import Iterable, Optional
    from typing_extensions import Required, TypedDict
    from ..._types import SequenceNotStr

    _Reserved = TypedDict("_Reserved", {"async": bool}, total=False)

    class CatCreateParamsBase(_Reserved, total=False):
        name: Required[str]
        sizes: Iterable[int]
        tags: SequenceNotStr[str]

    class CatCreateParamsStreaming(CatCreateParamsBase):
        stream: Required[Literal[True]]

    class CatCreateParamsNonStreaming(CatCreateParamsBase, total=False):
        stream: Optional[Literal[False]]

    CatCreateParams = Union[CatCreateParamsNonStreaming, CatCreateParamsStreaming]
"""
RESOURCE = """
    from ..types.zoo import cat_create_params
    from ..types.zoo.cat import Cat

    class Cats(SyncAPIResource):
        @cached_property
        def with_raw_response(self): ...

        @overload
        def create(self, *, name: str): ...

        def create(
            self,
            *,
            name: str,
            sizes: Iterable[int] | Omit = omit,
            stream: Optional[Literal[False]] | Literal[True] | Omit = omit,
            tags: SequenceNotStr[str] | Omit = omit,
            extra_headers: Headers | None = None,
        ) -> Cat | Stream[Cat]:
            extra_headers = {"OpenAI-Beta": "cats=v2", **(extra_headers or {})}
            return self._post(
                "/cats",
                body=maybe_transform(
                    {"name": name, "sizes": sizes, "stream": stream, "tags": tags},
                    cat_create_params.CatCreateParamsStreaming if stream else cat_create_params.CatCreateParamsNonStreaming,
                ),
                options=make_request_options(extra_headers=extra_headers, security={"bearer_auth": True}),
                cast_to=Cat,
                stream=stream or False,
                stream_cls=Stream[Cat],
            )

        def list_toys(self, cat_id: str, *, owner: str) -> SyncCursorPage[Cat]:
            return self._get_api_list(
                path_template("/owners/{owner}/cats/{cat_id}", owner=owner, cat_id=cat_id),
                page=SyncCursorPage[Cat],
                options=make_request_options(extra_headers=extra_headers),
                model=Cat,
            )

        def content(self, cat_id: str) -> HttpxBinaryResponseContent:
            extra_headers = {"Accept": "image/png", **(extra_headers or {})}
            return self._get(
                path_template("/cats/{cat_id}", cat_id=cat_id),
                options=make_request_options(extra_headers=extra_headers, security={"admin_api_key_auth": True}),
                cast_to=_legacy_response.HttpxBinaryResponseContent,
            )

        @typing_extensions.deprecated("by content")
        def retrieve_content(self, cat_id: str) -> str:
            return self._get(
                path_template("/cats/{cat_id}", cat_id=cat_id),
                options=make_request_options(extra_headers=extra_headers),
                cast_to=str,
            )

        def create_and_poll(self, *, name: str) -> Cat:
            return self.create(name=name)
"""


def package(folder: Path, files: dict[str, str]) -> Types:
    """A package `openai` of these files."""
    common = {"types/shared.py": "Metadata = Dict[str, str]", "types/zoo/__init__.py": "from .cat import Cat as Cat"}
    for name, text in {**common, **files}.items():
        path = folder / "openai" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return Types(folder / "openai")


def read(folder: Path, text: str) -> Module:
    return package(folder, {"types/zoo/cat.py": text}).module("zoo.cat")


def test_a_response_module_is_read(tmp_path: Path) -> None:
    module = read(tmp_path, CAT)
    metadata = Ref("shared", "Metadata")
    either = Nullable(Union((Ref("zoo.cat", "Toy"), Ref("zoo.cat", "Cat")), "type"))
    assert module.exports == ("Cat", "Toy", "Mood")
    assert module.also == (("Metadata", metadata),)
    assert module.declarations[2] == Object(
        "zoo.cat",
        "Cat",
        (
            Field("from_", "from", Scalar("string"), True),
            Field("toys", "toys", Nullable(ListOf(Ref("zoo.cat", "Toy"))), False),
            Field("metadata", "metadata", Nullable(metadata), False),
            Field("either", "either", either, True),
            Field("scores", "scores", MapOf(Scalar("number")), True),
            Field("other", "other", metadata, True),
        ),
        "response",
        extra=Scalar("any"),
    )
    assert module.declarations[1].type == Const(("happy", "sad"), open=True)  # type: ignore[union-attr]


def test_a_params_module_is_read(tmp_path: Path) -> None:
    base = package(tmp_path, {"types/zoo/p_params.py": PARAMS}).module("zoo.p_params").declarations[0]
    assert isinstance(base, Object)
    assert base.kind == "request"
    assert base.fields == (
        Field("async", "async", Scalar("boolean"), False),
        Field("name", "name", Scalar("string"), True),
        Field("sizes", "sizes", ListOf(Scalar("integer"), iterable=True), False),
        Field("tags", "tags", ListOf(Scalar("string"), iterable=True, sequence=True), False),
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("age: Decimal", "unknown name Decimal"),
        ("age: Set[int]", "Set[int]"),
        ("age: Dict[int, str]", "keys of Dict[int, str]"),
        ("age: int = 3", "default 3"),
        ("age: int = None", "None as default of a type without None"),
        ("age: Annotated[str, PropertyInfo(format='iso8601')]", "format='iso8601'"),
        ("age: Annotated[str, PropertyInfo(discriminator='type')]", "not a union"),
        ("age: str = FieldInfo(pattern='x')", "FieldInfo(pattern)"),
        ("age: List[Required[int]]", "Required[int]"),
        ("def grow(self): ...", "def grow"),
    ],
)
def test_what_has_no_notation_stops_the_import(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Unresolved) as raised:
        read(tmp_path, f"class Cat(BaseModel):\n    {line}\n")
    assert message in str(raised.value)
    assert "zoo.cat.Cat" in str(raised.value)


def methods(folder: Path, text: str) -> Found:
    params = {"types/zoo/cat.py": CAT, "types/zoo/cat_create_params.py": PARAMS}
    types = package(folder, {**params, "resources/cats.py": text})
    cats: Any = type("Cats", (), {"__module__": "openai.resources.cats"})
    client = type("OpenAI", (), {"cats": cached_property(lambda self: cats())})
    client.cats.__set_name__(client, "cats")
    return Resources(types, None).read(client())


def test_methods_are_read(tmp_path: Path) -> None:
    found = methods(tmp_path, RESOURCE)
    assert found.unresolved == ()
    assert found.helpers == ("cats.create_and_poll",)
    create, toys, content, old = found.resources[0].methods
    assert (create.verb, create.path, create.body, create.stream) == ("POST", "/cats", "json", "optional")
    assert create.params_type == Ref("zoo.cat_create_params", "CatCreateParams")
    assert (create.result, create.stream_event) == (Ref("zoo.cat", "Cat"), Ref("zoo.cat", "Cat"))
    assert create.beta_header == "cats=v2"
    assert [(p.name, p.place, p.required) for p in create.params] == [
        ("name", "body", True),
        ("sizes", "body", False),
        ("stream", "body", False),
        ("tags", "body", False),
    ]
    assert create.params[2].type == Nullable(Const((False, True)))
    assert (toys.verb, toys.page, toys.page_item) == ("GET", "CursorPage", Ref("zoo.cat", "Cat"))
    assert [(p.name, p.positional) for p in toys.params] == [("cat_id", True), ("owner", False)]
    assert [p.name for p in toys.path_params] == ["owner", "cat_id"]
    assert [m.deprecated for m in (create, toys, content, old)] == [False, False, False, True]
    assert (old.text, old.result) == (True, None)
    assert (content.binary, content.result, content.accept, content.auth) == (True, None, "image/png", "admin")


def test_a_stream_class_of_its_own_says_what_it_carries(tmp_path: Path) -> None:
    """`cast_to` does not: that is the result of the call that does not stream."""
    streams = tmp_path / "openai/lib/streams.py"
    streams.parent.mkdir(parents=True)
    streams.write_text(
        "from ..types.zoo.cat import Toy\nclass ToyStream(Base, Stream[Toy], Generic[T]): ...\n", encoding="utf-8"
    )
    text = RESOURCE.replace("stream_cls=Stream[Cat]", "stream_cls=ToyStream")
    create = methods(tmp_path, f"    from ..lib.streams import ToyStream\n{text}").resources[0].methods[0]
    assert (create.result, create.stream_event) == (Ref("zoo.cat", "Cat"), Ref("zoo.cat", "Toy"))


def test_older_releases_are_read_too(tmp_path: Path) -> None:
    """They say `Union[X, Omit]`, and their `parse` makes the request itself."""
    older = RESOURCE.replace("sizes: Iterable[int] | Omit", "sizes: Union[Iterable[int], Omit]")
    parse = older.replace(
        "def create(\n            self,", "def parse(\n            self, format: type[T] | Omit = omit,"
    )
    assert older != RESOURCE and parse != older
    assert methods(tmp_path / "one", older).resources == methods(tmp_path / "two", RESOURCE).resources
    found = methods(tmp_path / "three", parse)
    assert found.unresolved == ()
    assert found.helpers == ("cats.parse", "cats.create_and_poll")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"tags": tags', '"tags": 1', "tags goes nowhere"),
        ("cast_to=Cat,", "cast_to=Cat, retries=3,", "unknown argument retries"),
        (
            "extra_headers=extra_headers, security",
            "extra_headers=extra_headers, hedge=1, security",
            "unknown argument hedge",
        ),
        ('"bearer_auth"', '"cookie_auth"', "security"),
        ("tags: SequenceNotStr[str] | Omit = omit", "tags: SequenceNotStr[str] | Omit = 3", "tags = 3"),
        ("-> Cat | Stream[Cat]", "-> Cats | Stream[Cat]", "unknown name Cats"),
    ],
)
def test_a_method_that_says_something_new_stops_the_import(
    right: str, wrong: str, message: str, tmp_path: Path
) -> None:
    found = methods(tmp_path, RESOURCE.replace(right, wrong, 1))
    assert len(found.unresolved) == 1
    assert message in found.unresolved[0]
    assert found.unresolved[0].startswith("cats.create: ")
