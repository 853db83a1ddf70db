"""The report on an OpenAPI document, against the made-up spec."""

from __future__ import annotations

import json
from pathlib import Path

import made_up
import pytest

from openai_oxide_codegen.drift import report

DOCUMENT = {
    "info": {"version": "2.0"},
    "paths": {
        "/zoo/animals": {
            "get": {"parameters": [{"$ref": "#/components/parameters/After"}, {"in": "path", "name": "x"}]},
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}
            },
        },
        "/zoo/animals/{id}": {"get": {}, "patch": {}},
        "/farm": {"get": {}},
    },
    "components": {
        "parameters": {"After": {"in": "query", "name": "after[]"}},
        "schemas": {
            "New": {"allOf": [{"$ref": "#/components/schemas/Named"}, {"properties": {"wings": {}}}]},
            "Named": {"properties": {"name": {}}},
        },
    },
}


@pytest.fixture
def lines(tmp_path: Path) -> list[str]:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return [line for text in report(made_up.spec(), document) for line in text.splitlines()]


def test_routes_of_one_side_are_named_whatever_their_placeholders_are_called(lines: list[str]) -> None:
    ours = lines[lines.index("only in the spec:") + 1 :]
    assert "  DELETE /zoo/animals/{}" in ours
    assert "  GET    /zoo/animals/{}" not in lines
    theirs = lines.index("only in the document, below paths the spec has:")
    assert lines[theirs + 1] == "  PATCH  /zoo/animals/{}"
    assert "1 more routes of the document lie below paths the spec does not have" in lines


def test_keys_of_one_side_are_named_through_references(lines: list[str]) -> None:
    create = next(line for line in lines if line.startswith("  zoo.animals.create: ")).split()
    assert "-wings" in create
    assert "+toys" in create
    assert not {"+name", "-name"} & {*create}
    listed = next(line for line in lines if line.startswith("  zoo.animals.list: ")).split()
    assert "+order" in listed
    assert not {"-after", "-after[]", "-x"} & {*listed}
