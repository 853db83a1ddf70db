"""`Hedge`: send a call again beside itself when its answer is late, and take the first success.

Ask for it only where a call may run twice: both requests may be carried out, and charged for.
"""

from __future__ import annotations

from ._native import check_hedge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias, TypedDict

    from typing_extensions import NotRequired

    class HedgeLoser(TypedDict):
        """A request that did not win; the first one is number 0."""

        racer: int
        outcome: Literal["cancelled", "failed", "completed"]
        error: NotRequired[str]
        """The kind of its error, where it failed."""
        usage: NotRequired[Any]
        """What the server says it used, where it completed; unknown for a cancelled one."""

    class HedgeReport(TypedDict):
        """What became of the requests of one call."""

        started: int
        """How many there were, the first included, retries not counted."""
        winner: int
        """Whose answer it is, counted from 0."""
        delay: float
        """The delay that was applied, in seconds."""
        losers: list[HedgeLoser]

    HedgeLike: TypeAlias = "Hedge | Mapping[str, Any] | float | bool | None"
    Settings: TypeAlias = tuple[float | None, int, float | None]

OFF: Settings = (None, 1, None)


class Hedge:
    """How calls are hedged.

    `delay`: seconds to wait for an answer before the next request is sent beside it; 0 sends all at once; `None` is the
    95th percentile of the operation's last 256 hedged calls (1 s while fewer than 20 are known). `max`: most requests of
    one call, the first included, 1 to 16. `budget`: most extra requests as a share of the calls, after a start of two;
    `None` is no bound. Raises `TypeError` or `ValueError` for anything else.
    """

    __slots__ = ("budget", "delay", "max")

    def __init__(self, delay: float | None = None, *, max: int = 2, budget: float | None = 0.1) -> None:
        for name, value in (("delay", delay), ("budget", budget)):
            if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
                raise TypeError(f"hedge: {name} must be a number or None, not {value!r}")
        if isinstance(max, bool) or not isinstance(max, int):
            raise TypeError(f"hedge: max must be an int, not {max!r}")
        if not 0 <= max < 2**32:
            raise ValueError(f"hedge: max must be 1 to 16 racers, not {max}")
        check_hedge(delay, max, budget)
        self.delay = delay
        self.max = max
        self.budget = budget

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hedge) and settings(self) == settings(other)

    def __hash__(self) -> int:
        return hash(settings(self))

    def __repr__(self) -> str:
        return f"Hedge(delay={self.delay!r}, max={self.max!r}, budget={self.budget!r})"


Hedge.__module__ = "openai_oxide"


def settings(hedge: HedgeLike) -> Settings | None:
    """What the engine takes: `None` where nothing was said, `OFF` for `False`."""
    if hedge is None:
        return None
    if hedge is False:
        return OFF
    if hedge is True:
        hedge = Hedge()
    elif isinstance(hedge, (int, float)):
        hedge = Hedge(hedge)
    elif not isinstance(hedge, Hedge):
        try:
            hedge = Hedge(**hedge)
        except TypeError as error:
            if str(error).startswith("hedge: "):
                raise
            wanted = "a bool, seconds, a Hedge, or a mapping of delay, max and budget"
            raise TypeError(f"hedge must be {wanted}, not {hedge!r}") from None
    return hedge.delay, hedge.max, hedge.budget
