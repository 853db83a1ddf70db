"""Every way in which an answer can be wrong is a problem, and a right answer is none."""

from __future__ import annotations

import base64
import copy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .. import leaks
from ..judge import expectation, judge
from ..suite import DEFAULT_KEY, Case

EXPECT = {
    "result": {"id": "m", "list": [{"a": 1}]},
    "text": "hé",
    "events_count": 2,
    "max_elapsed": 2.0,
    "min_elapsed": 0.5,
    "max_crossings": 3,
    "connections": 1,
    "closed_early": False,
    "request_id": "req_1",
}
ANSWER = {
    "id": "x",
    "result": {"id": "m", "list": [{"a": 1.0, "b": 2}], "more": True},
    "events": [{"choices": [{"delta": {"content": "h"}}]}, {"type": "response.output_text.delta", "delta": "é"}],
    "elapsed": 1.0,
    "crossings": 2,
    "request_id": "req_1",
}
REQUEST = {"method": "POST", "path": "/x", "query": "", "headers": [["Idempotency-Key", "k"]], "body_bytes": "e30="}
REPORT = {"attempts": 1, "requests": [REQUEST], "mismatches": [], "connections": 1, "closed_early_by_client": False}
ERROR = {
    "class": "RateLimitError",
    "status": 429,
    "code": "c",
    "message": "Slow down",
    "text": "RateLimitError: Slow down",
}


def case(expect: dict[str, Any] | None = None, **more: Any) -> Case:
    data = {"name": "a/b", "call": {}, "exchange": [{"response": {}}], "expect": expect or EXPECT, **more}
    return Case("a/b", data, Path("a.yaml"))


def problems(expect: dict[str, Any] | None = None, language: str = "python", **changes: Any) -> list[str]:
    answer, report = copy.deepcopy(ANSWER), copy.deepcopy(REPORT)
    for name, value in changes.items():
        if name in report:
            report[name] = value
        elif value is None:
            answer.pop(name)
        else:
            answer[name] = value
    return judge(case(expect), "driver", language, answer, report)


def test_a_right_answer_passes() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"result": {"id": "n", "list": [{"a": 1}]}},
        {"result": {"list": [{"a": 1}]}},
        {"result": {"id": "m", "list": [{"a": True}]}},
        {"result": {"id": "m", "list": [{"a": 1}, {"a": 2}]}},
        {"result": None},
        {"events": ANSWER["events"][:1]},
        {"events": ANSWER["events"] * 2},
        {"elapsed": 2.5},
        {"elapsed": 0.1},
        {"crossings": 4},
        {"request_id": "req_2"},
        {"error": ERROR},
        {"attempts": 2},
        {"attempts": 0},
        {"connections": 2},
        {"closed_early_by_client": True},
        {"mismatches": ["header x: expected 1, got 2"]},
        {"requests": [REQUEST, {**REQUEST, "body_bytes": "e31="}]},
        {"requests": [REQUEST, {**REQUEST, "headers": [["Idempotency-Key", "other"]]}]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_wrong_answer_is_reported(changes: dict[str, Any]) -> None:
    assert problems(**changes)


def test_exactly_allows_nothing_more() -> None:
    assert problems({"exactly": ANSWER["events"]}) == []
    assert problems({"exactly": [ANSWER["events"][0], {"type": "response.output_text.delta"}]})


@pytest.mark.parametrize(
    "wrong",
    [{"class": "APIError"}, {"status": 500}, {"code": None}, {"message": "speed up"}, {"param": "p"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_error_is_reported(wrong: dict[str, Any]) -> None:
    expected = {"class": "RateLimitError", "status": 429, "code": "c", "message": "(?i)slow"}
    assert problems({"error": expected}, error=ERROR) == []
    assert problems({"error": expected | wrong}, error=ERROR)


def test_a_missing_error_is_reported() -> None:
    assert problems({"error": {}})


def test_a_parsed_value_is_judged_whole() -> None:
    assert not problems({"parsed": {"a": 1}}, parsed={"a": 1.0})
    assert problems({"parsed": {"a": 1}}, parsed={"a": 1, "b": 2})
    assert problems({"parsed": None}, parsed={"a": 1})
    assert problems({"parsed": None})


def test_bytes_are_judged_whole() -> None:
    assert not problems({"bytes": "AAEC"}, bytes="AAEC")
    assert problems({"bytes": "AAEC"}, bytes="AAED")
    assert problems({"bytes": "AAEC"})


def test_the_last_call_comes_early_enough() -> None:
    assert not problems({"min_lead": 0.5}, lead=0.6)
    assert problems({"min_lead": 0.5}, lead=0.4)
    assert problems({"min_lead": 0.0})


def test_error_classes_have_the_names_of_their_language() -> None:
    timeout = {**ERROR, "class": "APIConnectionTimeoutError"}
    assert problems({"error": {"class": "APITimeoutError"}}, "node", error=timeout) == []
    assert problems({"error": {"class": "APITimeoutError"}}, "python", error=timeout)


def test_a_stated_deviation_takes_the_place_of_the_expectation() -> None:
    deviating = case(**{"except": {"driver": {"reason": "r", "expect": {"result": {"id": "other"}, "text": None}}}})
    assert judge(deviating, "driver", "python", ANSWER, REPORT)
    answer = {**ANSWER, "result": {"id": "other"}}
    assert judge(deviating, "driver", "python", answer, REPORT) == []
    assert judge(deviating, "another", "python", answer, REPORT)


@pytest.mark.parametrize(
    "form",
    [
        DEFAULT_KEY,
        f"Authorization: Bearer {DEFAULT_KEY}",
        DEFAULT_KEY.encode().hex(),
        base64.b64encode(f"user:{DEFAULT_KEY}".encode()).decode(),
        base64.b64encode(f"{DEFAULT_KEY}".encode()).decode(),
        base64.b64encode(f"u:{DEFAULT_KEY}".encode()).decode(),
        f"sk-…{DEFAULT_KEY[-12:]}",
        DEFAULT_KEY[:18] + "****",
    ],
)
@pytest.mark.parametrize("place", ["result", "error", "client_text", "events"])
def test_a_key_in_any_output_is_reported(form: str, place: str) -> None:
    value = {
        "result": {"id": "m", "deep": [{form: 1}]},
        "error": {**ERROR, "text": form},
        "client_text": form,
        "events": [form],
    }
    expect: dict[str, Any] = {"error": {}} if place == "error" else {"leak_free": True}
    if place == "events":
        assert problems(expect, events=[{"delta": form}])
    else:
        assert problems(expect, **{place: value[place]})
    assert not problems({**expect, "leak_free": False}, **({} if place == "events" else {place: value[place]}))


def test_a_key_with_odd_characters_is_found_in_every_spelling() -> None:
    key = "sk-test-ab cd\n0123456789"
    for text in (key, repr(key), quote(key), quote(key, safe="")):
        assert leaks.find(key, f"before {text} after"), text


def test_a_masked_key_is_no_leak() -> None:
    assert leaks.find(DEFAULT_KEY, "sk-t…cdef sk-test-**** Bearer [redacted]") is None


def test_a_hedge_is_the_same_request_under_a_key_of_its_own() -> None:
    def sent(retries: str, key: str, body: str = "e30=") -> dict[str, Any]:
        headers = [["x-stainless-retry-count", retries], ["idempotency-key", key]]
        return {**REQUEST, "headers": headers, "body_bytes": body}

    def problems(*requests: dict[str, Any], hedge: object = True) -> list[str]:
        data = {"call": {"options": {} if hedge is None else {"hedge": hedge}}, "expect": {"attempts": len(requests)}}
        report = {**REPORT, "attempts": len(requests), "requests": list(requests)}
        return judge(Case("a/b", data, Path()), "node", "node", {}, report)

    assert problems(sent("0", "a"), sent("0", "b"), sent("1", "a"), sent("1", "b")) == []
    assert problems(sent("0", "a"), sent("0", "a")) == ["wire: a hedge has the idempotency key of another request"]
    assert problems(sent("0", "a"), sent("1", "b"))[0].startswith("wire: the idempotency key of a later attempt")
    assert problems(sent("0", "a"), sent("0", "b", "e31="))[0].startswith("wire: the body of a later attempt")
    assert problems(sent("0", "a"), sent("0", "b"), hedge=None)[0].startswith("wire: the idempotency key")


def test_who_counts_crossings_must_tell_them() -> None:
    answer = {name: value for name, value in ANSWER.items() if name != "crossings"}
    assert judge(case(), "d", "python", answer, REPORT) == []
    told = judge(case(), "d", "python", answer, REPORT, features=frozenset({"crossings"}))
    assert told == ["the driver declares that it counts crossings, and gave no count"]


def test_a_drivers_deviation_is_laid_over_the_expectation() -> None:
    differs = {"reason": "why", "expect": {"text": None, "attempts": 2}}
    deviating = case({"text": "a", "events_count": 1}, **{"except": {"official-*": differs}})
    assert expectation(deviating, "official-node") == {"events_count": 1, "attempts": 2}
    assert expectation(deviating, "node") == {"text": "a", "events_count": 1}
