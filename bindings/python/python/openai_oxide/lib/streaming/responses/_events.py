"""The events of a response stream: those of the API, four of them with what the stream adds."""

from __future__ import annotations

from ...._models_support import Parametric
from ....types.responses.response_completed_event import ResponseCompletedEvent as _CompletedEvent
from ....types.responses.response_function_call_arguments_delta_event import (
    ResponseFunctionCallArgumentsDeltaEvent as _ArgumentsDeltaEvent,
)
from ....types.responses.response_text_delta_event import ResponseTextDeltaEvent as _TextDeltaEvent
from ....types.responses.response_text_done_event import ResponseTextDoneEvent as _TextDoneEvent
from .._growing import LATER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeAlias

    from ....types.responses.parsed_response import ParsedResponse
    from ....types.responses.response_audio_delta_event import ResponseAudioDeltaEvent
    from ....types.responses.response_audio_done_event import ResponseAudioDoneEvent
    from ....types.responses.response_audio_transcript_delta_event import ResponseAudioTranscriptDeltaEvent
    from ....types.responses.response_audio_transcript_done_event import ResponseAudioTranscriptDoneEvent
    from ....types.responses.response_code_interpreter_call_code_delta_event import (
        ResponseCodeInterpreterCallCodeDeltaEvent,
    )
    from ....types.responses.response_code_interpreter_call_code_done_event import (
        ResponseCodeInterpreterCallCodeDoneEvent,
    )
    from ....types.responses.response_code_interpreter_call_completed_event import (
        ResponseCodeInterpreterCallCompletedEvent,
    )
    from ....types.responses.response_code_interpreter_call_in_progress_event import (
        ResponseCodeInterpreterCallInProgressEvent,
    )
    from ....types.responses.response_code_interpreter_call_interpreting_event import (
        ResponseCodeInterpreterCallInterpretingEvent,
    )
    from ....types.responses.response_compaction_compacting_event import ResponseCompactionCompactingEvent
    from ....types.responses.response_content_part_added_event import ResponseContentPartAddedEvent
    from ....types.responses.response_content_part_done_event import ResponseContentPartDoneEvent
    from ....types.responses.response_created_event import ResponseCreatedEvent
    from ....types.responses.response_custom_tool_call_input_delta_event import ResponseCustomToolCallInputDeltaEvent
    from ....types.responses.response_custom_tool_call_input_done_event import ResponseCustomToolCallInputDoneEvent
    from ....types.responses.response_error_event import ResponseErrorEvent
    from ....types.responses.response_failed_event import ResponseFailedEvent
    from ....types.responses.response_file_search_call_completed_event import ResponseFileSearchCallCompletedEvent
    from ....types.responses.response_file_search_call_in_progress_event import ResponseFileSearchCallInProgressEvent
    from ....types.responses.response_file_search_call_searching_event import ResponseFileSearchCallSearchingEvent
    from ....types.responses.response_function_call_arguments_done_event import ResponseFunctionCallArgumentsDoneEvent
    from ....types.responses.response_image_gen_call_completed_event import ResponseImageGenCallCompletedEvent
    from ....types.responses.response_image_gen_call_generating_event import ResponseImageGenCallGeneratingEvent
    from ....types.responses.response_image_gen_call_in_progress_event import ResponseImageGenCallInProgressEvent
    from ....types.responses.response_image_gen_call_partial_image_event import ResponseImageGenCallPartialImageEvent
    from ....types.responses.response_in_progress_event import ResponseInProgressEvent
    from ....types.responses.response_incomplete_event import ResponseIncompleteEvent
    from ....types.responses.response_mcp_call_arguments_delta_event import ResponseMcpCallArgumentsDeltaEvent
    from ....types.responses.response_mcp_call_arguments_done_event import ResponseMcpCallArgumentsDoneEvent
    from ....types.responses.response_mcp_call_completed_event import ResponseMcpCallCompletedEvent
    from ....types.responses.response_mcp_call_failed_event import ResponseMcpCallFailedEvent
    from ....types.responses.response_mcp_call_in_progress_event import ResponseMcpCallInProgressEvent
    from ....types.responses.response_mcp_list_tools_completed_event import ResponseMcpListToolsCompletedEvent
    from ....types.responses.response_mcp_list_tools_failed_event import ResponseMcpListToolsFailedEvent
    from ....types.responses.response_mcp_list_tools_in_progress_event import ResponseMcpListToolsInProgressEvent
    from ....types.responses.response_output_item_added_event import ResponseOutputItemAddedEvent
    from ....types.responses.response_output_item_done_event import ResponseOutputItemDoneEvent
    from ....types.responses.response_output_text_annotation_added_event import ResponseOutputTextAnnotationAddedEvent
    from ....types.responses.response_queued_event import ResponseQueuedEvent
    from ....types.responses.response_reasoning_summary_part_added_event import ResponseReasoningSummaryPartAddedEvent
    from ....types.responses.response_reasoning_summary_part_done_event import ResponseReasoningSummaryPartDoneEvent
    from ....types.responses.response_reasoning_summary_text_delta_event import ResponseReasoningSummaryTextDeltaEvent
    from ....types.responses.response_reasoning_summary_text_done_event import ResponseReasoningSummaryTextDoneEvent
    from ....types.responses.response_reasoning_text_delta_event import ResponseReasoningTextDeltaEvent
    from ....types.responses.response_reasoning_text_done_event import ResponseReasoningTextDoneEvent
    from ....types.responses.response_refusal_delta_event import ResponseRefusalDeltaEvent
    from ....types.responses.response_refusal_done_event import ResponseRefusalDoneEvent
    from ....types.responses.response_shell_call_command_added_event import ResponseShellCallCommandAddedEvent
    from ....types.responses.response_shell_call_command_delta_event import ResponseShellCallCommandDeltaEvent
    from ....types.responses.response_shell_call_command_done_event import ResponseShellCallCommandDoneEvent
    from ....types.responses.response_shell_call_output_content_delta_event import (
        ResponseShellCallOutputContentDeltaEvent,
    )
    from ....types.responses.response_shell_call_output_content_done_event import (
        ResponseShellCallOutputContentDoneEvent,
    )
    from ....types.responses.response_web_search_call_completed_event import ResponseWebSearchCallCompletedEvent
    from ....types.responses.response_web_search_call_in_progress_event import ResponseWebSearchCallInProgressEvent
    from ....types.responses.response_web_search_call_searching_event import ResponseWebSearchCallSearchingEvent
    from ..._parsing._responses import TextFormatT
else:
    from ....types.responses.response_stream_event import ResponseStreamEvent

    TextFormatT = None


class ResponseTextDeltaEvent(_TextDeltaEvent):
    """More text; `snapshot` is the text of the part so far."""

    __nested__: ClassVar[dict[str, Any]] = {"snapshot": LATER}

    snapshot: str


class ResponseTextDoneEvent(_TextDoneEvent, Parametric[TextFormatT]):
    """The whole text of a part, parsed."""

    parsed: TextFormatT | None = None


class ResponseFunctionCallArgumentsDeltaEvent(_ArgumentsDeltaEvent):
    """More of a call's arguments; `snapshot` is the JSON text so far."""

    __nested__: ClassVar[dict[str, Any]] = {"snapshot": LATER}

    snapshot: str


class ResponseCompletedEvent(_CompletedEvent, Parametric[TextFormatT]):
    """The end, with the whole response, parsed."""

    __nested__: ClassVar[dict[str, Any]] = {"response": "responses.parsed_response:ParsedResponse"}

    response: ParsedResponse[TextFormatT]  # pyright: ignore[reportIncompatibleVariableOverride]


if TYPE_CHECKING:
    ResponseStreamEvent: TypeAlias = (
        ResponseTextDeltaEvent
        | ResponseTextDoneEvent[TextFormatT]
        | ResponseFunctionCallArgumentsDeltaEvent
        | ResponseCompletedEvent[TextFormatT]
        | ResponseAudioDeltaEvent
        | ResponseAudioDoneEvent
        | ResponseAudioTranscriptDeltaEvent
        | ResponseAudioTranscriptDoneEvent
        | ResponseCodeInterpreterCallCodeDeltaEvent
        | ResponseCodeInterpreterCallCodeDoneEvent
        | ResponseCodeInterpreterCallCompletedEvent
        | ResponseCodeInterpreterCallInProgressEvent
        | ResponseCodeInterpreterCallInterpretingEvent
        | ResponseCompactionCompactingEvent
        | ResponseContentPartAddedEvent
        | ResponseContentPartDoneEvent
        | ResponseCreatedEvent
        | ResponseCustomToolCallInputDeltaEvent
        | ResponseCustomToolCallInputDoneEvent
        | ResponseErrorEvent
        | ResponseFailedEvent
        | ResponseFileSearchCallCompletedEvent
        | ResponseFileSearchCallInProgressEvent
        | ResponseFileSearchCallSearchingEvent
        | ResponseFunctionCallArgumentsDoneEvent
        | ResponseImageGenCallCompletedEvent
        | ResponseImageGenCallGeneratingEvent
        | ResponseImageGenCallInProgressEvent
        | ResponseImageGenCallPartialImageEvent
        | ResponseInProgressEvent
        | ResponseIncompleteEvent
        | ResponseMcpCallArgumentsDeltaEvent
        | ResponseMcpCallArgumentsDoneEvent
        | ResponseMcpCallCompletedEvent
        | ResponseMcpCallFailedEvent
        | ResponseMcpCallInProgressEvent
        | ResponseMcpListToolsCompletedEvent
        | ResponseMcpListToolsFailedEvent
        | ResponseMcpListToolsInProgressEvent
        | ResponseOutputItemAddedEvent
        | ResponseOutputItemDoneEvent
        | ResponseOutputTextAnnotationAddedEvent
        | ResponseQueuedEvent
        | ResponseReasoningSummaryPartAddedEvent
        | ResponseReasoningSummaryPartDoneEvent
        | ResponseReasoningSummaryTextDeltaEvent
        | ResponseReasoningSummaryTextDoneEvent
        | ResponseReasoningTextDeltaEvent
        | ResponseReasoningTextDoneEvent
        | ResponseRefusalDeltaEvent
        | ResponseRefusalDoneEvent
        | ResponseShellCallCommandAddedEvent
        | ResponseShellCallCommandDeltaEvent
        | ResponseShellCallCommandDoneEvent
        | ResponseShellCallOutputContentDeltaEvent
        | ResponseShellCallOutputContentDoneEvent
        | ResponseWebSearchCallCompletedEvent
        | ResponseWebSearchCallInProgressEvent
        | ResponseWebSearchCallSearchingEvent
    )
