"""Hand-written members of generated types: the generated class puts them before its base."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types.beta.agent_session_message_content import AgentSessionMessageContent
    from .types.responses.response_output_item import ResponseOutputItem


class ResponseText:
    """What `Response` has besides its fields."""

    __slots__ = ()

    if TYPE_CHECKING:
        output: list[ResponseOutputItem]

    @property
    def output_text(self) -> str:
        """All text of the answer's messages, joined; empty where there is none."""
        return "".join(
            part.text
            for item in self.output or ()
            if item.type == "message"
            for part in item.content
            if part.type == "output_text"
        )


class AgentMessageText:
    """What `AgentSessionMessage` has besides its fields."""

    __slots__ = ()

    if TYPE_CHECKING:
        content: list[AgentSessionMessageContent]

    @property
    def output_text(self) -> str:
        """All text of the message that an agent wrote, joined; empty where there is none."""
        return "".join(part.text for part in self.content or () if part.type == "output_text")
