"""Plays a fixed set of calls against a recording replay server, so that it writes them down as conformance cases.

One argument: the recorder's base URL. The calls are deterministic (temperature 0, no prompt cache), so a new recording of the
same model differs in ids and times only. The quickstart's three calls are among them: they are its embedded fixtures.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openai import APIStatusError, OpenAI

MODEL = "smollm2"
# The server keeps a prompt's state between calls, which may change the sampled text; this asks it not to.
COLD = {"model": MODEL, "temperature": 0, "extra_body": {"cache_prompt": False}}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
PERSON_FORMAT = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
# A grammar forces the answer's exact text, which the model would never find by itself.
MULTIBYTE = {**COLD, "extra_body": {"cache_prompt": False, "grammar": 'root ::= "Grüße € 東京 🦀"'}}


@dataclass
class Call:
    name: str
    doc: str
    operation: str
    play: Callable[[OpenAI, dict[str, Any]], object]
    params: dict[str, Any]


def create(operation: str) -> Callable[[OpenAI, dict[str, Any]], object]:
    def play(client: OpenAI, params: dict[str, Any]) -> object:
        method: Any = client
        for part in operation.split("."):
            method = getattr(method, part)
        result = method(**params)
        return list(result) if params.get("stream") else result

    return play


def call(name: str, doc: str, operation: str, **params: Any) -> Call:
    return Call(name, doc, operation, create(operation), params)


def chat(name: str, doc: str, text: str, **params: Any) -> Call:
    return call(name, doc, "chat.completions.create", messages=[{"role": "user", "content": text}], **params)


HELLO = {"model": MODEL, "input": "Say hello in one short sentence.", "max_output_tokens": 24, "temperature": 0}
COUNT = "Count from one to five."
CALLS = [
    call("models/list", "The server's models, with fields that the API does not have.", "models.list"),
    call("responses/create", "A plain response of a compatible server.", "responses.create", **HELLO),
    call("responses/stream", "Response events without sequence numbers.", "responses.create", **HELLO, stream=True),
    chat("chat/create", "A plain completion.", "What is the capital of France?", max_tokens=24, **COLD),
    chat("chat/stream", "A stream whose first delta has null content.", COUNT, max_tokens=24, stream=True, **COLD),
    chat(
        "chat/stream-usage",
        "The usage comes in a chunk of its own, without choices.",
        COUNT,
        max_tokens=24,
        stream=True,
        stream_options={"include_usage": True},
        **COLD,
    ),
    chat(
        "chat/stream-multibyte",
        "Text of two, three and four bytes a character.",
        "Greet.",
        max_tokens=32,
        stream=True,
        **MULTIBYTE,
    ),
    chat(
        "chat/logprobs",
        "Log probabilities with bytes.",
        "Say yes.",
        max_tokens=3,
        logprobs=True,
        top_logprobs=2,
        **COLD,
    ),
    chat("chat/length", "An answer that its limit cut off.", "Tell a long story.", max_tokens=4, **COLD),
    chat(
        "chat/json-schema",
        "An answer in a JSON schema.",
        "Alice is 30 years old.",
        max_tokens=40,
        response_format=PERSON_FORMAT,
        **COLD,
    ),
    chat("chat/two-choices", "Two choices in one answer.", "Say hi.", max_tokens=6, n=2, **COLD),
    call("embeddings/base64", "A vector as base64.", "embeddings.create", model=MODEL, input="hello"),
    call(
        "embeddings/float",
        "A vector as numbers.",
        "embeddings.create",
        model=MODEL,
        input="hello",
        encoding_format="float",
    ),
    call(
        "errors/bad-request",
        "An error whose code is a number.",
        "chat.completions.create",
        model=MODEL,
        messages=[{"role": "user"}],
    ),
]


def main() -> None:
    with OpenAI(base_url=sys.argv[1], api_key="sk-local", max_retries=0) as client:
        for item in CALLS:
            headers = {"x-replay-name": item.name, "x-replay-doc": item.doc, "x-replay-operation": item.operation}
            try:
                item.play(client.with_options(default_headers=headers), item.params)
                print(f"recorded {item.name}", flush=True)
            except APIStatusError as error:
                print(f"recorded {item.name}: the server answered {error.status_code}", flush=True)


if __name__ == "__main__":
    main()
