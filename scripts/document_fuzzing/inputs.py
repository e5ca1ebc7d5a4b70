"""The inputs: each made from a seed and its number alone, so that any one can be made again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from .corpus import Corpus
from .paths import a_path
from .scalars import a_scalar
from .templates import a_template, an_expression
from .texts import as_json, as_yaml, changed_text
from .trees import changed


class Input(Struct, frozen=True):
    """One input: its kind, what is read (a tree, or the bytes of a text), and the chance for checks of samples."""

    kind: str
    value: Any
    chance: str


def make(corpus: Corpus, seed: int, number: int, kinds: tuple[str, ...]) -> Input:
    """The input of that number."""
    name = f"{seed}:{number}"
    chance = random.Random(name)
    kind = chance.choices(kinds, [_MAKERS[each][0] for each in kinds])[0]
    return Input(kind, _MAKERS[kind][1](corpus, chance), name)


def _document(corpus: Corpus, chance: random.Random) -> Any:
    return changed(corpus.document(chance), corpus, chance)


def _text(corpus: Corpus, chance: random.Random, format: str) -> bytes:
    written, text = chance.choice(corpus.texts)
    if (written == "json") != (format == "json"):
        text = (as_json if format == "json" else as_yaml)(corpus.document(chance), chance)
    return changed_text(text, chance)


def _yaml(corpus: Corpus, chance: random.Random) -> bytes:
    return _text(corpus, chance, "yaml")


def _json(corpus: Corpus, chance: random.Random) -> bytes:
    return _text(corpus, chance, "json")


def _carrier(*expressions: Any) -> dict[str, Any]:
    """A small flow that evaluates expressions."""
    steps = [{"id": "a", "component": "/builtin/noop", "input": {"$input": "$"}}]
    return {"name": "n", "description": "d", "steps": steps, "output": [*expressions, {"$step": "a", "path": "n"}]}


def _path(corpus: Corpus, chance: random.Random) -> Any:
    one: dict[str, Any] = {"$input": a_path(chance)}
    two: dict[str, Any] = {"$step": "a", "path": a_path(chance)}
    three: dict[str, Any] = {"$variable": a_path(chance), **chance.choice(({}, {"default": 1}))}
    return _carrier(*chance.choice(([one], [two], [three], [{"$coalesce": [one, two, three]}])))


def _template(corpus: Corpus, chance: random.Random) -> Any:
    text = {"$expr": an_expression(chance)} if chance.random() < 0.6 else {"$template": a_template(chance)}
    return _carrier({**text, **chance.choice(({}, {"with": {"w": {"$input": "list"}}}))})


def _schema(corpus: Corpus, chance: random.Random) -> Any:
    flow = _carrier({"$variable": "v", "default": 1})
    flow["schemas"] = {part: _a_section(part, chance) for part in _SECTIONS if chance.random() < 0.5}
    return flow


def _a_section(part: str, chance: random.Random) -> Any:
    if part in {"defs", "$defs"}:
        return {"A" if part == "$defs" else "B": _a_schema(chance, 2)}
    if part == "variables" and chance.random() < 0.9:
        return {"type": "object", "properties": {name: _a_schema(chance, 2) for name in ("v", "w")}}
    return _a_schema(chance, 3)


def _a_schema(chance: random.Random, depth: int) -> Any:
    schema: dict[str, Any] = {}
    for _ in range(chance.randrange(1, 4)):
        key = chance.choice(_SCHEMA_KEYS)
        schema[key] = _a_schema_value(key, chance, depth)
    return schema if chance.random() < 0.99 else a_scalar(chance)


def _a_schema_value(key: str, chance: random.Random, depth: int) -> Any:
    if chance.random() < 0.04:
        return a_scalar(chance)
    if depth == 0 and key not in _SCHEMA_VALUES:
        return {}
    if key in {"properties", "$defs", "patternProperties", "dependentSchemas"}:
        return {chance.choice(("n", "text", "list", "v", "^a+$", "(a+)+$", "[")): _a_schema(chance, depth - 1)}
    if key in {"allOf", "anyOf", "oneOf", "prefixItems"}:
        return [_a_schema(chance, depth - 1) for _ in range(chance.randrange(3))]
    sound = 1 if chance.random() < 0.7 else None
    return chance.choice(_SCHEMA_VALUES[key][:sound]) if key in _SCHEMA_VALUES else _a_schema(chance, depth - 1)


_SECTIONS: Final = ("input", "output", "variables", "defs", "$defs")
_SCHEMA_KEYS: Final = (
    *("type", "type", "properties", "properties", "required", "items", "prefixItems", "allOf", "anyOf", "oneOf", "not"),
    *("$ref", "$ref", "$dynamicRef", "$anchor", "$id", "$schema", "$defs", "pattern", "format", "minimum", "maxLength"),
    *(
        "multipleOf",
        "enum",
        "const",
        "default",
        "is_secret",
        "env_var",
        "additionalProperties",
        "patternProperties",
        "if",
    ),
    *(
        "unevaluatedProperties",
        "dependentSchemas",
        "contains",
        "minItems",
        "nullable",
        "description",
        "$vocabulary",
        "then",
    ),
)
_SCHEMA_VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "type": ("object", "object", "array", "string", "number", ["null", "integer"], "nosuch", []),
    "required": (["n"], ["v", "v"], [1], "n"),
    "$ref": (
        "#",
        "#/schemas/$defs/A",
        "#/$defs/A",
        "http://127.0.0.1:1/a",
        "file:///etc/passwd",
        "#/schemas/input",
        "a b",
        "%",
    ),
    "$dynamicRef": ("#a", "#"),
    "$anchor": ("a", "1", ""),
    "$id": ("http://127.0.0.1:1/s", "a", "#", "::"),
    "$schema": ("https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#", "x"),
    "pattern": ("^a", "(", "(a+)+$", "(?=a)\\1", "\\p{L}", "a{1000000000}", "(x{1000}){1000}"),
    "format": ("date-time", "email", "regex", "ipv6", "nosuch"),
    "minimum": (0, -1.5, 10**30),
    "maxLength": (3, -1, 10**30),
    "multipleOf": (0.1, 0, 1e-300, 3),
    "is_secret": (True, False, "yes"),
    "env_var": ("HOME", "", 1),
    "additionalProperties": (True, False),
}


def _override(corpus: Corpus, chance: random.Random) -> Any:
    flow = corpus.document(chance)
    steps = [each["id"] for each in flow.get("steps") or ()]
    odd = ["nobody", "a/b", "a[b]/c", "%", "", "steps", "$type", *(f"{each}/run" for each in steps[:2])]
    names = steps if steps and chance.random() < 0.7 else odd
    given = {chance.choice(names): _an_override(corpus, chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))}
    overrides: Any = {"steps": given} if chance.random() < 0.3 else given
    return {"flow": flow, "overrides": changed(overrides, corpus, chance) if chance.random() < 0.3 else overrides}


def _an_override(corpus: Corpus, chance: random.Random) -> Any:
    part = corpus.part(chance) if chance.random() < 0.5 else chance.choice(({"loaf": "rye"}, {"ask": "fruit"}, 3))
    if chance.random() < 0.5:
        member = chance.choice(("input", "input", "input", "component", "id", "when", "retry", "onError", "after"))
        return {**chance.choice(({}, {"$type": "merge_patch"})), "value": {member: part}}
    operations = [_an_operation(part, chance) for _ in range(chance.randrange(3))]
    return {"$type": "json_patch", "value": operations}


def _an_operation(part: Any, chance: random.Random) -> Any:
    paths = (
        "/input",
        "/input/a",
        "/input/-",
        "",
        "/",
        "/id",
        "/component",
        "/onError/action",
        "/nothing/b",
        "a",
        "/~2",
        "/input/01",
    )
    verb = chance.choice(("add", "remove", "replace", "move", "copy", "test", "nosuch"))
    return {"op": verb, "path": chance.choice(paths), "from": chance.choice(paths), "value": part}


def _config(corpus: Corpus, chance: random.Random) -> Any:
    config = json.loads(corpus.config)
    # What is answered is the same for each component: with fewer of them every part is changed more often.
    components = config["plugins"]["mock"]["components"]
    for path in list(components)[1:]:
        del components[path]
    config["plugins"]["code"] = {"type": "python", "module": "nosuch", "path": "${HOME:-x}"}
    config["routes"]["/b/{*component}"] = [
        {"plugin": "mock", "conditions": [{"path": "$.dry", "value": True}], "componentAllow": ["/st*"]},
        {"plugin": "code", "component": "/v2/{*component}", "conditions": [{"path": "a", "in": [1, 2]}]},
        {"plugin": "builtin", "componentDeny": ["/load_file"], "conditions": [{"path": "a[0]", "exists": False}]},
    ]
    return changed(config, corpus, chance)


def _config_text(corpus: Corpus, chance: random.Random) -> bytes:
    return changed_text(as_yaml(json.loads(corpus.config), chance), chance)


def _cases(corpus: Corpus, chance: random.Random) -> Any:
    flow = corpus.document(chance)
    return changed({"name": "n", "description": "d", "test": flow.get("test") or {}, "steps": []}, corpus, chance)


_MAKERS: Final[dict[str, tuple[int, Callable[[Corpus, random.Random], Any]]]] = {
    "document": (40, _document),
    "yaml": (15, _yaml),
    "json": (8, _json),
    "path": (7, _path),
    "template": (14, _template),
    "schema": (6, _schema),
    "override": (4, _override),
    "config": (3, _config),
    "configText": (1, _config_text),
    "cases": (2, _cases),
}
KINDS: Final = tuple(_MAKERS)
"""What inputs there are."""
