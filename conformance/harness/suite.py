"""Loads the cases: YAML 1.2 scalars, unique names, folders that match, and which drivers a case is for."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CONFORMANCE = Path(__file__).resolve().parent.parent
SUITE = CONFORMANCE / "suite"
KNOWN_FAILURES = CONFORMANCE / "known-failures"
SCHEMA = CONFORMANCE / "schema.json"

# Limits that the official clients do not have; ours take them per client and per call.
LIMITS = ("connect_timeout", "first_token_timeout", "idle_timeout", "deadline", "max_event_bytes")

# The driver feature that each helper belongs to.
HELPERS = {
    "stream": "stream-helpers",
    "fc": "early-calls",
    "partial_json": "early-calls",
    "parse": "structured",
    "strict_schema": "structured",
    "run_tools": "tools",
    "tool_runner": "tool-runner",
    "agent_turn": "agents",
    "agent_files": "agents",
}


class SuiteError(Exception):
    """The suite itself is wrong; no driver is to blame."""


class Loader(yaml.SafeLoader):
    """YAML 1.2 as the server reads it: only true and false are booleans, dates are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Case:
    name: str
    data: dict[str, Any]
    file: Path

    @property
    def folder(self) -> str:
        return self.name.split("/", 1)[0]

    @property
    def needs(self) -> frozenset[str]:
        """The driver features without which the case cannot be run at all."""
        call, client = self.data.get("call") or {}, self.data.get("client") or {}
        options = call.get("options") or {}
        found = set()
        if "webhook" in self.data:
            found.add("webhook")
        if any("websocket" in exchange for exchange in self.data.get("exchange", [])):
            found.add("websocket")
        if call.get("surface") == "compat":
            found.add("compat")
        if call.get("surface") == "native":  # a small native client need not have every resource
            found.add(f"native-{call['operation'].split('.')[0]}")
        if "helper" in call:
            found.add(HELPERS[call["helper"]])
        if "hedge" in client or "hedge" in options:
            found.add("hedge")
        if "abort_after" in call:
            found.add("abort")
        if "environment" in client:
            found.add("environment")
        if "idempotency_key" in options:
            found.add("idempotency-key")
        if any(name in client or name in options for name in LIMITS):
            found.add("limits")
        return frozenset(found)

    @property
    def can_be_cut(self) -> bool:
        """A stream that comes in one answer and at full speed, so that its cuts may lie anywhere."""
        exchange = self.data.get("exchange", [])
        response = exchange[0].get("response", {}) if len(exchange) == 1 else {}
        slow = {"delay", "pause_at", "head_delay", "end"} & response.keys()
        return "sse" in response and not slow and "{{" not in str(response["sse"]) and "take" not in self.data["call"]

    def for_driver(self, driver: str) -> dict[str, Any]:
        """What the driver is told: how to make the client and what to call, never what is expected."""
        told = {name: self.data[name] for name in ("client", "call", "webhook") if name in self.data}
        client = dict(told.get("client") or {})
        client.setdefault("api_key", DEFAULT_KEY)
        if client["api_key"] is None:
            del client["api_key"]
        told["client"] = client
        return expand(told)

    @property
    def api_key(self) -> str | None:
        client = self.data.get("client") or {}
        environment = client.get("environment") or {}
        return environment.get("OPENAI_API_KEY") or client.get("api_key", DEFAULT_KEY)

    def exception_for(self, driver: str) -> dict[str, Any] | None:
        """How this driver is known to differ by design: `{reason, expect?}`."""
        for pattern, entry in (self.data.get("except") or {}).items():
            if fnmatch.fnmatchcase(driver, pattern):
                return {"reason": entry} if isinstance(entry, str) else entry
        return None


def expand(value: Any) -> Any:
    """`{$repeat: [text, count]}` stands for a long text that nobody wants to read in a case."""
    if isinstance(value, dict):
        if value.keys() == {"$repeat"}:
            text, count = value["$repeat"]
            return text * count
        return {name: expand(member) for name, member in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    return value


DEFAULT_KEY = "sk-test-0123456789abcdef"


def parse(text: str) -> Any:
    return yaml.load(text, Loader)


def load(folder: Path = SUITE) -> list[Case]:
    """All cases, ordered by name. A name that two cases share is an error of the suite."""
    cases: dict[str, Case] = {}
    for file in sorted(folder.rglob("*.yaml")):
        for data in (parse(file.read_text(encoding="utf-8")) or {}).get("cases", []):
            case = Case(data["name"], data, file)
            if case.name in cases:
                raise SuiteError(f"{case.name}: named in {cases[case.name].file} and in {file}")
            cases[case.name] = case
    return [cases[name] for name in sorted(cases)]


def select(cases: Iterable[Case], patterns: list[str]) -> Iterator[Case]:
    """Cases whose name matches a pattern; a pattern without wildcard also means everything below it."""
    for case in cases:
        if not patterns or any(
            fnmatch.fnmatchcase(case.name, pattern) or case.name.startswith(pattern.rstrip("/") + "/")
            for pattern in patterns
        ):
            yield case


def known_failures(driver: str, folder: Path = KNOWN_FAILURES) -> dict[str, str]:
    """Case name → reason, for failures that are admitted. An entry that passes is itself a failure."""
    file = folder / f"{driver}.yaml"
    return (parse(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}
