"""The files of the programs: what they read from the directory in which they are run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORKFLOW = """\
name: greeting
description: Greets whoever is named.
output: {$template: "Hello {{ input.name }}"}
"""
SUM: dict[str, Any] = {
    "name": "sum",
    "description": "Adds what it is given, and names the key.",
    "steps": [
        {"id": "add", "component": "/builtin/noop", "input": {"$expr": "input.x + (input.y | default(0))"}},
        {
            "id": "sign",
            "component": "/builtin/noop",
            "input": {"sum": {"$step": "add"}, "key": {"$variable": "api_key", "default": "none"}},
        },
    ],
    "output": {"$step": "sign"},
}
RISING: dict[str, Any] = {
    "name": "rising",
    "description": "Takes for ever.",
    "steps": [{"id": "rise", "component": "/bakery/rise", "input": {}}],
    "output": {"$step": "rise"},
}
CONFIG = """\
plugins: {builtin: {type: builtin}}
routes: {"/builtin/{*component}": [{plugin: builtin}]}
"""


def write(place: Path) -> None:
    """Put the files where a program will look for them."""
    (place / "workflow.yaml").write_text(WORKFLOW, "utf-8")
    (place / "sum.json").write_text(json.dumps(SUM), "utf-8")
    (place / "stepflow-config.yml").write_text(CONFIG, "utf-8")
