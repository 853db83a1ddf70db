"""Prints the resources of the Rust client: a struct per resource, a method per call.

A method takes the path's values, then the request type if the call has one. Where everything in it is optional, the plain
method goes without and `…_with` takes it. Calls that can stream have a second method, `…_stream`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...model import Method, Resource, Scalar, Spec, Type, Union
from ..wording import reference, sentence
from . import names
from .declarations import Printer, use_lines
from .plan import Plan
from .shapes import RustModule, Struct


@dataclass
class _Call:
    """One Rust method."""

    name: str
    output: str
    finish: str  # how the call is completed: `.json()`
    request: Struct | None
    stream: bool
    full: str = ""  # the method that takes what this one leaves out


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
        self.children = [child for child in resource.children if child.methods or child.children]
        self.printer = Printer(RustModule("resources." + resource.id), set())

    def file(self) -> str:
        resource = self.resource
        path = "".join(f".{part}()" for part in resource.path)
        body = "".join(self.child(child) for child in self.children)
        body += "\n".join(text for method in resource.methods for text in self.method(method))
        uses = dict(self.printer.uses) | {"OpenAI": "crate::client"}
        if resource.methods:
            uses["Call"] = "crate::call"
        if "Stream<" in body:
            uses["Stream"] = "crate::stream"
        if "FormRules" in body:
            uses["FormRules"] = "crate::upload"
        if "Place::" in body:
            uses["Place"] = "crate::call"
        if "Call<Bytes>" in body:
            uses["Bytes"] = "bytes"
        uses |= {page: "crate::generated::pages" for page in self.spec.pages if f"Call<{page}<" in body}
        children = "".join(
            f"pub mod {names.module(child.path[-1])};\n\nuse {names.module(child.path[-1])}::{child.class_name};\n"
            for child in self.children
        )
        return f"""//! `client{path}`.

{children}
{use_lines(uses)}
/// {resource.doc or f"The calls of `{resource.id}`."} Made by `client{path}`.
#[derive(Clone, Copy, Debug)]
pub struct {resource.class_name}<'c> {{
    pub(crate) client: &'c OpenAI,
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
        for call in self.calls(method, request):
            if optional:
                full = f"{call.name}_with"
                yield self.text(method, _Call(call.name, call.output, call.finish, None, call.stream, full))
                call.name = full
            yield self.text(method, call)

    def calls(self, method: Method, request: Struct | None) -> Iterator[_Call]:
        name = names.field(method.name)
        if method.page:
            assert method.page_item
            item = self.type(method, method.page_item)
            yield _Call(name, f"{method.page}<{item}>", "json()", request, False)
        elif method.binary:
            yield _Call(name, "Bytes", "bytes()", request, False)
        elif method.text:
            yield _Call(name, "String", "text()", request, False)
        elif method.result:
            mixed = isinstance(method.result, Union) and Scalar("string") in method.result.members
            finish = "json_or_text()" if mixed else "json()"
            yield _Call(name, self.type(method, method.result), finish, request, False)
        elif method.stream != "always":
            yield _Call(name, "()", "nothing()", request, False)
        if method.stream_event:
            event = self.type(method, method.stream_event)
            streaming = name if method.stream == "always" else f"{name.rstrip('_')}_stream"
            yield _Call(streaming, f"Stream<{event}>", "events()", request, True)

    def type(self, method: Method, type: Type) -> str:
        return self.printer.resolved(self.plan.rooted(self.feature, method, type))

    def sent(self, method: Method) -> str:
        """How the request type is sent: in one place, or its fields in several."""
        places = {param.place for param in method.params} - {"path"}
        if places == {"query"}:
            return ".query(&request)"
        if places == {"body"}:
            return self.form(method) if method.body == "multipart" else ".body(&request)"
        rest = "Body" if "body" in places else "Query"
        others = [param for param in method.params if param.place not in ("path", rest.lower())]
        parts = "".join(
            f'("{param.wire}", Place::Query), '
            if param.place == "query"
            else f'("{param.name}", Place::Header("{param.wire}")), '
            for param in others
        )
        return f".parted(&request, Place::{rest}, &[{parts.rstrip(', ')}])"

    def form(self, method: Method) -> str:
        """A multipart body, with the rules that the call has for it."""
        rules = ["json_without_files: true"] if method.json_without_files else []
        if method.parts:
            parts = ", ".join(f'("{name}", "{content_type}")' for name, content_type in method.parts)
            rules.append(f"parts: &[{parts}]")
        if method.alone:
            rules.append(f'alone: Some("{method.alone}")')
        if not rules:
            return ".multipart(&request)"
        return f".multipart_by(FormRules {{ {', '.join(rules)}, ..FormRules::default() }}, &request)"

    def text(self, method: Method, call: _Call) -> str:
        arguments, chain = ["&self"], ""
        for param in method.path_params:
            number = param.type == Scalar("integer")
            arguments.append(f"{names.field(param.name)}: {'i64' if number else 'impl Into<String>'}")
            chain += f".path({names.field(param.name)}{'.to_string()' if number else ''})"
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
            chain += self.sent(method)
        elif call.stream and streams:
            chain += '.query_value("stream", true)' if method.body == "none" else '.body_value("stream", true)'
        doc = sentence(self.resource, method)
        kind = " as a stream of events" if call.stream else ""
        old = "    #[deprecated]\n" if method.deprecated else ""
        full = f" [`{call.full}`](Self::{call.full}) takes parameters." if call.full else ""
        if call.stream:
            failure = "An answer with a failing status, or none; after the first event the stream itself yields errors."
        elif call.output in ("Bytes", "String", "()"):
            failure = "A failing status, or no answer in time."
        else:
            failure = "A failing status, no answer in time, or an answer that is not JSON of this kind."
        return f"""    /// {doc}{kind}: `{method.verb} {method.path}`.{full}
    ///
    /// # Errors
    /// {failure}
    ///
    /// [API reference]({reference(self.resource, method)})
{old}    pub fn {call.name}({", ".join(arguments)}) -> Call<{call.output}> {{
{before}        self.client.operation("{method.id}"){chain}.{call.finish}
    }}
"""
