"""Writes docs/benchmarks.md from benchmarks/results.json; the page holds no figure that is not in that file."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
TITLES = {
    "small": ("Small request, one at a time", "µs a request"),
    "small-64": ("Small request, 64 at a time", "µs a request"),
    "stream": ("Streamed chat chunk of about 300 bytes", "µs a chunk"),
    "import": ("Import", "ms"),
}


def table(rows: list[dict], scenario: str) -> str:
    title, unit = TITLES[scenario]
    lines = [f"## {title}", "", f"| client | CPU, {unit} | min … max | crossings |", "| --- | ---: | ---: | ---: |"]
    scale = 1000 if scenario == "import" else 1
    for row in rows:
        if row["scenario"] == scenario:
            low, middle, high = (f"{row[key] / scale:,.1f}" for key in ("min", "cpu_us", "max"))
            lines.append(f"| {row['client']} | {middle} | {low} … {high} | {row.get('crossings', '')} |")
    return "\n".join(lines)


def main() -> None:
    results = json.loads((ROOT / "benchmarks/results.json").read_text())
    machine = results["machine"]
    head = f"""# Benchmarks

CPU time (user and system, all threads) of the client's process per operation, warm, against the replay server's bench mode in
another process: medians of {results["rounds"]} rounds in which all clients take turns. Measured on {results["date"]} on a shared
machine with {machine["cores"]} cores ({machine["arch"]}): read the ratios, not the microseconds. `nox -s bench` repeats it.

"hyper (limit)" is the HTTP client under the core, alone: the same requests, bodies collected and not decoded.
A crossing is one call from the native core into the language: a stream of {8 * results["counts"]["stream"]:,} chunks crosses as often as batches arrived.
"""
    tables = "\n\n".join(table(results["rows"], scenario) for scenario in TITLES)
    (ROOT / "docs/benchmarks.md").write_text(f"{head}\n{tables}\n")


if __name__ == "__main__":
    main()
