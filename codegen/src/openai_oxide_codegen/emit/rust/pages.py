"""Prints core/src/generated/pages.rs: the kinds of lists, in terms of the macro of core/src/page.rs."""

from __future__ import annotations

from ...model import Nullable, Page, Scalar, Spec
from .shapes import SCALARS


def pages(spec: Spec) -> str:
    """The whole file."""
    kinds = "\n".join(_page(page) for _, page in sorted(spec.pages.items()))
    return f"//! The shapes of lists, and how their next page is asked for.\n\nuse crate::page::page;\n\n{kinds}"


def _page(page: Page) -> str:
    """`page! { pub struct CursorPage { has_more: Option<bool> } next "after" from last }`"""
    assert page.items == "data"
    fields = ""
    for f in page.fields:
        scalar = f.type.item if isinstance(f.type, Nullable) else f.type
        assert isinstance(scalar, Scalar) and f.name == f.wire
        rust = SCALARS[scalar.kind]
        whole = f"Option<{rust}>" if isinstance(f.type, Nullable) or not f.required else rust
        fields += f"        {f.name}: {whole},\n"
    doc, walk = "A list that comes whole.", ""
    if page.next_param:
        source = "last" if page.next_from == "data[-1].id" else page.next_from
        where = "after its last item" if source == "last" else f"where its `{source}` says"
        doc, walk = f"One page of a list; the next one begins {where}.", f' next "{page.next_param}" from {source}'
    return f"page! {{\n    /// {doc}\n    pub struct {page.name} {{\n{fields}    }}{walk}\n}}\n"
