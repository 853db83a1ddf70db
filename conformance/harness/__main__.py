"""`python -m conformance.harness`: run the suite and print the matrix. Exit code 1 when anything failed."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import os
import sys
import time
from pathlib import Path

from . import matrix, run, suite
from .drivers import registry
from .server import Server


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conformance.harness", description=__doc__)
    target = Path(os.environ.get("CARGO_TARGET_DIR", suite.CONFORMANCE.parent / "target"))
    parser.add_argument("--case", action="append", default=[], metavar="PATTERN", help="name, folder or wildcard")
    parser.add_argument("--driver", action="append", default=[], metavar="PATTERN", help="name or wildcard")
    parser.add_argument("--every-cut", action="store_true", help="each stream once for every place to cut it (slow)")
    parser.add_argument("--server", type=Path, default=target / "release/openai-oxide-replay")
    parser.add_argument("--python", default=sys.executable, help="interpreter with the openai-oxide wheel")
    parser.add_argument("--official-python", default=sys.executable, help="interpreter with the official package")
    parser.add_argument("--node", default="node")
    parser.add_argument("--rust-driver", default=str(target / "debug/openai-oxide-driver"))
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    return parser.parse_args()


async def main() -> int:
    args = arguments()
    known = registry(python=args.python, official_python=args.official_python, node=args.node, rust=args.rust_driver)
    names = [name for name in known if not args.driver or any(fnmatch.fnmatchcase(name, p) for p in args.driver)]
    cases = list(suite.select(suite.load(), args.case))
    if not cases or not names:
        print("no case or no driver matches", file=sys.stderr)
        return 2
    print(f"{len(cases)} cases in {len(names)} drivers", flush=True)
    start = time.monotonic()
    async with Server(args.server, suite.SUITE) as server:
        outcomes = await run.run_suite(
            server,
            cases,
            [known[name] for name in names],
            lambda line: print(line, flush=True),
            every_cut=args.every_cut,
        )
    results = matrix.Matrix(outcomes, names)
    print(matrix.as_text(results))
    print(f"in {time.monotonic() - start:.1f} s")
    if args.out:
        matrix.write(results, args.out)
    unjudged = [] if args.driver else run.judged_nowhere(outcomes)
    for name in unjudged:
        print(f"✗ {name} runs in no driver of ours")
    return 1 if results.failed or unjudged else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
