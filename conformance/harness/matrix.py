"""The results as text for a terminal, as Markdown for the docs, and as JSON for programs."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

from .run import DIFFERS, FAILED, KNOWN, LOG_ROW, NOT_APPLICABLE, PASSED, Outcome

SIGNS = {PASSED: "✓", FAILED: "✗", KNOWN: "k", DIFFERS: "d", NOT_APPLICABLE: "–"}
LEGEND = "✓ passed   ✗ failed   k known failure   d differs by design (reason in the case)   – not applicable"


class Matrix:
    """Outcomes by case and driver."""

    def __init__(self, outcomes: list[Outcome], drivers: list[str]) -> None:
        self.drivers = drivers
        self.cells = {(outcome.case, outcome.driver): outcome for outcome in outcomes}
        names = {outcome.case for outcome in outcomes}
        self.cases = sorted(names - {LOG_ROW}) + sorted(names & {LOG_ROW})

    def state(self, case: str, driver: str) -> str:
        return self.cells[case, driver].state if (case, driver) in self.cells else NOT_APPLICABLE

    def counts(self, driver: str | None = None) -> Counter[str]:
        return Counter(cell.state for (_, name), cell in self.cells.items() if driver in (None, name))

    @property
    def failed(self) -> list[Outcome]:
        return [cell for cell in self.cells.values() if cell.state == FAILED]

    def summary(self) -> str:
        count = self.counts()
        rest = [f"{count[state]} {label}" for state, label in _LABELS if count[state]]
        return ", ".join([f"{count[PASSED]} passed, {count[FAILED]} failed", *rest])

    def folders(self) -> itertools.groupby[str, str]:
        return itertools.groupby(self.cases, key=lambda name: name.split("/", 1)[0])


_LABELS = [(DIFFERS, "differ by design"), (KNOWN, "known failures"), (NOT_APPLICABLE, "not applicable")]


def failures(matrix: Matrix) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Failed cases by driver and cause: a driver that does not start has one cause, not one per case."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for outcome in sorted(matrix.failed, key=lambda outcome: (outcome.case, outcome.driver)):
        found.setdefault((outcome.driver, tuple(outcome.details)), []).append(outcome.case)
    return found


def as_text(matrix: Matrix) -> str:
    width = max([len(name) for name in matrix.cases] + [20])
    lines = [" " * (width + 2) + "  ".join(matrix.drivers)]
    for folder, cases in matrix.folders():
        lines.append(folder)
        for case in cases:
            cells = "  ".join(SIGNS[matrix.state(case, name)].center(len(name)) for name in matrix.drivers)
            lines.append(f"  {case:<{width}}{cells}")
    lines += ["", LEGEND]
    for (driver, details), cases in failures(matrix).items():
        more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
        lines.append(f"\n✗ {cases[0]}{more} in {driver}")
        lines += [f"    {line}" for detail in details for line in detail.splitlines()]
    lines.append("")
    for driver in matrix.drivers:
        count = matrix.counts(driver)
        lines.append(f"  {driver:<16} " + ", ".join(f"{count[state]} {state}" for state in SIGNS if count[state]))
    lines.append(matrix.summary())
    return "\n".join(lines)


def as_markdown(matrix: Matrix) -> str:
    lines = ["# Conformance", "", f"{matrix.summary()}.", "", LEGEND.replace("   ", " · "), ""]
    for folder, cases in matrix.folders():
        lines += [f"## {folder}", "", "| case | " + " | ".join(matrix.drivers) + " |"]
        lines.append("| --- |" + " :-: |" * len(matrix.drivers))
        for case in cases:
            lines.append(f"| {case} | " + " | ".join(SIGNS[matrix.state(case, name)] for name in matrix.drivers) + " |")
        lines.append("")
    for state, title in [(FAILED, "Failures"), (KNOWN, "Known failures"), (DIFFERS, "Differences by design")]:
        cells = sorted((c for c in matrix.cells.values() if c.state == state), key=lambda c: (c.case, c.driver))
        if cells:
            lines += [f"## {title}", ""]
            lines += [f"- `{cell.case}`, {cell.driver}: {' / '.join(cell.details)}" for cell in cells]
            lines.append("")
    return "\n".join(lines)


def as_json(matrix: Matrix) -> str:
    outcomes = [
        {"case": c.case, "driver": c.driver, "state": c.state, "details": c.details, "elapsed": round(c.elapsed, 3)}
        for c in sorted(matrix.cells.values(), key=lambda c: (c.case, c.driver))
    ]
    totals = {driver: dict(matrix.counts(driver)) for driver in matrix.drivers}
    return json.dumps({"summary": dict(matrix.counts()), "drivers": totals, "outcomes": outcomes}, indent=1)


def write(matrix: Matrix, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(as_json(matrix) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(as_markdown(matrix), encoding="utf-8")
