"""Plays a fixed set of calls against a recording replay server, so that it writes them down as conformance cases.

One argument: the recorder's base URL. The calls are deterministic (temperature 0, no prompt cache), so a new recording of the
same model differs in ids and times only. The quickstart's three calls are among them: they are its embedded fixtures.
"""

import sys
from collections.abc import Callable

from openai import APIStatusError, OpenAI

MODEL = "smollm2"
# The server keeps a prompt's state between calls, which may change the sampled text; this asks it not to.
COLD = {"cache_prompt": False}


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def calls(client: OpenAI) -> dict[str, Callable[[], object]]:
    chat, responses = client.chat.completions, client.responses
    common = {"model": MODEL, "temperature": 0, "extra_body": COLD}
    people = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
    people |= {"required": ["name", "age"], "additionalProperties": False}
    schema = {"type": "json_schema", "json_schema": {"name": "person", "schema": people, "strict": True}}
    exact = {**COLD, "grammar": 'root ::= "Grüße € 東京 🦀"'}
    return {
        "models/list": lambda: client.models.list(),
        "responses/create": lambda: responses.create(
            model=MODEL, input="Say hello in one short sentence.", max_output_tokens=24
        ),
        "responses/stream": lambda: list(
            responses.create(model=MODEL, input="Say hello in one short sentence.", max_output_tokens=24, stream=True)
        ),
        "chat/create": lambda: chat.create(messages=ask("What is the capital of France?"), max_tokens=24, **common),
        "chat/quickstart-stream": lambda: list(
            chat.create(model=MODEL, messages=ask("Count from one to five."), max_tokens=24, stream=True)
        ),
        "chat/stream-usage": lambda: list(
            chat.create(
                messages=ask("Count from one to five."),
                max_tokens=24,
                stream=True,
                stream_options={"include_usage": True},
                **common,
            )
        ),
        "chat/stream-multibyte": lambda: list(
            chat.create(messages=ask("Greet."), model=MODEL, temperature=0, extra_body=exact, max_tokens=32, stream=True)
        ),
        "chat/logprobs": lambda: chat.create(
            messages=ask("Say yes."), max_tokens=3, logprobs=True, top_logprobs=2, **common
        ),
        "chat/length": lambda: chat.create(messages=ask("Tell a long story."), max_tokens=4, **common),
        "chat/json-schema": lambda: chat.create(
            messages=ask("Alice is 30 years old."), response_format=schema, max_tokens=40, **common
        ),
        "chat/two-choices": lambda: chat.create(messages=ask("Say hi."), max_tokens=6, n=2, **common),
        "embeddings/quickstart": lambda: client.embeddings.create(model=MODEL, input="hello"),
        "embeddings/float": lambda: client.embeddings.create(model=MODEL, input="hello", encoding_format="float"),
        "errors/bad-request": lambda: chat.create(model=MODEL, messages=[]),
    }


def main() -> None:
    with OpenAI(base_url=sys.argv[1], api_key="sk-local", max_retries=0) as client:
        for name, call in calls(client).items():
            # The recorder names the case after this header and does not store it.
            client._custom_headers = {"x-record-as": name}  # type: ignore[misc]
            try:
                call()
                print(f"recorded {name}", flush=True)
            except APIStatusError as error:
                print(f"recorded {name}: the server answered {error.status_code}", flush=True)


if __name__ == "__main__":
    main()
