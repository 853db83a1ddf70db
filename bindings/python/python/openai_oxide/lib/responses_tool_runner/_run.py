"""The state of one run, and its rules: what may be asked, what an answer may contain, what is recorded."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

from ..._native import decode, encode
from ..._types import omit
from ._types import ResponsesRunnerTurn, ToolRunnerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

# What the API runs itself: the item of a call → the tools that it may be of (as prefixes, since some carry a date).
SERVER_ITEMS = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcp",
    "mcp_approval_request": "mcp",
}
_CONTENTS = ("input_text", "input_image", "input_file")
# What the runner says of every request; `extra_body` must not say otherwise.
_OWNED = {
    *("stream", "store", "background", "conversation", "previous_response_id"),
    *("tools", "input", "include", "tool_choice"),
}


class Run:
    """One run. `functions` by name."""

    def __init__(
        self,
        params: Mapping[str, Any],
        functions: Mapping[str, Any],
        *,
        max_steps: int | None,
        ledger: Any,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.request = {**params}
        self.functions = functions
        self.ledger = ledger
        self.cancelled = cancelled
        resumed = ledger.resume_from if ledger is not None else None
        self.max_steps = max_steps if max_steps is not None else resumed["max_steps"] if resumed else 20
        _check(self.request, self.max_steps)
        declared = [deepcopy(tool) for tool in self.request.get("tools") or ()]
        for tool in declared:
            if not tool["type"].startswith(tuple(SERVER_ITEMS.values())):
                raise ValueError(f"params.tools are those that the API runs; register {tool['type']} tools")
        self.tools = [*(deepcopy(dict(function.tool)) for function in functions.values()), *declared]
        self.has_server_tools = bool(declared)
        self.has_mcp = any(tool["type"] == "mcp" for tool in declared)
        self._selected = _selected(self.request.get("tool_choice"), self.tools)
        asked = self.request.get("input") or []
        self.history: list[Any] = [{"role": "user", "content": asked}] if isinstance(asked, str) else deepcopy([*asked])
        self.attempted: list[str] = []
        self.completed: list[str] = []
        self.consumed = 0
        self._revision = 0
        self._seen = {item["call_id"] for item in self.history if isinstance(item, dict) and item.get("call_id")}
        if resumed is not None:
            self._resume(resumed)
        include = [*(self.request.get("include") or ()), "reasoning.encrypted_content"]
        self.request.update(tools=self.tools, include=[*dict.fromkeys(include)])
        self.begin()

    # ------------------------------------------------------------------------------------------------------------- turns

    def begin(self) -> None:
        """Makes ready for the next answer."""
        self.outputs: dict[str, Any] = {}  # of this answer's calls
        self._early: list[dict[str, Any]] = []  # the items of this answer whose calls began before its end
        self.supplied: dict[str, Any] = {}
        self._said: list[str] = []
        self._active: int | None = None

    def error(self, message: str) -> ToolRunnerError:
        return ToolRunnerError(message, self.attempted, self.completed)

    def check(self) -> None:
        """Raises `ToolRunnerError` once the caller has cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise self.error("The run was cancelled")

    def judge(self, item: Any, *, last: bool) -> bool:
        """Whether the item is a call that the caller runs, or approves. Raises for what the run cannot go on with."""
        kind = item.type
        if kind == "function_call":
            name = item.name
            if name not in self.functions or getattr(item, "namespace", None) not in (None, name):
                raise self.error(f"The answer calls a function that is not registered: {name}")
            if self._selected is not None and name not in self._selected:
                raise self.error(f"The answer calls a function that tool_choice excludes: {name}")
            self._new_call(item.call_id, getattr(item, "status", None), last)
            return True
        if kind == "mcp_approval_request":
            self._new_call(item.id, None, last)
        if kind in SERVER_ITEMS:
            if not any(tool["type"].startswith(SERVER_ITEMS[kind]) for tool in self.tools):
                raise self.error(f"The answer uses a tool that was not offered: {kind}")
            if getattr(item, "status", None) not in (None, "completed") or getattr(item, "error", None) is not None:
                raise self.error(f"A tool of the API failed: {kind}")
            return kind == "mcp_approval_request"
        if kind not in ("message", "reasoning", "compaction"):
            raise self.error(f"The answer has something that the runner cannot run: {kind}")
        if kind == "message" and getattr(item, "status", None) not in (None, "completed"):
            raise self.error("A message of the answer was cut off")
        return False

    def _new_call(self, call_id: Any, status: Any, last: bool) -> None:
        if status not in (None, "completed"):
            raise self.error("A call of the answer was cut off")
        if last:
            raise self.error(f"The run needs more than its {self.max_steps} requests")
        if not isinstance(call_id, str) or call_id in self._seen:
            raise self.error("A call of the answer has no id of its own")

    def attempt(self, item: Any) -> None:
        """Notes that a call is about to be run."""
        self.check()
        call_id = item.call_id if item.type == "function_call" else item.id
        self._seen.add(call_id)
        self.attempted.append(call_id)

    def done(self, item: Any, output: dict[str, Any]) -> None:
        """Notes the result of a call."""
        call_id = item.call_id if item.type == "function_call" else item.id
        self.completed.append(call_id)
        self.outputs[call_id] = output

    def began_early(self, item: Any) -> None:
        self._early.append(wire(item))

    def left(self, response: Any, *, last: bool) -> list[Any]:
        """The calls of a whole answer that are yet to be run. Raises for an answer that the run cannot go on with."""
        if response.status != "completed":
            raise self.error("The answer was not completed")
        items = {_id(item): item for item in response.output if item.type == "function_call"}
        for early in self._early:
            whole = items.get(early["call_id"])
            if whole is None or (whole.name, whole.arguments) != (early["name"], early["arguments"]):
                raise self.error("The whole answer differs from what was streamed of it")
        found, ids = [], set()
        for item in response.output:
            call_id = _id(item)
            if call_id in self.outputs:
                continue
            if self.judge(item, last=last):
                if call_id in ids:
                    raise self.error("A call of the answer has no id of its own")
                ids.add(call_id)
                found.append(item)
        return found

    def is_final(self, response: Any, left: list[Any]) -> bool:
        """Whether the answer is the last. Raises where it is none at all."""
        if left or self.outputs:
            return False
        for item in response.output:
            if item.type in SERVER_ITEMS or (item.type == "message" and getattr(item, "phase", None) != "commentary"):
                return True
        raise self.error("The answer has neither a message nor a call")

    def turn(self, response: Any, step: int, final: bool, left: list[Any], *, supplies: bool) -> ResponsesRunnerTurn:
        """What the caller sees of the answer."""
        self._active = step
        eligible = {
            item.call_id
            for item in left
            if supplies and item.type == "function_call" and self.functions[item.name].allow_output_override
        }
        return ResponsesRunnerTurn(
            response=response,
            step=step,
            final=final,
            tools_executed=bool(self.outputs),
            attempted_call_ids=tuple(self.attempted),
            completed_call_ids=tuple(self.completed),
            _supply=partial(self._supply, step, eligible),
            _append=partial(self._append, step, final),
        )

    def went_on(self) -> None:
        self._active = None

    def _supply(self, step: int, eligible: set[str], outputs: list[Any]) -> None:
        if self._active != step:
            raise ValueError("the run has gone on")
        supplied: dict[str, Any] = {}
        for output in outputs:
            call_id = output.get("call_id")
            if {*output} != {"type", "call_id", "output"} or output["type"] != "function_call_output":
                raise ValueError("a result is {'type': 'function_call_output', 'call_id', 'output'}")
            if call_id not in eligible or call_id in supplied:
                raise ValueError(f"no result can be supplied for {call_id!r}")
            supplied[call_id] = {**output, "output": checked_output(output["output"])}
        self.supplied = supplied

    def _append(self, step: int, final: bool, text: str) -> None:
        if self._active != step or final or not isinstance(text, str) or not text.strip():
            raise ValueError("text can be added to the turn that is current, unless it is the final one")
        self._said.append(text)

    def finish(self, response: Any) -> None:
        """The answer, the results of its calls, and what the user says, become part of the conversation."""
        self.history += [wire(item) for item in response.output]
        self.history += [self.outputs[_id(item)] for item in response.output if _id(item) in self.outputs]
        self.history += [{"role": "user", "content": text} for text in self._said]

    # ------------------------------------------------------------------------------------------------------- the ledger

    def checkpoint(self, phase: str, pending: list[Any] | None = None, final: Any = None) -> Any:
        """The state as JSON of its own."""
        self._revision += 1
        return decode(
            encode(
                {
                    "version": 1,
                    "run_id": self.ledger.run_id,
                    "revision": self._revision,
                    "phase": phase,
                    "max_steps": self.max_steps,
                    "consumed_requests": self.consumed,
                    "tools": [_without_secrets(tool) for tool in self.tools],
                    "output_override_names": self._overrides,
                    "history": self.history,
                    "attempted_call_ids": self.attempted,
                    "returned_call_ids": self.completed,
                    "pending_items": [wire(item) for item in pending or ()],
                    "returned_outputs": [*self.outputs.values()] if phase == "pending" else [],
                    "final_response": final and _final(final),
                }
            )
        )

    @property
    def _overrides(self) -> list[str]:
        return sorted(name for name, function in self.functions.items() if function.allow_output_override)

    def _resume(self, saved: Any) -> None:
        told = {
            "version": 1,
            "run_id": self.ledger.run_id,
            "phase": "boundary",
            "max_steps": self.max_steps,
            "tools": decode(encode([_without_secrets(tool) for tool in self.tools])),
            "output_override_names": self._overrides,
        }
        for name, value in told.items():
            if saved.get(name) != value:
                raise ValueError(f"the checkpoint is not one that this run can go on from: {name} differs")
        if saved["attempted_call_ids"] != saved["returned_call_ids"]:
            raise ValueError(
                "the checkpoint has a call without a result; whether it took effect is the caller's to find out"
            )
        if not self.history:
            raise ValueError("a resumed run needs something new in params.input")
        self._revision = saved["revision"]
        self.consumed = saved["consumed_requests"]
        self.attempted, self.completed = [*saved["attempted_call_ids"]], [*saved["returned_call_ids"]]
        self.history = [*deepcopy(saved["history"]), *self.history]
        self._seen |= {*self.attempted}


def wire(item: Any) -> dict[str, Any]:
    """An item of an answer as an input of the next request."""
    data = item.to_dict() if hasattr(item, "to_dict") else dict(item)
    for name in ("created_by", "parsed_arguments"):
        data.pop(name, None)
    if data.get("id", "") is None:
        del data["id"]
    for part in data.get("content") or () if data.get("type") == "message" else ():
        part.pop("parsed", None)
    return data


def checked_output(value: Any) -> Any:
    """A result as the API takes it. Raises `ValueError` for anything but text and lists of input contents."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(
        isinstance(part, dict) and part.get("type") in _CONTENTS for part in value
    ):
        raise ValueError("a function gives text, or a list of input_text, input_image and input_file")
    return deepcopy(value)


def _id(item: Any) -> Any:
    return item.call_id if item.type == "function_call" else getattr(item, "id", None)


def _check(params: dict[str, Any], max_steps: Any) -> None:
    if type(max_steps) is not int or max_steps < 1:
        raise ValueError("max_steps must be at least 1")
    for name in ("stream", "background", "conversation", "previous_response_id"):
        if params.get(name) not in (None, False, omit):
            raise ValueError(f"the runner keeps the conversation itself; it takes no {name} in params")
    extra = params.get("extra_body")
    if isinstance(extra, dict) and (owned := _OWNED & {*extra}):
        raise ValueError(f"extra_body cannot say what the runner says: {', '.join(sorted(owned))}")


def _selected(choice: Any, tools: list[dict[str, Any]]) -> set[str] | None:
    """The functions that `tool_choice` leaves; None for all. Raises where the model could never answer without a call."""
    is_local = choice == "required" and all(tool["type"] == "function" for tool in tools)
    if not isinstance(choice, dict):
        if is_local:
            raise ValueError("with tool_choice='required' the run would have no end")
        return set() if choice == "none" else None
    names = {tool["name"] for tool in choice.get("tools") or () if tool.get("type") == "function"}
    forced = choice["type"] == "allowed_tools" and choice.get("mode") == "required"
    if choice["type"] == "function" or (forced and len(names) == len(choice["tools"])):
        raise ValueError("with a tool_choice that always asks for a function the run would have no end")
    return names


def _without_secrets(tool: Any) -> Any:
    if tool["type"] == "mcp":
        from hashlib import sha256

        told = {name: value for name, value in tool.items() if name not in ("authorization", "headers")}
        if isinstance(url := told.get("server_url"), str):
            told["server_url"] = f"sha256:{sha256(url.encode()).hexdigest()}"
        return told
    policy = container.get("network_policy") if isinstance(container := tool.get("container"), dict) else None
    if not policy or not policy.get("domain_secrets"):
        return tool
    secrets = [{**secret, "value": ""} for secret in policy["domain_secrets"]]
    return {**tool, "container": {**container, "network_policy": {**policy, "domain_secrets": secrets}}}


def _final(response: Any) -> dict[str, Any]:
    told = response.to_dict()
    told["tools"] = [_without_secrets(tool) for tool in told.get("tools") or ()]
    return told
