"""The official names of completions that are still growing: parsed completions, whose `parsed` is what the JSON so far says."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from ....types.chat.parsed_chat_completion import ParsedChatCompletion, ParsedChatCompletionMessage, ParsedChoice

    ParsedChatCompletionSnapshot: TypeAlias = ParsedChatCompletion[object]
    ParsedChatCompletionMessageSnapshot: TypeAlias = ParsedChatCompletionMessage[object]
    ParsedChoiceSnapshot: TypeAlias = ParsedChoice[object]
else:
    from ....types.chat.parsed_chat_completion import ParsedChatCompletion as ParsedChatCompletionSnapshot
    from ....types.chat.parsed_chat_completion import ParsedChatCompletionMessage as ParsedChatCompletionMessageSnapshot
    from ....types.chat.parsed_chat_completion import ParsedChoice as ParsedChoiceSnapshot

__all__ = ["ParsedChatCompletionMessageSnapshot", "ParsedChatCompletionSnapshot", "ParsedChoiceSnapshot"]
