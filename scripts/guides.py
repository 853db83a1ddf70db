"""Runs the programs of the guides, in every language, against the replay server, and holds them to the same words.

Arguments: the address of a replay server with the suite examples/guides, the folder with the built Rust programs, a Python with the
wheel. A program fails if it exits with an error, sends what its case does not expect, or prints something else than its neighbours.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

GUIDES = Path(__file__).parents[1] / "examples/guides"


def run(server: str, case: str, language: str, command: list[str]) -> tuple[str, list[str]]:
    """What the program prints, and what is wrong with it."""
    run_id = f"{case}-{language}"
    env = {**os.environ, "OPENAI_API_KEY": "sk-test-0123456789abcdef"}
    env["OPENAI_BASE_URL"] = f"{server}/case/{run_id}/guides%2F{case}/v1"
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    faults = [f"exits with {done.returncode}:\n{done.stderr}"] if done.returncode else []
    with urllib.request.urlopen(f"{server}/_replay/report/{run_id}") as answer:
        report = json.load(answer)
    faults += report["mismatches"]
    if report["missing"]:
        faults.append(f"{report['missing']} requests were expected and not sent")
    return done.stdout, faults


def main() -> int:
    server, programs, python = sys.argv[1:]
    failed = 0
    for guide in sorted(GUIDES.glob("*.py")):
        commands = {
            "Rust": [str(Path(programs) / f"guide-{guide.stem.replace('_', '-')}")],
            "Python": [python, str(guide)],
            "Node.js": ["node", str(guide.with_suffix(".mjs"))],
        }
        words: dict[str, str] = {}
        for language, command in commands.items():
            words[language], faults = run(server, guide.stem, language, command)
            if words[language] != words["Rust"]:
                faults.append(f"prints {words[language]!r}, where Rust prints {words['Rust']!r}")
            failed += bool(faults)
            print(f"{guide.stem:20} {language:8} {'; '.join(faults) or 'ok'}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
