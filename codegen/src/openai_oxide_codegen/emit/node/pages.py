"""`ts/generated/pages.ts`: one class for each shape of list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Nullable, Page, Scalar, Spec, Type
from .types import SCALARS

PATH = Path("bindings/node/ts/generated/pages.ts")


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Page classes with their fields, and the parameters and answers that belong to them."""
    body = "\n".join(_page(page) for page in spec.pages.values())
    yield (
        PATH,
        f'// The shapes of lists, see core/page.ts.\n\nimport {{ AbstractPage }} from "../core/page.js";\n\n{body}',
    )


def page_names(page: Page) -> list[str]:
    """The class of a page, and the types beside it."""
    return [page.name, f"{page.name}Response", *([f"{page.name}Params"] if page.next_param else [])]


def _page(page: Page) -> str:
    by_id = page.next_from == f"{page.items}[-1].id"
    constraint = " extends { id?: string | null }" if by_id else ""
    fields = [f"{f.wire}: {_text(f.type)};" for f in page.fields]  # all always there, as the official package says
    declared = "\n".join(f"  declare {field}" for field in fields)
    answered = "\n".join(f"  {field}" for field in fields)
    params = (
        f"""
/** How to walk a list of {page.name}s. */
export interface {page.name}Params {{
  {page.next_param}?: string;
  limit?: number;
}}
"""
        if page.next_param
        else ""
    )
    return f"""/** One page of a list{"" if page.next_param else "; this kind has no further pages"}. */
export class {page.name}<Item{constraint}> extends AbstractPage<Item> {{
  declare {page.items}: Item[];
{declared}

  getPaginatedItems(): Item[] {{
    return this.{page.items} ?? [];
  }}

  protected nextQuery(): Record<string, unknown> | null {{
    {_next(page)}
  }}
}}

/** The answer behind a {page.name}. */
export interface {page.name}Response<Item> {{
  {page.items}: Item[];
{answered}
}}
{params}"""


def _text(type: Type) -> str:
    match type:
        case Scalar(kind):
            return SCALARS[kind]
        case Nullable(item):
            return f"{_text(item)} | null"
    raise ValueError(f"a page has a field of type {type}")


def _next(page: Page) -> str:
    if page.next_param is None:
        return "return null;"
    start = f"if (this.{page.more} === false) return null;\n    " if page.more else ""
    cursor = (
        "this.getPaginatedItems().at(-1)?.id" if page.next_from == f"{page.items}[-1].id" else f"this.{page.next_from}"
    )
    return f"{start}const cursor = {cursor};\n    return cursor ? {{ {page.next_param}: cursor }} : null;"
