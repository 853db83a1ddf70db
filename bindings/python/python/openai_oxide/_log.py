"""One log record per call, for programs that ask: with `OPENAI_LOG=debug` (or `info`), or by the level of the logger.

The logger is `openai_oxide`, for clients of `compat` `openai`. A record has verb, address without its query, outcome, time,
and the number of requests where there were more than one (then its level is INFO, else DEBUG). No headers, no bodies.
"""

from __future__ import annotations

import logging
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._base_client import BaseClient
    from ._calls import Call

_LEVELS = {name.lower(): getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")}


# By `BaseClient._strict`; looked up once, for each call asks.
_LOGGERS = {True: logging.getLogger("openai_oxide"), False: logging.getLogger("openai")}


def configure(level: str) -> None:
    """Do what `OPENAI_LOG` says; an unknown level is no wish."""
    if level in _LEVELS:
        logging.basicConfig(
            format="[%(asctime)s - %(name)s:%(lineno)d - %(levelname)s] %(message)s", datefmt="%Y-%m-%d %H:%M:%S"
        )
        for logger in _LOGGERS.values():
            logger.setLevel(_LEVELS[level])


def report(client: BaseClient, call: Call, outcome: Any) -> None:
    """`outcome` is the engine's answer, or the exception in its place."""
    logger = _LOGGERS[client._strict]
    if not logger.isEnabledFor(logging.INFO):
        return
    attempts = getattr(outcome, "attempts", 1)
    level = logging.INFO if attempts > 1 else logging.DEBUG
    if logger.isEnabledFor(level):
        request = call.request(client._engine)
        if isinstance(outcome, BaseException):
            status = getattr(outcome, "status_code", None)
            result = type(outcome).__name__ if status is None else f"{status} {type(outcome).__name__}"
        else:
            result = str(outcome.status)
        logger.log(
            level,
            "%s %s: %s after %.3f s%s, request id %s",
            request.method,
            request.url,
            result,
            monotonic() - call.began,
            f" and {attempts} requests" if attempts > 1 else "",
            getattr(outcome, "request_id", None),
        )
