"""The clients under the official package's rules."""

from __future__ import annotations

import openai_oxide


class OpenAI(openai_oxide.OpenAI):
    """`openai.OpenAI`."""

    _strict = False


class AsyncOpenAI(openai_oxide.AsyncOpenAI):
    """`openai.AsyncOpenAI`."""

    _strict = False
