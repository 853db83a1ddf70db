"""One sentence on each call, made of its name: `chat.completions.delete` deletes a chat completion."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...model import Method, Resource

# What a method of this name does, to one thing or to many; `{}` is the thing.
_ONE = {
    "create": "Creates", "retrieve": "Fetches", "get": "Fetches", "update": "Changes", "delete": "Deletes", "cancel": "Cancels",
    "compact": "Compacts", "complete": "Completes", "archive": "Archives", "unarchive": "Takes back the archiving of",
    "pause": "Pauses", "resume": "Resumes", "activate": "Activates", "deactivate": "Deactivates", "validate": "Validates",
    "run": "Runs", "edit": "Edits", "extend": "Extends", "remix": "Remixes", "generate": "Generates", "accept": "Accepts",
    "reject": "Rejects", "refer": "Refers", "hangup": "Ends", "replace": "Replaces", "modify": "Changes", "rotate": "Rotates",
    "disable": "Disables", "enable": "Enables", "search": "Searches",
}  # fmt: skip
_MANY = {"list": "Lists", "count": "Counts"}
_UNCOUNTED = {"audio", "chat", "content", "usage", "safety", "speech", "live", "data_retention", "sideband"}
_SMALL = {"api": "API", "ip": "IP", "id": "ID"}


def sentence(resource: Resource, method: Method) -> str:
    """What the call does, with a capital and without a full stop."""
    if method.doc:
        return method.doc.rstrip(".")
    parts = [part for part in resource.path if part not in ("beta", "alpha", "admin", "organization")] or [
        resource.path[-1]
    ]
    context = parts[-2:-1] if len(parts) > 1 and not _is_owner(method, parts) else []
    owner = f" of {_one(parts[-2])}" if len(parts) > 1 and not context else ""
    verb, _, rest = method.name.partition("_")
    if method.name in _MANY:
        return f"{_MANY[method.name]} {_words([*map(_stem, context), parts[-1]])}{owner}"
    if method.name in _ONE:
        return f"{_ONE[method.name]} {_one(*context, parts[-1])}{owner}"
    if verb in _ONE | _MANY and rest:
        return f"{(_ONE | _MANY)[verb]} {rest.replace('_', ' ')} of {_one(*context, parts[-1])}{owner}"
    return f"Asks for {_words([method.name])} of {_words([*map(_stem, context), parts[-1]])}{owner}"


def _is_owner(method: Method, parts: list[str]) -> bool:
    """Whether the path names the thing around it: `/threads/{thread_id}/messages`."""
    return any(param.wire == f"{_stem(parts[-2])}_id" for param in method.path_params)


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
    return " ".join(_SMALL.get(word, word) for part in parts for word in part.split("_"))
