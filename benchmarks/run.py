"""Runs every client through every scenario, interleaved, and writes the medians to benchmarks/results.json.

Promise: each figure is CPU time of the client's process per operation, taken in several rounds in which all clients take
turns, so that a machine whose speed drifts is fair to all of them. Compare the columns of one run; never two runs.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAMS = ROOT / "benchmarks/programs"
# Operations per run of the slowest clients; the others do more, so that every run takes long enough for the CPU clock's ticks.
COUNTS = {"small": 400, "small-64": 1280, "stream": 5000}
MORE = {"Rust": 50, "openai-oxide": 8}


def node24() -> str:
    """One Node for both Node clients: the one that the official SDK asks for."""
    return str(ROOT / "conformance/drivers/official-node/node_modules/.bin/node")


def commands(official_python: str, url: str) -> dict[tuple[str, str], list[str]]:
    """(client, scenario) → command."""
    jobs: dict[tuple[str, str], list[str]] = {}
    rust = str(ROOT / "target/release/openai-oxide-bench")
    entries = {
        "Node: openai-oxide": str(ROOT / "bindings/node/dist/compat/index.mjs"),
        "Node: openai": str(ROOT / "conformance/drivers/official-node/node_modules/openai/index.mjs"),
    }
    for scenario, count in COUNTS.items():
        n = str(count * MORE["Rust"])
        jobs["Rust: hyper (limit)", scenario] = [rust, "hyper", scenario, url, n]
        jobs["Rust: openai-oxide", scenario] = [rust, "openai-oxide", scenario, url, n]
        for label, python, module in [
            ("openai-oxide", sys.executable, "openai_oxide"),
            ("openai", official_python, "openai"),
        ]:
            n = str(count * MORE.get(label, 1))
            for mode in ("sync", "async"):
                if (mode, scenario) != ("sync", "small-64"):
                    program = [python, str(PROGRAMS / "measure.py"), f"--module={module}", f"--mode={mode}"]
                    jobs[f"Python {mode}: {label}", scenario] = [
                        *program,
                        f"--scenario={scenario}",
                        f"--url={url}",
                        "-n",
                        n,
                    ]
        for label, entry in entries.items():
            n = str(count * MORE.get(label.removeprefix("Node: "), 1))
            jobs[label, scenario] = [node24(), str(PROGRAMS / "measure.mjs"), entry, scenario, url, n]
    for label, python, module in [
        ("Python sync: openai-oxide", sys.executable, "openai_oxide"),
        ("Python sync: openai", official_python, "openai"),
    ]:
        code = f"import time; s = time.process_time(); import {module}; e = time.process_time()"
        jobs[label, "import"] = [python, "-c", code + "; print('{\"cpu_us\": %f}' % ((e - s) * 1e6))"]
    for label, entry in entries.items():
        code = f"const s = process.cpuUsage(); await import({entry!r}); const u = process.cpuUsage(s);"
        jobs[label, "import"] = [
            node24(),
            "--input-type=module",
            "-e",
            code + "console.log(JSON.stringify({cpu_us: u.user + u.system}))",
        ]
    return jobs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="base URL of the replay server's bench mode")
    parser.add_argument("--official-python", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    samples: dict[tuple[str, str], list[dict[str, float]]] = {}
    jobs = commands(args.official_python, args.url)
    for turn in range(args.rounds):
        for key, command in jobs.items():
            env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
            line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
            samples.setdefault(key, []).append(json.loads(line))
            print(
                f"round {turn + 1}/{args.rounds}  {key[1]:<8}  {key[0]:<26} {samples[key][-1]['cpu_us']:10.1f} µs",
                flush=True,
            )
    rows = []
    for (client, scenario), runs in samples.items():
        times = [run["cpu_us"] for run in runs]
        row = {"client": client, "scenario": scenario, "cpu_us": round(statistics.median(times), 2)}
        row |= {"min": round(min(times), 2), "max": round(max(times), 2)}
        if crossings := next((run["crossings"] for run in runs if run.get("crossings")), None):
            row["crossings"] = crossings
        rows.append(row)
    machine = {"cores": os.cpu_count(), "arch": platform.machine(), "python": platform.python_version()}
    result = {
        "date": date.today().isoformat(),
        "rounds": args.rounds,
        "machine": machine,
        "counts": COUNTS,
        "rows": rows,
    }
    (ROOT / "benchmarks/results.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
