"""The drop-in namespace: what `import openai` gives, with the same behaviour.

Against `openai_oxide` itself one thing differs: a stream that ends without its last event just ends, as it does with
the official package; `stream.ended_early` tells. `install()` makes `import openai` resolve to this module, for programs
that cannot be edited; so does `python -m openai_oxide.compat program.py`.
"""

from __future__ import annotations

import openai_oxide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from openai_oxide import *  # noqa: F403

    from ._clients import AsyncOpenAI as AsyncOpenAI
    from ._clients import OpenAI as OpenAI

    Client = OpenAI
    AsyncClient = AsyncOpenAI

_CLIENTS = {"OpenAI": "OpenAI", "AsyncOpenAI": "AsyncOpenAI", "Client": "OpenAI", "AsyncClient": "AsyncOpenAI"}

# The module-level client: `openai.api_key = …; openai.chat.completions.create(…)`.
api_key: str | None = None
admin_api_key: str | None = None
organization: str | None = None
project: str | None = None
base_url: str | None = None
timeout: Any = None
max_retries: int = 2
default_headers: Any = None
default_query: Any = None
_client: Any = None
_client_settings: dict[str, Any] = {}

__all__ = [*(name for name in openai_oxide.__all__ if name != "compat"), "AsyncClient", "install"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _CLIENTS:
        from . import _clients

        value = globals()[name] = getattr(_clients, _CLIENTS[name])
        return value
    if name in openai_oxide.__all__:
        value = globals()[name] = getattr(openai_oxide, name)
        return value
    if not name.startswith("_"):
        from openai_oxide.resources._clients import Resources

        if hasattr(Resources, name):
            return getattr(_default_client(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _default_client() -> Any:
    """The client of the variables above; another one once they say something else."""
    global _client, _client_settings
    settings = {
        "api_key": api_key,
        "admin_api_key": admin_api_key,
        "organization": organization,
        "project": project,
        "base_url": base_url,
        "max_retries": max_retries,
        "default_headers": default_headers,
        "default_query": default_query,
    }
    if timeout is not None:
        settings["timeout"] = timeout
    if _client is None or settings != _client_settings:
        from ._clients import OpenAI

        _client, _client_settings = OpenAI(**settings), settings
    return _client


def install() -> None:
    """Make `import openai` and `import openai.anything` resolve to this package, in this process, from now on."""
    from ._install import install

    install()
