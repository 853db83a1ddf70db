"""Between the caller's types and the wire: a type as the parameter that asks for it, and text as its value."""

from __future__ import annotations

from ._completions import (
    has_parseable_input,
    maybe_parse_content,
    parse_chat_completion,
    parse_function_tool_arguments,
    type_to_response_format_param,
    validate_input_tools,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._completions import ResponseFormatT as ResponseFormatT

__all__ = [
    "has_parseable_input",
    "maybe_parse_content",
    "parse_chat_completion",
    "parse_function_tool_arguments",
    "type_to_response_format_param",
    "validate_input_tools",
]
