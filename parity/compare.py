"""Two dumps in, one outcome per area out. A dump is `{area: {name: value}}`; the official one says what there must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Facts = Mapping[str, Mapping[str, str]]


@dataclass
class Area:
    """One row of the table. `missing` and `extra` hold full names, `language/area/name`, and what there is instead."""

    language: str
    name: str
    official: int
    missing: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    excepted: dict[str, str] = field(default_factory=dict)
    """Names moved here from `missing`, each with its reason."""

    @property
    def have(self) -> int:
        return self.official - len(self.missing) - len(self.excepted)


def compare(language: str, official: Facts, ours: Facts) -> list[Area]:
    """A name counts as had when ours has it with the same value: a parameter that became required is missing."""
    areas = []
    for name, wanted in official.items():
        given = ours.get(name, {})
        area = Area(language, name, len(wanted))
        for key, value in sorted(wanted.items()):
            if key not in given:
                area.missing[f"{language}/{name}/{key}"] = "absent"
            elif given[key] != value:
                area.missing[f"{language}/{name}/{key}"] = f"is {given[key] or 'plain'}, not {value or 'plain'}"
        # The same type under one more import path is no addition.
        known = {key.rpartition(":")[2] for key in wanted}
        area.extra = {
            f"{language}/{name}/{key}": value
            for key, value in sorted(given.items())
            if key.rpartition(":")[2] not in known
        }
        areas.append(area)
    return areas
