"""YAML by the 1.2 core schema, read with PyYAML alone: the suite's own oracle, apart from the code under test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml


class CoreLoader(yaml.CSafeLoader):
    """Plain scalars are text unless the core schema makes them null, a boolean or a number."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def read(path: Path) -> Any:
    """The value of a YAML or JSON file."""
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, CoreLoader)


def _resolve(tag: str, pattern: str, first: list[str]) -> None:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


def _integer(loader: CoreLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))


def _number(loader: CoreLoader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)))


def _boolean(loader: CoreLoader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() == "true"


_resolve("null", "~|null|Null|NULL|", ["", *"~nN"])
_resolve("bool", "true|True|TRUE|false|False|FALSE", [*"tTfF"])
_resolve("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"])
_resolve("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", [*"-+.0123456789"])
CoreLoader.add_constructor("tag:yaml.org,2002:int", _integer)
CoreLoader.add_constructor("tag:yaml.org,2002:float", _number)
CoreLoader.add_constructor("tag:yaml.org,2002:bool", _boolean)
