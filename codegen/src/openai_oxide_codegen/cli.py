"""The three commands. Everything they do is in the modules they call."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .yamlfile import SpecError

ROOT = Path(__file__).parents[3]  # the repository: codegen/src/openai_oxide_codegen/cli.py


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: the tree is not as it should be; 2: the input is wrong."""
    parser = argparse.ArgumentParser(prog="openai_oxide_codegen", description="The generator of openai-oxide.")
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="write the generated code from spec/")
    generate.add_argument("--check", action="store_true", help="write nothing; fail and name the files that are stale")
    generate.add_argument("--only", choices=("rust", "python", "node", "docs", "cases"), help="one group of outputs")
    generate.add_argument("--out", type=Path, default=ROOT, help="folder that takes the repository's place")
    sync = commands.add_parser("sync", help="rewrite spec/ from the installed official package")
    sync.add_argument("--dry-run", action="store_true", help="write nothing, tell what would change")
    sync.add_argument("--check", action="store_true", help="write nothing; fail if spec/ is not what the package says")
    sync.add_argument("--all", action="store_true", help="read the whole surface, whatever spec/SOURCE names")
    sync_node = commands.add_parser(
        "sync-node", help="rewrite spec/names/node_official.yaml from the official npm package"
    )
    sync_node.add_argument("package", type=Path, help="the installed package, with its declarations")
    sync_node.add_argument("--check", action="store_true", help="write nothing; fail if the file is not what it says")
    drift = commands.add_parser("drift", help="compare spec/ with an OpenAPI document")
    drift.add_argument("document", type=Path, help="OpenAPI file, YAML or JSON")
    for command in (generate, sync, sync_node, drift):
        command.add_argument("--spec", type=Path, default=ROOT / "spec", help="folder that takes the place of spec/")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if options.command == "sync":
        from .sync.run import SyncError, sync

        try:
            result = sync(options.spec, everything=options.all)
            print("\n".join(result.lines))
            if result.faults:
                raise SyncError("\n".join(result.faults))
        except SyncError as error:
            print(f"sync stopped; nothing was written:\n{error}", file=sys.stderr)
            return 2
        if options.check and result.files:
            print("spec/ is out of date; run: nox -s sync")
            return 1
        if not (options.dry_run or options.check or options.all):
            result.write()
        return 0
    if options.command == "sync-node":
        from .sync.node.run import run

        return run(options.spec, options.package, check=options.check)
    if options.command == "drift":
        from .drift import report
        from .load import load

        print("\n".join(report(load(options.spec), options.document)))
        return 0
    from .generate import generate

    return generate(options.spec, options.out, settings=ROOT, check=options.check, only=options.only)
