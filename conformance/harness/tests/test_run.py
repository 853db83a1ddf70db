"""A whole run with a driver that misbehaves: nothing hangs, nothing is lost, and the guilty case is named."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from .. import matrix, run
from ..drivers import Driver
from ..suite import Case

FAKE = Driver("fake", "python", (sys.executable, str(Path(__file__).with_name("fake_driver.py"))))


class Unused:
    """Stands for the replay server where no request is made."""

    async def open(self, run: str, case: str, chunk: str | None) -> str:
        return f"http://unused/{run}/{case}"

    async def report(self, run: str) -> dict[str, Any]:
        return {"attempts": 0, "requests": [], "mismatches": []}


def case(name: str, **more: Any) -> Case:
    data = {"name": name, "call": {}, "expect": {"result": {"ok": True}}, **more}
    return Case(name, data, Path("a.yaml"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CASE_LIMIT", 1.0)
    monkeypatch.setattr(run, "known_failures", lambda driver: {})


def outcomes(*cases: Case, driver: Driver = FAKE) -> dict[str, run.Outcome]:
    found = asyncio.run(run.run_suite(Unused(), list(cases), [driver], lambda line: None))
    return {outcome.case: outcome for outcome in found}


def states(*cases: Case) -> dict[str, str]:
    return {name: outcome.state for name, outcome in outcomes(*cases).items() if name != run.LOG_ROW}


def test_right_and_wrong_answers() -> None:
    assert states(case("a/right"), case("a/wrong")) == {"a/right": run.PASSED, "a/wrong": run.FAILED}


def test_a_hang_fails_alone() -> None:
    cases = [case("a/hang"), *(case(f"a/slow/{number}") for number in range(20))]
    found = states(*cases)
    assert found.pop("a/hang") == run.FAILED
    assert set(found.values()) == {run.PASSED}
    assert len(found) == 20


def test_a_crash_is_pinned_to_its_case() -> None:
    cases = [case("a/die"), *(case(f"a/slow/{number}") for number in range(12))]
    found = outcomes(*cases)
    assert [name for name, outcome in found.items() if outcome.state == run.FAILED] == ["a/die"]
    assert "exit code 3" in found["a/die"].details[0]
    assert "about to die" in found["a/die"].details[0]
    assert len(found) == 14


def test_lines_that_are_no_answers_are_passed_over() -> None:
    assert states(case("a/babble")) == {"a/babble": run.PASSED}


def test_a_key_in_the_log_fails_the_row_of_the_log() -> None:
    assert outcomes(case("a/log"))[run.LOG_ROW].state == run.FAILED
    assert outcomes(case("a/right"))[run.LOG_ROW].state == run.PASSED


def test_a_key_in_the_log_may_be_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "known_failures", lambda driver: {run.LOG_ROW: "reason"})
    assert outcomes(case("a/log"))[run.LOG_ROW].state == run.KNOWN


def test_what_a_driver_cannot_do_is_shown_with_the_reason() -> None:
    outcome = outcomes(case("a/right", call={"abort_after": 1}))["a/right"]
    assert outcome.state == run.NOT_APPLICABLE
    assert "abort" in outcome.details[0]


def test_a_case_that_only_an_oracle_runs_is_named() -> None:
    found = [
        run.Outcome("a/ours", "node", run.PASSED),
        run.Outcome("a/ours", "rust", run.NOT_APPLICABLE),
        run.Outcome("a/theirs", "node", run.NOT_APPLICABLE),
        run.Outcome("a/theirs", "official-node", run.PASSED),
    ]
    assert run.judged_nowhere(found) == ["a/theirs"]


def test_a_known_failure_must_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "known_failures", lambda driver: {"a/right": "reason", "a/wrong": "reason"})
    assert states(case("a/right"), case("a/wrong")) == {"a/right": run.FAILED, "a/wrong": run.KNOWN}


def test_a_stated_difference_must_show() -> None:
    differs = {"except": {"fake": "reason"}}
    assert states(case("a/right", **differs), case("a/wrong", **differs)) == {
        "a/right": run.FAILED,
        "a/wrong": run.DIFFERS,
    }


def test_a_driver_that_does_not_start_fails_every_case() -> None:
    absent = Driver("absent", "python", ("/nonexistent/driver",))
    found = outcomes(case("a/right"), case("a/wrong"), driver=absent)
    assert [outcome.state for outcome in found.values()] == [run.FAILED, run.FAILED]
    text = matrix.as_text(matrix.Matrix(list(found.values()), ["absent"]))
    assert text.count("did not start") == 1
    assert "a/right and 1 more in absent" in text


def test_the_matrix_counts_and_names_every_failure() -> None:
    found = list(outcomes(case("a/right"), case("a/wrong")).values())
    results = matrix.Matrix(found, ["fake"])
    text = matrix.as_text(results)
    assert text.endswith("2 passed, 1 failed")
    assert "✗ a/wrong in fake" in text
    assert "result.ok: expected true, got false" in text
    assert "| a/wrong | ✗ |" in matrix.as_markdown(results)
