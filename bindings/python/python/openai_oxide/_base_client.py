"""What both clients share: settings, their copies, and the calls to endpoints that have no method.

Settings that the engine fixes (key, address, organisation, limits) are read once, from the arguments, then from the
environment. `copy()` / `with_options()` make cheap views: what differs travels with each call, and connections are
shared, unless the address or the size limit of events itself changes.
"""

from __future__ import annotations

from sys import modules

from ._calls import NO_LIMIT, header_list, limits
from ._native import Engine
from ._resource import AsyncAPIResource, SyncAPIResource
from ._settings import DEFAULT_TIMEOUT, Settings, environment
from ._types import NotGiven, not_given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar

    from typing_extensions import Self

    from ._calls import Call
    from ._hedge import HedgeLike
    from ._types import Omit, Timeout

__all__ = ["DEFAULT_MAX_RETRIES", "DEFAULT_TIMEOUT", "BaseClient", "checked_key"]

DEFAULT_MAX_RETRIES = 2
STREAM_LIMITS = ("first_token_timeout", "idle_timeout", "deadline")
"""Limits that the official clients do not have, in seconds; `None` is no limit."""
_NOTHING: Mapping[str, Any] = {}
_FROM_PROVIDER = "from-provider"  # satisfies the engine; every request carries the provider's key instead


class BaseClient(Settings):
    """The part of `OpenAI` and `AsyncOpenAI` that does not wait."""

    _closed = False

    _strict: ClassVar[bool] = True
    """Whether a stream without its last event is an error."""

    def __init__(
        self,
        *,
        api_key: Any = None,
        admin_api_key: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        webhook_secret: str | None = None,
        base_url: str | NotGiven | None = not_given,
        websocket_base_url: str | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        max_retries: int = DEFAULT_MAX_RETRIES,
        default_headers: Mapping[str, str | Omit] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: None = None,
        first_token_timeout: float | None = None,
        idle_timeout: float | None = None,
        deadline: float | None = None,
        max_event_bytes: int | None = None,
        hedge: HedgeLike = None,
        _engine: Engine | None = None,
    ) -> None:
        if http_client is not None:
            raise TypeError(
                "http_client is not supported: the transport is native (proxies: HTTPS_PROXY, CA: SSL_CERT_FILE)"
            )
        self._provider: Callable[[], Any] | None = api_key if callable(api_key) else None
        self._settings = {
            "api_key": api_key,
            "admin_api_key": admin_api_key,
            "organization": organization,
            "project": project,
            "webhook_secret": webhook_secret,
            "base_url": base_url,
            "websocket_base_url": websocket_base_url,
            "timeout": timeout,
            "max_retries": max_retries,
            "default_headers": default_headers,
            "default_query": default_query,
            "first_token_timeout": first_token_timeout,
            "idle_timeout": idle_timeout,
            "deadline": deadline,
            "max_event_bytes": max_event_bytes,
            "hedge": hedge,
        }
        if not isinstance(max_retries, int):
            raise TypeError(f"max_retries must be an int, not {max_retries!r}")
        if max_retries < 0:
            raise ValueError(f"max_retries must be 0 or more, not {max_retries}")
        self.websocket_base_url = websocket_base_url
        options: dict[str, Any] = {}
        if _engine is None:
            self._engine = self._new_engine()
        else:  # the engine's own settings are another client's
            self._engine = _engine
            options.update(limits(self.timeout), max_retries=max_retries)
            for name in STREAM_LIMITS:
                limit = self._settings[name]
                options[name] = NO_LIMIT if limit is None else limit
        if hedge is not None:  # with each call, so that clients with and without it share an engine and its budget
            from ._hedge import settings

            options["hedge"] = settings(hedge)
        headers = header_list(default_headers)
        if _engine is not None:
            headers = self._identity_headers() + headers
        if headers:
            options["headers"] = headers
        self._options: dict[str, Any] | None = options or None
        keys = (
            api_key if api_key != self._engine.api_key else None,
            admin_api_key if admin_api_key != self._engine.admin_api_key else None,
        )
        self._keys = keys if any(keys) else None

    def _change(self, **changes: Any) -> None:
        engine = None if "base_url" in changes else self._engine
        BaseClient.__init__(self, **{**self._settings, **changes}, _engine=engine)

    def _own_key(self, operation: str) -> Any:
        """The key of the call, or the function that gives it, where it is not the one that the engine has."""
        return self._keys and self._keys[self._engine.is_admin(operation)]

    def _new_engine(self) -> Engine:
        settings = self._settings
        base_url = settings["base_url"]
        key = _FROM_PROVIDER if self._provider else settings["api_key"]
        timeout = self.timeout
        return Engine(
            api_key=key,
            admin_api_key=settings["admin_api_key"],
            base_url=None if isinstance(base_url, NotGiven) or base_url is None else str(base_url),
            organization=settings["organization"],
            project=settings["project"],
            max_retries=self.max_retries,
            connect_timeout=None if isinstance(timeout, (int, float)) else getattr(timeout, "connect", None),
            timeout=limits(timeout).get("timeout"),
            max_event_bytes=settings["max_event_bytes"],
            **{name: settings[name] for name in STREAM_LIMITS},
        )

    def _identity_headers(self) -> list[tuple[str, str | None]]:
        """Headers by which a view differs from the client whose engine it uses."""
        settings, engine = self._settings, self._engine
        headers: list[tuple[str, str | None]] = []
        for name, own, shared in (
            ("OpenAI-Organization", settings["organization"], engine.organization),
            ("OpenAI-Project", settings["project"], engine.project),
        ):
            if own is not None and own != shared:
                headers.append((name, own))
        return headers

    def is_closed(self) -> bool:
        return self._closed

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} base_url={self.base_url!r}>"

    # -------------------------------------------------------------------------------------------------------- copies

    def copy(
        self,
        *,
        api_key: Any = None,
        admin_api_key: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        webhook_secret: str | None = None,
        base_url: str | NotGiven | None = not_given,
        websocket_base_url: str | None = None,
        timeout: float | Timeout | NotGiven | None = not_given,
        max_retries: int | NotGiven = not_given,
        default_headers: Mapping[str, str | Omit] | None = None,
        set_default_headers: Mapping[str, str | Omit] | None = None,
        default_query: Mapping[str, object] | None = None,
        set_default_query: Mapping[str, object] | None = None,
        http_client: None = None,
        first_token_timeout: float | NotGiven | None = not_given,
        idle_timeout: float | NotGiven | None = not_given,
        deadline: float | NotGiven | None = not_given,
        max_event_bytes: int | NotGiven | None = not_given,
        hedge: HedgeLike | NotGiven = not_given,
    ) -> Self:
        """A client with some settings changed; `default_*` add to what there is, `set_default_*` replace it."""
        if default_headers is not None and set_default_headers is not None:
            raise ValueError("default_headers and set_default_headers exclude each other")
        if default_query is not None and set_default_query is not None:
            raise ValueError("default_query and set_default_query exclude each other")
        settings: dict[str, Any] = dict(self._settings)
        for name, value in (
            ("api_key", api_key),
            ("admin_api_key", admin_api_key),
            ("organization", organization),
            ("project", project),
            ("webhook_secret", webhook_secret),
            ("websocket_base_url", websocket_base_url),
            ("default_headers", set_default_headers),
            ("default_query", set_default_query),
        ):
            if value is not None:
                settings[name] = value
        for name, value in (
            ("base_url", base_url),
            ("timeout", timeout),
            ("max_retries", max_retries),
            ("first_token_timeout", first_token_timeout),
            ("idle_timeout", idle_timeout),
            ("deadline", deadline),
            ("max_event_bytes", max_event_bytes),
            ("hedge", hedge),
        ):
            if not isinstance(value, NotGiven):
                settings[name] = value
        for name, added in (("default_headers", default_headers), ("default_query", default_query)):
            if added is not None:
                settings[name] = {**(settings[name] or {}), **added}
        moved = not isinstance(base_url, NotGiven) and base_url is not None
        moved = moved or settings["max_event_bytes"] != self._settings["max_event_bytes"]
        return type(self)(**settings, http_client=http_client, _engine=None if moved else self._engine)

    with_options = copy

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy()

    def __reduce__(self) -> Any:
        from ._pickled import restored, settings_to_pickle

        return restored, (type(self), settings_to_pickle(self._settings))

    def _view(self, send: Callable[[Any], Any]) -> Self:
        """This client with another way of answering calls; its resources are its own."""
        view = object.__new__(type(self))
        for name, value in self.__dict__.items():
            if not isinstance(value, (SyncAPIResource, AsyncAPIResource)):
                view.__dict__[name] = value
        view.__dict__["_call"] = send(self)
        return view

    # --------------------------------------------------------------------------------------------------------- calls

    if TYPE_CHECKING:

        def _call(self, operation: str, /, **arguments: Any) -> Any: ...

    def _custom(
        self,
        verb: str,
        path: str,
        cast_to: Any,
        options: Mapping[str, Any],
        *,
        body: Any = None,
        content: Any = None,
        files: Any = None,
        stream: bool = False,
        stream_cls: Any = None,
        page: str | None = None,
    ) -> Any:
        from ._undocumented import arguments, below

        event = getattr(stream_cls, "__args__", (cast_to,))[0]
        made = arguments(cast_to, body, content, files, options)
        operation = f"{verb.upper()} {below(self.base_url, path)}"
        return self._call(operation, event=event, stream=stream, page=page, **made)

    def get(
        self,
        path: str,
        *,
        cast_to: Any,
        options: Mapping[str, Any] = _NOTHING,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        """`GET` any path below the base URL; the answer becomes a `cast_to`, see `_undocumented`."""
        return self._custom("GET", path, cast_to, options, stream=stream, stream_cls=stream_cls)

    def post(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: Any = None,
        options: Mapping[str, Any] = _NOTHING,
        files: Any = None,
        stream: bool = False,
        stream_cls: Any = None,
    ) -> Any:
        """`POST` to any path below the base URL: `body` as JSON, with `files` a form; or `content` as it is."""
        return self._custom(
            "POST",
            path,
            cast_to,
            options,
            body=body,
            content=content,
            files=files,
            stream=stream,
            stream_cls=stream_cls,
        )

    def patch(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: Any = None,
        files: Any = None,
        options: Mapping[str, Any] = _NOTHING,
    ) -> Any:
        """`PATCH` any path below the base URL, as `post` does."""
        return self._custom("PATCH", path, cast_to, options, body=body, content=content, files=files)

    def put(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: Any = None,
        files: Any = None,
        options: Mapping[str, Any] = _NOTHING,
    ) -> Any:
        """`PUT` to any path below the base URL, as `post` does."""
        return self._custom("PUT", path, cast_to, options, body=body, content=content, files=files)

    def delete(
        self,
        path: str,
        *,
        cast_to: Any,
        body: Any = None,
        content: Any = None,
        options: Mapping[str, Any] = _NOTHING,
    ) -> Any:
        """`DELETE` any path below the base URL; the answer becomes a `cast_to`."""
        return self._custom("DELETE", path, cast_to, options, body=body, content=content)

    def get_api_list(
        self,
        path: str,
        *,
        model: Any,
        page: Any,
        body: Any = None,
        options: Mapping[str, Any] = _NOTHING,
        method: str = "get",
    ) -> Any:
        """A list at any path below the base URL, in pages of a class of `pagination`; its items become `model`s."""
        from ._undocumented import page_name

        return self._custom(method, path, model, options, body=body, page=page_name(page))

    def _logged(self, call: Call, outcome: Any) -> None:
        if "logging" in modules:  # without it nobody can have asked for records
            from ._log import report

            report(self, call, outcome)

    def _check_open(self) -> None:
        if self._closed:
            from ._exceptions import APIConnectionError

            raise APIConnectionError(message="Connection error. This client has been closed.")


if (_wish := environment("OPENAI_LOG")) is not None:
    from ._log import configure

    configure(_wish)


def checked_key(key: Any) -> str:
    if isinstance(key, str) and key:
        return key
    from ._exceptions import OpenAIError

    raise OpenAIError(f"the api_key function must return a key as text, not {type(key).__name__}")
