"""A response whose text is parsed into the caller's type."""

from __future__ import annotations

from ..._models import union
from ..._models_support import Parametric
from .response import Response
from .response_function_tool_call import ResponseFunctionToolCall
from .response_output_message import ResponseOutputMessage
from .response_output_text import ResponseOutputText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias, TypeVar

    from .response_apply_patch_tool_call import ResponseApplyPatchToolCall
    from .response_apply_patch_tool_call_output import ResponseApplyPatchToolCallOutput
    from .response_code_interpreter_tool_call import ResponseCodeInterpreterToolCall
    from .response_compaction_item import ResponseCompactionItem
    from .response_computer_tool_call import ResponseComputerToolCall
    from .response_computer_tool_call_output_item import ResponseComputerToolCallOutputItem
    from .response_custom_tool_call import ResponseCustomToolCall
    from .response_custom_tool_call_output_item import ResponseCustomToolCallOutputItem
    from .response_file_search_tool_call import ResponseFileSearchToolCall
    from .response_function_shell_tool_call import ResponseFunctionShellToolCall
    from .response_function_shell_tool_call_output import ResponseFunctionShellToolCallOutput
    from .response_function_tool_call_output_item import ResponseFunctionToolCallOutputItem
    from .response_function_web_search import ResponseFunctionWebSearch
    from .response_output_item import (
        AdditionalTools,
        ImageGenerationCall,
        LocalShellCall,
        LocalShellCallOutput,
        McpApprovalRequest,
        McpApprovalResponse,
        McpCall,
        McpListTools,
        Program,
        ProgramOutput,
    )
    from .response_output_refusal import ResponseOutputRefusal
    from .response_reasoning_item import ResponseReasoningItem
    from .response_tool_search_call import ResponseToolSearchCall
    from .response_tool_search_output_item import ResponseToolSearchOutputItem

    ContentType = TypeVar("ContentType")
else:
    ContentType = None

__all__ = [
    "ParsedContent",
    "ParsedResponse",
    "ParsedResponseFunctionToolCall",
    "ParsedResponseOutputItem",
    "ParsedResponseOutputMessage",
    "ParsedResponseOutputText",
]


class ParsedResponseOutputText(ResponseOutputText, Parametric[ContentType]):
    parsed: ContentType | None = None
    """The text as the type asked for; None where it is a comment on the way to the answer, or no type was asked for."""

    __unsent__ = frozenset(("parsed",))


if TYPE_CHECKING:
    ParsedContent: TypeAlias = ParsedResponseOutputText[ContentType] | ResponseOutputRefusal
else:
    ParsedContent = union(
        "type",
        {
            "output_text": "responses.parsed_response:ParsedResponseOutputText",
            "refusal": "responses.response_output_refusal:ResponseOutputRefusal",
        },
    )


class ParsedResponseOutputMessage(ResponseOutputMessage, Parametric[ContentType]):
    content: list[ParsedContent[ContentType]]  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"content": ["ParsedContent"]}


class ParsedResponseFunctionToolCall(ResponseFunctionToolCall):
    parsed_arguments: object = None
    """An instance of the model of `pydantic_function_tool`, or the parsed JSON of another strict tool; else None."""

    __unsent__ = frozenset(("parsed_arguments",))


if TYPE_CHECKING:
    ParsedResponseOutputItem: TypeAlias = (
        ParsedResponseOutputMessage[ContentType]
        | ParsedResponseFunctionToolCall
        | ResponseFileSearchToolCall
        | ResponseFunctionToolCallOutputItem
        | ResponseFunctionWebSearch
        | ResponseComputerToolCall
        | ResponseComputerToolCallOutputItem
        | ResponseReasoningItem
        | Program
        | ProgramOutput
        | ResponseToolSearchCall
        | ResponseToolSearchOutputItem
        | AdditionalTools
        | ResponseCompactionItem
        | ImageGenerationCall
        | ResponseCodeInterpreterToolCall
        | LocalShellCall
        | LocalShellCallOutput
        | ResponseFunctionShellToolCall
        | ResponseFunctionShellToolCallOutput
        | ResponseApplyPatchToolCall
        | ResponseApplyPatchToolCallOutput
        | McpCall
        | McpListTools
        | McpApprovalRequest
        | McpApprovalResponse
        | ResponseCustomToolCall
        | ResponseCustomToolCallOutputItem
    )
else:
    ParsedResponseOutputItem = union(
        "type",
        {
            "message": "responses.parsed_response:ParsedResponseOutputMessage",
            "function_call": "responses.parsed_response:ParsedResponseFunctionToolCall",
        },
        default="responses.response_output_item:ResponseOutputItem",
    )


class ParsedResponse(Response, Parametric[ContentType]):
    output: list[ParsedResponseOutputItem[ContentType]]  # pyright: ignore[reportIncompatibleVariableOverride]

    __nested__ = {"output": ["ParsedResponseOutputItem"]}

    @property
    def output_parsed(self) -> ContentType | None:
        """The first parsed text of the answer; None where there is none."""
        for item in self.output or ():
            if item.type == "message":
                for part in item.content:
                    if part.type == "output_text" and part.parsed:
                        return part.parsed
        return None
