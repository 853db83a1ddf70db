"""Methods over another method of the same resource: the parameters of that one with a few changed.

`parse`, `stream` and `run_tools` take what `create` takes, apart from the type of the answer or the tools. What they
do is in the hand-written mixin (`helpers`): a derived method hands it the body, the further arguments, and the options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...model import Method

# A parameter is its annotation with the default; None leaves it out.
Parameters = Mapping[str, str | None]


@dataclass(frozen=True)
class Derived:
    """One method."""

    name: str
    doc: str
    result: str  # in the asynchronous class, names of `awaited` begin with Async
    hook: str  # method of the mixin
    waits: bool  # whether the asynchronous one is a coroutine
    changed: Parameters  # parameters of the method itself, with another type or left out
    added: Parameters = field(default_factory=dict)  # those it does not have; handed over by name
    sent: tuple[str, ...] = ()  # of the added ones, those that belong to the body
    uses: Mapping[str, Sequence[str]] = field(default_factory=dict)  # module → names in the types
    own: Mapping[str, str] = field(default_factory=dict)  # name that has an Async form → its module
    overloads: tuple[Parameters, ...] = ()  # changes beyond `changed` and `added`

    def types(self, given: Mapping[str, str], overload: Parameters) -> dict[str, str]:
        """All parameters in order: those of the method, then the added ones."""
        merged: dict[str, str | None] = {**given, **self.changed, **self.added, **overload}
        return {name: type for name, type in merged.items() if type is not None}


_STREAM: Parameters = {"stream": None}
_CHAT_FORMAT = {
    ".lib._parsing._completions": ("ResponseFormatT",),
    ".types.chat.completion_create_params": ("ResponseFormat",),
}
_TEXT_FORMAT = {
    ".lib._parsing._responses": ("TextFormatT",),
    ".types.responses.tool_param": ("ParseableToolParam",),
}
_VERBOSITY = 'Literal["low", "medium", "high"] | Omit | None = omit'
_RESPONSE_TOOLS = "Iterable[ParseableToolParam] | Omit = omit"
_RUNNING: Parameters = {
    "tools": "Iterable[AnyTool]",
    "max_rounds": "int = 10",
}

_DERIVED = {
    "chat.completions.create": (
        Derived(
            name="parse",
            doc="`create`, with the answer as an instance of `response_format`: `.choices[0].message.parsed`.\n\n"
            "A pydantic model, a dataclass or a `TypedDict` is sent as its strict JSON schema; a dict is sent as it is.\n"
            "Arguments of `strict` function tools are parsed too: `.function.parsed_arguments`. After a refusal there is\n"
            "`.refusal`, and `.parsed` is None.\n\n"
            "Raises what `create` raises, `LengthFinishReasonError` and `ContentFilterFinishReasonError` (with `.completion`)\n"
            "for an answer that was cut off, `ValueError` for a tool that is not strict and for a schema that strict mode does\n"
            "not allow, and pydantic's `ValidationError` for an answer that does not fit.",
            result="ParsedChatCompletion[ResponseFormatT]",
            hook="_parse",
            waits=True,
            changed={**_STREAM, "response_format": "type[ResponseFormatT] | ResponseFormat | Omit = omit"},
            uses={**_CHAT_FORMAT, ".types.chat.parsed_chat_completion": ("ParsedChatCompletion",)},
        ),
        Derived(
            name="stream",
            doc="`create(stream=True)` as a context manager of events that accumulate, with the parsing of `parse`.\n\n"
            "Raises at once what `parse` raises for its arguments; the call begins when the context is entered.",
            result="ChatCompletionStreamManager[ResponseFormatT]",
            hook="_stream",
            waits=False,
            changed={**_STREAM, "response_format": "type[ResponseFormatT] | ResponseFormat | Omit = omit"},
            uses=_CHAT_FORMAT,
            own={"ChatCompletionStreamManager": ".lib.streaming.chat"},
        ),
        Derived(
            name="run_tools",
            doc="`create` again and again, with the results of the tools that the model calls, until it calls none.\n\n"
            "`tools` are functions (see `openai_oxide.tool`) or `pydantic_function_tool`-like dicts for tools that the caller\n"
            "does not run. Each tool starts as soon as its call is complete, while the answer still streams; calls of one\n"
            "answer run in parallel, and their results are sent in the order of the calls. A tool's error goes to the model as\n"
            "text. At most `max_rounds` answers are asked for.\n\n"
            "Gives every step and the last completion. Raises what `create` raises; a failure or a cancellation stops all tools.",
            result="ChatToolRun",
            hook="_run_tools",
            waits=True,
            changed={**_STREAM, "n": None, "functions": None, "function_call": None, "tools": None},
            added=_RUNNING,
            uses={".lib._tool_runs": ("ChatToolRun",), ".lib._function_tools": ("AnyTool",)},
        ),
    ),
    "responses.create": (
        Derived(
            name="parse",
            doc="`create`, with the answer as an instance of `text_format`: `.output_parsed`.\n\n"
            "A pydantic model, a dataclass or a `TypedDict` is sent as its strict JSON schema. `parse_as` reads the answer as\n"
            "another type than the one that is sent, and with None not at all. Arguments of `strict` function tools are parsed\n"
            "too: `.parsed_arguments`.\n\n"
            "Raises what `create` raises, `TypeError` where `text` has a format of its own, `ValueError` for a schema that\n"
            "strict mode does not allow, and pydantic's `ValidationError` for an answer that does not fit.",
            result="ParsedResponse[TextFormatT]",
            hook="_parse",
            waits=True,
            changed={"tools": _RESPONSE_TOOLS, "stream": "Literal[False] | Omit | None = omit"},
            added={
                "verbosity": _VERBOSITY,
                "text_format": "type | Omit = omit",
                "parse_as": "type | Omit | None = omit",
            },
            sent=("verbosity",),
            uses={
                **_TEXT_FORMAT,
                ".types.responses.parsed_response": ("ParsedResponse",),
                "typing": ("Literal",),
                "collections.abc": ("Iterable",),
            },
            overloads=(
                {"parse_as": "type[TextFormatT] | None"},
                {"text_format": "type[TextFormatT] | Omit = omit", "parse_as": "Omit = omit"},
            ),
        ),
        Derived(
            name="stream",
            doc="`create(stream=True)` as a context manager of events with snapshots, with the parsing of `parse`.\n\n"
            "With `response_id`, the stream of a response that exists, from `starting_after` on. Raises at once what `parse`\n"
            "raises for its arguments; the synchronous call begins when the context is entered.",
            result="ResponseStreamManager[TextFormatT]",
            hook="_stream",
            waits=False,
            changed={**_STREAM, "tools": _RESPONSE_TOOLS},
            added={
                "text_format": "type[TextFormatT] | Omit = omit",
                "response_id": "str | Omit = omit",
                "starting_after": "int | Omit = omit",
            },
            uses={**_TEXT_FORMAT, "collections.abc": ("Iterable",)},
            own={"ResponseStreamManager": ".lib.streaming.responses"},
        ),
        Derived(
            name="run_tools",
            doc="`create` again and again, with the results of the tools that the model calls, until it calls none.\n\n"
            "`tools` are functions (see `openai_oxide.tool`) or dicts of tools that the API runs. Each tool starts as soon as\n"
            "its call is complete, while the answer still streams; calls of one answer run in parallel, and their results are\n"
            "sent in the order of the calls. A tool's error goes to the model as text. At most `max_rounds` answers are asked for.\n\n"
            "Gives every step and the last response. Raises what `create` raises; a failure or a cancellation stops all tools.",
            result="ResponseToolRun",
            hook="_run_tools",
            waits=True,
            changed={**_STREAM, "background": None, "tools": None},
            added=_RUNNING,
            uses={".lib._tool_runs": ("ResponseToolRun",), ".lib._function_tools": ("AnyTool",)},
        ),
    ),
}


def derived(method: Method) -> tuple[Derived, ...]:
    """The methods that are made of this one."""
    return _DERIVED.get(method.id, ())
