"""Compares what a driver answered, and what the server saw, with what a case expects. Pure: no clock, no process.

A subset means: every member that is named must be there and match; lists must have the same length. `exactly`
allows nothing more. Numbers compare by value, since JSON has one number type; booleans are no numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from . import leaks
from .suite import CONFORMANCE, Case, parse

# The suite names error classes as the official Python package does. Each name stands for a kind of the specification,
# which says what the other languages call it.
KINDS = {
    "Aborted": "cancelled",  # in Python the driver's own word for a cancelled task
    "OpenAIError": "config",
    "ValueError": "invalid_request",
    "APIConnectionError": "connection",
    "APITimeoutError": "timeout",
    "BadRequestError": "bad_request",
    "AuthenticationError": "authentication",
    "PermissionDeniedError": "permission_denied",
    "NotFoundError": "not_found",
    "ConflictError": "conflict",
    "UnprocessableEntityError": "unprocessable_entity",
    "RateLimitError": "rate_limit",
    "InternalServerError": "internal_server",
    "APIStatusError": "status",
    "APIResponseValidationError": "response_validation",
    "APIError": "stream",
    "IncompleteStreamError": "incomplete_stream",
    "EventTooLargeError": "event_too_large",
    "LengthFinishReasonError": "length_finish_reason",
    "ContentFilterFinishReasonError": "content_filter_finish_reason",
}
SEVERAL_CALLS = ("run_tools", "tool_runner", "agent_turn", "agent_files")
SPEC = parse((CONFORMANCE.parent / "spec/errors.yaml").read_text(encoding="utf-8"))["kinds"]


def class_name(name: str, language: str) -> str:
    """What a language calls the class that the suite calls so; a name without a kind is the same everywhere."""
    kind = KINDS.get(name)
    if kind is None or (language == "python" and name != "EventTooLargeError"):
        return name
    return kind if language == "rust" else SPEC[kind][language]


def expectation(case: Case, driver: str) -> dict[str, Any]:
    """What is expected of this driver: the case's expectation, with the driver's own deviations laid over it."""
    expect = dict(case.data.get("expect") or {})
    deviation = (case.exception_for(driver) or {}).get("expect", {})
    for name, value in deviation.items():
        if value is None:
            expect.pop(name, None)
        else:
            expect[name] = value
    return expect


def judge(
    case: Case,
    driver: str,
    language: str,
    answer: dict[str, Any],
    report: dict[str, Any],
    *,
    features: frozenset[str] = frozenset(),
) -> list[str]:
    """Every way in which the run is not what the case says; empty when it passed. `features`: what the driver declares."""
    expect = expectation(case, driver)
    problems = [
        *judge_outcome(expect, language, answer),
        *judge_crossings(expect, answer, told="crossings" in features),
        *judge_wire(case, expect, report),
        *judge_time(expect, answer),
    ]
    if expect.get("leak_free", True) and case.api_key:
        problems += judge_leaks(case.api_key, answer)
    return problems


def judge_outcome(expect: dict[str, Any], language: str, answer: dict[str, Any]) -> Iterator[str]:
    error = answer.get("error")
    if "error" in expect:
        if error is None:
            yield f"expected an error, got {shorten(answer.get('result', answer.get('events')))}"
        else:
            yield from judge_error(expect["error"], language, error)
    elif error is not None:
        yield f"unexpected {error.get('class')}: {shorten(error.get('message'))}"
        return
    if "result" in expect:
        yield from differences(expect["result"], answer.get("result"), "result", exact=False)
    if "exactly" in expect:
        where = "events" if "events" in answer else "result"
        yield from differences(expect["exactly"], answer.get(where), where, exact=True)
    if "bytes" in expect and (content := answer.get("bytes")) != expect["bytes"]:
        yield f"bytes: expected {shorten(expect['bytes'])}, got {shorten(content)}"
    if "request_id" in expect and answer.get("request_id") != expect["request_id"]:
        yield f"request id: expected {expect['request_id']}, got {answer.get('request_id')}"
    events = answer.get("events")
    if "events" in expect:
        yield from differences(expect["events"], events, "events", exact=False)
    if "events_count" in expect and len(events or ()) != expect["events_count"]:
        yield f"expected {expect['events_count']} events, got {len(events or ())}"
    if "text" in expect and (text := joined_text(events or ())) != expect["text"]:
        yield f"text: expected {shorten(expect['text'])}, got {shorten(text)}"
    if "parsed" in expect and "parsed" not in answer:
        yield "no parsed value was told, not even null"
    elif "parsed" in expect:
        yield from differences(expect["parsed"], answer.get("parsed"), "parsed", exact=True)


def judge_crossings(expect: dict[str, Any], answer: dict[str, Any], *, told: bool) -> Iterator[str]:
    limit, crossings = expect.get("max_crossings"), answer.get("crossings")
    if limit is None:
        return
    if crossings is None:
        if told:
            yield "the driver declares that it counts crossings, and gave no count"
    elif crossings > limit:
        yield f"{crossings} crossings of the language boundary, at most {limit} allowed"


def judge_error(expected: dict[str, Any], language: str, error: dict[str, Any]) -> Iterator[str]:
    for name, value in expected.items():
        actual = error.get(name)
        if name == "class":
            wanted = class_name(value, language)
            if actual != wanted:
                yield f"error class: expected {wanted}, got {actual}: {shorten(error.get('message'))}"
        elif name == "message":
            if not re.search(value, actual or "", re.DOTALL):
                yield f"error message: {shorten(actual)} does not match /{value}/"
        elif actual != value:
            yield f"error {name}: expected {value!r}, got {actual!r}"


def judge_wire(case: Case, expect: dict[str, Any], report: dict[str, Any]) -> Iterator[str]:
    yield from (f"wire: {text(mismatch)}" for mismatch in report.get("mismatches", ()))
    visible = [exchange for exchange in case.data.get("exchange", []) if "connect" not in exchange]
    if case.data.get("call", {}).get("helper") not in SEVERAL_CALLS:  # their requests are no attempts of one call
        yield from judge_repetition(report.get("requests", ()), hedged="hedge" in case.needs)
    attempts = expect.get("attempts", len(visible))
    if report.get("attempts", 0) != attempts:
        yield f"expected {attempts} attempts, the server saw {report.get('attempts', 0)}"
    if "connections" in expect and report.get("connections") != expect["connections"]:
        yield f"expected {expect['connections']} connections, the server saw {report.get('connections')}"
    if "closed_early" in expect and report.get("closed_early_by_client") != expect["closed_early"]:
        yield f"closed early by the client: expected {expect['closed_early']}, was {report.get('closed_early_by_client')}"


def judge_repetition(requests: Any, *, hedged: bool = False) -> Iterator[str]:
    """What is sent again is the same request: the same bytes under the same idempotency key. A hedge has a key of its own."""
    first: dict[tuple[str, ...], dict[str, Any]] = {}
    keys: list[list[str]] = []
    for request in requests:
        if hedged and header(request, "x-stainless-retry-count") == ["0"]:
            if header(request, "idempotency-key") in keys:
                yield "wire: a hedge has the idempotency key of another request"
            keys.append(header(request, "idempotency-key"))
        earlier = first.setdefault((request["method"], request["path"], request["query"]), request)
        if request["body_bytes"] != earlier["body_bytes"]:
            yield "wire: the body of a later attempt differs from the first"
        key = header(request, "idempotency-key")
        if key not in keys if hedged else key != header(earlier, "idempotency-key"):
            yield "wire: the idempotency key of a later attempt differs from the first"


def header(request: dict[str, Any], wanted: str) -> list[str]:
    return [value for name, value in request["headers"] if name.lower() == wanted]


def judge_time(expect: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    elapsed = answer.get("elapsed", 0.0)
    if elapsed < expect.get("min_elapsed", 0.0):
        yield f"took {elapsed:.2f} s, expected at least {expect['min_elapsed']} s"
    if elapsed > expect.get("max_elapsed", float("inf")):
        yield f"took {elapsed:.2f} s, expected at most {expect['max_elapsed']} s"
    if "min_lead" in expect:
        lead = answer.get("lead")
        if lead is None:
            yield "no call was handed over before the end of the stream"
        elif lead < expect["min_lead"]:
            yield f"the last call came {lead:.2f} s before the end, expected at least {expect['min_lead']} s"


def judge_leaks(key: str, answer: dict[str, Any]) -> Iterator[str]:
    for name, output in answer.items():
        found = leaks.find(key, "\n".join(strings(output)))
        if found:
            yield f"the API key stands in the {name} of the answer ({found})"


def differences(expected: Any, actual: Any, where: str, *, exact: bool) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            if name in actual:
                yield from differences(value, actual[name], f"{where}.{name}", exact=exact)
            else:
                yield f"{where}.{name} is missing"
        if exact:
            yield from (f"{where}.{name} was never sent" for name in actual if name not in expected)
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{where}: expected {len(expected)} items, got {len(actual)}: {shorten(actual)}"
            return
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(left, right, f"{where}[{index}]", exact=exact)
    elif isinstance(expected, bool) or isinstance(actual, bool):
        if expected is not actual:
            yield f"{where}: expected {shorten(expected)}, got {shorten(actual)}"
    elif expected != actual:
        yield f"{where}: expected {shorten(expected)}, got {shorten(actual)}"


def joined_text(events: Any) -> str:
    """The text that a chat stream or a responses stream spelt out."""
    parts: list[str] = []
    for event in events:
        if event.get("type") == "response.output_text.delta":
            parts.append(event.get("delta") or "")
        for choice in event.get("choices") or ():
            parts.append((choice.get("delta") or {}).get("content") or "")
    return "".join(parts)


def strings(value: Any) -> Iterator[str]:
    """Every string of a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from strings(member)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shorten(value: Any, limit: int = 160) -> str:
    shown = text(value)
    return shown if len(shown) <= limit else f"{shown[: limit // 2]} … {shown[-limit // 2 :]} ({len(shown)} characters)"
