"""A bounded loop over Decisions: look, offer what can be done, let the model choose, do it, look again.

    observe ──► candidates ──► decision ──► its function runs ──► observe …
                                   └──► done ──► verify ──► result

A choice is not a permission: what may not be done must not be among the candidates. A failure stops the run; the error says
which candidates were begun and which were done, and nothing of what went wrong.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from time import monotonic
from typing import Any, Literal, TypedDict

from .._helpers.steps import awaitable, blocking
from ..types.decision_input_image_param import DecisionInputImageParam
from ..types.decision_input_text_param import DecisionInputTextParam
from ._tool_lifecycle import ToolLifecycle, fresh_key, invoke
from .tool_diagnostics import Telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from typing_extensions import Required

    from .._helpers.steps import Steps
    from ..types.decision import Decision
    from ._tool_lifecycle import CloseStatus
    from .tool_diagnostics import ToolDiagnosticObserver

__all__ = [
    "AsyncDecisionActionCandidate",
    "AsyncDecisionCandidate",
    "AsyncDecisionsToolRunner",
    "DecisionActionCandidate",
    "DecisionCandidate",
    "DecisionDoneCandidate",
    "DecisionObservation",
    "DecisionsRunResult",
    "DecisionsRunnerParams",
    "DecisionsToolRunner",
    "DecisionsToolRunnerCancelledError",
    "DecisionsToolRunnerError",
]

_QUESTION = "next_action"
_INSTRUCTIONS = "Choose the action that brings the task forward, or the one that ends it if the task is done."
_MOST_CANDIDATES = 255

DecisionObservation: TypeAlias = str | Iterable[DecisionInputTextParam | DecisionInputImageParam]


class DecisionActionCandidate(TypedDict, total=False):
    """Something that can be done."""

    id: Required[str]
    description: Required[str]
    execute: Required[Callable[[], object]]
    done: Literal[False]


class AsyncDecisionActionCandidate(TypedDict, total=False):
    """Something that can be done, asynchronously."""

    id: Required[str]
    description: Required[str]
    execute: Required[Callable[[], Awaitable[object]]]
    done: Literal[False]


class DecisionDoneCandidate(TypedDict):
    """The choice that the task is done; each offer has one."""

    id: str
    description: str
    done: Literal[True]


DecisionCandidate: TypeAlias = DecisionActionCandidate | DecisionDoneCandidate
AsyncDecisionCandidate: TypeAlias = AsyncDecisionActionCandidate | DecisionDoneCandidate


class DecisionsRunnerParams(TypedDict, total=False):
    """The model, and the task as `input`."""

    model: Required[str]
    input: Required[str]
    safety_identifier: str | None


class DecisionsRunResult(TypedDict):
    """How the run ended: checked to be done, said to be done, or refused by the model."""

    status: Literal["verified", "unverified", "refused"]
    decisions: list[Decision]
    attempted_candidate_ids: list[str]
    completed_candidate_ids: list[str]


Reason: TypeAlias = Literal[
    "invalid_params",
    "invalid_candidates",
    "invalid_answer",
    "async_executor",
    "invalid_verification",
    "verification_failed",
    "step_limit",
    "failed",
    "cancelled",
]


class DecisionsToolRunnerError(RuntimeError):
    """The run stopped; `reason` says at what. The ids say which candidates were begun, and which functions returned."""

    def __init__(self, reason: Reason, attempted: list[str], completed: list[str]) -> None:
        super().__init__(f"The run of decisions stopped: {reason}")
        self.reason: Reason = reason
        self.attempted_candidate_ids = tuple(attempted)
        self.completed_candidate_ids = tuple(completed)


class DecisionsToolRunnerCancelledError(CancelledError):
    """The task of the run was cancelled; the ids as in `DecisionsToolRunnerError`."""

    def __init__(self, attempted: list[str], completed: list[str]) -> None:
        super().__init__("The run of decisions was cancelled")
        self.reason: Literal["cancelled"] = "cancelled"
        self.attempted_candidate_ids = tuple(attempted)
        self.completed_candidate_ids = tuple(completed)


class _Run:
    """The state of one run."""

    def __init__(self, params: Any, max_steps: Any, cancelled: Callable[[], bool] | None) -> None:
        self.attempted: list[str] = []
        self.completed: list[str] = []
        self.decisions: list[Decision] = []
        self.cancelled = cancelled
        self.params = {**params}
        known = isinstance(params.get("model"), str) and isinstance(params.get("input"), str)
        if not known or {*params} - {"model", "input", "safety_identifier"}:
            raise self.error("invalid_params")
        if type(max_steps) is not int or max_steps < 1:
            raise self.error("invalid_params")

    def error(self, reason: Reason) -> DecisionsToolRunnerError:
        return DecisionsToolRunnerError(reason, self.attempted, self.completed)

    def check(self) -> None:
        if self.cancelled is not None and self.cancelled():
            raise self.error("cancelled")

    def result(self, status: Literal["verified", "unverified", "refused"]) -> DecisionsRunResult:
        self.check()
        return {
            "status": status,
            "decisions": self.decisions,
            "attempted_candidate_ids": self.attempted,
            "completed_candidate_ids": self.completed,
        }

    def offered(self, candidates: Any) -> dict[str, Any]:
        """The candidates by id. Raises for an offer that is none."""
        if not isinstance(candidates, list) or not 1 <= len(candidates) <= _MOST_CANDIDATES:
            raise self.error("invalid_candidates")
        found: dict[str, Any] = {}
        for candidate in candidates:
            id, description = candidate.get("id"), candidate.get("description")
            texts = all(isinstance(text, str) and text.strip() for text in (id, description))
            is_done = candidate.get("done", False)
            runs = "execute" not in candidate if is_done else callable(candidate.get("execute"))
            if not texts or id in found or type(is_done) is not bool or not runs:
                raise self.error("invalid_candidates")
            found[id] = {**candidate, "done": is_done}
        if sum(candidate["done"] for candidate in found.values()) != 1:
            raise self.error("invalid_candidates")
        return found

    def request(self, observation: Any, offered: dict[str, Any]) -> dict[str, Any]:
        choices = [{"value": id, "description": candidate["description"]} for id, candidate in offered.items()]
        question = {"type": "choice", "name": _QUESTION, "instructions": _INSTRUCTIONS, "choices": choices}
        task = [{"role": "user", "content": content} for content in (self.params["input"], observation)]
        return {**self.params, "input": task, "questions": [question]}

    def chosen(self, decision: Decision, offered: dict[str, Any]) -> dict[str, Any] | None:
        """What the model chose; None where it refused."""
        self.check()
        answers: Any = decision.answers
        if not isinstance(answers, list) or len(answers) != 1 or answers[0].name != _QUESTION:
            raise self.error("invalid_answer")
        self.decisions.append(decision)
        answer: Any = answers[0]
        if answer.type == "refusal":
            return None
        if answer.type != "choice" or answer.choice not in offered:
            raise self.error("invalid_answer")
        return offered[answer.choice]


def _owned(observation: Any) -> Any:
    """The observation, read once, and the run's own."""
    return observation if isinstance(observation, str) else deepcopy([*observation])


class _Runner:
    """What both have in common: the steps of a run."""

    _waits = False

    def __init__(self, observe: Any, candidates: Any, verify: Any) -> None:
        self.observe = observe
        self.candidates = candidates
        self.verify = verify
        self._lifecycle = ToolLifecycle("decisions runner")

    def close(self) -> CloseStatus:
        """Takes no more runs; one under way goes on."""
        return self._lifecycle.close()

    def _run(
        self,
        client: Any,
        params: DecisionsRunnerParams,
        *,
        max_steps: int = 20,
        cancelled: Callable[[], bool] | None = None,
        on_diagnostic: ToolDiagnosticObserver | None = None,
    ) -> Steps[DecisionsRunResult]:
        """Runs until the task is done, for at most `max_steps` choices. For one run at a time.

        `cancelled` is asked between steps, and given to functions that have such a parameter. Raises
        `DecisionsToolRunnerError` for anything that stops the run.
        """
        self._lifecycle.enter()
        try:
            run = _Run(params, max_steps, cancelled)
            tell = Telling("decisions", on_diagnostic)
            try:
                return (yield from self._steps(client, run, max_steps, tell))
            except DecisionsToolRunnerError as error:
                if error.reason == "step_limit":
                    tell("run", "step_limit")
                raise
            except CancelledError:
                raise DecisionsToolRunnerCancelledError(run.attempted, run.completed) from None
            except Exception:
                raise run.error("failed") from None
        finally:
            self._lifecycle.exit()

    def _steps(self, client: Any, run: _Run, max_steps: int, tell: Telling) -> Steps[DecisionsRunResult]:
        for step in range(1, max_steps + 1):
            run.check()
            observation = _owned((yield from self._given(run, self.observe())))
            offered = run.offered((yield from self._given(run, self.candidates(deepcopy(observation)))))
            if len(offered) == 1:  # nothing to choose from
                choice: Any = next(iter(offered.values()))
            else:
                choice = yield from self._ask(client, run, observation, offered, tell, first=step == 1)
            tell("selection", "completed" if choice else "refused", call_id=choice and choice["id"])
            if choice is None:
                return run.result("refused")
            if choice["done"]:
                if self.verify is None:
                    return run.result("unverified")
                if (yield from self._verified(run, choice, tell)):
                    return run.result("verified")
                if len(offered) == 1:
                    raise run.error("verification_failed")
            elif step < max_steps:
                yield from self._execute(run, choice, tell)
        raise run.error("step_limit")

    def _ask(
        self, client: Any, run: _Run, observation: Any, offered: dict[str, Any], tell: Telling, *, first: bool
    ) -> Steps[Any]:
        started = monotonic()
        headers = None if first else fresh_key(client, None)
        try:
            decision = yield client.decisions.create(**run.request(observation, offered), extra_headers=headers)
        except Exception:
            tell("request", "api_failed", started)
            raise
        choice = run.chosen(decision, offered)
        tell("request", "completed", started, usage=decision.usage)
        return choice

    def _verified(self, run: _Run, choice: Any, tell: Telling) -> Steps[bool]:
        run.check()
        observation = _owned((yield from self._given(run, self.observe())))
        started = monotonic()
        verified = yield from self._given(run, self.verify(observation))
        tell("verification", "completed" if verified is True else "refused", started, call_id=choice["id"])
        run.check()
        if type(verified) is not bool:
            raise run.error("invalid_verification")
        return verified

    def _execute(self, run: _Run, choice: Any, tell: Telling) -> Steps[None]:
        run.check()
        run.attempted.append(choice["id"])
        started = monotonic()
        try:
            yield from self._given(run, invoke(choice["execute"], cancelled=run.cancelled))
        except (Exception, CancelledError):
            tell("action", "driver_failed", started, call_id=choice["id"])
            raise
        tell("action", "completed", started, call_id=choice["id"])
        run.completed.append(choice["id"])

    def _given(self, run: _Run, value: Any) -> Steps[Any]:
        """What a function of the caller gave, waited for if it is to be."""
        if not hasattr(value, "__await__"):
            return value
        if self._waits:
            return (yield value)
        if (close := getattr(value, "close", None)) is not None:
            close()
        raise run.error("async_executor")


class DecisionsToolRunner(_Runner):
    """For `OpenAI`. `observe` tells how things stand, `candidates` what can be done, `verify` whether the task is done."""

    run = blocking(_Runner._run)

    def __init__(
        self,
        *,
        observe: Callable[[], DecisionObservation],
        candidates: Callable[[DecisionObservation], list[DecisionCandidate]],
        verify: Callable[[DecisionObservation], bool] | None = None,
    ) -> None:
        super().__init__(observe, candidates, verify)


class AsyncDecisionsToolRunner(_Runner):
    """For `AsyncOpenAI`; its functions are asynchronous."""

    _waits = True
    run = awaitable(_Runner._run)

    def __init__(
        self,
        *,
        observe: Callable[[], Awaitable[DecisionObservation]],
        candidates: Callable[[DecisionObservation], Awaitable[list[AsyncDecisionCandidate]]],
        verify: Callable[[DecisionObservation], Awaitable[bool]] | None = None,
    ) -> None:
        super().__init__(observe, candidates, verify)
