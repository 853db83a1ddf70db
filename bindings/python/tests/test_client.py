"""The clients themselves: settings, copies, headers, raw answers, pages."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from conftest import ASK, CHAT, KEY, Received, Server, chunk

import openai_oxide
from openai_oxide import AsyncOpenAI, OpenAI, OpenAIError, Timeout, omit


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "ORG_ID", "PROJECT_ID", "ADMIN_KEY", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)


def test_the_environment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://host/v9")
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj")
    monkeypatch.setenv("OPENAI_WEBHOOK_SECRET", "whsec")
    client = OpenAI()
    assert (client.api_key, client.base_url) == ("sk-env", "http://host/v9/")
    assert (client.organization, client.project, client.webhook_secret) == ("org", "proj", "whsec")
    assert OpenAI(api_key="sk-arg").api_key == "sk-arg"


def test_defaults() -> None:
    client = OpenAI(api_key=KEY)
    assert client.base_url == "https://api.openai.com/v1/"
    assert (client.max_retries, client.timeout) == (2, Timeout(600, connect=5.0))
    assert not client.is_closed()


@pytest.mark.parametrize("client", [OpenAI, AsyncOpenAI, openai_oxide.compat.OpenAI, openai_oxide.Client])
def test_a_client_without_a_key_says_how_to_give_one(client: Any) -> None:
    with pytest.raises(OpenAIError, match="OPENAI_API_KEY"):
        client()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"base_url": "not a url"}, OpenAIError),
        ({"api_key": "sk-with\nnewline"}, OpenAIError),
        ({"http_client": object()}, TypeError),
        ({"timeout": -1}, ValueError),
        ({"idle_timeout": -1}, ValueError),
        ({"unknown": 1}, TypeError),
    ],
)
def test_bad_settings_are_refused_at_once(settings: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        OpenAI(**{"api_key": KEY, **settings})
    assert "sk-with" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_headers_of_the_client_and_of_a_call(server: Server) -> None:
    client = OpenAI(
        api_key=KEY,
        base_url=server.url,
        organization="org",
        default_headers={"X-One": "1", "X-Two": "2"},
        default_query={"a": 1, "b": [1, 2]},
    )
    client.models.retrieve("m", extra_headers={"x-two": "two", "OpenAI-Organization": omit}, extra_query={"c": "d"})
    request = server.requests[0]
    assert (request.headers["x-one"], request.headers["x-two"]) == ("1", "two")
    assert "openai-organization" not in request.headers
    assert request.path == "/v1/models/m?a=1&b%5B%5D=1&b%5B%5D=2&c=d"


def test_extra_body_adds_to_the_body(server: Server, client: OpenAI) -> None:
    client.chat.completions.create(**ASK, extra_body={"model": "other", "new": {"x": 1}})
    assert server.requests[0].json == {"messages": ASK["messages"], "model": "other", "new": {"x": 1}}


def test_copies_share_connections_and_carry_their_own_settings(server: Server, client: OpenAI) -> None:
    client.models.retrieve("m")
    other = client.with_options(
        api_key="sk-other", timeout=1.5, max_retries=5, default_headers={"x-a": "1"}, project="proj"
    )
    assert (other.timeout, other.max_retries, other.api_key) == (1.5, 5, "sk-other")
    assert (client.max_retries, client.api_key) == (0, KEY)
    other.models.retrieve("m")
    assert len(server.connections) == 1
    headers = server.requests[1].headers
    assert headers["authorization"] == "Bearer sk-other"
    assert (headers["x-a"], headers["openai-project"]) == ("1", "proj")
    both = other.copy(default_headers={"x-b": "2"}, max_retries=1)
    assert both.default_headers == {"x-a": "1", "x-b": "2"}
    assert other.copy(set_default_headers={"x-b": "2"}).default_headers == {"x-b": "2"}


def test_a_copy_may_retry_more_or_less_than_its_original(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: request.connection.reply({}, 500, retry_after_ms="1")
    with pytest.raises(openai_oxide.InternalServerError):
        client.with_options(max_retries=1).models.list()
    assert len(server.requests) == 2


def test_a_copy_with_another_address_goes_there(server: Server, client: OpenAI) -> None:
    client.copy(base_url=f"{server.url}/elsewhere").models.retrieve("m")
    assert server.requests[0].path == "/v1/elsewhere/models/m"


def test_a_key_function_is_asked_for_every_call(server: Server) -> None:
    keys = iter(["one", "two"])
    client = OpenAI(api_key=lambda: next(keys), base_url=server.url)
    client.models.retrieve("m")
    client.models.retrieve("m")
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer one", "Bearer two"]


def test_path_values_are_escaped_and_needed(server: Server, client: OpenAI) -> None:
    client.models.retrieve("a/b c")
    assert server.requests[0].path == "/v1/models/a%2Fb%20c"
    with pytest.raises(ValueError):
        client.models.retrieve("")
    with pytest.raises(ValueError):
        client.models.retrieve(None)  # type: ignore[arg-type]


def test_raw_answers(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = lambda request: request.connection.reply(CHAT, x_request_id="req_1", x_many="a")
    for raw in (
        client.chat.completions.with_raw_response.create(**ASK),
        client.with_raw_response.chat.completions.create(**ASK),
        asyncio.run(aclient.chat.completions.with_raw_response.create(**ASK)),
    ):
        assert (raw.status_code, raw.request_id, raw.retries_taken) == (200, "req_1", 0)
        assert raw.headers["X-Many"] == "a"
        assert raw.parse().id == "c1"
        assert raw.parse() is raw.parse()
        assert raw.json() == CHAT
        assert raw.http_request.method == "POST"
    assert client.chat.completions.create(**ASK).id == "c1"  # the client itself is as before


def test_raw_streams(server: Server, client: OpenAI) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events(x_request_id="req_1")
        request.connection.events(chunk("a"))
        request.connection.end_events()

    server.handler = handler
    raw = client.chat.completions.with_raw_response.create(**ASK, stream=True)
    assert raw.request_id == "req_1"
    assert [event.choices[0].delta.content for event in raw.parse()] == ["a"]


def test_streaming_responses(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(**ASK) as response:
        assert response.headers["content-type"] == "application/json"
        assert response.json() == CHAT
        assert response.parse().id == "c1"

    async def main() -> None:
        async with aclient.chat.completions.with_streaming_response.create(**ASK) as response:
            assert await response.json() == CHAT
            assert (await response.parse()).id == "c1"
        async with aclient.with_streaming_response.chat.completions.create(**ASK) as response:
            assert b"".join([piece async for piece in response.iter_bytes(5)]) == server_bytes()

    def server_bytes() -> bytes:
        import json

        return json.dumps(CHAT).encode()

    asyncio.run(main())


def pages(request: Received) -> None:
    if "after=b" in request.path:
        request.connection.reply({"data": [{"id": "c"}], "has_more": False})
    else:
        request.connection.reply({"data": [{"id": "a"}, {"id": "b"}], "has_more": True})


def test_pages_are_followed(server: Server, client: OpenAI, aclient: AsyncOpenAI) -> None:
    server.handler = pages
    page = client.chat.completions.list(limit=2)
    assert [item.id for item in page.data] == ["a", "b"]
    assert page.has_next_page()
    assert [item.id for item in page] == ["a", "b", "c"]
    assert "limit=2" in server.requests[1].path and "after=b" in server.requests[1].path

    async def main() -> None:
        assert [item.id async for item in aclient.chat.completions.list(limit=2)] == ["a", "b", "c"]
        first = await aclient.chat.completions.list(limit=2)
        assert [item.id for item in (await first.get_next_page()).data] == ["c"]

    asyncio.run(main())


def test_a_repeated_cursor_is_an_error(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: request.connection.reply({"data": [{"id": "a"}], "has_more": True})
    with pytest.raises(openai_oxide.APIError, match="cursor"):
        for count, _ in enumerate(client.chat.completions.list()):
            assert count < 10


def test_timeouts_in_every_form(server: Server, client: OpenAI) -> None:
    class Other:  # such as httpx.Timeout
        connect = read = write = pool = 0.05

    server.handler = lambda request: None
    for timeout in (0.05, Timeout(0.05), Timeout(10, read=0.05), Other()):
        with pytest.raises(openai_oxide.APITimeoutError):
            client.models.retrieve("m", timeout=timeout)  # type: ignore[arg-type]


def test_a_calls_own_options_reach_the_engine(server: Server, client: OpenAI) -> None:
    server.handler = lambda request: request.connection.reply({}, 500, retry_after_ms="1")
    with pytest.raises(openai_oxide.InternalServerError):
        client.post("/things", cast_to=object, options={"max_retries": 1, "idempotency_key": "mine"})
    assert [request.headers.get("idempotency-key") for request in server.requests] == ["mine", "mine"]


@pytest.mark.parametrize("limit", ["first_token_timeout", "idle_timeout", "deadline"])
def test_limits_hold_for_a_client_and_change_in_its_copies(server: Server, limit: str) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        for _ in range(2):
            time.sleep(0.3)
            request.connection.events(chunk("late"))
        request.connection.end_events()

    server.handler = handler
    tight = OpenAI(api_key=KEY, base_url=server.url, max_retries=0, **{limit: 0.1})
    loose = tight.with_options(**{limit: None})
    assert len(list(loose.chat.completions.create(**ASK, stream=True))) == 2
    for client in (tight, tight.copy(), loose.with_options(**{limit: 0.1})):
        with pytest.raises(openai_oxide.APITimeoutError) as caught:
            list(client.chat.completions.create(**ASK, stream=True))
        assert caught.value.phase == limit.removesuffix("_timeout")


def test_a_copy_may_limit_the_size_of_events(server: Server, client: OpenAI) -> None:
    def handler(request: Received) -> None:
        request.connection.start_events()
        request.connection.events(chunk("x" * 5000))
        request.connection.end_events()

    server.handler = handler
    small = client.with_options(max_event_bytes=1000)
    with pytest.raises(openai_oxide.APIError, match="larger"):
        list(small.chat.completions.create(**ASK, stream=True))
    assert len(list(small.copy(max_event_bytes=None).chat.completions.create(**ASK, stream=True))) == 1
