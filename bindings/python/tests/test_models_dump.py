"""Models back to dicts and text, with the options that pydantic models have."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from openai_oxide._models import construct
from openai_oxide.types.chat import ChatCompletion
from openai_oxide.types.responses import FunctionTool

WIRE: dict[str, Any] = {
    "id": "x",
    "choices": [{"index": 0, "message": {"content": "hé", "refusal": None}}, {"index": 1}],
    "odd": {"kept": None},
}


@pytest.fixture
def answer() -> ChatCompletion:
    return construct("chat.chat_completion:ChatCompletion", json.loads(json.dumps(WIRE)))


def test_everything_declared_is_in_a_dump(answer: ChatCompletion) -> None:
    dumped = answer.model_dump()
    assert list(dumped)[:4] == ["id", "choices", "created", "model"] and list(dumped)[-1] == "odd"
    assert dumped["usage"] is None and dumped["choices"][0]["logprobs"] is None
    assert answer.dict() == dumped


def test_leaving_out_what_was_not_set_gives_the_wire_form(answer: ChatCompletion) -> None:
    assert answer.model_dump(exclude_unset=True) == answer.to_dict() == WIRE


def test_leaving_out_none_drops_fields_but_not_free_values(answer: ChatCompletion) -> None:
    dumped = answer.model_dump(exclude_none=True)
    assert dumped == {
        "id": "x",
        "choices": [{"index": 0, "message": {"content": "hé"}}, {"index": 1}],
        "odd": {"kept": None},
    }


def test_leaving_out_defaults_keeps_required_fields(answer: ChatCompletion) -> None:
    dumped = answer.model_dump(exclude_defaults=True)
    assert "usage" not in dumped and dumped["created"] is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"include": {"id"}}, {"id": "x"}),
        ({"include": {"id": True, "choices": {0: {"index"}}}}, {"id": "x", "choices": [{"index": 0}]}),
        ({"include": {"choices": {"__all__": {"index"}}}}, {"choices": [{"index": 0}, {"index": 1}]}),
        ({"exclude": {"choices", "odd"}}, {"id": "x"}),
        (
            {"exclude": {"choices": {"__all__": {"message": True}}, "odd": True}},
            {"id": "x", "choices": [{"index": 0}, {"index": 1}]},
        ),
        ({"exclude": {"choices": {1: ...}, "odd": ..., "id": ...}}, {"choices": [WIRE["choices"][0]]}),
        ({"include": {"id", "odd"}, "exclude": {"odd"}}, {"id": "x"}),
    ],
)
def test_choosing_fields(answer: ChatCompletion, options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert answer.model_dump(exclude_unset=True, **options) == expected


def test_a_dump_is_a_copy(answer: ChatCompletion) -> None:
    dumped = answer.to_dict()
    dumped["choices"][0]["message"]["content"] = "changed"
    dumped["odd"]["more"] = 1
    assert answer.to_dict() == WIRE


def test_text(answer: ChatCompletion) -> None:
    assert answer.model_dump_json(exclude_unset=True) == json.dumps(WIRE, ensure_ascii=False, separators=(",", ":"))
    assert answer.to_json() == json.dumps(WIRE, ensure_ascii=False, indent=2)
    assert answer.to_json(indent=None) == answer.model_dump_json(exclude_unset=True)
    assert '"h\\u00e9"' in answer.model_dump_json(ensure_ascii=True)
    assert json.loads(answer.json()) == answer.model_dump()


def test_names_of_json_or_of_python() -> None:
    tool = FunctionTool(name="f", async_=True)
    assert tool.model_dump(exclude_unset=True) == {"name": "f", "async_": True}
    assert tool.model_dump(exclude_unset=True, by_alias=True) == {"name": "f", "async": True}
    assert tool.to_json(indent=None) == '{"name":"f","async":true}'


def test_json_mode_leaves_only_json_values() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    answer = ChatCompletion(id="x", when=moment, raw=b"ab", tags={"t"})
    assert answer.to_dict()["when"] is moment
    assert answer.to_dict(mode="json") == {"id": "x", "when": "2026-01-02T03:04:05Z", "raw": "ab", "tags": ["t"]}
