"""Emits core/src/generated/operations.rs: one row per call, which is all the engine knows of the API.

The table is sorted by id, because the engine finds a row by binary search.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..model import Method, Scalar, Spec, Union

ROOT = Path("core/src/generated")
_TERMINALS = {"done": "Done", "response_event": "ResponseEvent", "last_event": "LastEvent", "close": "Close"}


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """`mod.rs` and the table."""
    yield ROOT / "mod.rs", _module()
    rows = sorted((method for _, method in spec.all_methods()), key=lambda method: method.id)
    yield (
        ROOT / "operations.rs",
        f"""//! Every call of the API: verb, path, answer, stream.

use crate::engine::{{Auth, Method, Operation, ResultKind, Terminal}};

/// The official release these rows follow.
pub const SPEC_VERSION: &str = {json.dumps(spec.version)};

/// All operations, sorted by id.
pub static OPERATIONS: &[Operation] = &[
{"".join(map(_row, rows))}];
""",
    )


def _row(method: Method) -> str:
    """`Operation { id: "models.list", method: Method::GET, path: "/models", result: ResultKind::Json, ... },`"""
    terminal = f"Some(Terminal::{_TERMINALS[method.terminal]})" if method.terminal else "None"
    return (
        f"    Operation {{ id: {json.dumps(method.id)}, method: Method::{method.verb}, path: {json.dumps(method.path)}, "
        f"result: ResultKind::{result_kind(method)}, stream: {terminal}, beta: {_option(method.beta_header)}, "
        f"accept: {_option(_accept(method))}, auth: Auth::{method.auth.capitalize()}, "
        f"synthesize_event: {str(method.synthesize_event).lower()} }},\n"
    )


def _option(text: str | None) -> str:
    return "None" if text is None else f"Some({json.dumps(text)})"


def _accept(method: Method) -> str | None:
    """What the engine would not send by itself; it asks for JSON where it expects JSON, and else for anything."""
    usual = {"Json": "application/json", "None": "*/*"}.get(result_kind(method))
    wanted = method.accept or "application/json"
    return None if wanted == usual else wanted


def result_kind(method: Method) -> str:
    """What the engine expects back when the call does not stream."""
    if method.binary:
        return "Binary"
    if method.text or (isinstance(method.result, Union) and Scalar("string") in method.result.members):
        return "Text"
    return "Json" if method.result or method.page or method.stream != "never" else "None"


def _module() -> str:
    """The list of modules. Typed calls exist where an endpoint feature asks for them; the bindings compile without."""
    return """//! Everything that nox -s generate writes into this crate. Additions live beside it, never inside.

pub mod defaults;
pub mod errors;
pub mod operations;
#[cfg(feature = "_typed")]
pub mod pages;
#[cfg(feature = "_typed")]
pub mod resources;
#[cfg(feature = "_typed")]
pub mod types;
"""
