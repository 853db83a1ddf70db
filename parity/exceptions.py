"""What may be missing, and why: exceptions.yaml, and the resources that spec/SOURCE does not import yet.

An entry covers names by shell patterns over `language/area/name`. An entry or a single pattern that covers nothing is stale and
fails the run, so the list can only shrink.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

import yaml

from .compare import Area

RESOURCE_AREAS = ("resources", "methods", "parameters", "requests", "results")


@dataclass(frozen=True)
class Entry:
    reason: str
    patterns: tuple[str, ...]

    def stale(self, names: set[str]) -> list[str]:
        return [p for p in self.patterns if not any(map(re.compile(translate(p)).match, names))]


def load(path: Path) -> list[Entry]:
    entries = []
    for number, item in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")) or [], 1):
        if set(item) != {"reason", "names"} or not item["reason"] or not item["names"]:
            raise SystemExit(f"{path.name}: entry {number} needs exactly `reason` and `names`")
        entries.append(Entry(item["reason"], tuple(item["names"])))
    return entries


def apply(areas: list[Area], entries: list[Entry]) -> list[str]:
    """Moves what the entries cover from `missing` to `excepted`; returns the patterns that cover nothing."""
    everything = {name for area in areas for name in (*area.missing, *area.excepted)}
    for area in areas:
        for entry in entries:
            covers = re.compile("|".join(map(translate, entry.patterns))).match
            for name in [name for name in area.missing if covers(name)]:
                del area.missing[name]
                area.excepted[name] = entry.reason
    return [pattern for entry in entries for pattern in entry.stale(everything)]


def apply_source(areas: list[Area], source: Path) -> None:
    """Excepts what belongs to resources that spec/SOURCE does not name, types and exports with them; nothing for `all`.

    Which types a resource reaches is the importer's knowledge, so while some resources are left out, a missing type or
    export counts as theirs unless a package that SOURCE imports whole declares it.
    """
    facts = yaml.safe_load(source.read_text(encoding="utf-8"))
    imported = facts["resources"]
    if imported == "all":
        return
    reason = "Not imported yet: spec/SOURCE names the resources there are."
    named = [path.replace("_", "").lower() for path in imported]
    whole = tuple(f"types.{package}." for package in facts.get("types", ()))
    packages = ("openai.types", "openai.resources")

    def left_out(area: str, key: str) -> bool:
        if area in RESOURCE_AREAS:
            path = key.split("(")[0].split(".", 1)[-1].replace("_", "").lower()
            if "." not in path and area != "resources":
                return False  # the client's own
            return not any(path == one or path.startswith(one + ".") for one in named)
        if area == "exceptions" or (key.startswith(("openai.", "openai:")) and not key.startswith(packages)):
            return key in proxies
        return not key.startswith(whole)

    top = {name for area in areas if area.name == "resources" for name in area.missing if name.count(".") == 1}
    proxies = {"openai:" + name.rpartition(".")[2] for name in top}
    for area in areas:
        for name in list(area.missing):
            if left_out(area.name.split()[-1], name.split("/", 2)[2]):
                area.excepted[name] = reason
                del area.missing[name]
