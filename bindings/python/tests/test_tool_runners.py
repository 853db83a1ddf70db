"""The runners of tools over Responses and Decisions: what the suite's cases do not reach."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pydantic
import pytest
from conftest import Received, Server

from openai_oxide import AsyncOpenAI, OpenAI, pydantic_function_tool
from openai_oxide.lib._tools import pydantic_responses_function_tool
from openai_oxide.lib.decisions_tool_runner import (
    AsyncDecisionsToolRunner,
    DecisionsToolRunner,
    DecisionsToolRunnerError,
)
from openai_oxide.lib.responses_tool_runner import (
    AsyncRegisteredFunction,
    AsyncResponsesToolLedger,
    AsyncResponsesToolRunner,
    RegisteredFunction,
    ResponsesToolLedger,
    ResponsesToolRunner,
    ToolRunnerCancelledError,
    ToolRunnerError,
)

ASK: Any = {"model": "m", "input": "Go"}


def called(name: str, call_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"item_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": "completed",
    }


def says(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": content}


def response(*output: Any, status: str = "completed") -> dict[str, Any]:
    return {"id": "r", "object": "response", "status": status, "output": [*output], "tools": []}


def answers(*outputs: Any) -> Callable[[Received], None]:
    """A server that gives these answers, one after another."""
    left = [response(*output) for output in outputs]
    return lambda request: request.connection.reply(left.pop(0))


def streamed(request: Received, *output: Any, pause: float = 0.0, status: str = "completed") -> None:
    connection = request.connection
    connection.start_events()
    connection.events({"type": "response.created", "sequence_number": 0, "response": response(status="in_progress")})
    for index, item in enumerate(output):
        for kind in ("added", "done"):
            event = {"type": f"response.output_item.{kind}", "sequence_number": 1, "output_index": index, "item": item}
            connection.events(event)
    time.sleep(pause)
    last = {"type": f"response.{status}", "sequence_number": 9, "response": response(*output, status=status)}
    connection.events(last)
    connection.end_events(done=False)


def tool(name: str) -> Any:
    return {"type": "function", "name": name, "strict": False, "parameters": {"type": "object"}}


def registered(name: str, execute: Callable[..., Any] = lambda arguments: "done", **more: Any) -> RegisteredFunction:
    return RegisteredFunction(tool(name), execute, **more)


# -------------------------------------------------------------------------------------------------------------- responses


def test_a_model_of_arguments(server: Server, client: OpenAI) -> None:
    class Place(pydantic.BaseModel):
        city: str

    server.handler = answers([called("Place", "c", '{"city":"Bern"}')], [says("Bye.")])
    declared = pydantic_responses_function_tool(Place)
    function = RegisteredFunction.from_tool(declared, execute=lambda place: place.city.upper())
    final = ResponsesToolRunner(functions=[function]).run(client, ASK)
    assert final.output_text == "Bye."
    assert server.requests[1].json["input"][-1]["output"] == "BERN"
    assert server.requests[0].json["tools"][0]["name"] == "Place"
    with pytest.raises(ValueError, match="pydantic_function_tool"):
        RegisteredFunction.from_tool(tool("Place"), execute=lambda place: "")
    assert pydantic_function_tool(Place)["type"] == "function"


def test_a_turn_takes_results_and_text(server: Server, client: OpenAI) -> None:
    server.handler = answers([called("a", "c1"), called("b", "c2")], [says("Bye.")])
    functions = [registered("a", allow_output_override=True), registered("b")]
    for turn in ResponsesToolRunner(functions=functions).iterate(client, ASK):
        if turn.final:
            with pytest.raises(ValueError, match="final"):
                turn.append_user_text("too late")
            continue
        with pytest.raises(ValueError, match="c2"):
            turn.supply_outputs([{"type": "function_call_output", "call_id": "c2", "output": "x"}])
        turn.supply_outputs([{"type": "function_call_output", "call_id": "c1", "output": "mine"}])
        turn.append_user_text("And hurry.")
        first = turn
    assert [item.get("output", item.get("content")) for item in server.requests[1].json["input"][3:]] == [
        "mine",
        "done",
        "And hurry.",
    ]
    with pytest.raises(ValueError, match="gone on"):
        first.supply_outputs([])


def test_eager_calls_begin_while_the_answer_streams(server: Server, client: OpenAI) -> None:
    began: list[float] = []
    both = threading.Barrier(2)

    def slow(arguments: dict[str, Any]) -> str:
        began.append(time.monotonic())
        both.wait(5)  # only beside each other do they get past this
        return "ok"

    def handler(request: Received) -> None:
        if len(server.requests) == 1:
            streamed(request, called("slow", "c1"), called("slow", "c2"), pause=0.5)
        else:
            streamed(request, says("Bye."))

    server.handler = handler
    runner = ResponsesToolRunner(functions=[registered("slow", slow, independent=True)])
    start = time.monotonic()
    turns = list(runner.iterate(client, ASK, stream=True, eager=True))
    assert max(began) - start < 0.45
    assert [(turn.tools_executed, turn.completed_call_ids) for turn in turns] == [
        (True, ("c1", "c2")),
        (False, ("c1", "c2")),
    ]
    assert [item["call_id"] for item in server.requests[1].json["input"][3:]] == ["c1", "c2"]


def test_what_may_begin_early(server: Server, client: OpenAI) -> None:
    ran: list[str] = []

    def noting(name: str) -> RegisteredFunction:
        return registered(name, lambda arguments: ran.append(name) or "ok")

    def handler(request: Received) -> None:
        streamed(request, *([called("a", "c1"), called("b", "c2"), called("a", "c3")] if not ran else [says("Bye.")]))

    server.handler = handler
    runner = ResponsesToolRunner(functions=[noting("a"), noting("b")], early_execution={"functions": ["a"]})
    turns = runner.iterate(client, ASK, stream=True, eager=True)
    assert next(turns).completed_call_ids == ("c1",)
    assert ran == ["a"]
    turns.close()
    ran.clear()
    runner = ResponsesToolRunner(functions=[noting("a"), noting("b")])
    turns = runner.iterate(client, ASK, stream=True, eager=True, before_early_call=lambda call: "defer")
    assert next(turns).attempted_call_ids == ()
    assert next(turns).final
    assert ran == ["a", "b", "a"]


def test_a_failed_stream_runs_nothing_more(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: streamed(request, called("a", "c1"), status="incomplete")
    with pytest.raises(ToolRunnerError) as raised:
        ResponsesToolRunner(functions=[registered("a")]).run(client, ASK, stream=True, eager=True)
    assert (raised.value.attempted_call_ids, raised.value.completed_call_ids) == (("c1",), ("c1",))
    assert len(server.requests) == 1


def test_a_run_is_recorded_and_resumed(server: Server, client: OpenAI) -> None:
    saved: list[Any] = []
    server.handler = answers([called("a", "c1")], [called("a", "c2")], [says("Bye.")])
    runner = ResponsesToolRunner(functions=[registered("a")])
    turns = runner.iterate(client, ASK, ledger=ResponsesToolLedger("run", saved.append), max_steps=5)
    next(turns), next(turns)
    turns.close()
    assert [(state["phase"], state["consumed_requests"], state["returned_call_ids"]) for state in saved] == [
        ("boundary", 1, []),
        ("pending", 1, []),
        ("pending", 1, []),
        ("pending", 1, ["c1"]),
        ("boundary", 2, ["c1"]),
        ("pending", 2, ["c1"]),
    ]
    assert [state["revision"] for state in saved] == [1, 2, 3, 4, 5, 6]
    again: Any = {"model": "m", "input": "Go on."}
    with pytest.raises(ValueError, match="phase"):
        ledger = ResponsesToolLedger("run", saved.append, resume_from=saved[-1])
        runner.run(client, again, ledger=ledger)
    final = runner.run(client, again, ledger=ResponsesToolLedger("run", saved.append, resume_from=saved[4]))
    assert final.output_text == "Bye."
    assert saved[-1]["phase"] == "final"
    assert [item.get("content", item.get("call_id")) for item in server.requests[2].json["input"]] == [
        "Go",
        "c1",
        "c1",
        "Go on.",
    ]
    for change in ({"run_id": "other"}, {"tools": []}):
        with pytest.raises(ValueError, match="differs"):
            ledger = ResponsesToolLedger("run", saved.append, resume_from={**saved[4], **change})
            runner.run(client, again, ledger=ledger)


def test_a_record_has_no_secrets(server: Server, client: OpenAI) -> None:
    saved: list[Any] = []
    server.handler = answers([says("Bye.")])
    mcp = {"type": "mcp", "server_label": "s", "server_url": "https://s", "authorization": "t", "headers": {"k": "v"}}
    ledger = ResponsesToolLedger("run", saved.append)
    ResponsesToolRunner().run(client, {**ASK, "tools": [mcp]}, ledger=ledger)
    assert {*saved[0]["tools"][0]} == {"type", "server_label", "server_url"}
    assert saved[0]["tools"][0]["server_url"].startswith("sha256:")
    assert server.requests[0].json["tools"] == [mcp]


def test_an_input_over_its_budget(server: Server, client: OpenAI) -> None:
    runner = ResponsesToolRunner(functions=[registered("a", lambda arguments: "x" * 500)])
    server.handler = answers([called("a", "c1")], [says("Bye.")])
    with pytest.raises(ToolRunnerError, match="budget"):
        runner.run(client, ASK, context_budget={"max_input_bytes": 400, "max_input_images": 0})
    server.handler = answers([called("a", "c1")], [says("Bye.")])
    seen: list[Any] = []

    def compact(snapshot: Any) -> Any:
        seen.append(snapshot)
        return {"drop_call_ids": ["c1"], "summary": "many x"}

    budget: Any = {"max_input_bytes": 400, "max_input_images": 0, "compact": compact}
    assert runner.run(client, ASK, context_budget=budget).output_text == "Bye."
    assert seen[0]["eligible_call_ids"] == ["c1"]
    assert seen[0]["input_bytes"] > 500
    sent = server.requests[-1].json["input"]
    assert [item["role"] for item in sent] == ["user", "user", "user"]
    assert "many x" in sent[0]["content"]
    assert "a (c1)" in sent[1]["content"]


def test_an_mcp_server_asks(server: Server, client: OpenAI) -> None:
    asks = {"type": "mcp_approval_request", "id": "q", "name": "delete", "arguments": "{}", "server_label": "s"}
    mcp = {"type": "mcp", "server_label": "s", "server_url": "https://s"}
    server.handler = answers([asks], [says("Bye.")])
    with pytest.raises(ToolRunnerError, match="approve_mcp"):
        ResponsesToolRunner().run(client, {**ASK, "tools": [mcp]})
    server.handler = answers([asks], [says("Bye.")])
    ResponsesToolRunner().run(client, {**ASK, "tools": [mcp]}, approve_mcp=lambda request: request.name != "delete")
    answer = {"type": "mcp_approval_response", "approval_request_id": "q", "approve": False}
    assert server.requests[-1].json["input"][-1] == answer


@pytest.mark.parametrize(
    "params",
    [
        {"previous_response_id": "r"},
        {"conversation": "c"},
        {"background": True},
        {"stream": True},
        {"extra_body": {"store": True}},
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "name": "a"}},
        {"tools": [{"type": "function", "name": "b"}]},
    ],
)
def test_what_a_run_does_not_take(params: Any, server: Server, client: OpenAI) -> None:
    with pytest.raises(ValueError, match=r"params|extra_body|end"):
        ResponsesToolRunner(functions=[registered("a")]).run(client, {**ASK, **params})
    assert server.requests == []


def test_one_run_at_a_time_and_none_once_closed(server: Server, client: OpenAI) -> None:
    server.handler = answers([called("a", "c1")], [says("Bye.")])
    runner = ResponsesToolRunner(functions=[registered("a")])
    turns = runner.iterate(client, ASK)
    next(turns)
    with pytest.raises(RuntimeError, match="in use"):
        runner.run(client, ASK)
    assert runner.close() == {"status": "draining"}
    assert next(turns).final
    turns.close()
    with pytest.raises(RuntimeError, match="closed"):
        runner.run(client, ASK)


def test_diagnostics_have_no_texts(server: Server, client: OpenAI) -> None:
    seen: list[Any] = []

    def fails(arguments: dict[str, Any], cancelled: Any = "not given") -> str:
        assert cancelled is None
        raise RuntimeError("secret")

    server.handler = answers([called("fails", "c1")])
    with pytest.raises(ToolRunnerError) as raised:
        ResponsesToolRunner(functions=[registered("fails", fails)]).run(client, ASK, on_diagnostic=seen.append)
    assert [(told["stage"], told["reason"], told["call_id"]) for told in seen] == [
        ("request", "completed", None),
        ("action", "driver_failed", "c1"),
    ]
    assert "secret" not in f"{seen}{raised.value}"
    assert raised.value.attempted_call_ids == ("c1",)


def test_the_asynchronous_runner(server: Server, aclient: AsyncOpenAI) -> None:
    saved: list[Any] = []
    under_way = asyncio.Event()

    async def save(state: Any) -> None:
        saved.append(state["phase"])

    async def waits(arguments: dict[str, Any]) -> str:
        under_way.set()
        await asyncio.sleep(60)
        return "never"

    async def quick(arguments: dict[str, Any]) -> str:
        return "ok"

    async def main() -> None:
        server.handler = answers([called("quick", "c1")], [says("Bye.")])
        functions = [AsyncRegisteredFunction(tool("quick"), quick), AsyncRegisteredFunction(tool("waits"), waits)]
        runner = AsyncResponsesToolRunner(functions=functions)
        final = await runner.run(aclient, ASK, ledger=AsyncResponsesToolLedger("run", save))
        assert final.output_text == "Bye."
        assert saved == ["boundary", "pending", "pending", "pending", "boundary", "final"]

        server.handler = lambda request: streamed(request, called("quick", "c1"), called("waits", "c2"))
        task = asyncio.ensure_future(runner.run(aclient, ASK, stream=True, eager=True))
        await under_way.wait()
        task.cancel()
        with pytest.raises(ToolRunnerCancelledError) as raised:
            await task
        assert raised.value.attempted_call_ids == ("c1", "c2")
        assert raised.value.completed_call_ids == ("c1",)

    asyncio.run(main())


# -------------------------------------------------------------------------------------------------------------- decisions


def decides(*choices: str | None) -> Callable[[Received], None]:
    """A server that chooses these, one after another; None is a refusal."""
    left = [
        {"name": "next_action", "type": "choice", "choice": choice, "confidence": 1.0, "probabilities": []}
        if choice
        else {"name": "next_action", "type": "refusal"}
        for choice in choices
    ]
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    return lambda request: request.connection.reply({"model": "m", "answers": [left.pop(0)], "usage": usage})


def counter(limit: int) -> tuple[list[int], Any, Any]:
    """Something to count up to a limit."""
    count = [0]

    def candidates(observation: Any) -> Any:
        offer: list[Any] = [{"id": "stop", "description": "It is high enough.", "done": True}]
        if count[0] < limit:
            up = {"id": "up", "description": "Count up.", "execute": lambda: count.__setitem__(0, count[0] + 1)}
            offer.append(up)
        return offer

    return count, lambda: f"The count is {count[0]}.", candidates


def test_decisions_are_carried_out(server: Server, client: OpenAI) -> None:
    count, observe, candidates = counter(9)
    server.handler = decides("up", "stop", "up", "stop")
    runner = DecisionsToolRunner(observe=observe, candidates=candidates, verify=lambda seen: seen == "The count is 2.")
    result = runner.run(client, {"model": "m", "input": "Two."})
    assert result["status"] == "verified"
    assert (count, result["attempted_candidate_ids"], result["completed_candidate_ids"]) == (
        [2],
        ["up"] * 2,
        ["up"] * 2,
    )
    assert len(result["decisions"]) == 4
    body = server.requests[0].json
    assert [message["content"] for message in body["input"]] == ["Two.", "The count is 0."]
    assert [choice["value"] for choice in body["questions"][0]["choices"]] == ["stop", "up"]


def test_how_decisions_end(server: Server, client: OpenAI) -> None:
    task: Any = {"model": "m", "input": "Two."}
    _count, observe, candidates = counter(9)
    runner = DecisionsToolRunner(observe=observe, candidates=candidates)
    for choices, status in ((["stop"], "unverified"), (["up", None], "refused")):
        server.handler = decides(*choices)
        assert runner.run(client, task)["status"] == status
    for choices, reason, attempted in ((["up"] * 3, "step_limit", ("up", "up")), (["fly"], "invalid_answer", ())):
        server.handler = decides(*choices)
        with pytest.raises(DecisionsToolRunnerError) as raised:
            runner.run(client, task, max_steps=3)
        assert (raised.value.reason, raised.value.attempted_candidate_ids) == (reason, attempted)
    server.handler = lambda request: request.connection.reply({"error": {"message": "secret"}}, 500)
    with pytest.raises(DecisionsToolRunnerError) as raised:
        runner.run(client, task)
    assert raised.value.reason == "failed"
    assert "secret" not in str(raised.value)
    with pytest.raises(DecisionsToolRunnerError) as raised:
        runner.run(client, {**task, "temperature": 1})
    assert raised.value.reason == "invalid_params"
    with pytest.raises(DecisionsToolRunnerError) as raised:
        runner.run(client, task, cancelled=lambda: True)
    assert raised.value.reason == "cancelled"


def test_without_a_choice_nothing_is_asked(server: Server, client: OpenAI) -> None:
    _count, observe, candidates = counter(0)
    runner = DecisionsToolRunner(observe=observe, candidates=candidates, verify=lambda seen: False)
    with pytest.raises(DecisionsToolRunnerError) as raised:
        runner.run(client, {"model": "m", "input": "Two."})
    assert raised.value.reason == "verification_failed"
    assert server.requests == []


@pytest.mark.parametrize(
    "offer",
    [
        [],
        [{"id": "a", "description": "A.", "execute": print}],
        [{"id": "a", "description": "A.", "done": True}, {"id": "a", "description": "B.", "execute": print}],
        [{"id": "a", "description": " ", "done": True}],
        [{"id": "a", "description": "A.", "done": True}, {"id": "b", "description": "B."}],
        [{"id": "a", "description": "A.", "done": True, "execute": print}],
    ],
)
def test_offers_that_are_none(offer: Any, server: Server, client: OpenAI) -> None:
    runner = DecisionsToolRunner(observe=lambda: "", candidates=lambda seen: offer)
    with pytest.raises(DecisionsToolRunnerError) as raised:
        runner.run(client, {"model": "m", "input": "Two."})
    assert raised.value.reason == "invalid_candidates"
    assert server.requests == []


def test_asynchronous_decisions(server: Server, aclient: AsyncOpenAI, client: OpenAI) -> None:
    count = [0]

    async def observe() -> str:
        return f"The count is {count[0]}."

    async def up() -> None:
        count[0] += 1

    async def candidates(observation: Any) -> Any:
        stop = {"id": "stop", "description": "It is high enough.", "done": True}
        return [stop, {"id": "up", "description": "Count up.", "execute": up}]

    async def main() -> None:
        server.handler = decides("up", "stop")
        runner = AsyncDecisionsToolRunner(observe=observe, candidates=candidates)
        result = await runner.run(aclient, {"model": "m", "input": "One."})
        assert (result["status"], count) == ("unverified", [1])

    asyncio.run(main())
    mixed: Any = DecisionsToolRunner(observe=observe, candidates=candidates)  # pyright: ignore[reportArgumentType]
    with pytest.raises(DecisionsToolRunnerError) as raised:
        mixed.run(client, {"model": "m", "input": "One."})
    assert raised.value.reason == "async_executor"
