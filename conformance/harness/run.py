"""Runs cases in drivers and collects one outcome per pair. Nothing is dropped: every pair ends in the matrix."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from . import leaks
from .drivers import Driver, DriverError, Process
from .judge import expectation, judge
from .server import Server
from .suite import Case, known_failures

DRIVERS_AT_ONCE = 2
IN_FLIGHT = 6  # cases per driver; most of their time is waiting, but time limits are judged, so the machine stays calm
CASE_LIMIT = 15.0  # seconds for an answer, unless the case itself expects to take longer
LOG_ROW = "(driver log)"

PASSED, FAILED, KNOWN, DIFFERS, NOT_APPLICABLE = "passed", "failed", "known failure", "differs", "n/a"


@dataclass
class Outcome:
    case: str
    driver: str
    state: str
    details: list[str] = field(default_factory=list)
    elapsed: float = 0.0


async def run_suite(
    server: Server,
    cases: list[Case],
    drivers: Iterable[Driver],
    progress: Callable[[str], None],
    *,
    every_cut: bool = False,
) -> list[Outcome]:
    """All cases in all drivers; with `every_cut`, each stream also once for every place where it can be cut in two."""
    slots = asyncio.Semaphore(DRIVERS_AT_ONCE)

    async def one(driver: Driver) -> list[Outcome]:
        async with slots:
            outcomes = await DriverRun(server, driver, cases, every_cut=every_cut).run()
            failed = sum(outcome.state == FAILED for outcome in outcomes)
            progress(f"  {driver.name}: {len(outcomes)} outcomes, {failed} failed")
            return outcomes

    return list(itertools.chain.from_iterable(await asyncio.gather(*map(one, drivers))))


def judged_nowhere(outcomes: Iterable[Outcome]) -> list[str]:
    """Cases that no driver of ours ran: they would stay green whatever we do."""
    ran: dict[str, bool] = {}
    for outcome in outcomes:
        ours = not outcome.driver.startswith("official-")
        ran[outcome.case] = ran.get(outcome.case, False) or (ours and outcome.state != NOT_APPLICABLE)
    return sorted(name for name, once in ran.items() if not once)


class DriverRun:
    """All cases in one driver, which is started once and again only after a hang or a crash."""

    def __init__(self, server: Server, driver: Driver, cases: list[Case], *, every_cut: bool = False) -> None:
        self.server, self.driver, self.cases, self.every_cut = server, driver, cases, every_cut
        self.known = known_failures(driver.name)
        self.numbers = itertools.count(1)
        self.outcomes: list[Outcome] = []
        self.logs: list[str] = []

    async def run(self) -> list[Outcome]:
        try:
            process = await self.started()
        except DriverError as error:
            return [Outcome(case.name, self.driver.name, FAILED, [str(error)]) for case in self.cases]
        missing = {case.name: case.needs - process.features for case in self.cases}
        for case in self.cases:
            if missing[case.name]:
                reason = f"the driver does not declare: {', '.join(sorted(missing[case.name]))}"
                self.note(case, NOT_APPLICABLE, [reason])
        queue = [case for case in self.cases if not missing[case.name]]
        process, suspects = await self.batch(process, queue, IN_FLIGHT)
        for case in suspects:
            process, _ = await self.batch(process, [case], 1)
        await self.retire(process)
        self.judge_log()
        return self.outcomes

    async def started(self) -> Process:
        process = Process(self.driver)
        await process.start()
        return process

    async def retire(self, process: Process) -> None:
        await process.stop()
        self.logs.append(process.log())

    async def batch(self, process: Process, cases: list[Case], width: int) -> tuple[Process, list[Case]]:
        """Runs the cases, `width` at a time. Returns a living process and the cases that a crash left open."""
        queue, suspects = list(reversed(cases)), []

        async def work() -> None:
            while queue and process.alive and not hung:
                case = queue.pop()
                try:
                    await self.run_case(process, case)
                except DriverError as error:
                    if process.alive:
                        hung.append(case)
                        self.settle(case, [str(error)])
                    elif width > 1:
                        suspects.append(case)
                    else:
                        self.settle(case, [str(error)])

        while True:
            hung: list[Case] = []
            await asyncio.gather(*(work() for _ in range(width)))
            if process.alive and not hung:
                return process, suspects
            await self.retire(process)
            process = await self.started()
            if not queue:
                return process, suspects

    async def run_case(self, process: Process, case: Case) -> None:
        problems, answer, report = await self.attempt(process, case)
        if unsupported := answer.get("unsupported"):
            self.note(case, NOT_APPLICABLE, [unsupported])
            return
        if self.every_cut and case.can_be_cut and not problems:
            for cut in range(1, report["requests"][0]["bytes_sent"]):
                found, _, _ = await self.attempt(process, case, f"cut:{cut}")
                problems += [f"cut after byte {cut}: {problem}" for problem in found]
        self.settle(case, problems, answer.get("elapsed", 0.0))

    async def attempt(
        self, process: Process, case: Case, chunk: str | None = None
    ) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
        run = f"{self.driver.name}-{next(self.numbers)}"
        limit = max(CASE_LIMIT, expectation(case, self.driver.name).get("max_elapsed", 0.0) + 5.0)
        base_url = await self.server.open(run, case.name, chunk)
        answer = await process.ask(case.name, base_url, case.for_driver(self.driver.name), limit)
        report = await self.server.report(run)
        problems = judge(case, self.driver.name, self.driver.language, answer, report, features=process.features)
        return problems, answer, report

    def settle(self, case: Case, problems: list[str], elapsed: float = 0.0) -> None:
        """Weighs the problems against what is admitted: a known failure or a stated difference must really fail."""
        exception = case.exception_for(self.driver.name)
        reason = self.known.get(case.name)
        if reason is not None:
            state, details = (
                (KNOWN, [reason]) if problems else (FAILED, [f"passes, but is listed as failing: {reason}"])
            )
        elif exception and "expect" not in exception:
            reason = exception["reason"]
            state, details = (DIFFERS, [reason]) if problems else (FAILED, [f"does not differ any more: {reason}"])
        elif problems:
            state, details = FAILED, problems
        elif exception:
            state, details = DIFFERS, [exception["reason"]]
        else:
            state, details = PASSED, []
        self.note(case, state, details, elapsed)

    def note(self, case: Case, state: str, details: list[str], elapsed: float = 0.0) -> None:
        self.outcomes.append(Outcome(case.name, self.driver.name, state, details, elapsed))

    def judge_log(self) -> None:
        """The log belongs to no single case, so it has a row of its own."""
        log = "\n".join(self.logs)
        keys = {case.api_key for case in self.cases if case.api_key}
        problems = [f"the API key stands in the log ({form})" for key in keys if (form := leaks.find(key, log))]
        state = FAILED if problems else PASSED
        if problems and (reason := self.known.get(LOG_ROW)):
            state, problems = KNOWN, [reason]
        self.outcomes.append(Outcome(LOG_ROW, self.driver.name, state, problems))
