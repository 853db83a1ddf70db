"""Emits core/src/generated/defaults.rs: what holds where the caller says nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ..model import Spec

PATH = Path("core/src/generated/defaults.rs")
_SECONDS = ("timeout", "connect_timeout", "retry_delay_first", "retry_delay_max", "retry_after_max")


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """One constant for each line of spec/defaults.yaml; times are `Duration`s."""
    lines = "".join(_constant(name, value) for name, value in spec.defaults.items())
    yield PATH, f"//! The defaults of every language, from spec/defaults.yaml.\n\nuse std::time::Duration;\n\n{lines}"


def _constant(name: str, value: str | int | float) -> str:
    head = f"pub const {name.upper()}"
    if isinstance(value, str):
        return f"{head}: &str = {json.dumps(value)};\n"
    if name in _SECONDS:
        return f"{head}: Duration = Duration::from_millis({round(value * 1000)});\n"
    return f"{head}: u32 = {value};\n" if isinstance(value, int) else f"{head}: f64 = {value};\n"
