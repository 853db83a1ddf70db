"""Inputs within limits: how large one is, and what the caller's decision leaves of it."""

from __future__ import annotations

from ..._native import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._types import ContextBudgetSnapshot

_CALLS = ("function_call", "function_call_output")


class Budget:
    """The limits of one run. Raises `ValueError` for limits that make no sense, or that the API would make too."""

    def __init__(self, told: Any, params: dict[str, Any]) -> None:
        self.bytes, self.images = told.get("max_input_bytes"), told.get("max_input_images")
        self.compact = told.get("compact")
        if type(self.bytes) is not int or self.bytes < 1 or type(self.images) is not int or self.images < 0:
            raise ValueError("context_budget needs max_input_bytes and max_input_images")
        if params.get("truncation") == "auto" or params.get("context_management"):
            raise ValueError("context_budget excludes truncation by the API and context_management")

    def fits(self, history: list[Any]) -> bool:
        size, images = _size(history)
        return size <= self.bytes and images <= self.images

    def snapshot(self, history: list[Any]) -> ContextBudgetSnapshot:
        """What the caller decides by."""
        size, images = _size(history)
        answered = {item["call_id"] for item in history if item.get("type") == "function_call_output"}
        return {
            "history": decode(encode(history)),
            "eligible_call_ids": [
                item["call_id"]
                for item in history
                if item.get("type") == "function_call" and item["call_id"] in answered
            ],
            "input_bytes": size,
            "input_images": images,
        }

    def left(self, history: list[Any], eligible: list[str], decision: Any) -> list[Any]:
        """The input without the dropped calls, which a message names. Raises `ValueError` for a decision that is none."""
        dropped = decision.get("drop_call_ids") if isinstance(decision, dict) else None
        if not isinstance(dropped, list) or not {*dropped} <= {*eligible} or len({*dropped}) != len(dropped):
            raise ValueError("compact gives {'drop_call_ids': [...]} of the eligible calls")
        kept = [item for item in history if item.get("type") not in _CALLS or item["call_id"] not in dropped]
        names = [
            f"{item['name']} ({item['call_id']})"
            for item in history
            if item.get("type") == "function_call" and item["call_id"] in dropped
        ]
        said = [f"Summary of results that are left out: {summary}"] if (summary := decision.get("summary")) else []
        if names:
            said.append(f"Left out here, with their results, are the calls {', '.join(names)}.")
        return [*({"role": "user", "content": text} for text in said), *kept]


def _size(history: list[Any]) -> tuple[int, int]:
    blocks = [
        block
        for item in history
        for block in item.get("output" if item.get("type") == "function_call_output" else "content") or ()
    ]
    images = sum(isinstance(block, dict) and block.get("type") == "input_image" for block in blocks)
    return len(encode(history)), images
