"""The exceptions: class by status, fields, text, pickling; and no key in any of it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from conftest import ASK, KEY, Server

import openai_oxide
from openai_oxide import OpenAI


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
        (418, "APIStatusError"),
    ],
)
def test_each_status_has_its_class(server: Server, client: OpenAI, status: int, name: str) -> None:
    body = {"error": {"message": "No.", "type": "t", "code": 7, "param": "model"}}
    server.handler = lambda request: request.connection.reply(
        body, status, x_request_id="req_9", x_should_retry="false"
    )
    with pytest.raises(openai_oxide.APIStatusError) as caught:
        client.chat.completions.create(**ASK)
    error = caught.value
    assert type(error) is getattr(openai_oxide, name)
    assert type(error).__module__ == "openai_oxide"
    assert str(error) == f"Error code: {status} - No."
    assert (error.status_code, error.request_id) == (status, "req_9")
    assert (error.code, error.type, error.param, error.body) == ("7", "t", "model", body["error"])
    assert error.response.json() == body
    assert error.response.headers["X-Request-Id"] == "req_9"
    assert (error.request.method, error.request.url) == ("POST", f"{server.url}/chat/completions")


@pytest.mark.parametrize(
    ("body", "content"),
    [(b"", None), (b"<html>busy</html>", "<html>busy</html>"), (b"[1]", [1]), (b'{"error": "no"}', "no")],
)
def test_bodies_that_are_no_error_object(server: Server, client: OpenAI, body: bytes, content: Any) -> None:
    server.handler = lambda request: request.connection.reply(body, 400)
    with pytest.raises(openai_oxide.BadRequestError) as caught:
        client.models.list()
    assert str(caught.value) == "Error code: 400"
    assert caught.value.body == content


def test_an_answer_that_is_not_json(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: request.connection.reply(b"{oops")
    with pytest.raises(openai_oxide.APIResponseValidationError) as caught:
        client.models.retrieve("m")
    assert caught.value.response.text == "{oops"
    assert caught.value.status_code == 200


@pytest.mark.parametrize("body", [None, [1], "text"])
def test_a_list_that_is_no_object(server: Server, client: OpenAI, body: Any) -> None:
    server.handler = lambda request: request.connection.reply(body)
    with pytest.raises(openai_oxide.APIResponseValidationError, match="not an object"):
        client.models.list()


def failing(server: Server, timeout: float = 5.0, **options: Any) -> Exception:
    try:
        OpenAI(api_key=KEY, base_url=options.pop("base_url", server.url), max_retries=0, **options).models.retrieve(
            "m", timeout=timeout
        )
    except Exception as error:
        return error
    raise AssertionError("no error")


def test_errors_survive_pickling_and_copying(server: Server) -> None:
    server.handler = lambda request: request.connection.reply({"error": {"code": "c"}}, 429, x_request_id="r")
    status = failing(server)
    connection = failing(server, base_url="http://127.0.0.1:1/v1")
    server.handler = lambda request: None
    timeout = failing(server, timeout=0.05)
    for error in (status, connection, timeout):
        for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
            assert type(other) is type(error)
            assert str(other) == str(error)
            assert other.request.url == error.request.url
            assert KEY not in repr(vars(other))
    other = pickle.loads(pickle.dumps(status))
    assert (other.status_code, other.code, other.request_id) == (429, "c", "r")
    assert other.response.headers["x-request-id"] == "r"


def test_connection_errors(server: Server) -> None:
    refused = failing(server, base_url="http://127.0.0.1:1/v1")
    assert isinstance(refused, openai_oxide.APIConnectionError)
    assert str(refused).startswith("Connection error")
    server.handler = lambda request: request.connection.socket.shutdown(2)
    assert type(failing(server)) is openai_oxide.APIConnectionError


def test_timeouts_say_which_limit(server: Server) -> None:
    server.handler = lambda request: None
    error = failing(server, timeout=0.05)
    assert isinstance(error, openai_oxide.APITimeoutError)
    assert isinstance(error, openai_oxide.APIConnectionError)
    assert error.phase == "attempt"
    assert str(error).startswith("Request timed out")


def test_retries_are_counted(server: Server) -> None:
    server.handler = lambda request: request.connection.reply({}, 500, retry_after_ms="1")
    with pytest.raises(openai_oxide.InternalServerError) as caught:
        OpenAI(api_key=KEY, base_url=server.url).models.list()
    assert caught.value.attempts == 3 == len(server.requests)


def test_exceptions_can_be_made_by_programs() -> None:
    response = openai_oxide._response.Response(429, [("x-request-id", "r")], b"{}", 1)
    error = openai_oxide.RateLimitError("slow down", response=response, body={"code": "c"})
    assert (error.status_code, error.request_id, error.code) == (429, "r", "c")
    assert str(openai_oxide.APIConnectionError(request=response.request)) == "Connection error."
    assert str(openai_oxide.APITimeoutError(response.request)) == "Request timed out."
