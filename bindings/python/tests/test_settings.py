"""A client's settings as attributes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import KEY, Server

import openai_oxide
from openai_oxide import AsyncOpenAI, OpenAI


def test_an_assigned_setting_changes_the_calls_that_follow(server: Server, client: OpenAI) -> None:
    models = client.models
    models.list()
    client.api_key = "sk-new"
    client.organization = "org-new"
    client.base_url = f"{server.url}/moved"
    models.list()
    last = server.requests[-1]
    assert (last.path, last.headers["authorization"]) == ("/v1/moved/models", "Bearer sk-new")
    assert last.headers["openai-organization"] == "org-new"
    assert (client.api_key, client.base_url) == ("sk-new", f"{server.url}/moved/")
    server.handler = lambda request: request.connection.reply({}, 500, retry_after_ms="1")
    client.max_retries = 1
    with pytest.raises(openai_oxide.InternalServerError) as caught:
        models.list()
    assert caught.value.attempts == 2
    server.handler = lambda request: None
    client.max_retries = 0
    client.timeout = 0.05
    with pytest.raises(openai_oxide.APITimeoutError):
        client.with_options().models.list()


def test_assigned_keys_of_asynchronous_clients(server: Server, aclient: AsyncOpenAI) -> None:
    aclient.admin_api_key = "sk-admin"

    async def main() -> None:
        await aclient.admin.organization.projects.list()
        await aclient.models.list()

    asyncio.run(main())
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer sk-admin", f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"max_retries": None}, TypeError, "max_retries"),
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"timeout": "5"}, TypeError, "a number of seconds"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        OpenAI(api_key=KEY, **settings)
