"""How pydantic (and FastAPI) see our models: imported only when pydantic asks for a schema."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def schema_of(validate: Callable[[Any], Any], cls: Any) -> Any:
    """A core schema that builds values with `validate` and dumps them with `model_dump`; None: a union of models."""
    from pydantic_core import core_schema

    from ._models_dump import Dump

    def serialize(value: Any, info: Any) -> Any:
        dump = Dump(
            info.mode == "json", bool(info.by_alias), info.exclude_unset, info.exclude_defaults, info.exclude_none
        )
        return dump.value(value, info.include, info.exclude)

    schema = json_schema_of(cls) if cls is not None else {"type": "object"}
    return core_schema.no_info_plain_validator_function(
        validate,
        serialization=core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True),
        metadata={"pydantic_js_functions": [lambda _schema, _handler: dict(schema)]},
    )


def json_schema_of(cls: Any) -> dict[str, Any]:
    """Property names and which are required; the types of the values are left open, as decoding leaves them."""
    fields = cls.__fields__
    schema: dict[str, Any] = {
        "title": cls.__name__,
        "type": "object",
        "properties": {field.wire: {"title": name.replace("_", " ").title()} for name, field in fields.items()},
        "additionalProperties": True,
    }
    required = [field.wire for field in fields.values() if field.required]
    if required:
        schema["required"] = required
    return schema
