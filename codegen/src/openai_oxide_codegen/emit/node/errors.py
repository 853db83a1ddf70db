"""`ts/generated/errors.ts`: the classes that only have a name, and which class belongs to a kind or a status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...model import Spec

PATH = Path("bindings/node/ts/generated/errors.ts")
# Written by hand in ts/core/error-base.ts, because they have constructors of their own.
BY_HAND = (
    "OpenAIError",
    "APIError",
    "APIUserAbortError",
    "APIConnectionError",
    "APIConnectionTimeoutError",
    "LengthFinishReasonError",
    "ContentFilterFinishReasonError",
    "SubjectTokenProviderError",
    "InvalidWebhookSignatureError",
)


def emit(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Subclasses, `KIND_CLASSES` and `classOfStatus`."""
    docs = {kind.node: kind.doc for kind in reversed(spec.errors)}
    ours = [c for c in spec.error_classes["node"] if c.name not in BY_HAND]
    kinds = spec.errors
    used = {k.node for k in kinds} | {c.parent for c in ours}
    imports = ", ".join(name for name in BY_HAND if name in used)
    # As in the official package, a class that belongs to a status says so in its type.
    typed = {k.node: f"<{k.status or 'number'}, Headers>" for k in kinds if k.status or k.status_min}
    classes = "".join(
        f"/** {docs.get(c.name, 'A special case of its parent class.')} */\n"
        f"export class {c.name} extends {c.parent}{typed.get(c.name, '') if c.parent == 'APIError' else ''} {{}}\n\n"
        for c in ours
    )
    table = "".join(f"  {k.kind}: {k.node},\n" for k in kinds)
    exact = "".join(f"    case {k.status}:\n      return {k.node};\n" for k in kinds if k.status is not None)
    ranges = sorted((k for k in kinds if k.status_min is not None), key=lambda k: -(k.status_min or 0))
    above = "".join(f"  if (status >= {k.status_min}) return {k.node};\n" for k in ranges)
    other = next(k.node for k in kinds if k.fallback)
    yield (
        PATH,
        f"""// The error tree below the classes of core/error-base.ts.

import {{ {imports} }} from "../core/error-base.js";

{classes}/** The class that each kind of the native core is thrown as. @internal */
export const KIND_CLASSES: {{ readonly [kind: string]: new (...args: never) => Error }} = {{
{table}}};

/** The class of an answer with this failing status. @internal */
export function classOfStatus(status: number): new (...answer: [any, any, string | undefined, any]) => APIError {{
  switch (status) {{
{exact}  }}
{above}  return {other};
}}
""",
    )
