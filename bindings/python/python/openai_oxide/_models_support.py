"""What generated modules need at run time in place of `typing`, `functools` and eager imports: as little as works."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import cached_property as cached_property
    from typing import Any, Generic, TypeVar
    from typing import overload as overload

    from typing_extensions import deprecated as deprecated

    _T = TypeVar("_T")

    class Parametric(Generic[_T]):
        """A base for models with a type parameter."""

else:

    class Parametric:
        """A base for models with a type parameter, which matters to type checkers only."""

        __slots__ = ()

        def __class_getitem__(cls, parameters: Any) -> Any:
            return cls

    class cached_property:
        """A property computed once per instance. (`functools` alone would double the time to import this package.)"""

        def __init__(self, compute: Callable[[Any], Any]) -> None:
            self._compute = compute
            self.__doc__ = compute.__doc__

        def __get__(self, instance: Any, owner: Any) -> Any:
            if instance is None:
                return self
            value = instance.__dict__[self._compute.__name__] = self._compute(instance)
            return value

    def overload(function: Any) -> None:
        """Overloads are for type checkers; the implementation that follows replaces the name."""

    def deprecated(message: str) -> Callable[[Any], Any]:
        """Warn with `message` at each call."""

        def mark(function: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                import warnings

                warnings.warn(message, DeprecationWarning, stacklevel=2)
                return function(*args, **kwargs)

            call.__name__, call.__doc__, call.__wrapped__ = function.__name__, function.__doc__, function
            call.__deprecated__ = message  # where tools look for it
            return call

        return mark


def one_of(variants: tuple[tuple[str, ...], ...], **given: object) -> None:
    """Raises `TypeError` where no variant of a call's parameters has all its values."""
    from ._types import omit

    if not any(all(given[name] is not omit for name in names) for names in variants):
        either = " or ".join("(" + ", ".join(repr(name) for name in names) + ")" for names in variants)
        raise TypeError(f"Missing required arguments; Expected either {either} arguments to be given")


def lazy_names(package: str, names: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package: `names` maps each exported name to the module below that has it.

    Any other name is tried as a submodule, so that `openai_oxide.types.chat` needs no import of its own.
    """

    def get(name: str) -> Any:
        module = names.get(name)
        if module is None:
            path = f"{package}.{name}"
            if name.startswith("__"):
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            try:
                __import__(path)
            except ModuleNotFoundError as error:
                if error.name != path:
                    raise
                raise AttributeError(f"module {package!r} has no attribute {name!r}") from None
            return sys.modules[path]
        path = f"{package}.{module}"
        __import__(path)
        value = sys.modules[package].__dict__[name] = getattr(sys.modules[path], name)
        return value

    def names_of() -> list[str]:
        return sorted({*sys.modules[package].__dict__, *names})

    return get, names_of
