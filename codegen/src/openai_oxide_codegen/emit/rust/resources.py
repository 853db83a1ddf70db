"""Prints the resources of the Rust client: a struct per resource, a method per call.

A method takes the path's values, then the request type if the call has one. Where everything in it is optional, the plain
method goes without and `…_with` takes it. Calls that can stream have a second method, `…_stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Method, Resource, Spec, Type
from . import names
from .declarations import Printer, use_lines
from .plan import Plan
from .shapes import PlanError, RustModule, Struct
from .wording import sentence

API_REFERENCE = "https://platform.openai.com/docs/api-reference/"


@dataclass
class _Call:
    """One Rust method."""

    name: str
    output: str
    finish: str  # how the call is completed: `.json()`
    request: Struct | None
    stream: bool


def feature(path: tuple[str, ...]) -> str:
    """The cargo feature of an endpoint."""
    return path[0].replace("_", "-")


class ResourcePrinter:
    """Prints one resource file."""

    def __init__(self, spec: Spec, plan: Plan, resource: Resource) -> None:
        self.spec = spec
        self.plan = plan
        self.resource = resource
        self.feature = feature(resource.path)
        self.printer = Printer(RustModule("resources." + resource.id), set())

    def file(self) -> str:
        resource = self.resource
        path = "".join(f".{part}()" for part in resource.path)
        body = "".join(self.child(child) for child in resource.children)
        body += "\n".join(text for method in resource.methods for text in self.method(method))
        uses = dict(self.printer.uses) | {"OpenAI": "crate::client"}
        if resource.methods:
            uses["Call"] = "crate::call"
        if "Stream<" in body:
            uses["Stream"] = "crate::stream"
        uses |= {page: "crate::generated::pages" for page in self.spec.pages if f"Call<{page}<" in body}
        children = "".join(
            f"pub mod {names.module(child.path[-1])};\n\nuse {names.module(child.path[-1])}::{child.class_name};\n"
            for child in resource.children
        )
        return f"""//! `client{path}`.

{children}
{use_lines(uses)}
/// {resource.doc or f"The calls of `{resource.id}`."} Made by `client{path}`.
#[derive(Clone, Copy, Debug)]
pub struct {resource.class_name}<'c> {{
    client: &'c OpenAI,
}}

impl<'c> {resource.class_name}<'c> {{
    pub(crate) fn new(client: &'c OpenAI) -> Self {{
        Self {{ client }}
    }}

{body}}}
"""

    def child(self, child: Resource) -> str:
        name = names.field(child.path[-1])
        return f"""    /// The calls of `{child.id}`.
    pub fn {name}(&self) -> {child.class_name}<'c> {{
        {child.class_name}::new(self.client)
    }}

"""

    def method(self, method: Method) -> Iterator[str]:
        request = self.plan.request(self.feature, method)
        optional = request is not None and not request.new and method.body == "none"
        places = {param.place for param in method.params if param.place != "path"}
        if len(places) > 1:
            raise PlanError(f"{method.id}: one request type is sent in one place, not in {sorted(places)}")
        for call in self.calls(method, request):
            if optional:
                yield self.text(method, _Call(call.name, call.output, call.finish, None, call.stream), places)
                call.name += "_with"
            yield self.text(method, call, places)

    def calls(self, method: Method, request: Struct | None) -> Iterator[_Call]:
        name = names.field(method.name)
        if method.page:
            assert method.page_item
            item = self.type(method.page_item)
            yield _Call(name, f"{method.page}<{item}>", "json()", request, False)
        elif method.binary or method.text:
            yield _Call(name, "bytes::Bytes", "bytes()", request, False)
        elif method.result:
            yield _Call(name, self.type(method.result), "json()", request, False)
        elif method.stream != "always":
            yield _Call(name, "()", "nothing()", request, False)
        if method.stream_event:
            event = self.type(method.stream_event)
            yield _Call(f"{name.rstrip('_')}_stream", f"Stream<{event}>", "events()", request, True)

    def type(self, type: Type) -> str:
        return self.printer.resolved(self.plan.rooted(self.feature, type))

    def text(self, method: Method, call: _Call, places: set[str]) -> str:
        arguments = ["&self", *(f"{names.field(param.name)}: impl Into<String>" for param in method.path_params)]
        chain = "".join(f".path({names.field(param.name)})" for param in method.path_params)
        before = ""
        request = call.request
        streams = any(param.wire == "stream" for param in method.params)
        if request is not None:
            home = self.plan.request_home(method)
            assert home is not None
            name = self.printer.resolved(f"⟦{home.module}⟧{home.name}")
            defaults = self.plan.facts.get("defaults", {}).get(method.id, {})
            arguments.append(("mut " if streams or defaults else "") + f"request: {name}")
            if streams:
                before += f"        request.stream = {'Some(true)' if call.stream else 'None'};\n"
            for wire, value in defaults.items():
                before += f'        request.{names.field(wire)}.get_or_insert("{value}".into());\n'
            chain += ".query(&request)" if places == {"query"} else ".body(&request)"
        elif call.stream and streams:
            chain += '.query_value("stream", true)' if method.body == "none" else '.body_value("stream", true)'
        reference = self.plan.facts.get("reference", {}).get(method.id) or f"{self.resource.path[0]}/{method.name}"
        doc = sentence(self.resource, method)
        kind = " as a stream of events" if call.stream else ""
        old = "    #[deprecated]\n" if method.deprecated else ""
        failure = (
            "An answer with a failing status, or none; after the first event the stream itself yields errors."
            if call.stream
            else "A failing status, no answer in time, or an answer that is not JSON of this kind."
        )
        return f"""    /// {doc}{kind}: `{method.verb} {method.path}`.
    ///
    /// # Errors
    /// {failure}
    ///
    /// [API reference]({API_REFERENCE}{reference})
{old}    pub fn {call.name}({", ".join(arguments)}) -> Call<{call.output}> {{
{before}        self.client.operation("{method.id}"){chain}.{call.finish}
    }}
"""
