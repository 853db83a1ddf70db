"""The two runners. One source of steps serves both (see `_helpers.steps`); it yields turns between the calls that it makes."""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import suppress
from time import monotonic

from ..._helpers.steps import awaitable, blocking
from ..._types import omit
from .._tool_lifecycle import ToolLifecycle, fresh_key, invoke
from ..tool_diagnostics import Telling
from ._budget import Budget
from ._run import Run, checked_output
from ._types import (
    AsyncResponsesToolLedger,
    ResponsesRunnerTurn,
    ResponsesToolLedger,
    ToolRunnerCancelledError,
    ToolRunnerError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from typing import Any

    from typing_extensions import Unpack

    from ..._helpers.steps import Steps
    from ...types.responses.response import Response
    from ...types.responses.response_create_params import ResponseCreateParamsNonStreaming
    from .._tool_lifecycle import CloseStatus
    from ._options import AsyncRunOptions, RunOptions
    from ._types import AsyncRegisteredFunction, EarlyExecution, RegisteredFunction

_STOPPED = "The run stopped before it was completed"


class _Runner:
    """What both have in common: the registered functions, and the steps of a run."""

    _waits = False
    _ledger_type: type = ResponsesToolLedger

    def __init__(self, functions: list[Any] | None, early_execution: EarlyExecution | None) -> None:
        self._functions: dict[str, Any] = {}
        for function in functions or ():
            name = function.tool.get("name")
            if not callable(function.execute) or not name or name in self._functions:
                raise ValueError(f"a registered function needs a name of its own, and something to run: {name!r}")
            self._functions[name] = function
        early = None if early_execution is None else early_execution.get("functions", [])
        if early is not None and not {*early} <= {*self._functions}:
            raise ValueError("early_execution names functions that are not registered")
        self._early = early
        self._lifecycle = ToolLifecycle("responses runner")

    def close(self) -> CloseStatus:
        """Takes no more runs; one under way goes on."""
        return self._lifecycle.close()

    # --------------------------------------------------------------------------------- what differs: how a call is waited for

    if TYPE_CHECKING:
        _job: Callable[..., Any]

        def _next(self, stream: Any) -> Any: ...
        def _stream(self, raw: Any) -> Any: ...
        def _start(self, jobs: _Jobs, item: Any, run: Run, tell: Telling) -> Any: ...

    # ------------------------------------------------------------------------------------------------------------ the run

    def _steps(self, client: Any, params: Any, options: Any) -> Steps[None]:
        """The run; turns are yielded like calls, and are told apart by their type."""
        self._lifecycle.enter()
        run: Run | None = None
        jobs = _Jobs(options.get("max_concurrent_calls", 2))
        try:
            ledger = options.get("ledger")
            if ledger is not None and not isinstance(ledger, self._ledger_type):
                raise ValueError(f"this runner needs a {self._ledger_type.__name__}")
            run = Run(
                params,
                self._functions,
                max_steps=options.get("max_steps"),
                ledger=ledger,
                cancelled=options.get("cancelled"),
            )
            if options.get("eager") and not options.get("stream"):
                raise ValueError("eager needs stream=True")
            budget = Budget(told, run.request) if (told := options.get("context_budget")) else None
            if ledger is not None or run.has_mcp:
                client = client.with_options(max_retries=0)  # an effect behind a lost answer must not happen twice
        except BaseException:
            self._lifecycle.exit()
            raise
        try:
            yield from self._all_turns(client, run, jobs, budget, options)
        except (ToolRunnerError, CancelledError, Exception) as error:
            if isinstance(error, CancelledError):
                jobs.cancel()
            with suppress(Exception, CancelledError):  # the first failure is the one to tell
                yield from jobs.settle(run)
            if isinstance(error, CancelledError):
                raise ToolRunnerCancelledError(run.attempted, run.completed) from None
            message = str(error) if isinstance(error, ToolRunnerError) else _STOPPED
            raise ToolRunnerError(message, run.attempted, run.completed) from None
        finally:
            jobs.close()
            self._lifecycle.exit()

    def _all_turns(self, client: Any, run: Run, jobs: _Jobs, budget: Budget | None, options: Any) -> Steps[None]:
        tell = Telling("responses", options.get("on_diagnostic"))
        for step in range(run.consumed + 1, run.max_steps + 1):
            last = step == run.max_steps
            run.begin()
            run.check()
            request = {**run.request, "input": (yield from self._input(run, budget))}
            if step > 1:
                request["extra_headers"] = fresh_key(client, request.get("extra_headers"))
            run.consumed = step
            yield from self._save(run, "pending" if run.has_server_tools else "boundary")
            response = yield from self._ask(client, run, request, jobs, options, tell, last)
            run.check()
            left = run.left(response, last=last)
            final = run.is_final(response, left)
            if final:
                yield from self._save(run, "final", final=response)
            elif left:
                yield from self._save(run, "pending", response.output)
            yield run.turn(response, step, final, left, supplies=not options.get("eager") or self._early is not None)
            run.went_on()
            if final:
                return
            for item in left:
                run.attempt(item)
                yield from self._save(run, "pending", response.output)
                run.done(item, (yield from self._output(run, item, options, tell)))
                yield from self._save(run, "pending", response.output)
                run.check()
            run.finish(response)
            if step < run.max_steps and not run.has_server_tools:
                continue  # the next step saves the boundary
            run.begin()
            yield from self._save(run, "boundary")
        raise run.error(f"The run needs more than its {run.max_steps} requests")

    def _input(self, run: Run, budget: Budget | None) -> Steps[list[Any]]:
        if budget is None or budget.fits(run.history):
            return run.history
        if budget.compact is None:
            raise run.error("The input is over its budget")
        snapshot = budget.snapshot(run.history)
        eligible = [*snapshot["eligible_call_ids"]]
        decision = yield from self._given(run, budget.compact(snapshot))
        run.check()
        history = budget.left(run.history, eligible, decision)
        if not budget.fits(history):
            raise run.error("The input is over its budget, with what was dropped left out")
        return history

    def _ask(
        self, client: Any, run: Run, request: dict[str, Any], jobs: _Jobs, options: Any, tell: Telling, last: bool
    ) -> Steps[Any]:
        """One answer; of an eager run, with the calls begun that may begin."""
        started = monotonic()
        try:
            if options.get("stream"):
                response = yield from self._streamed(client, run, request, jobs, options, tell, last)
            else:
                response = yield client.responses.create(**request)
        except CancelledError:
            tell("request", "cancelled", started)
            raise
        except Exception:
            tell("request", "api_failed", started)
            raise
        tell("request", "completed", started, usage=response.usage)
        return response

    def _streamed(
        self, client: Any, run: Run, request: dict[str, Any], jobs: _Jobs, options: Any, tell: Telling, last: bool
    ) -> Steps[Any]:
        raw = yield client.responses.create(**request, stream=True)
        on_event, position = options.get("on_event"), 0
        # A tool of the API may fail after a call that came before it: nothing begins until the whole answer is known.
        eager = options.get("eager") and not run.has_server_tools
        try:
            stream = self._stream(raw)
            while (event := (yield self._next(stream))) is not None:
                run.check()
                if on_event is not None:
                    yield from self._given(run, on_event(event.model_copy(deep=True)))
                    run.check()
                if not eager or event.type != "response.output_item.done":
                    continue
                item = event.item
                eager = event.output_index == position and (yield from self._may_begin(run, item, options, last))
                position += 1
                if not eager:
                    yield from jobs.settle(run)
                elif item.type == "function_call":
                    yield from self._begin(run, item, jobs, options, tell)
            yield from jobs.settle(run)
            return (yield stream.get_final_response())
        finally:
            raw._source.close()

    def _may_begin(self, run: Run, item: Any, options: Any, last: bool) -> Steps[bool]:
        """Whether the items after this one may begin too; false for a call that is not to begin."""
        if not run.judge(item, last=last):
            return True
        if item.type != "function_call" or (self._early is not None and item.name not in self._early):
            return False
        if (before := options.get("before_early_call")) is None:
            return True
        decision = yield from self._given(run, before(item.model_copy(deep=True)))
        run.check()
        if decision not in ("execute", "defer"):
            raise run.error("before_early_call gives 'execute' or 'defer'")
        return decision == "execute"

    def _begin(self, run: Run, item: Any, jobs: _Jobs, options: Any, tell: Telling) -> Steps[None]:
        beside = run.functions[item.name].independent and run.ledger is None
        if not beside:
            yield from jobs.settle(run)
        run.attempt(item)
        run.began_early(item)
        if beside:
            jobs.add(item, self._start(jobs, item, run, tell))
            if jobs.full:
                yield from jobs.settle(run)
            return
        yield from self._save(run, "pending", [item])
        run.done(item, (yield from self._output(run, item, options, tell)))
        yield from self._save(run, "pending", [item])

    def _output(self, run: Run, item: Any, options: Any, tell: Telling) -> Steps[dict[str, Any]]:
        """What the next request says of a call."""
        if item.type == "function_call":
            return run.supplied.get(item.call_id) or (yield from self._execute(run, item, tell))
        if (approve := options.get("approve_mcp")) is None:
            raise run.error("The answer asks to approve a call of an MCP server: pass approve_mcp")
        started = monotonic()
        approved = yield from self._given(run, approve(item.model_copy(deep=True)))
        if type(approved) is not bool:
            raise run.error("approve_mcp gives True or False")
        reason = "completed" if approved else "refused"
        tell("approval", reason, started, call_id=item.id, member=item.name)
        return {"type": "mcp_approval_response", "approval_request_id": item.id, "approve": approved}

    def _execute(self, run: Run, item: Any, tell: Telling) -> Steps[dict[str, Any]]:
        function, stage, failed, started = run.functions[item.name], "arguments", "invalid_input", monotonic()
        try:
            arguments = _arguments(function, item.arguments)
            stage, failed = "action", "driver_failed"
            result = yield from self._given(run, invoke(function.execute, arguments, cancelled=run.cancelled))
            stage, failed = "output", "invalid_output"
            output = checked_output(result)
        except Exception:
            tell(stage, failed, started, call_id=item.call_id, member=item.name)
            raise
        tell("action", "completed", started, call_id=item.call_id, member=item.name)
        return {"type": "function_call_output", "call_id": item.call_id, "output": output}

    def _save(self, run: Run, phase: str, pending: list[Any] | None = None, final: Any = None) -> Steps[None]:
        if run.ledger is not None:
            yield from self._given(run, run.ledger.save(run.checkpoint(phase, pending, final)))
            run.check()

    def _given(self, run: Run, value: Any) -> Steps[Any]:
        """What a function of the caller gave, waited for if it is to be."""
        if not hasattr(value, "__await__"):
            return value
        if self._waits:
            return (yield value)
        if (close := getattr(value, "close", None)) is not None:
            close()
        raise run.error("The synchronous runner cannot wait for an asynchronous function")


class _Jobs:
    """Calls that run beside the stream, `most` at a time; their results count in the order of the calls."""

    def __init__(self, most: Any) -> None:
        if type(most) is not int or most < 1:
            raise ValueError("max_concurrent_calls must be at least 1")
        self.most = most
        self.pool: Any = None
        self._under_way: list[tuple[Any, Any]] = []

    @property
    def full(self) -> bool:
        return len(self._under_way) == self.most

    def add(self, item: Any, job: Any) -> None:
        self._under_way.append((item, job))

    def settle(self, run: Run) -> Steps[None]:
        """Waits for all of them. Raises the first failure."""
        jobs, self._under_way = self._under_way, []
        failure: BaseException | None = None
        for item, job in jobs:
            try:
                run.done(item, (yield job) if self.pool is None else job.result())
            except (Exception, CancelledError) as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def cancel(self) -> None:
        for _item, job in self._under_way:
            job.cancel()

    def close(self) -> None:
        self.cancel()
        if self.pool is not None:
            self.pool.shutdown(wait=True)


class ResponsesToolRunner(_Runner):
    """Runs registered functions for `OpenAI`. For one run at a time."""

    _job = blocking(_Runner._execute)

    def __init__(
        self,
        *,
        functions: list[RegisteredFunction] | None = None,
        early_execution: EarlyExecution | None = None,
    ) -> None:
        super().__init__(functions, early_execution)

    def run(self, client: Any, params: ResponseCreateParamsNonStreaming, **options: Unpack[RunOptions]) -> Response:
        """The final answer. Raises `ToolRunnerError` for anything that stops the run."""
        turns = self.iterate(client, params, **options)
        try:
            return next(turn.response for turn in turns if turn.final)
        finally:
            turns.close()

    def iterate(
        self, client: Any, params: ResponseCreateParamsNonStreaming, **options: Unpack[RunOptions]
    ) -> Generator[ResponsesRunnerTurn, None, None]:
        """The turns, each before its calls are run; going on runs them. Close the generator to stop early."""
        steps, answer = self._steps(client, params, options), None
        try:
            while True:
                try:
                    answer = steps.send(answer)
                except StopIteration:
                    return
                if isinstance(answer, ResponsesRunnerTurn):
                    yield answer
                    answer = None
        finally:
            steps.close()

    def _next(self, stream: Any) -> Any:
        return next(stream, None)

    def _stream(self, raw: Any) -> Any:
        from ..streaming.responses import ResponseStream

        return ResponseStream(raw_stream=raw, text_format=omit, input_tools=omit, starting_after=None)

    def _start(self, jobs: _Jobs, item: Any, run: Run, tell: Telling) -> Any:
        from concurrent.futures import ThreadPoolExecutor
        from contextvars import copy_context

        jobs.pool = jobs.pool or ThreadPoolExecutor(jobs.most)
        return jobs.pool.submit(copy_context().run, self._job, run, item, tell)


class AsyncResponsesToolRunner(_Runner):
    """Runs registered functions for `AsyncOpenAI`. For one run at a time."""

    _waits = True
    _ledger_type = AsyncResponsesToolLedger
    _job = awaitable(_Runner._execute)

    def __init__(
        self,
        *,
        functions: list[AsyncRegisteredFunction] | None = None,
        early_execution: EarlyExecution | None = None,
    ) -> None:
        super().__init__(functions, early_execution)

    async def run(
        self, client: Any, params: ResponseCreateParamsNonStreaming, **options: Unpack[AsyncRunOptions]
    ) -> Response:
        """The final answer. Raises `ToolRunnerError` for anything that stops the run."""
        turns = self.iterate(client, params, **options)
        try:
            async for turn in turns:
                if turn.final:
                    return turn.response
        finally:
            await turns.aclose()
        raise AssertionError("a run without a final answer raises")

    async def iterate(
        self, client: Any, params: ResponseCreateParamsNonStreaming, **options: Unpack[AsyncRunOptions]
    ) -> AsyncGenerator[ResponsesRunnerTurn, None]:
        """The turns, each before its calls are run; going on runs them. Close the generator to stop early."""
        steps = self._steps(client, params, options)
        answer: Any = None
        failure: BaseException | None = None
        try:
            while True:
                try:
                    step = steps.send(answer) if failure is None else steps.throw(failure)
                except StopIteration:
                    return
                answer = failure = None
                if isinstance(step, ResponsesRunnerTurn):
                    yield step
                    continue
                try:
                    answer = await step
                except BaseException as error:
                    failure = error
        finally:
            steps.close()

    def _next(self, stream: Any) -> Any:
        return anext(stream, None)

    def _stream(self, raw: Any) -> Any:
        from ..streaming.responses import AsyncResponseStream

        return AsyncResponseStream(raw_stream=raw, text_format=omit, input_tools=omit, starting_after=None)

    def _start(self, jobs: _Jobs, item: Any, run: Run, tell: Telling) -> Any:
        from asyncio import ensure_future

        return ensure_future(self._job(run, item, tell))


def _arguments(function: Any, text: str) -> Any:
    """The arguments of a call: a model of the tool's, or a dict. Raises `ValueError`."""
    if function.model is not None:
        from .._pydantic import validated

        return validated(function.model, text)
    from ..._native import decode

    arguments = decode(text.encode())
    if not isinstance(arguments, dict):
        raise ValueError("the arguments of a function are a JSON object")
    return arguments
