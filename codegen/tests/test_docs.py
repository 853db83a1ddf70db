"""The table of calls names each as its language has it."""

from __future__ import annotations

from pathlib import Path

from openai_oxide_codegen.emit.docs import emit
from openai_oxide_codegen.load import load


def test_names_that_no_rule_gives_are_those_of_the_language() -> None:
    ((_, text),) = emit(load(Path(__file__).parents[2] / "spec"))
    lines = [line.split(" | ") for line in text.splitlines()]
    rows = {cells[1]: cells[2:4] for cells in lines if len(cells) == 5}
    assert rows["`admin.organization.admin_api_keys.list`"][0] == "`admin.organization.adminAPIKeys.list`"
    assert rows["`beta.chat.completions.create`"][0] == ""
    assert rows["`chat.completions.create`"] == ["`chat.completions.create`", "`chat().completions().create`"]
