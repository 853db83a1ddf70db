"""Rust names for wire texts: variants, fields, modules."""

from __future__ import annotations

import re

# Every word Rust reserves; a field of that name gets a trailing underscore.
KEYWORDS = frozenset(
    [
        "abstract",
        "as",
        "async",
        "await",
        "become",
        "box",
        "break",
        "const",
        "continue",
        "crate",
        "do",
        "dyn",
        "else",
        "enum",
        "extern",
        "false",
        "final",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "let",
        "loop",
        "macro",
        "match",
        "mod",
        "move",
        "mut",
        "override",
        "priv",
        "pub",
        "ref",
        "return",
        "self",
        "Self",
        "static",
        "struct",
        "super",
        "trait",
        "true",
        "try",
        "type",
        "typeof",
        "unsafe",
        "unsized",
        "use",
        "virtual",
        "where",
        "while",
        "yield",
    ]
)


def pascal(text: str) -> str:
    """`gpt-4.1-mini` → `Gpt4_1Mini`; numbers that would run together keep an underscore between them."""
    words = [word for word in re.split(r"[^0-9A-Za-z]+", text) if word]
    name = ""
    for word in words:
        joint = "_" if name[-1:].isdigit() and word[0].isdigit() else ""
        name += joint + word[0].upper() + word[1:]
    return name


def variant(text: str, taken: set[str]) -> str:
    """The variant of a wire text, unlike those in `taken`, to which it is added."""
    name = pascal(text) or "Empty"
    if name[0].isdigit():
        name = f"V{name}"
    if name in ("Self", "Other"):  # a keyword, and the arm of unknown values
        name += "_"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def field(name: str) -> str:
    """`type` → `type_`; a wire key that is no identifier is spelled as one."""
    name = re.sub(r"\W", "_", name)
    if name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if name in KEYWORDS else name


def module(name: str) -> str:
    """A module file's name, free of keywords."""
    return f"{name}_" if name in KEYWORDS else name


def literal(text: str) -> str:
    """A Rust string literal."""
    escaped = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escaped.get(c, c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text) + '"'
