"""What every language says about a call: one sentence on what it does, and where the API documents it.

The sentence is made of the call's name, `chat.completions.delete` deletes a chat completion; where a name does not tell,
the spec has a `doc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model import Method, Resource

# What a method of this name does, to one thing or to many.
_ONE = {
    "create": "Creates", "retrieve": "Fetches", "get": "Fetches", "update": "Changes", "delete": "Deletes", "cancel": "Cancels",
    "compact": "Compacts", "complete": "Completes", "archive": "Archives", "pause": "Pauses", "resume": "Resumes",
    "activate": "Activates", "deactivate": "Deactivates", "validate": "Validates", "run": "Runs", "edit": "Edits",
    "extend": "Extends", "remix": "Remixes", "accept": "Accepts", "reject": "Rejects", "hangup": "Ends", "search": "Searches",
}  # fmt: skip
_UNCOUNTED = {"chat", "content", "data_retention", "live", "external_storage"}
# Groups of resources that say nothing about the things in them.
_SILENT = {"beta", "alpha", "admin", "organization", "audio"}
_SPELLED = {"api": "API", "ip": "IP", "id": "ID", "chatkit": "ChatKit", "fine_tuning": "fine-tuning"}
_REFERENCE = "https://developers.openai.com/api/reference/resources"


def sentence(resource: Resource, method: Method) -> str:
    """What the call does, with a capital and without a full stop."""
    if method.doc:
        return method.doc.rstrip(".")
    parts = [part for part in resource.path if part not in _SILENT]
    things, around = parts[-1], parts[-2] if len(parts) > 1 else ""
    owned = any(param.wire == f"{_stem(around)}_id" for param in method.path_params)
    before = [_stem(around)] if around and not owned else []
    owner = f" of {_one(around)}" if owned else ""
    verb, _, rest = method.name.partition("_")
    if verb == "list" and rest:
        return f"Lists the {_words([rest])} of {_one(*before, things)}{owner}"
    if verb == "list":
        return f"Lists {'the ' if owned else ''}{_words([*before, things])}{owner}"
    if method.name in ("retrieve", "update", "delete") and not method.path.partition("?")[0].endswith("}"):
        # No id tells one from others.
        return f"{_ONE[method.name]} the {_words([*before, things])}{owner}"
    if method.name in _ONE:
        return f"{_ONE[method.name]} {_one(*before, things)}{owner}"
    return f"Calls `{method.name}` of {_words([*before, things])}{owner}"


def reference(resource: Resource, method: Method) -> str:
    """The address of the call's page in the API reference."""
    return f"{_REFERENCE}/{'/subresources/'.join(resource.path)}/methods/{method.name}"


def _stem(part: str) -> str:
    """`batches` → `batch`."""
    if part in _UNCOUNTED or part.endswith("ss"):
        return part
    if part.endswith("ies"):
        return part[:-3] + "y"
    return re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|s$", "", part)


def _one(*parts: str) -> str:
    words = _words(map(_stem, parts))
    if parts[-1] in _UNCOUNTED:
        return words
    return f"{'an' if words[0] in 'aeiouA' and not words.startswith('us') else 'a'} {words}"


def _words(parts: Iterable[str]) -> str:
    return " ".join(
        _SPELLED.get(part) or " ".join(_SPELLED.get(word, word) for word in part.split("_")) for part in parts
    )
