"""Clients that are copied or pickled, and the log of their calls."""

from __future__ import annotations

import copy
import logging
import pickle

import pytest
from conftest import KEY, Server, run_python

import openai_oxide
from openai_oxide import AsyncOpenAI, Hedge, OpenAI, Timeout, compat, omit


def key() -> str:
    return KEY


def test_a_deep_copy_has_the_same_key_and_connections(server: Server, client: OpenAI) -> None:
    for made in (copy.copy(client), copy.deepcopy(client), copy.deepcopy(client.chat.completions)._client):
        assert made is not client
        assert (made.api_key, made.max_retries) == (KEY, 0)
        made.models.list()
    assert len(server.connections) == 1


@pytest.mark.parametrize("cls", [OpenAI, AsyncOpenAI, compat.OpenAI, compat.AsyncOpenAI])
def test_a_pickle_has_the_settings_and_no_key(cls: type[OpenAI], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    settings = {
        "base_url": "http://127.0.0.1:1/v1",
        "timeout": Timeout(3, connect=1),
        "default_headers": {"x-a": "1", "x-b": omit},
        "hedge": Hedge(0.2),
        "deadline": 9.0,
    }
    for client in (cls(**settings), cls(api_key=KEY, **settings)):
        pickled = pickle.dumps(client)
        assert KEY.encode() not in pickled
        monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
        restored = pickle.loads(pickled)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        assert type(restored) is cls
        assert restored.api_key == "sk-another"
        assert restored.base_url == client.base_url
        assert restored.timeout == client.timeout
        assert restored.default_headers == client.default_headers
        assert pickle.loads(pickle.dumps(client.models))._client.base_url == client.base_url


def test_a_key_in_the_program_is_not_pickled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    with pytest.raises(TypeError, match="OPENAI_API_KEY"):
        pickle.dumps(OpenAI(api_key=KEY))
    with pytest.raises(TypeError, match="OPENAI_WEBHOOK_SECRET"):
        pickle.dumps(OpenAI(webhook_secret="whsec"))
    with pytest.raises(TypeError, match="Authorization"):
        pickle.dumps(OpenAI(default_headers={"Authorization": "Bearer x"}))
    assert pickle.loads(pickle.dumps(OpenAI(api_key=key)))._provider is key


def test_calls_are_logged_where_somebody_listens(
    server: Server, client: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    client.models.list()
    assert caplog.messages == []
    caplog.set_level(logging.DEBUG, "openai_oxide")
    client.models.list(extra_query={"private": 1})
    server.handler = lambda request: request.connection.reply({}, 500, retry_after_ms="1", x_request_id="r1")
    with pytest.raises(openai_oxide.InternalServerError):
        client.with_options(max_retries=1).models.list()
    (first, second) = caplog.records
    assert first.levelno == logging.DEBUG
    assert first.message.startswith(f"GET {server.url}/models: 200 after ")
    assert second.levelno == logging.INFO
    assert ": 500 InternalServerError after " in second.message
    assert second.message.endswith(" and 2 requests, request id r1")


def test_the_environment_asks_for_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
import asyncio
from openai_oxide import APIConnectionError, compat
async def main():
    try:
        await compat.AsyncOpenAI(base_url="http://127.0.0.1:1/v1", max_retries=0).models.list()
    except APIConnectionError:
        pass
asyncio.run(main())
"""
    monkeypatch.setenv("OPENAI_LOG", "info")
    assert run_python(code).stderr == ""
    monkeypatch.setenv("OPENAI_LOG", "debug")
    logged = run_python(code).stderr
    assert " - openai:" in logged and "GET http://127.0.0.1:1/v1/models: APIConnectionError after" in logged
    assert KEY not in logged
