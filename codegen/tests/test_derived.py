"""Python methods over another method: the made-up `create` with a table of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import made_up
import pytest

from openai_oxide_codegen.emit.python import derived, resources
from openai_oxide_codegen.load import load

TABLE = derived.Derived(
    name="parse",
    doc="Reads it.",
    result="Parsed[T]",
    hook="_parse",
    waits=True,
    changed={"stream": None},
    added={"sent_too": "int | Omit = omit", "kind": "type | Omit = omit"},
    sent=("sent_too",),
    uses={".types.parsed": ("Parsed",)},
    overloads=({"kind": "type[T]"}, {"kind": "Omit = omit"}),
)
STREAM = derived.Derived(
    name="watch",
    doc="Follows it.",
    result="Manager[int]",
    hook="_watch",
    waits=False,
    changed={"stream": None},
    own={"Manager": ".lib.streaming"},
)


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(derived, "_DERIVED", {"zoo.animals.create": (TABLE, STREAM)})
    return next(text for path, text in resources.emit(made_up.spec()) if path.name == "animals.py")


def methods(text: str, cls: str, name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    body = next(n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name == cls).body
    return [n for n in body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name]


def parameters(method: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [argument.arg for argument in method.args.kwonlyargs]


def test_parameters_are_those_of_the_method_with_the_changes(text: str) -> None:
    (create,) = methods(text, "Animals", "create")[-1:]
    *overloads, parse = methods(text, "Animals", "parse")
    expected = [name for name in parameters(create) if name != "stream"]
    options = expected.index("extra_headers")
    assert parameters(parse) == [*expected[:options], "sent_too", "kind", *expected[options:]]
    assert len(overloads) == 2
    assert parameters(overloads[0]).index("kind") < parameters(overloads[0]).index("sent_too")  # required: to the front


def test_the_mixin_gets_body_arguments_and_options(text: str) -> None:
    parse = methods(text, "Animals", "parse")[-1]
    call = parse.body[-1].value  # type: ignore[attr-defined]
    assert ast.unparse(call.func) == "self._parse"
    sent = [key.value for key in call.args[0].keys]
    assert "sent_too" in sent
    assert "kind" not in sent
    assert "stream" not in sent
    assert [keyword.arg for keyword in call.keywords] == [
        "kind",
        "extra_headers",
        "extra_query",
        "extra_body",
        "timeout",
    ]


def test_the_asynchronous_class_waits_where_the_hook_does(text: str) -> None:
    parse, watch = methods(text, "AsyncAnimals", "parse")[-1], methods(text, "AsyncAnimals", "watch")[-1]
    assert isinstance(parse, ast.AsyncFunctionDef)
    assert ast.unparse(parse.body[-1]).startswith("return await self._parse(")
    assert isinstance(watch, ast.FunctionDef)
    assert ast.unparse(watch.returns or watch) == "AsyncManager[int]"
    assert ast.unparse(methods(text, "Animals", "watch")[-1].returns or watch) == "Manager[int]"


def test_a_call_with_several_forms_checks_that_one_is_whole() -> None:
    spec = load(Path(__file__).parents[2] / "spec")
    texts = {path.name: text for path, text in resources.emit(spec) if path.name in ("voices.py", "embeddings.py")}
    (create,) = [m for m in methods(texts["voices.py"], "Voices", "create") if m.body[-1].__class__ is ast.Return]
    check = ast.unparse(create.body[1])
    assert check.startswith("one_of((('audio_sample', 'consent'), ('type', 'prompt')), audio_sample=audio_sample,")
    assert "one_of" not in texts["embeddings.py"]
