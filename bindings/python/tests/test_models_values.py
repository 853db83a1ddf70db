"""Models as values: attributes, what happens to unknown fields, comparing, copying, pickling, building by hand."""

from __future__ import annotations

import copy
import pickle
from typing import Any, List, Optional  # noqa: UP035

import pytest

from openai_oxide import BaseModel
from openai_oxide._models import construct
from openai_oxide.types.chat import ChatCompletion, ChatCompletionChunk
from openai_oxide.types.chat.chat_completion import Choice
from openai_oxide.types.completion_usage import CompletionUsage
from openai_oxide.types.responses import FunctionTool

ANSWER = "chat.chat_completion:ChatCompletion"


def data() -> dict[str, Any]:
    """A fresh parsed answer: models change the dict they stand on."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


@pytest.fixture
def answer() -> ChatCompletion:
    return construct(ANSWER, data())


def test_fields_are_attributes_of_the_declared_classes(answer: ChatCompletion) -> None:
    assert type(answer) is ChatCompletion
    assert type(answer.choices[0]) is Choice
    assert answer.choices[0].message.content == "hi"
    assert answer.usage is not None and answer.usage.total_tokens == 3


def test_a_nested_value_is_the_same_object_each_time(answer: ChatCompletion) -> None:
    assert answer.usage is answer.usage
    assert answer.choices is answer.choices
    answer.choices[0].message.content = "changed"
    assert answer.choices[0].message.content == "changed"
    assert answer.model_dump()["choices"][0]["message"]["content"] == "changed"


def test_an_absent_field_is_none_required_or_not(answer: ChatCompletion) -> None:
    assert answer.system_fingerprint is None
    assert answer.choices[0].logprobs is None
    assert construct(ANSWER, {}).id is None
    assert construct(ANSWER, {}).choices is None


def test_values_of_the_wrong_type_come_out_as_they_came() -> None:
    odd = construct(ANSWER, {"id": 7, "choices": "none", "usage": [1], "created": None})
    assert (odd.id, odd.choices, odd.usage, odd.created) == (7, "none", [1], None)


def test_a_list_may_mix_objects_and_other_values() -> None:
    odd = construct(ANSWER, {"choices": [{"index": 1}, None, "x"]})
    assert odd.choices[0].index == 1
    assert odd.choices[1:] == [None, "x"]


def test_unknown_fields_stay_and_are_sent_back(answer: ChatCompletion) -> None:
    wire = {**data(), "brand_new": {"deep": [1]}}
    newer = construct(ANSWER, copy.deepcopy(wire))
    assert newer.brand_new == {"deep": [1]}
    assert newer.model_extra == {"brand_new": {"deep": [1]}}
    assert newer.to_dict() == wire
    assert "brand_new={'deep': [1]}" in repr(newer)
    assert answer.model_extra == {}


@pytest.mark.parametrize("name", ["copy", "json", "dict", "model_dump", "to_dict", "model_extra", "model_fields_set"])
def test_a_new_field_called_like_a_method_hides_nothing(name: str) -> None:
    newer = construct(ANSWER, {"id": "x", name: "new"})
    assert newer.copy() == newer and newer.to_dict() == newer.dict(exclude_unset=True) == {"id": "x", name: "new"}
    assert newer.json(exclude_unset=True) == newer.to_json(indent=None)
    assert newer.model_extra == {name: "new"} and newer.model_fields_set == {"id", name}


def test_a_field_called_like_a_method_can_be_set(answer: ChatCompletion) -> None:
    answer.copy = "mine"  # pyright: ignore[reportAttributeAccessIssue]
    assert answer.model_extra == {"copy": "mine"}


def test_unknown_values_of_a_choice_stay() -> None:
    assert construct("chat.chat_completion:Choice", {"finish_reason": "solar_flare"}).finish_reason == "solar_flare"


def test_an_unknown_name_is_an_attribute_error(answer: ChatCompletion) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        answer.nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="_request_id"):
        answer.choices[0]._request_id  # noqa: B018  # only the answer as a whole has one


def test_fields_can_be_set_and_deleted(answer: ChatCompletion) -> None:
    answer.system_fingerprint = "fp"
    assert "system_fingerprint" in answer.model_fields_set
    del answer.system_fingerprint
    assert answer.system_fingerprint is None and "system_fingerprint" not in answer.model_fields_set
    answer.usage = None
    assert answer.usage is None
    del answer.usage
    with pytest.raises(AttributeError):
        del answer.usage


def test_a_field_whose_json_key_is_a_keyword() -> None:
    tool: FunctionTool = construct("responses.function_tool:FunctionTool", {"name": "f", "async": True})
    assert tool.async_ is True
    tool.async_ = False
    assert tool.to_dict() == {"name": "f", "async": False}
    assert tool.to_dict(use_api_names=False) == {"name": "f", "async_": False}
    assert tool.model_fields_set == {"name", "async_"}
    assert tool.model_extra == {}
    assert FunctionTool(name="f", async_=False) == tool
    assert FunctionTool(name="f", **{"async": False}) == tool


def test_equality_is_by_value_not_by_what_was_read(answer: ChatCompletion) -> None:
    other = construct(ANSWER, data())
    assert other.choices[0].message.content == "hi"  # now partly wrapped
    assert answer == other
    other.choices[0].message.content = "ho"
    assert answer != other
    assert construct(ANSWER, {"id": "x"}) == construct(ANSWER, {"id": "x", "usage": None})
    assert answer != data()
    assert construct("chat.chat_completion:Choice", {}) != construct(ANSWER, {})


def test_models_are_mutable_and_so_not_hashable(answer: ChatCompletion) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(answer)


def test_repr_reads_like_a_constructor() -> None:
    usage = construct("completion_usage:CompletionUsage", {"prompt_tokens": 1, "total_tokens": 3})
    expected = (
        "CompletionUsage(completion_tokens=None, prompt_tokens=1, total_tokens=3, "
        "completion_tokens_details=None, prompt_tokens_details=None)"
    )
    assert repr(usage) == str(usage) == expected


def test_iterating_gives_names_and_values() -> None:
    usage = construct("completion_usage:CompletionUsage", {"total_tokens": 3, "odd": 1})
    names = [name for name, _ in usage]
    assert names[:3] == ["completion_tokens", "prompt_tokens", "total_tokens"] and names[-1] == "odd"
    assert dict(usage)["total_tokens"] == 3


@pytest.mark.parametrize("read_first", [False, True])
def test_pickle_and_copies(answer: ChatCompletion, read_first: bool) -> None:
    answer._request_id = "req_1"
    if read_first:
        repr(answer)
    for other in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer), answer.model_copy()):
        assert type(other) is ChatCompletion
        assert other == answer
        assert other._request_id == "req_1"
    deep = answer.model_copy(deep=True)
    deep.choices[0].message.content = "ho"
    assert answer.choices[0].message.content == "hi"


def test_a_copy_with_changes(answer: ChatCompletion) -> None:
    other = answer.model_copy(update={"model": "m2", "extra": 1})
    assert (other.model, other.extra, answer.model) == ("m2", 1, "m")
    tool = FunctionTool(name="f").copy(update={"async_": True})
    assert tool.to_dict() == {"name": "f", "async": True}


def test_building_by_hand() -> None:
    built = ChatCompletion(
        id="x",
        choices=[{"index": 0, "message": {"role": "assistant", "content": "a"}}],
        created=1,
        model="m",
        object="chat.completion",
        usage=CompletionUsage(prompt_tokens=1, completion_tokens=1, total_tokens=2),
    )
    assert built.choices[0].message.content == "a"
    assert built.usage is not None and built.usage.total_tokens == 2
    assert ChatCompletion.model_construct(id="x") == ChatCompletion.construct(id="x") == ChatCompletion(id="x")


def test_building_leaves_the_given_dicts_alone() -> None:
    choice = {"index": 0, "message": {"content": "a"}}
    given = [choice]
    built = ChatCompletion(choices=given)
    assert built.choices[0].message.content == "a"
    built.choices[0].message.content = "b"
    validated = ChatCompletion.model_validate({"choices": given})
    assert validated.choices[0].message.content == "a"
    assert choice == {"index": 0, "message": {"content": "a"}} and given == [choice]


def test_validating() -> None:
    assert ChatCompletion.model_validate(data()) == construct(ANSWER, data())
    assert ChatCompletion.model_validate_json('{"id": "x"}').id == "x"
    same = ChatCompletion(id="x")
    assert ChatCompletion.model_validate(same) is same
    assert ChatCompletionChunk.model_validate(same).id == "x"
    with pytest.raises(ValueError, match="needs a dict"):
        ChatCompletion.model_validate("text")


def test_what_the_class_knows_of_its_fields(answer: ChatCompletion) -> None:
    fields = ChatCompletion.model_fields
    assert list(fields)[:3] == ["id", "choices", "created"]
    assert fields["id"].is_required() and not fields["usage"].is_required()
    assert FunctionTool.model_fields["async_"].alias == "async"
    assert answer.model_fields is fields
    assert "id" in answer.model_fields_set and "system_fingerprint" not in answer.model_fields_set


class Part(BaseModel):
    text: str


class Answer(BaseModel):
    parts: List[Part]  # noqa: UP006
    best: Optional[Part] = None  # noqa: UP045
    by_name: dict[str, Part]
    unresolvable: Nowhere  # noqa: F821  # pyright: ignore[reportUndefinedVariable]
    note: str = "none"


def test_a_class_of_the_users_own() -> None:
    wire = {"parts": [{"text": "a"}], "best": {"text": "b"}, "by_name": {"x": {"text": "c"}}, "unresolvable": {}}
    answer = construct(Answer, wire)
    assert [type(part) for part in answer.parts] == [Part]
    assert answer.best.text == "b" and answer.by_name["x"].text == "c" and answer.note == "none"
    assert answer.unresolvable == {}
    assert construct(List[Part], [{"text": "a"}])[0].text == "a"  # noqa: UP006


def test_a_subclass_adds_fields_to_a_generated_class() -> None:
    class Chatty(ChatCompletion):
        mood: str | None = None

    chatty = construct(Chatty, {**data(), "mood": "good"})
    assert chatty.mood == "good" and chatty.choices[0].message.content == "hi"
    assert chatty.model_extra == {} and isinstance(chatty, ChatCompletion)
