"""Methods that make several calls: which hand-written mixins resources have, and the creating calls that are then awaited.

The logic is in `_helpers` of the Python package. A `..._and_poll` method is generated, since its parameters are those of
the call that it begins with.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...model import Method, Resource

# Resource id → module of the mixins, and their name without Async.
_MIXINS = {
    "files": ("files", "FilesHelpers"),
    "uploads": ("uploads", "UploadsHelpers"),
    "videos": ("videos", "VideosHelpers"),
    "vector_stores.files": ("vector_stores", "FilesHelpers"),
    "vector_stores.file_batches": ("vector_stores", "FileBatchesHelpers"),
    "beta.agents.sessions": ("agents", "SessionsHelpers"),
    "beta.agents.sessions.artifacts": ("agents", "ArtifactsHelpers"),
    "beta.agents.environments.files": ("agents", "FilesHelpers"),
    "beta.threads": ("runs", "ThreadsHelpers"),
    "beta.threads.runs": ("runs", "RunsHelpers"),
    "chat.completions": ("chat", "CompletionsHelpers"),
    "responses": ("responses", "ResponsesHelpers"),
}

OPTIONS = ("extra_headers", "extra_query", "extra_body", "timeout")


@dataclass(frozen=True)
class Polled:
    """A method that creates something and waits until it is ready."""

    name: str
    positional: tuple[str, ...]
    arguments: tuple[str, ...]  # of the mixin's `_polled`, after the call that creates

    @property
    def parameters(self) -> tuple[str, ...]:
        """What it takes besides the parameters of the creating call."""
        limit = ("max_wait_seconds: float | Omit = omit",) if "max_wait_seconds" in self.arguments else ()
        return ("poll_interval_ms: int | Omit = omit", *limit)


_POLLED = {
    "vector_stores.files.create": Polled(
        "create_and_poll", ("file_id",), ("vector_store_id", "poll_interval_ms", "max_wait_seconds")
    ),
    "vector_stores.file_batches.create": Polled(
        "create_and_poll", ("vector_store_id",), ("vector_store_id", "poll_interval_ms")
    ),
    "videos.create": Polled("create_and_poll", (), ("poll_interval_ms",)),
    "beta.threads.create_and_run": Polled("create_and_run_poll", (), ("poll_interval_ms", *OPTIONS)),
    "beta.threads.runs.create": Polled("create_and_poll", (), ("poll_interval_ms", *OPTIONS)),
    "beta.threads.runs.submit_tool_outputs": Polled("submit_tool_outputs_and_poll", (), ("poll_interval_ms", *OPTIONS)),
}


# Streams of a run: the method that begins it → those that give it to a handler.
_HANDLED = {
    "beta.threads.create_and_run": ("create_and_run_stream",),
    "beta.threads.runs.create": ("create_and_stream", "stream"),
    "beta.threads.runs.submit_tool_outputs": ("submit_tool_outputs_stream",),
}


@dataclass(frozen=True)
class Followed:
    """A call whose stream has a class of its own, and the parameters which that class needs."""

    hook: str  # of the mixin, in place of `_call`
    doc: str  # of what the parameters do
    stream: tuple[str, str]  # module and class; in the asynchronous resource, the name begins with Async
    variable: tuple[str, str]  # the type variable of both
    parameters: tuple[tuple[str, str], ...]
    uses: tuple[tuple[str, str], ...]  # module and name
    own: tuple[tuple[str, str], ...]  # those that have an Async form


_FOLLOWED = {
    "beta.agents.sessions.create": Followed(
        hook="_with_result",
        doc="With `output_type` (a pydantic model, a dataclass, a `TypedDict`) the agent answers in its form, and the stream's\n"
        "`get_final_result()` has `.output_parsed`. With `stream=True`, `tool_handlers` run the calls of their names, as those of\n"
        "`stream` do.",
        stream=(".lib.beta.agents", "AgentSessionEventStream"),
        variable=(".lib.beta.agents._result", "OutputT"),
        parameters=(
            ("output_type", "type[OutputT] | None = None"),
            ("tool_handlers", "Mapping[str, ToolHandler] | None = None"),
        ),
        uses=(("collections.abc", "Mapping"),),
        own=((".lib.streaming.agents", "ToolHandler"),),
    )
}


def followed(method: Method) -> Followed | None:
    """What this call's stream is, if it is more than its events."""
    return _FOLLOWED.get(method.id)


def mixin(resource: Resource) -> tuple[str, str] | None:
    """Module below the package and class of the resource's mixin; the asynchronous one begins with Async."""
    found = _MIXINS.get(resource.id)
    return found and (f"._helpers.{found[0]}", found[1])


def handled(method: Method) -> tuple[str, ...]:
    """The methods that give this one's stream to a handler of events."""
    return _HANDLED.get(method.id, ())


def handling(method: Method) -> str:
    """What such a method does: name itself in a header, by the first of its names, and leave the rest to the mixin."""
    given = [param.name for param in method.params if param.name != "stream"]
    options = [option for option in OPTIONS if option != "extra_headers"]
    call = ", ".join(f"{argument}={argument}" for argument in (*given, *options))
    resource, named = method.id.removeprefix("beta.").rpartition(".")[0], handled(method)[0]
    return (
        f'        """The events of `{method.name}(stream=True)`, for the methods of a handler and for a loop."""\n'
        f'        headers = self._naming("{resource}.{named}", event_handler, extra_headers)\n'
        f"        return self._handled(\n"
        f"            lambda: self.{method.name}({call}, extra_headers=headers, stream=True), event_handler\n"
        f"        )\n"
    )


def polled(method: Method) -> Polled | None:
    """The method that begins with this one and waits."""
    return _POLLED.get(method.id)


def body(method: Method, waiting: Polled, is_async: bool) -> str:
    """What it does: make the call, and hand it to the mixin with what `poll` needs."""
    given = [param.name for param in method.params if param.name != "stream"]
    call = ", ".join(f"{name}={name}" for name in (*given, *OPTIONS))
    wait = "await " if is_async else ""
    return (
        f'        """`{method.name}`, then `poll` until there is nothing more to wait for."""\n'
        f"        return {wait}self._polled(lambda: self.{method.name}({call}), {', '.join(waiting.arguments)})\n"
    )
