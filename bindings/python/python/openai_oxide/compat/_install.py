"""Makes the name `openai` stand for this package.

A finder in front of all others answers for `openai` and everything below it with the module of the same name here, so
a class is the same object under both names.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class _Alias(Loader):
    def __init__(self, target: str) -> None:
        self._target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has run already; the import system has only replaced its spec.
        module.__spec__ = self._spec


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "openai":
            return ModuleSpec(fullname, _Alias("openai_oxide.compat"), is_package=True)
        if not fullname.startswith("openai."):
            return None
        ours = f"openai_oxide{fullname.removeprefix('openai')}"
        found = importlib.util.find_spec(ours)
        return found and ModuleSpec(fullname, _Alias(ours), is_package=found.submodule_search_locations is not None)


def install() -> None:
    loaded = sys.modules.get("openai")
    ours = importlib.import_module("openai_oxide.compat")
    if loaded is ours:
        return
    if loaded is not None:
        raise RuntimeError("openai has been imported already; call openai_oxide.compat.install() before that")
    sys.meta_path.insert(0, _Finder())
    sys.modules["openai"] = ours
