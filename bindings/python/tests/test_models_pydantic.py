"""Our models as fields of pydantic models, as FastAPI uses them."""

from __future__ import annotations

import pytest

pydantic = pytest.importorskip("pydantic", reason="pydantic is optional")

from openai_oxide.types.chat import ChatCompletion, ChatCompletionMessageParam  # noqa: E402
from openai_oxide.types.responses import ResponseOutputItem, ResponseOutputMessage  # noqa: E402

WIRE = {"id": "x", "choices": [{"index": 0, "message": {"content": "a"}}], "odd": 1}


class Record(pydantic.BaseModel):
    answer: ChatCompletion
    items: list[ResponseOutputItem]


def test_a_field_takes_dicts_and_models() -> None:
    record = Record.model_validate({"answer": WIRE, "items": [{"type": "message", "id": "m"}]})
    assert type(record.answer) is ChatCompletion and record.answer.choices[0].message.content == "a"
    assert isinstance(record.items[0], ResponseOutputMessage)
    answer = ChatCompletion(id="y")
    assert Record(answer=answer, items=[]).answer is answer


def test_a_field_is_dumped_with_its_unknown_parts() -> None:
    record = Record.model_validate({"answer": WIRE, "items": []})
    assert record.model_dump(exclude_unset=True) == {"answer": WIRE, "items": []}
    again = Record.model_validate_json(record.model_dump_json())
    assert again.answer.odd == 1 and again.answer.choices[0].message.content == "a"


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(pydantic.ValidationError, match="needs a dict"):
        Record.model_validate({"answer": "text", "items": []})


def test_a_json_schema_names_the_fields() -> None:
    schema = Record.model_json_schema()["properties"]["answer"]
    assert schema["type"] == "object" and "choices" in schema["properties"] and "id" in schema["required"]
    assert ChatCompletion.model_json_schema()["title"] == "ChatCompletion"
    assert pydantic.TypeAdapter(ChatCompletion).validate_python(WIRE) == ChatCompletion(**WIRE)


def test_parameter_types_are_typed_dicts_that_pydantic_checks() -> None:
    messages = pydantic.TypeAdapter(list[ChatCompletionMessageParam])
    assert messages.validate_python([{"role": "user", "content": "hi"}]) == [{"role": "user", "content": "hi"}]
    with pytest.raises(pydantic.ValidationError):
        messages.validate_python([{"role": "nobody"}])


def test_a_pydantic_class_as_the_result_of_a_call() -> None:
    from openai_oxide._models import construct

    assert construct(Record, {"answer": WIRE, "items": []}).answer.id == "x"
