"""Emits the Rust surface below core/src/generated/ (types, resources, pages), and the conformance driver's calls of it.

`merging` makes one type of the official two, `plan` decides what is declared and how it is called, `declarations` and
`resources` print the `shapes` it settles on, `names` spells them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Ref, Resource, Spec
from . import driver, names
from .declarations import Printer
from .pages import pages
from .plan import Plan
from .resources import ResourcePrinter, feature
from .shapes import Alias, Enum, token

ROOT = Path("core/src/generated")


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """One file per resource and per module of types, and the `mod.rs` files that list them with their endpoint features."""
    plan = Plan(spec)
    # A resource without calls has only a WebSocket, which is no part of these files.
    printers = [(r, ResourcePrinter(spec, plan, r)) for r in spec.all_resources() if r.methods or r.children]
    files = {resource.path: printer.file() for resource, printer in printers}  # plans every type on the way
    for resource, _ in printers:
        yield _resource_file(resource), files[resource.path]
    yield ROOT / "resources" / "mod.rs", _resources(spec)
    yield ROOT / "pages.rs", pages(spec)
    yield from driver.emit(spec, plan, printers)
    plan.finish()
    declared = [(token(Ref(m.path, d.name)), d) for m in plan.modules.values() for _, d in m.declarations]
    texts = {own for own, d in declared if isinstance(d, Enum)}
    texts |= {own for own, d in declared if isinstance(d, Alias) and d.type in texts}
    for module in plan.modules.values():
        yield ROOT / "types" / f"{module.path.replace('.', '/')}.rs", Printer(module, texts).file()
    yield from _packages(plan)


def _resource_file(resource: Resource) -> Path:
    path = (ROOT / "resources").joinpath(*map(names.module, resource.path))
    return path / "mod.rs" if resource.children else path.with_suffix(".rs")


def _resources(spec: Spec) -> str:
    """The entry points on the client, each behind the feature of its endpoint."""
    text = "//! The calls of the API, grouped as in the official clients.\n\nuse crate::client::OpenAI;\n\n"
    for resource in spec.resources:
        text += f'#[cfg(feature = "{feature(resource.path)}")]\npub mod {names.module(resource.path[0])};\n'
    text += "\nimpl OpenAI {\n"
    for resource in spec.resources:
        name = names.module(resource.path[0])
        text += f"""    /// The calls of `{resource.id}`.
    #[cfg(feature = "{feature(resource.path)}")]
    pub fn {name}(&self) -> {name}::{resource.class_name}<'_> {{
        {name}::{resource.class_name}::new(self)
    }}

"""
    return text + "}\n"


def _packages(plan: Plan) -> Iterator[tuple[Path, str]]:
    """A `mod.rs` per package: its modules behind the features that reach them, and the names it re-exports."""
    children: dict[str, set[str]] = {"": set()}
    for path in plan.modules:
        parts = path.split(".")
        for depth in range(len(parts)):
            children.setdefault(".".join(parts[:depth]), set()).add(".".join(parts[: depth + 1]))
    exported = plan.exports()
    for package, members in sorted(children.items()):
        inside = {f for p, m in plan.modules.items() if not package or p.startswith(package + ".") for f in m.features}
        name = f"`openai.types{'.' if package else ''}{package}`"
        text = f"//! The types of {name}, under the same names; what only one of them uses stays in its module.\n\n"
        if not package:
            text += "#![allow(missing_docs)] // the API reference describes the fields\n\n"
        for member in sorted(members):
            below = {
                f for p, m in plan.modules.items() if p == member or p.startswith(member + ".") for f in m.features
            }
            text += f"{_cfg(below, inside)}pub mod {member.rpartition('.')[2]};\n"
        text += "\n"
        for home, features in exported.get(package, ()):
            short = (
                home.module.removeprefix(package).lstrip(".")
                if not package or home.module.startswith(package + ".")
                else None
            )
            path = short.replace(".", "::") if short else "crate::types::" + home.module.replace(".", "::")
            text += f"{_cfg(features, inside)}pub use {path}::{home.name};\n"
        yield ROOT / "types" / package.replace(".", "/") / "mod.rs", text


def _cfg(features: set[str], inside: set[str]) -> str:
    """The condition of a module inside a package with conditions of its own."""
    if features == inside:
        return ""
    tests = [f'feature = "{feature}"' for feature in sorted(features)]
    return f"#[cfg({tests[0]})]\n" if len(tests) == 1 else f"#[cfg(any({', '.join(tests)}))]\n"
