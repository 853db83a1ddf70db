"""The suite as a document: valid, unambiguous, and honest about where its bytes come from."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from .. import suite
from ..drivers import registry

SCHEMA = json.loads(suite.SCHEMA.read_text(encoding="utf-8"))
FILES = sorted(suite.SUITE.rglob("*.yaml"))
BY_HAND = [file for file in FILES if suite.SUITE / "recorded" not in file.parents]
CASES = suite.load()
DRIVERS = registry(python="", official_python="", node="", rust="")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(suite.SUITE)))
def test_file_follows_the_schema(file: Path) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(suite.parse(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", BY_HAND, ids=lambda file: str(file.relative_to(suite.SUITE)))
def test_file_opens_with_what_it_is_about(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith("#")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60


def test_a_case_lies_in_the_folder_of_its_name() -> None:
    wrong = [case.name for case in CASES if case.file.relative_to(suite.SUITE).parts[0] != case.folder]
    assert not wrong


def test_every_case_says_in_one_sentence_what_a_user_gets() -> None:
    wrong = [case.name for case in CASES if not (case.data["doc"][0].isupper() and case.data["doc"].endswith("."))]
    assert not wrong


def test_only_cases_of_the_recorder_are_called_recorded() -> None:
    recorded = {case.name for case in CASES if "recorded" in case.data["source"]}
    assert recorded == {case.name for case in CASES if case.folder == "recorded"}


def test_every_difference_has_a_reason() -> None:
    for case in CASES:
        for entry in (case.data.get("except") or {}).values():
            assert (entry if isinstance(entry, str) else entry["reason"]).strip(), case.name


def test_known_failures_name_drivers_and_cases() -> None:
    names = {case.name for case in CASES} | {"(driver log)"}
    for file in suite.KNOWN_FAILURES.glob("*.yaml"):
        assert file.stem in DRIVERS
        for name, reason in suite.known_failures(file.stem).items():
            assert name in names, f"{file.name}: {name}"
            assert reason.strip()


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("cases: [{name: a/b, doc: A., source: {constructed: x}}]")
    (tmp_path / "b.yaml").write_text("cases: [{name: a/b, doc: B., source: {constructed: x}}]")
    with pytest.raises(suite.SuiteError):
        suite.load(tmp_path)


def test_scalars_are_read_as_the_server_reads_them() -> None:
    assert suite.parse("[no, on, 2026-11-22, true, 1.0]") == ["no", "on", "2026-11-22", True, 1.0]


def test_a_driver_without_a_helper_is_not_asked_for_it() -> None:
    needs = {name: suite.Case("a/b", {"call": {"helper": name}}, Path()).needs for name in suite.HELPERS}
    assert needs["parse"] == {"structured"}
    assert set(suite.HELPERS) == set(SCHEMA["$defs"]["call"]["properties"]["helper"]["enum"])
    assert suite.Case("a/b", {"call": {"options": {"hedge": False}}}, Path()).needs == {"hedge"}


def test_the_native_client_need_not_have_every_resource() -> None:
    call = {"surface": "native", "operation": "chat.completions.create"}
    assert suite.Case("a/b", {"call": call}, Path()).needs == {"native-chat"}


def test_long_texts_are_spelt_out_for_drivers() -> None:
    assert suite.expand({"a": [{"$repeat": ["xy", 3]}], "$repeat": 1}) == {"a": ["xyxyxy"], "$repeat": 1}


def test_a_pattern_without_a_wildcard_also_means_what_is_below() -> None:
    cases = [suite.Case(name, {}, Path()) for name in ("a/b", "a/b/c", "a/bc", "d")]
    assert [case.name for case in suite.select(cases, ["a/b"])] == ["a/b", "a/b/c"]
    assert [case.name for case in suite.select(cases, ["a/b*", "d"])] == ["a/b", "a/b/c", "a/bc", "d"]
