"""Types as the format of an agent's text."""

from __future__ import annotations

from ...._types import Omit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ....types.beta.agents.session_create_params import Agent
    from ....types.beta.text_format_param import TextFormatParamJSONSchema


def checked_type(output_type: Any) -> None:
    """Raises `TypeError` where a type gives no JSON object."""
    from ..._pydantic import class_of

    if class_of(output_type) is None:
        raise TypeError(f"output_type must be a pydantic model, a dataclass or a TypedDict, not {output_type!r}")


def agent_text_format(output_type: type, *, strict: bool = False) -> TextFormatParamJSONSchema:
    """The `agent.text.format` that asks for a pydantic model, a dataclass or a `TypedDict`.

    With `strict`, `ValueError` where the API's strict mode has no form for it; without, the API refuses it. Raises `TypeError`
    for any other type.
    """
    from ..._pydantic import schema_of

    checked_type(output_type)
    return {"type": "json_schema", "schema": schema_of(output_type, strict=strict)}


def asking_for(agent: Agent | Omit, output_type: type, *, strict: bool) -> Agent:
    """The agent, asked to answer in the form of the type. Raises `ValueError` where it has a format already."""
    told: Any = {} if isinstance(agent, Omit) else {**agent}
    text: Any = told.get("text") or {}
    if text.get("format") is not None:
        raise ValueError("output_type and agent.text.format exclude each other")
    told["text"] = {**text, "format": agent_text_format(output_type, strict=strict)}
    return told
