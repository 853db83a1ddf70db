"""What the contract cases hold of calls that the made-up spec has no like of: read from the real spec's cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from openai_oxide_codegen.emit import contract
from openai_oxide_codegen.load import load


@pytest.fixture(scope="module")
def cases() -> dict[str, Any]:
    found = {}
    for path, text in contract.emit(load(Path(__file__).parents[2] / "spec")):
        if path.name in ("audio.yaml", "beta.yaml", "realtime.yaml", "responses.yaml", "skills.yaml"):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            found |= {case["name"].removeprefix("contract/"): case for case in yaml.load(text, loader)["cases"]}
    return found


def sent(case: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = case["exchange"][0]["request"]
    return request


def test_a_query_in_the_route_is_sent(cases: dict[str, Any]) -> None:
    request = sent(cases["beta/responses/create/required"])
    assert (request["path"], request["query"]) == ("/responses", {"beta": "true"})


def test_a_list_in_the_query_has_brackets(cases: dict[str, Any]) -> None:
    assert sent(cases["responses/retrieve/all"])["query"]["include[]"] == "file_search_call.results"


def test_a_part_that_stands_alone_is_the_body(cases: dict[str, Any]) -> None:
    request = sent(cases["realtime/calls/create/required"])
    assert request["headers"]["content-type"] == "application/sdp"
    assert request["body_bytes"] == "sdp"
    assert [part["name"] for part in sent(cases["realtime/calls/create/all"])["multipart"]] == ["sdp", "session"]


def test_of_several_forms_the_first_is_given_whole(cases: dict[str, Any]) -> None:
    given = cases["audio/voices/create/required"]["call"]["params"]
    assert {"name", "audio_sample", "consent"} <= given.keys()
    assert "prompt" not in given


def test_an_answer_in_text_has_a_case(cases: dict[str, Any]) -> None:
    case = cases["audio/transcriptions/create/text"]
    assert case["call"]["params"]["response_format"] == "text"
    assert case["expect"] == {"exactly": "an answer"}


def test_the_event_that_ends_a_stream_is_the_last(cases: dict[str, Any]) -> None:
    kinds = [event["type"] for event in cases["responses/create/stream"]["expect"]["exactly"]]
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.completed") == 1
    assert "error" not in kinds
    assert len(kinds) > 40
