"""`ts/generated/openai.ts`: the `OpenAI` class with its resources, and the types reachable as `OpenAI.ChatCompletion`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Spec
from .exports import Exports
from .names import Names
from .pages import page_names
from .resources import module_path, resource_modules, top_made_types

PATH = Path("bindings/node/ts/generated/openai.ts")


def emit(spec: Spec, names: Names) -> Iterator[tuple[Path, str]]:
    """Getters that load a resource when it is first used; the namespace is types only."""
    listed = Exports(spec, names)
    public = listed.public
    made = top_made_types(resource_modules(spec, names, listed))
    getters, imports, exports = "", "", []
    for resource in spec.resources:
        path = f"./resources/{module_path(resource)}.js"
        name = resource.class_name
        getters += (
            f"  /** Methods of `client.{resource.id}`. */\n  get {names.property(resource)}(): {name} {{\n"
            f'    const {{ {name} }} = require("{path}") as typeof import("{path}");\n'
            f'    return once(this, "{names.property(resource)}", new {name}(this));\n  }}\n\n'
        )
        imports += f'import type {{ {name} }} from "{path}";\n'
        exports.append(f"type {name} as {name}")
    # As in the official package, other types are reached through their resource: `OpenAI.Responses.Response`.
    classes = {resource.class_name for resource in spec.resources}
    top = {file: public[file] - classes for file in ("chat", "root", "shared") if file in public}
    for file, own in sorted(top.items()):
        if own:
            imports += f'import type {{ {", ".join(sorted(own))} }} from "./types/{file}.js";\n'
            exports += [f"type {name} as {name}" for name in sorted(own)]
    for name, path in made.items():
        imports += f'import type {{ {name} }} from "./resources/{path}.js";\n'
    pages = [name for page in spec.pages.values() for name in page_names(page)]
    imports += f'import type {{ {", ".join(pages)} }} from "./pages.js";\n'
    exports += [f"type {name} as {name}" for name in (*made, *pages, "RequestOptions")]
    yield (
        PATH,
        f"""// The client of `openai-oxide/compat`: everything it does itself is in core/openai-base.ts.

import {{ OpenAIBase }} from "../core/openai-base.js";
import type {{ RequestOptions }} from "../core/request.js";
import {{ once }} from "../core/resource.js";
{imports}
/** Client for the OpenAI API, with the names of the official package. */
export class OpenAI extends OpenAIBase {{
{getters}}}

export declare namespace OpenAI {{
  export {{ {", ".join(exports)} }};
}}
""",
    )
