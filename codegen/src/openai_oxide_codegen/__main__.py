"""Command line: `python -m openai_oxide_codegen {generate,sync,drift}`; see each command's --help."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
