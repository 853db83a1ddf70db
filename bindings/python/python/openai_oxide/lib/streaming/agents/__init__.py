"""Turns of hosted agents as streams, and what handlers of their calls are."""

from __future__ import annotations

from ...beta.agents._dispatch import AsyncToolHandler, ToolHandler, ToolOutput
from ._streams import AgentSessionStream, AsyncAgentSessionStream

__all__ = ["AgentSessionStream", "AsyncAgentSessionStream", "AsyncToolHandler", "ToolHandler", "ToolOutput"]
