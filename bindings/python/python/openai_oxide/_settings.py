"""A client's settings as attributes. Assigning one changes the calls that follow; not while other threads make calls."""

from __future__ import annotations

from ._types import NotGiven, Timeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._native import Engine
    from ._types import Omit

DEFAULT_TIMEOUT = Timeout(600.0, connect=5.0)


class Settings:
    """What was given, else what the environment says, else the default."""

    if TYPE_CHECKING:
        _settings: dict[str, Any]
        _engine: Engine
        _provider: Callable[[], Any] | None

        def _change(self, **changes: Any) -> None: ...

    @property
    def api_key(self) -> str:
        """The key; empty where a function gives it."""
        key = self._settings["api_key"]
        return key if isinstance(key, str) else "" if self._provider else self._engine.api_key or ""

    @api_key.setter
    def api_key(self, value: Any) -> None:
        self._change(api_key=value)

    @property
    def admin_api_key(self) -> str | None:
        return self._settings["admin_api_key"] or environment("OPENAI_ADMIN_KEY")

    @admin_api_key.setter
    def admin_api_key(self, value: str | None) -> None:
        self._change(admin_api_key=value)

    @property
    def webhook_secret(self) -> str | None:
        return self._settings["webhook_secret"] or environment("OPENAI_WEBHOOK_SECRET")

    @webhook_secret.setter
    def webhook_secret(self, value: str | None) -> None:
        self._change(webhook_secret=value)

    @property
    def base_url(self) -> str:
        url = self._engine.base_url
        return url if url.endswith("/") else f"{url}/"

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._change(base_url=value)

    @property
    def organization(self) -> str | None:
        return self._settings["organization"] or self._engine.organization

    @organization.setter
    def organization(self, value: str | None) -> None:
        self._change(organization=value)

    @property
    def project(self) -> str | None:
        return self._settings["project"] or self._engine.project

    @project.setter
    def project(self, value: str | None) -> None:
        self._change(project=value)

    @property
    def timeout(self) -> float | Timeout | None:
        """Seconds for one attempt; `None` is no limit."""
        timeout = self._settings["timeout"]
        return DEFAULT_TIMEOUT if isinstance(timeout, NotGiven) else timeout

    @timeout.setter
    def timeout(self, value: float | Timeout | None) -> None:
        self._change(timeout=value)

    @property
    def max_retries(self) -> int:
        return self._settings["max_retries"]

    @max_retries.setter
    def max_retries(self, value: int) -> None:
        self._change(max_retries=value)

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        return dict(self._settings["default_headers"] or {})

    @property
    def default_query(self) -> dict[str, object]:
        return dict(self._settings["default_query"] or {})

    @property
    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}


def environment(name: str) -> str | None:
    """A variable of the environment, where it says something."""
    from os import environ

    return environ.get(name, "").strip() or None
