"""Each kind of gap is reported, an exception hides exactly what it names, and one that names nothing fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from parity import __main__ as parity
from parity import exceptions, report
from parity.compare import Area, compare

OFFICIAL = {
    "exports": {"openai:OpenAI": "", "openai:Timeout": ""},
    "methods": {"OpenAI.pets.feed": "call", "OpenAI.toys.list": "call"},
    "parameters": {"OpenAI.pets.feed(name)": "positional, required", "OpenAI.pets.feed(food)": "keyword, optional"},
    "fields": {"types.pets.pet:Pet.id": "required", "types.pets.pet:Pet.age": "optional"},
}


def without(area: str, name: str) -> dict[str, dict[str, str]]:
    return {**OFFICIAL, area: {key: value for key, value in OFFICIAL[area].items() if key != name}}


def missing(areas: list[Area]) -> dict[str, str]:
    return {name: detail for area in areas for name, detail in area.missing.items()}


@pytest.mark.parametrize(
    ("area", "name"),
    [
        ("exports", "openai:Timeout"),
        ("methods", "OpenAI.pets.feed"),
        ("parameters", "OpenAI.pets.feed(food)"),
        ("fields", "types.pets.pet:Pet.age"),
    ],
)
def test_absent_name_is_missing(area: str, name: str) -> None:
    assert missing(compare("python", OFFICIAL, without(area, name))) == {f"python/{area}/{name}": "absent"}


def test_absent_area_is_missing_whole() -> None:
    ours = {area: facts for area, facts in OFFICIAL.items() if area != "fields"}
    assert len(missing(compare("python", OFFICIAL, ours))) == 2


def test_other_shape_is_missing() -> None:
    ours = {**OFFICIAL, "parameters": {**OFFICIAL["parameters"], "OpenAI.pets.feed(food)": "keyword, required"}}
    assert missing(compare("python", OFFICIAL, ours)) == {
        "python/parameters/OpenAI.pets.feed(food)": "is keyword, required, not keyword, optional"
    }


def test_extra_is_what_the_official_package_has_nowhere() -> None:
    fields = {**OFFICIAL["fields"], "types.pets:Pet.age": "optional", "types.pets.pet:Pet.name": "optional"}
    (area,) = (a for a in compare("python", OFFICIAL, {**OFFICIAL, "fields": fields}) if a.name == "fields")
    assert list(area.extra) == ["python/fields/types.pets.pet:Pet.name"]
    assert report.percent(area.have, area.official) == "100.0 %"


def test_exception_covers_what_it_names_and_nothing_else() -> None:
    areas = compare("python", OFFICIAL, {})
    entry = exceptions.Entry("Pets come later.", ("python/methods/OpenAI.pets.*", "python/parameters/OpenAI.pets.*"))
    assert exceptions.apply(areas, [entry]) == []
    assert not [name for name in missing(areas) if "OpenAI.pets" in name]
    assert len(missing(areas)) == 5
    assert [area.have for area in areas] == [0, 0, 0, 0]


def test_stale_pattern_is_named() -> None:
    areas = compare("python", OFFICIAL, without("exports", "openai:Timeout"))
    entry = exceptions.Entry("Half of it is done.", ("python/exports/openai:Timeout", "python/methods/OpenAI.pets.*"))
    assert exceptions.apply(areas, [entry]) == ["python/methods/OpenAI.pets.*"]


def test_source_excepts_resources_it_does_not_name(tmp_path: Path) -> None:
    source = tmp_path / "SOURCE"
    source.write_text("resources: [pets]\ntypes: [pets]\n")
    areas = compare("python", OFFICIAL, {})
    exceptions.apply_source(areas, source)
    assert [name for area in areas for name in area.excepted] == ["python/methods/OpenAI.toys.list"]
    assert "python/fields/types.pets.pet:Pet.id" in missing(areas)


def test_source_with_all_excepts_nothing(tmp_path: Path) -> None:
    source = tmp_path / "SOURCE"
    source.write_text("resources: all\n")
    areas = compare("python", OFFICIAL, {})
    exceptions.apply_source(areas, source)
    assert not [name for area in areas for name in area.excepted]


@pytest.mark.parametrize("entry", ["- names: [x]", "- reason: ''\n  names: [x]", "- {reason: r, names: [x], until: y}"])
def test_exception_needs_a_reason_and_names(tmp_path: Path, entry: str) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(entry)
    with pytest.raises(SystemExit):
        exceptions.load(file)


def test_percent_never_rounds_up() -> None:
    assert report.percent(99_999, 100_000) == "99.9 %"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The whole command over made-up dumps; returns its exit code."""

    def go(ours: dict[str, dict[str, str]], entries: str) -> int:
        (tmp_path / "exceptions.yaml").write_text(entries)
        (tmp_path / "spec").mkdir(exist_ok=True)
        (tmp_path / "spec/SOURCE").write_text("resources: all\n")
        monkeypatch.setattr(parity, "HERE", tmp_path)
        monkeypatch.setattr(parity, "ROOT", tmp_path)
        monkeypatch.setattr(parity, "python_areas", lambda args: compare("python", OFFICIAL, ours))
        monkeypatch.setattr(sys, "argv", ["parity", "--only", "python", "--out", str(tmp_path / "out")])
        return parity.main()

    return go


def test_exit_code(run) -> None:
    gap = without("exports", "openai:Timeout")
    excuse = "- reason: A number will do.\n  names: ['python/exports/openai:Timeout']\n"
    assert run(OFFICIAL, "[]") == 0
    assert run(gap, "[]") == 1
    assert run(gap, excuse) == 0
    assert run(OFFICIAL, excuse) == 1
