"""The hand-written tables against a package in the style of the official one."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any

import made_up
import pytest

from openai_oxide_codegen.sync import tables


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The exceptions that the made-up spec tells of, and no pages."""
    exceptions: Any = ModuleType("openai._exceptions")
    classes: dict[str, type] = dict(vars(builtins))
    statuses = {kind.python: kind.status for kind in made_up.spec().errors if kind.status is not None}
    for told in made_up.spec().error_classes["python"]:
        if told.official:
            members = {"status_code": statuses[told.name]} if told.name in statuses else {}
            classes[told.name] = type(told.name, (classes[told.parent],), members)
            setattr(exceptions, told.name, classes[told.name])
    openai: Any = ModuleType("openai")
    openai._exceptions, openai.pagination = exceptions, ModuleType("openai.pagination")
    openai.pagination.__all__ = []
    monkeypatch.setitem(sys.modules, "openai", openai)
    return exceptions


def errors() -> list[str]:
    return [line for line in tables.differences(made_up.spec()) if line.startswith("errors.yaml")]


def test_equal_tables_have_no_differences(package: ModuleType) -> None:
    assert errors() == []


def test_another_status_is_told(package: ModuleType) -> None:
    found = next(c for c in vars(package).values() if isinstance(c, type) and "status_code" in vars(c))
    found.status_code = 418  # type: ignore[attr-defined]
    (line,) = errors()
    assert line.startswith("errors.yaml: statuses are ")
    assert "418" in line


def test_a_class_of_one_side_is_told(package: ModuleType) -> None:
    package.NewError = type("NewError", (Exception,), {})  # type: ignore[attr-defined]
    assert errors() == ["errors.yaml: NewError is only in the package"]


def test_a_page_of_one_side_is_told(package: ModuleType) -> None:
    names = [f"pages.yaml: {name} is only in spec/" for name in sorted(made_up.spec().pages)]
    assert [line for line in tables.differences(made_up.spec()) if line.startswith("pages.yaml")] == names
    assert names
