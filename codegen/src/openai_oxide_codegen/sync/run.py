"""The command: import what spec/SOURCE names, verify it, write spec/, tell what changed.

Nothing is written unless everything resolved, Python agrees with what was read, and the new files load back into
exactly what was imported.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import yamlfile
from ..load import load, references, type_references
from ..model import Method, Module, Ref, Resource, Spec
from . import tables
from .resources import Found, Resources
from .summary import summary
from .types import Types, Unresolved
from .verify import differences
from .write import resources_files, types_files


class SyncError(Exception):
    """The import stopped; the message lists everything that must be looked at."""


@dataclass(frozen=True)
class Result:
    """What an import found; nothing is written before `write`."""

    folder: Path
    files: Mapping[Path, str | None]  # those that differ; None: no longer imported
    lines: tuple[str, ...]  # for people
    faults: tuple[str, ...]  # what people must mend in the hand-written tables before anything can be written

    def write(self) -> None:
        """Brings spec/ up to date."""
        for path, text in self.files.items():
            if text is None:
                (self.folder / path).unlink()
        _write(self.folder, {path: text for path, text in self.files.items() if text is not None})


def sync(folder: Path, *, everything: bool) -> Result:
    """Imports what spec/SOURCE names; with `everything` the whole surface, whatever it names."""
    import openai

    source = yamlfile.read(folder / "SOURCE", Path("spec/SOURCE")).data
    if openai.__version__ != source["version"]:
        raise SyncError(f"spec/SOURCE names openai {source['version']}, but {openai.__version__} is installed")
    everything |= source["resources"] == "all"
    wanted = None if everything else tuple(source["resources"])
    types = Types(Path(str(openai.__file__)).parent)
    found = Resources(types, wanted).read(openai.OpenAI(api_key="none"))
    found = replace(found, resources=tuple(sorted(found.resources, key=lambda r: r.path)))
    modules, packages, faults = _reached(types, found, _roots(types, source["types"], everything))
    faults += found.unresolved
    if faults := faults or list(differences(modules)):
        raise SyncError("\n".join(sorted(faults)))
    methods = list(_methods(found.resources))
    docs, kept = handwritten(folder)
    files = dict(types_files(modules, packages, docs))
    files.update(resources_files(found.resources, modules, packages, kept))
    undecided = [m.id for m in methods if m.stream != "never" and "ends" not in kept.get(m.id, {})]
    trial_kept = {**kept, **{identity: {**kept.get(identity, {}), "ends": "done"} for identity in undecided}}
    trial = {**files, **dict(resources_files(found.resources, modules, packages, trial_kept))}
    loaded = _must_load_back(folder, trial, found.resources, modules)
    differing = _differing(folder, files)
    lines = [
        f"openai {openai.__version__}: {len(methods)} methods, {len(found.helpers)} hand-written helpers left out",
        f"{len(modules)} modules, {sum(len(m.declarations) for m in modules.values())} types; all agree with run time",
    ]
    if undecided:
        lines.append(f"say in spec/streams.yaml how these streams end: {', '.join(undecided)}")
    if differing and (folder / "types").exists():
        lines += summary(load(folder), loaded)
    for path, text in differing.items():
        what = "removed" if text is None else "changed" if (folder / path).exists() else "new"
        lines.append(f"  {what:8} spec/{path}")
    lines.append(f"{len(differing)} of {len(files)} files differ from spec/")
    return Result(folder, differing, tuple(lines), tuple(tables.differences(loaded)))


def _methods(resources: Iterable[Resource]) -> Iterator[Method]:
    for resource in resources:
        yield from resource.methods
        yield from _methods(resource.children)


def _roots(types: Types, packages: Iterable[str], everything: bool) -> Iterator[str]:
    """Modules that are imported although no call may reach them; hand-written helper classes are no facts of the wire."""
    top = types.package / "types"
    for folder in [top] if everything else [top.joinpath(*p.split(".")) for p in packages]:
        for path in sorted(folder.rglob("*.py") if everything else folder.glob("*.py")):
            if path.name != "__init__.py" and not path.name.startswith(("parsed_", "websocket_")):
                yield ".".join(path.relative_to(top).with_suffix("").parts)


def _reached(
    types: Types, found: Found, roots: Iterable[str]
) -> tuple[dict[str, Module], dict[str, dict[str, Ref]], list[str]]:
    """Every module that methods and roots lead to, whole, and what the packages around them export."""
    faults: list[str] = []
    modules: dict[str, Module] = {}
    todo = list(roots)
    for method in _methods(found.resources):
        for type in (
            method.result,
            method.stream_event,
            method.page_item,
            method.params_type,
            *(p.type for p in method.params),
        ):
            todo += [ref.module for ref in type_references(type)] if type else []
    while todo:
        path = todo.pop()
        if path in modules:
            continue
        try:
            modules[path] = types.module(path)
        except Unresolved as error:
            faults.append(str(error))
            continue
        todo += [ref.module for d in modules[path].declarations for ref in references(d)]
        todo += [ref.module for _, ref in modules[path].also]
    return modules, _packages(types, modules), faults


def _packages(types: Types, modules: Mapping[str, Module]) -> dict[str, dict[str, Ref]]:
    packages: dict[str, dict[str, Ref]] = {}
    for package in sorted({m.package for m in modules.values()} | {""}):
        dotted = f"openai.types.{package}".rstrip(".")
        exports = packages[package] = {}
        for name in types.source(dotted).imports:
            ref = types.find(dotted, name)
            if ref is not None and ref.module in modules:
                exports[name] = ref
    return packages


def handwritten(folder: Path) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """What people wrote into spec/: docs of types and fields, and `doc` and `ends` of methods and resources."""
    docs: dict[str, str] = {}
    kept: dict[str, dict[str, str]] = {}
    for path in yamlfile.files(folder / "types"):
        data = yamlfile.read(path, path).data
        package = "" if data["package"] == "(top)" else data["package"] + "."
        for key, declarations in data["modules"].items():
            for name, told in declarations.items():
                where = f"{package}{key.split(' ')[0]}.{name.split('(')[0]}"
                for field, value in told.items() if isinstance(told, dict) else ():
                    if field == "doc()":
                        docs[where] = value
                    elif isinstance(value, dict) and "doc" in value:
                        docs[f"{where}.{field.rstrip('?').split(' as ')[0]}"] = value["doc"]
    for path in yamlfile.files(folder / "resources"):
        for identity, resource in yamlfile.read(path, path).data.items():
            told = {identity: resource}
            told.update({f"{identity}.{name}": method for name, method in resource.get("methods", {}).items()})
            for where, value in told.items():
                kept[where] = {"doc": value["doc"]} if "doc" in value else {}
    streams = folder / "streams.yaml"
    for identity, ends in yamlfile.read(streams, streams).data.items():
        kept.setdefault(identity, {})["ends"] = ends
    return docs, kept


def _must_load_back(
    folder: Path, new: Mapping[Path, str], resources: tuple[Resource, ...], modules: Mapping[str, Module]
) -> Spec:
    """Loads the new files beside the hand-written ones and compares; a difference is a fault of ours."""
    with tempfile.TemporaryDirectory() as temporary:
        trial = Path(temporary, "spec")
        shutil.copytree(folder, trial, ignore=shutil.ignore_patterns("types", "resources"))
        _write(trial, new)
        loaded = load(trial)
    for path, module in modules.items():
        if loaded.modules[path].also != module.also:
            raise SyncError(f"{path}: the names of other modules do not load back")
        there = {d.name: d for d in loaded.modules[path].declarations}
        for declaration in module.declarations:
            if _bare(there.get(declaration.name)) != declaration:
                raise SyncError(
                    f"{path}.{declaration.name} does not load back:\n{there.get(declaration.name)}\n{declaration}"
                )
    back = {m.id: m for _, m in loaded.all_methods()}
    for method in _methods(resources):
        if _comparable(back[method.id]) != _comparable(method):
            raise SyncError(f"{method.id} does not load back:\n{back[method.id]}\n{method}")
    return loaded


def _bare(declaration: Any) -> Any:
    """Without docs, which the import does not have."""
    if hasattr(declaration, "fields"):
        return replace(declaration, doc="", fields=tuple(replace(f, doc="") for f in declaration.fields))
    return replace(declaration, doc="") if declaration is not None else None


def _comparable(method: Method) -> Any:
    """Without docs, and what is said by hand beside the import (spec/streams.yaml, spec/calls.yaml)."""
    return replace(
        method,
        doc="",
        terminal=None,
        json_without_files=False,
        parts=(),
        alone=None,
        choice=None,
        params=tuple(replace(p, doc="") for p in method.params),
    )


def _write(folder: Path, files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _differing(folder: Path, new: Mapping[Path, str]) -> dict[Path, str | None]:
    old = {p.relative_to(folder) for kind in ("types", "resources") for p in yamlfile.files(folder / kind)}
    changed = {p: t for p, t in new.items() if p not in old or (folder / p).read_text(encoding="utf-8") != t}
    return dict(sorted({**changed, **dict.fromkeys(old - set(new))}.items()))
