"""Emits conformance/drivers/rust/src/generated/: every operation as the typed call that a Rust program makes.

One file per top resource, so that they compile apart. Each arm only begins the call; what waits for the answer and turns
it into JSON is the driver's own code, once for each kind of answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Method, Resource, Spec
from . import names
from .plan import Plan
from .resources import ResourcePrinter

ROOT = Path("conformance/drivers/rust/src/generated")


def emit(spec: Spec, plan: Plan, printers: list[tuple[Resource, ResourcePrinter]]) -> Iterator[tuple[Path, str]]:
    """The files of the top resources that have calls, and the one that chooses among them."""
    arms: dict[str, list[str]] = {}
    for resource, printer in printers:
        for method in resource.methods:
            arms.setdefault(resource.path[0], []).extend(_arms(spec, plan, resource, printer, method))
    for top, of_top in arms.items():
        yield ROOT / f"{names.module(top)}.rs", _file(top, of_top)
    modules = [names.module(top) for top in arms]
    text = "//! The calls of all operations, by their ids.\n\n"
    text += "".join(f"mod {module};\n" for module in modules)
    text += """
use openai_oxide::{OpenAI, OpenAIError};

use crate::calls::{Arguments, Work};
use crate::case::{Call, Outcome};

/// The call, ready to run; `None` for an operation that there is not.
pub(crate) fn begin<'a>(
    client: &OpenAI,
    call: &'a Call,
    arguments: Arguments,
    outcome: &'a mut Outcome,
) -> Result<Option<Work<'a>>, OpenAIError> {
    match call.operation.split('.').next() {
"""
    for top in arms:
        text += f'        Some("{top}") => {names.module(top)}::begin(client, call, arguments, outcome),\n'
    yield ROOT / "mod.rs", text + "        _ => Ok(None),\n    }\n}\n"


def _file(top: str, arms: list[str]) -> str:
    body = "".join(arms)
    readers = ("bytes", "empty", "list", "stream", "value", "whole_list")
    used = ["Work", *(name for name in readers if f"=> {name}(" in body)]
    mutable = "mut " if "arguments.path(" in body else ""
    return f"""//! The calls of `{top}`.
#![allow(deprecated)] // a deprecated call is held to its contract as any other

use openai_oxide::{{OpenAI, OpenAIError}};

use crate::calls::{{Arguments, {", ".join(used)}}};
use crate::case::{{Call, Outcome}};

pub(super) fn begin<'a>(
    client: &OpenAI,
    call: &'a Call,
    {mutable}arguments: Arguments,
    outcome: &'a mut Outcome,
) -> Result<Option<Work<'a>>, OpenAIError> {{
    let work = match (call.operation.as_str(), call.stream) {{
{body}        _ => return Ok(None),
    }};
    Ok(Some(work))
}}
"""


def _arms(spec: Spec, plan: Plan, resource: Resource, printer: ResourcePrinter, method: Method) -> Iterator[str]:
    """One arm, or two where the caller chooses to stream."""
    request = plan.request(printer.feature, method)
    accessors = [names.module(resource.path[0]), *map(names.field, resource.path[1:])]
    target = "client" + "".join(f".{name}()" for name in accessors)
    given = [f'arguments.path("{param.wire}")' for param in method.path_params]
    if request is not None:
        given.append("arguments.request()?")
    suffix = "_with" if request is not None and not request.new and method.body == "none" else ""
    for called in printer.calls(method, request):
        streams = {"always": "_", "optional": str(called.stream).lower(), "never": "_"}[method.stream]
        reader = "stream" if called.stream else _reader(spec, method)
        started = f"{target}.{called.name}{suffix}({', '.join(given)})"
        yield f'        ("{method.id}", {streams}) => {reader}(call, {started}, outcome),\n'


def _reader(spec: Spec, method: Method) -> str:
    """What the driver does with the answer."""
    if method.page:
        return "list" if spec.pages[method.page].next_param else "whole_list"
    if method.binary:
        return "bytes"
    return "value" if method.result or method.text else "empty"
