"""`python -m parity`: dump the four packages, compare, write the tables. Exit code 1 on anything missing without a reason.

The packages are read as they are installed: in the two interpreters and the two Node folders given. `--only` leaves one
language out for speed; the tables are written only when both were read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from . import exceptions, report
from .compare import Area, compare

HERE = Path(__file__).parent
ROOT = HERE.parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="parity", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter with the openai-oxide wheel")
    parser.add_argument("--official-python", default=sys.executable, help="interpreter with the official package")
    parser.add_argument("--node-package", type=Path, default=ROOT / "bindings/node", help="folder of ours, built")
    official = ROOT / "conformance/drivers/official-node/node_modules/openai"
    parser.add_argument("--official-node-package", type=Path, default=official)
    parser.add_argument("--only", choices=["python", "node"])
    parser.add_argument("--out", type=Path, default=ROOT / "target/parity", help="folder for the dumps and the result")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/reference/parity.md")
    return parser.parse_args()


def dump(out: Path, *command: str | Path) -> dict[str, dict[str, str]]:
    # A key, because a module-level client asks for one; no address is ever called.
    env = {**os.environ, "OPENAI_API_KEY": "sk-parity"}
    with out.open("w", encoding="utf-8") as file:
        subprocess.run([str(part) for part in command], stdout=file, check=True, env=env)
    return json.loads(out.read_text(encoding="utf-8"))


def python_areas(args: argparse.Namespace) -> list[Area]:
    official_file = args.out / "official-python.json"
    script = HERE / "python_side.py"
    official = dump(official_file, args.official_python, script, "openai")
    wanted = ("--top", "openai_oxide.compat", "--wanted", official_file)
    ours = dump(args.out / "python.json", args.python, script, "openai_oxide", *wanted)
    return compare("python", official, ours)


def node_areas(args: argparse.Namespace) -> list[Area]:
    script = HERE / "node/dump.mjs"
    official_file = args.out / "official-node.json"
    official = dump(official_file, "node", script, args.official_node_package, "official")
    ours = dump(args.out / "node.json", "node", script, args.node_package, "ours", official_file)
    packages = (args.official_node_package, args.node_package, args.out)
    types = {
        **dump(args.out / "assignable.json", "node", HERE / "node/assignable.mjs", *packages),
        **dump(args.out / "shapes.json", "node", HERE / "node/shapes.mjs", *packages),
    }
    wanted = {area: dict.fromkeys(facts, "assignable") for area, facts in types.items()}
    return compare("node", {**official, **wanted}, {**ours, **types})


def main() -> int:
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    areas = [
        *(python_areas(args) if args.only != "node" else []),
        *(node_areas(args) if args.only != "python" else []),
    ]
    exceptions.apply_source(areas, ROOT / "spec/SOURCE")
    entries = exceptions.load(HERE / "exceptions.yaml")
    stale = exceptions.apply(areas, entries)
    if args.only:
        stale = [pattern for pattern in stale if pattern.startswith((args.only, "*"))]
    report.write_json(areas, stale, args.out / "result.json")
    print(report.as_text(areas))
    for pattern in stale:
        print(f"stale exception, nothing is missing there: {pattern}")
    if args.only is None:
        versions = {"python": f"`openai` {python_version(args)}", "node": f"`openai` {node_version(args)}"}
        args.docs.write_text(report.as_markdown(areas, versions), encoding="utf-8")
    return 1 if stale or any(area.missing for area in areas) else 0


def python_version(args: argparse.Namespace) -> str:
    code = "import importlib.metadata as m; print(m.version('openai'))"
    return subprocess.run([args.official_python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def node_version(args: argparse.Namespace) -> str:
    return json.loads((args.official_node_package / "package.json").read_text(encoding="utf-8"))["version"]


if __name__ == "__main__":
    sys.exit(main())
