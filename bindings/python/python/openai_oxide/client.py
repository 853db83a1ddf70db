"""`Client`: the small native client. Each method is one Responses call and returns JSON text.

    client = Client()
    answer = json.loads(await client.create("gpt-5.4-mini", "Hello"))
    print(answer["text"])

The text is an object with `text` (all output text), `id`, `status`, `model`, `function_calls` (`name`, `call_id`,
`arguments`), `usage`, and `response`: the whole answer as the server sent it.
"""

from __future__ import annotations

from ._native import decode, encode
from ._types import NotGiven, not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ._hedge import HedgeLike
    from ._streaming import AsyncStream
    from ._types import Timeout
    from .lib.streaming._function_calls import AsyncResponseFunctionCalls


class Client:
    """Asynchronous; one instance serves any number of tasks and event loops."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        max_retries: int = 2,
        hedge: HedgeLike = None,
    ) -> None:
        from ._client import AsyncOpenAI

        self._openai = AsyncOpenAI(
            api_key=api_key,
            base_url=base_url,
            organization=organization,
            project=project,
            timeout=timeout,
            max_retries=max_retries,
            hedge=hedge,
        )

    async def create(self, model: str, input: str | Iterable[Any], **parameters: Any) -> str:
        """Ask `model`; further parameters of the Responses API are keywords."""
        return await self._create({"model": model, "input": input, **parameters})

    async def hedged_request(
        self, model: str, input: str | Iterable[Any], n: int = 2, *, delay: float | None = None, **parameters: Any
    ) -> str:
        """As `create`, by up to `n` requests (1 to 16): the first answer counts, and the others are cancelled.

        The next one is sent whenever `delay` seconds have passed without an answer; without `delay`, after the 95th
        percentile of such calls (see `Hedge`). There is no budget: each call may cost `n` answers. The result has a
        member `hedge` that says what became of the requests.
        """
        from ._calls import Call
        from ._hedge import Hedge, settings

        body = {"model": model, "input": input, **parameters}
        options = {"hedge": settings(Hedge(delay, max=n, budget=None))}
        call = Call("responses.create", body=body, extra_options=options)
        reply: Any = await self._openai._send(call)
        return encode({**_summary(call.data(reply, self._openai._engine)), "hedge": reply.hedge}).decode()

    async def create_structured(
        self, model: str, input: str | Iterable[Any], name: str, schema: Mapping[str, Any] | str, **parameters: Any
    ) -> str:
        """Ask for an answer that follows a JSON schema (a mapping or JSON text); `text` in the result is its JSON."""
        form = {"type": "json_schema", "name": name, "schema": _plain(schema), "strict": True}
        return await self._create({"model": model, "input": input, "text": {"format": form}, **parameters})

    async def create_with_tools(
        self, model: str, input: str | Iterable[Any], tools: Iterable[Any] | str, **parameters: Any
    ) -> str:
        """Let the model call functions; `function_calls` in the result says which and with what."""
        return await self._create({"model": model, "input": input, "tools": _plain(tools), **parameters})

    async def create_stream(
        self, model: str, input: str | Iterable[Any], **parameters: Any
    ) -> AsyncStream[dict[str, Any]]:
        """The events of an answer as dicts. A stream that is cut raises `IncompleteStreamError`."""
        body = {"model": model, "input": input, **parameters, "stream": True}
        return await self._openai._call("responses.create", body=body, event=object, stream=True)

    async def create_stream_fc(
        self, model: str, input: str | Iterable[Any], *, incremental: bool = False, **parameters: Any
    ) -> AsyncResponseFunctionCalls:
        """The function calls of an answer, each as soon as its arguments are complete, while the answer goes on.

        With `incremental`, a call is handed out at each piece of its arguments too, with `complete` false and what is known
        of them in `value`. A stream that is cut raises `IncompleteStreamError`.
        """
        calls = self._openai.responses.create_stream_fc
        items: Any = input
        return await calls(model=model, input=items, incremental=incremental, **parameters)

    async def create_raw(self, request: Mapping[str, Any] | str, *, operation: str = "responses.create") -> str:
        """Send a body of your own (a mapping or JSON text) to any operation and get the answer's own JSON text.

        `operation` is an operation's id, such as "embeddings.create", or verb and path: "POST /embeddings".
        """
        from ._calls import Call

        reply: Any = await self._openai._send(Call(operation, body=_plain(request)))
        return reply.content.decode()

    async def _create(self, body: dict[str, Any]) -> str:
        response = await self._openai._call("responses.create", body=body, result=object)
        return encode(_summary(response)).decode()

    async def close(self) -> None:
        """Close idle connections."""
        await self._openai.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<openai_oxide.Client base_url={self._openai.base_url!r}>"


def _plain(value: Any) -> Any:
    return decode(value.encode()) if isinstance(value, str) else value


def _summary(response: Any) -> dict[str, Any]:
    output = response.get("output") or []
    parts = [part for item in output if item.get("type") == "message" for part in item.get("content") or []]
    calls = [item for item in output if item.get("type") == "function_call"]
    return {
        "text": "".join(part.get("text") or "" for part in parts if part.get("type") == "output_text"),
        "id": response.get("id"),
        "status": response.get("status"),
        "model": response.get("model"),
        "function_calls": [{key: call.get(key) for key in ("name", "call_id", "arguments")} for call in calls],
        "usage": response.get("usage"),
        "response": response,
    }
