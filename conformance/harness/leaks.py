"""Looks for an API key in text, also where an encoding hides it from a plain search."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

SHOWN = 10  # characters of a key's secret part that no output may repeat in a row


def disguises(key: str) -> dict[str, str]:
    """Name → text: the forms in which this key would be readable for somebody who finds it in a log."""
    forms = {
        "plain": key,
        "percent-encoded": quote(key, safe=""),
        "plus-encoded": quote_plus(key),
        "repr": repr(key)[1:-1],
        "JSON string": json.dumps(key)[1:-1],
        "hex": key.encode().hex(),
        "start of the secret": secret_part(key)[:SHOWN],
        "end of the secret": secret_part(key)[-SHOWN:],
    }
    # Base64 has three alignments; the first and last characters depend on the neighbours and are left out.
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + key.encode()).decode()
        forms[f"base64, shift {shift}"] = text[-(-shift * 8 // 6) : len(text) // 4 * 4 - 4]
    return {name: form for name, form in forms.items() if len(form) >= 6}


def secret_part(key: str) -> str:
    """The key without its public prefix (`sk-`, `sk-test-`) and without what an attacker appended."""
    line = key.splitlines()[0] if key.splitlines() else key
    return line.rsplit("-", 1)[-1]


def find(key: str, text: str) -> str | None:
    """The name of the form in which the key stands in the text, or None."""
    return next((name for name, form in disguises(key).items() if form in text), None)
