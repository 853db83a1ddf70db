"""Every emitter over the made-up spec, held against tests/golden."""

from __future__ import annotations

import made_up
import pytest
from golden import compare

from openai_oxide_codegen.emit import TARGETS, Emitter, emitters
from openai_oxide_codegen.model import Spec

EMITTERS = [name for names in TARGETS.values() for name in names]


def emitter(name: str) -> Emitter:
    """One emitter, without importing the others."""
    group = next(group for group, names in TARGETS.items() if name in names)
    return dict(emitters(group))[name]


def seen_by(name: str) -> Spec:
    """The made-up spec, as far as an emitter promises to know it."""
    return made_up.spec_for_languages() if name == "rust" else made_up.spec()


@pytest.mark.parametrize("name", EMITTERS)
def test_emitted_files_are_the_golden_ones(name: str, update_golden: bool) -> None:
    compare(name, emitter(name)(seen_by(name)), update_golden)


@pytest.mark.parametrize("name", EMITTERS)
def test_emitting_twice_gives_the_same(name: str) -> None:
    assert list(emitter(name)(seen_by(name))) == list(emitter(name)(seen_by(name)))
