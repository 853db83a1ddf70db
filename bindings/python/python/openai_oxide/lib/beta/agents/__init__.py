"""Helpers of hosted agents: function tools, results of turns, files to work on, artifacts to take home."""

from __future__ import annotations

from ...._models_support import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._artifacts import AgentResultArtifacts as AgentResultArtifacts
    from ._artifacts import AsyncAgentResultArtifacts as AsyncAgentResultArtifacts
    from ._dispatch import AgentToolError as AgentToolError
    from ._files import AgentFilePreparationError as AgentFilePreparationError
    from ._files import AgentFileStagingError as AgentFileStagingError
    from ._files import PreparedAgentFiles as PreparedAgentFiles
    from ._files import StagedAgentFile as StagedAgentFile
    from ._output import agent_text_format as agent_text_format
    from ._result import AgentOutputParseError as AgentOutputParseError
    from ._result import AgentTurnResult as AgentTurnResult
    from ._result import AgentTurnResultError as AgentTurnResultError
    from ._stream import AgentSessionEventStream as AgentSessionEventStream
    from ._stream import AsyncAgentSessionEventStream as AsyncAgentSessionEventStream
    from ._tools import FunctionTool as FunctionTool
    from ._tools import function_tool as function_tool
    from ._tools import pydantic_function_tool as pydantic_function_tool

_MODULES = {
    "_artifacts": ("AgentResultArtifacts", "AsyncAgentResultArtifacts"),
    "_dispatch": ("AgentToolError",),
    "_files": ("AgentFilePreparationError", "AgentFileStagingError", "PreparedAgentFiles", "StagedAgentFile"),
    "_output": ("agent_text_format",),
    "_result": ("AgentOutputParseError", "AgentTurnResult", "AgentTurnResultError"),
    "_stream": ("AgentSessionEventStream", "AsyncAgentSessionEventStream"),
    "_tools": ("FunctionTool", "function_tool", "pydantic_function_tool"),
}

__all__ = [
    "AgentFilePreparationError",
    "AgentFileStagingError",
    "AgentOutputParseError",
    "AgentResultArtifacts",
    "AgentSessionEventStream",
    "AgentToolError",
    "AgentTurnResult",
    "AgentTurnResultError",
    "AsyncAgentResultArtifacts",
    "AsyncAgentSessionEventStream",
    "FunctionTool",
    "PreparedAgentFiles",
    "StagedAgentFile",
    "agent_text_format",
    "function_tool",
    "pydantic_function_tool",
]

__getattr__, __dir__ = lazy_names(__name__, {name: module for module, names in _MODULES.items() for name in names})
