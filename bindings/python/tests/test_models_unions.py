"""Unions: the class is chosen by the data, and what no class fits is kept whole."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from openai_oxide import BaseModel
from openai_oxide._models import construct, union
from openai_oxide.types import responses
from openai_oxide.types.chat import ChatCompletionMessageFunctionToolCall, ChatCompletionMessageToolCall
from openai_oxide.types.responses.response_output_text import AnnotationURLCitation

EVENT = "responses.response_stream_event:ResponseStreamEvent"


def test_members_are_found_by_their_type() -> None:
    response: responses.Response = construct(
        "responses.response:Response",
        {
            "output": [
                {
                    "type": "message",
                    "content": [
                        {"type": "output_text", "text": "a", "annotations": [{"type": "url_citation", "url": "u"}]},
                        {"type": "refusal", "refusal": "no"},
                    ],
                },
                {"type": "function_call", "name": "f"},
            ]
        },
    )
    message, call = response.output
    assert isinstance(message, responses.ResponseOutputMessage)
    text, refusal = message.content
    assert isinstance(text, responses.ResponseOutputText) and isinstance(refusal, responses.ResponseOutputRefusal)
    assert isinstance(text.annotations[0], AnnotationURLCitation)
    assert isinstance(call, responses.ResponseFunctionToolCall)
    assert response.output_text == "a"


def test_output_text_of_an_answer_without_text() -> None:
    assert construct("responses.response:Response", {}).output_text == ""
    assert (
        construct("responses.response:Response", {"output": [{"type": "reasoning", "summary": []}]}).output_text == ""
    )


@pytest.mark.parametrize("kind", ["response.telepathy.delta", None, 7, ["a"], {"b": 1}])
def test_an_unknown_member_keeps_all_its_data(kind: Any) -> None:
    wire = {"type": kind, "delta": {"x": [1]}}
    event = construct(EVENT, {"type": kind, "delta": {"x": [1]}})
    assert type(event) is BaseModel
    assert event.type == kind and event.delta == {"x": [1]} and event.to_dict() == wire


def test_values_beside_objects_stay() -> None:
    response = construct("responses.response:Response", {"tool_choice": "auto", "instructions": "be brief"})
    assert (response.tool_choice, response.instructions) == ("auto", "be brief")
    listed = construct(
        "responses.response:Response", {"instructions": [{"type": "message", "role": "user", "content": "x"}]}
    )
    assert isinstance(listed.instructions[0], responses.EasyInputMessage)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (
            {"type": "message", "role": "assistant", "id": "m", "content": [], "status": "completed"},
            "ResponseOutputMessage",
        ),
        ({"type": "message", "role": "user", "id": "m", "content": []}, "ResponseInputMessageItem"),
        (
            {"type": "message", "role": "prophet", "id": "m", "content": [], "phase": "x", "status": "y"},
            "ResponseOutputMessage",
        ),
    ],
)
def test_members_of_equal_type_are_told_apart_by_role_then_by_fields(data: dict[str, Any], name: str) -> None:
    assert type(construct("responses.response_item:ResponseItem", data)).__name__ == name


def test_shapes_without_a_discriminator_take_the_best_fit() -> None:
    shape = ["shared.comparison_filter:ComparisonFilter", "any"]
    from openai_oxide._models_shapes import resolve

    known, other = resolve([tuple(shape)], __name__).wrap([{"key": "k", "type": "eq", "value": 1}, {"filters": []}])
    assert known.key == "k"
    assert other == {"filters": []}  # objects of any kind are allowed there, so this one stays a dict


def test_another_name_of_a_class_is_the_class() -> None:
    assert ChatCompletionMessageToolCall is ChatCompletionMessageFunctionToolCall


def test_the_name_of_a_union_stands_in_annotations() -> None:
    assert responses.ResponseOutputText in responses.response_output_message.Content.__args__
    assert Optional[responses.ResponseStreamEvent]  # noqa: UP045
    assert type(None) in (responses.response_output_message.Content | None).__args__
    with pytest.raises(TypeError, match="cannot be instantiated"):
        responses.ResponseStreamEvent()


def test_members_load_when_they_first_occur() -> None:
    fresh = union("type", {"a": "model:Model", "never": "no.such.module:Thing"})
    assert fresh.wrap({"type": "a", "id": "m"}).id == "m"
    with pytest.raises(ModuleNotFoundError):
        fresh.wrap({"type": "never"})
