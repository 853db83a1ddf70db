"""What comes of one turn of an agent: its final messages, parsed if wanted, or the error that says why there are none.

`Turn` follows the events of a session. The turn is the first one that is not a subagent's; it is over with the session's next
idle event (or its spent budget) after the turn's own end, or with the session's failure. Messages are kept only once asked for.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from ...._exceptions import OpenAIError
from ...._models_support import Parametric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any, Literal, TypeAlias

    from typing_extensions import TypeVar

    from ....types.beta.agent_session import RequiredAction
    from ....types.beta.agent_session_message import AgentSessionMessage
    from ....types.beta.agents.sessions.turn import Turn as SessionTurn

    OutputT = TypeVar("OutputT", default=Any)
    ParseT = TypeVar("ParseT")
    Reason: TypeAlias = Literal["failed", "cancelled", "requires_action", "incomplete", "observation_failed"]
else:
    OutputT = None

ENDED = ("completed", "failed", "cancelled")
REMEMBERED = 1024
"""So many ids of events are known again; more would grow with a long answer."""


@dataclass(frozen=True)
class AgentTurnResult(Parametric[OutputT]):
    """The final messages of a turn that was completed."""

    turn: SessionTurn
    messages: list[AgentSessionMessage]
    output_parsed: OutputT | None = None

    @property
    def session_id(self) -> str:
        return self.turn.session_id

    @property
    def turn_id(self) -> str:
        return self.turn.id

    @property
    def output_text(self) -> str:
        """The text of all messages, joined."""
        return "".join(message.output_text for message in self.messages)

    def parse(self, output_type: type[ParseT]) -> AgentTurnResult[ParseT]:
        """The result with its first text as a pydantic model, a dataclass or a `TypedDict`; every text must fit.

        Raises `AgentOutputParseError`, without the text in it, where one does not, or where there is none.
        """
        from ..._pydantic import validated
        from ._output import checked_type

        try:
            checked_type(output_type)
            texts = [part.text for message in self.messages for part in message.content if part.type == "output_text"]
            first, *_others = [validated(output_type, text) for text in texts]
        except Exception:
            # Not chained: the validation's message quotes the answer, which programs log with the error.
            raise AgentOutputParseError(self) from None
        return AgentTurnResult(turn=self.turn, messages=self.messages, output_parsed=first)


class AgentOutputParseError(OpenAIError):
    """The turn was completed, and its text is not of the type; `result` has the text."""

    def __init__(self, result: AgentTurnResult[Any]) -> None:
        super().__init__("The agent's output is not of the output type")
        self.result = result


class AgentTurnResultError(OpenAIError):
    """There is no result. `reason` says why, the other members what is known so far.

    `observation_failed` (with the cause chained) and `incomplete` tell of the events, not of the turn: it may go on.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        turn: SessionTurn | None,
        session_id: str | None,
        messages: list[AgentSessionMessage],
        required_actions: list[RequiredAction],
    ) -> None:
        super().__init__(f"The agent's turn gave no result: {reason}")
        self.reason = reason
        self.turn = turn
        self.turn_id = turn.id if turn is not None else None
        self.session_id = session_id
        self.messages = messages
        self.required_actions = required_actions


class Turn:
    """The state of the turn, by the events so far."""

    def __init__(
        self, session_id: str | None = None, output_type: type | None = None, handled: Collection[str] = ()
    ) -> None:
        """`handled`: the tools that have handlers, whose calls need nobody else."""
        if output_type is not None:
            from ._output import checked_type

            checked_type(output_type)
        self.closed = False  # by the caller: what was handed out last starts nothing more
        self.over = False
        self._session_id = session_id
        self._output_type = output_type
        self._handled = handled
        self._turn: SessionTurn | None = None
        self._has_failed = False
        self._cause: Exception | None = None
        self._actions: list[RequiredAction] = []
        self._messages: dict[str, tuple[int, AgentSessionMessage]] | None = None  # None: nobody asked
        self._recent: dict[str, None] = {}
        self._began = False
        self._outcome: AgentTurnResult[Any] | AgentTurnResultError | AgentOutputParseError | None = None

    def repeats(self, event: Any) -> bool:
        """Whether this event was handed out already. To be asked once for each."""
        id = getattr(event, "event_id", None)
        if id is None:
            return False
        if id in self._recent:
            return True
        if len(self._recent) == REMEMBERED:
            del self._recent[next(iter(self._recent))]
        self._recent[id] = None
        return False

    def accept(self, event: Any) -> None:
        """Takes note of an event."""
        self._began = True
        if self.over:
            return
        kind = getattr(event, "type", None)
        if kind == "agent.session.created":
            self._session_id = event.session.id
        elif kind == "agent.session.turn.created":
            if self._turn is None and event.turn.subagent_id is None:
                self._turn, self._session_id = deepcopy(event.turn), event.session_id
        elif kind in (
            "agent.session.turn.completed",
            "agent.session.turn.failed",
            "agent.session.turn.cancelled",
        ):
            if self._turn is not None and event.turn_id == self._turn.id:
                self._turn, self._actions = deepcopy(event.turn), []
        elif kind == "agent.session.turn.item.done":
            self._keep(event)
        elif kind == "agent.session.in_progress":
            self._actions = []
        elif kind == "agent.session.requires_action":
            self._session_id, self._actions = event.session.id, deepcopy(event.session.required_actions or [])
        elif kind == "agent.session.failed":
            self._session_id, self._has_failed, self.over = event.session.id, True, True
        elif kind == "agent.session.idle":
            self.over = self._has_ended
        elif kind == "agent.session.budget_reached" and self._session_id in (None, event.session.id):
            self.over = self._turn is None or self._has_ended

    @property
    def _has_ended(self) -> bool:
        return self._turn is not None and self._turn.status in ENDED

    def _keep(self, event: Any) -> None:
        item = event.item
        if self._messages is None or self._turn is None or item.turn_id != self._turn.id:
            return
        if item.type == "message" and item.phase != "commentary" and item.status == "completed":
            from ....types.beta.agent_session_message import AgentSessionMessage

            message = AgentSessionMessage.construct(**deepcopy(item.to_dict()))
            self._messages[item.id] = (event.output_index or 0, message)

    def failed(self, cause: Exception) -> None:
        """The events broke off, or a result could not be submitted."""
        if not self.over:
            self._cause = cause

    # ------------------------------------------------------------------------------------------------------- the result

    def collect(self) -> None:
        """From now on messages are kept. Raises `RuntimeError` where events have been handed out without that."""
        if self._messages is None:
            if self._began:
                raise RuntimeError("call with_result_collection() before taking events, or get_final_result() at once")
            self._messages = {}

    def check(self) -> None:
        """Raises `AgentTurnResultError` as soon as there can be no result."""
        if isinstance(self._outcome, AgentTurnResultError):
            raise self._outcome
        status = self._turn.status if self._turn is not None else None
        if self._has_failed or status == "failed":
            raise self._error("failed")
        if status == "cancelled":
            raise self._error("cancelled")
        if any(action.type != "function_call" or action.name not in self._handled for action in self._actions):
            raise self._error("requires_action")
        if self._cause is not None:
            raise self._error("observation_failed") from self._cause

    def result(self) -> AgentTurnResult[Any]:
        """The result, the same each time. Raises `AgentTurnResultError` and `AgentOutputParseError`."""
        if self._outcome is None:
            self.check()
            if not self.over or self._turn is None or self._turn.status != "completed":
                raise self._error("incomplete")
            self._outcome = AgentTurnResult(self._turn, self._in_order())
            if self._output_type is not None:
                try:
                    self._outcome = self._outcome.parse(self._output_type)
                except AgentOutputParseError as error:
                    self._outcome = error
        if isinstance(self._outcome, OpenAIError):
            raise self._outcome
        return self._outcome

    def _error(self, reason: Reason) -> AgentTurnResultError:
        self.over = True
        self._outcome = AgentTurnResultError(
            reason,
            turn=self._turn,
            session_id=self._session_id,
            messages=self._in_order(),
            required_actions=self._actions,
        )
        return self._outcome

    def _in_order(self) -> list[AgentSessionMessage]:
        return [message for _, message in sorted((self._messages or {}).values(), key=lambda found: found[0])]
