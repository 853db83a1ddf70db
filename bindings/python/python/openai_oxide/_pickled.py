"""What a pickled client is: the settings it was given, without secrets.

A pickle goes to disks, queues and other machines, and a key in it would go there in clear. So what came from the environment
is read again from the environment of the process that unpickles; a function that gives the key goes by its name; and
a client whose key was written into the program, other than the environment's, refuses. (`copy.deepcopy` stays in the process and
gives a client with the same key and connections.)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECRETS = {
    "api_key": "OPENAI_API_KEY",
    "admin_api_key": "OPENAI_ADMIN_KEY",
    "webhook_secret": "OPENAI_WEBHOOK_SECRET",
}
_SECRET_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "api-key", "x-api-key"))


def restored(cls: type, settings: dict[str, Any]) -> Any:
    """The client of a pickle."""
    return cls(**settings)


def settings_to_pickle(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that may leave the process; raises `TypeError` where a secret among them could not follow."""
    from os import environ

    kept = {name: value for name, value in settings.items() if value is not None}
    for name, variable in _SECRETS.items():
        value = kept.get(name)
        if isinstance(value, str):
            if value != environ.get(variable):
                raise TypeError(
                    f"a client with `{name}` in the program is not pickled, so that no pickle holds it: "
                    f"set {variable}, or give a function that returns it"
                )
            del kept[name]
    for name, value in (kept.get("default_headers") or {}).items():
        if name.lower() in _SECRET_HEADERS and isinstance(value, str):
            raise TypeError(f"a client with the default header {name} is not pickled, so that no pickle holds it")
    return kept
