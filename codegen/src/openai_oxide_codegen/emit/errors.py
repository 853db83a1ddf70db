"""Emits core/src/generated/errors.rs: the kinds of failure and which status means which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..model import ErrorKind, Spec

PATH = Path("core/src/generated/errors.rs")


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """`ErrorKind` with `name`, `from_name` and `from_status`."""
    kinds = spec.errors
    exact = "".join(f"            {k.status} => Self::{_variant(k)},\n" for k in kinds if k.status is not None)
    ranges = sorted((k for k in kinds if k.status_min is not None), key=lambda k: -(k.status_min or 0))
    above = "".join(f"            {k.status_min}.. => Self::{_variant(k)},\n" for k in ranges)
    other = next(_variant(k) for k in kinds if k.fallback)
    yield (
        PATH,
        f"""//! The kinds of failure, the same in every language.

/// What went wrong. New kinds may come; match with a fallback arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {{
{"".join(f"    /// {k.doc}{chr(10)}    {_variant(k)},{chr(10)}" for k in kinds)}}}

impl ErrorKind {{
    /// Every kind.
    pub const ALL: &[Self] = &[{", ".join(f"Self::{_variant(k)}" for k in kinds)}];

    /// The name the bindings know it by, such as `rate_limit`.
    pub const fn name(self) -> &'static str {{
        match self {{
{"".join(f'            Self::{_variant(k)} => "{k.kind}",{chr(10)}' for k in kinds)}        }}
    }}

    /// The kind of an answer with this failing status.
    pub const fn from_status(status: u16) -> Self {{
        match status {{
{exact}{above}            _ => Self::{other},
        }}
    }}
}}
""",
    )


def _variant(kind: ErrorKind) -> str:
    return "".join(word.capitalize() for word in kind.kind.split("_"))
