"""JSON Schemas of the wire types, as OpenAPI 3.1 has them and client generators understand them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import msgspec
import stepflow_core as core
from msgspec import Struct

from .. import problems, requests, wire
from ..operations import HASH, UUID

REF = "#/components/schemas/"

_TIME = {"type": "string", "format": "date-time"}
_RUN_ID = {"type": "string", "pattern": UUID}
_HASH_ID = {"type": "string", "pattern": HASH}

MEMBERS = {
    "runId": _RUN_ID,
    "rootRunId": _RUN_ID,
    "parentRunId": _RUN_ID,
    "rerunOf": _RUN_ID,
    "flowId": _HASH_ID,
    "blobId": _HASH_ID,
    "timestamp": _TIME,
    "createdAt": _TIME,
    "startedAt": _TIME,
    "completedAt": _TIME,
    "openedAt": _TIME,
    "expiresAt": _TIME,
    "createdAfter": _TIME,
    "createdBefore": _TIME,
}
"""Members that mean the same wherever they stand, and say more than their type does."""

DESCRIPTIONS = {
    "Success": "It succeeded with this result.",
    "Failed": "It failed with this error.",
    "Skipped": "It was skipped, for this reason where one is known.",
}
"""What to say of types whose docstrings speak of Python."""

DEPRECATED = {("ItemResult", "itemIndex"): "The older name of `index`; always equal."}

RESULT: dict[str, Any] = {
    "description": "What a flow, an item or a step came to.",
    "oneOf": [{"$ref": REF + name} for name in ("Success", "Failed", "Skipped")],
    "discriminator": {
        "propertyName": "outcome",
        "mapping": {"success": REF + "Success", "failed": REF + "Failed", "skipped": REF + "Skipped"},
    },
}
"""`FlowResult`, which the core's structs have as a union of its kinds."""


def component_schemas(kinds: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The schemas of struct types and of all that they are made of, by name."""
    _, found = msgspec.json.schema_components(list(kinds), ref_template=REF + "{name}")
    structs = _structs()
    schemas = {name: _component(name, schema, structs.get(name)) for name, schema in found.items()}
    return dict(sorted({**schemas, "FlowResult": RESULT}.items()))


def members_of(kind: type[Struct]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The schemas of a struct's members by name, and which of them are required."""
    _, found = msgspec.json.schema_components([kind], ref_template=REF + "{name}")
    schema = _component(kind.__name__, found[kind.__name__], kind)
    return schema.get("properties", {}), schema.get("required", [])


def schema_of(kind: Any) -> dict[str, Any]:
    """The schema of a type that a response has: a reference to a component, or a text."""
    return {"type": "string"} if kind is str else {"$ref": REF + kind.__name__}


def first_paragraph(docstring: str | None) -> str:
    """What a docstring says first, on one line."""
    return " ".join(inspect.cleandoc(docstring or "").split("\n\n")[0].split())


def _about(name: str, schema: dict[str, Any]) -> str:
    text = DESCRIPTIONS.get(name) or first_paragraph(schema.get("description"))
    return _NAMES.sub(lambda found: re.sub("_(.)", lambda part: part[1].upper(), found[0]), text)


def _structs() -> dict[str, type[Struct]]:
    """The structs of the API by name; those of `wire` stand in for the core's."""
    modules = (core, problems, requests, wire)
    return {
        each.__name__: each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Struct)
    }


def _component(name: str, schema: dict[str, Any], kind: type[Struct] | None) -> dict[str, Any]:
    if kind is None:
        return _enum(schema)
    sent = kind.__struct_config__.forbid_unknown_fields or kind.__name__.endswith("Query")
    shown: dict[str, Any] = {"type": "object", "description": _about(name, schema)}
    members = schema.get("properties", {})
    shown["properties"] = {each: _member(name, each, members[each], sent, schema) for each in members}
    always = list(members) if not sent and not kind.__struct_config__.omit_defaults else schema.get("required", [])
    if always:
        shown["required"] = always
    if schema.get("additionalProperties") is False:
        shown["additionalProperties"] = False
    return shown


def _member(owner: str, name: str, schema: dict[str, Any], sent: bool, around: dict[str, Any]) -> dict[str, Any]:
    """A member's schema; what answers leave out where it is `null` cannot be `null` there."""
    omitted = not sent and name not in around.get("required", [])
    shown = _plain(schema)
    if omitted or shown.get("default", msgspec.UNSET) is None:
        shown.pop("default", None)
    if omitted or owner.endswith("Query"):
        shown = _not_null(shown)
    more = MEMBERS.get(name)
    if more is not None and (not owner.endswith("Query") or more is _TIME):
        shown = _with(shown, more)
    note = DEPRECATED.get((owner, name))
    return shown if note is None else {**shown, "description": note, "deprecated": True}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the spelling that client generators understand."""
    if schema.get("discriminator") == RESULT["discriminator"]:
        return {"$ref": REF + "FlowResult"}
    shown = {key: value for key, value in schema.items() if key != "title"}
    for key in ("anyOf", "oneOf"):
        if key in shown:
            shown[key] = [_plain(each) for each in shown[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(shown.get(key), dict):
            shown[key] = _plain(shown[key])
    if "enum" in shown:
        return _enum(shown)
    if shown.get("type") == "array":
        shown.setdefault("items", {})
    return shown


def _enum(schema: dict[str, Any]) -> dict[str, Any]:
    values = schema["enum"]
    shown = {key: value for key, value in schema.items() if key not in {"title", "enum"}}
    if "description" in shown:
        shown["description"] = first_paragraph(shown["description"])
    return {"type": "string", **shown, **({"const": values[0]} if len(values) == 1 else {"enum": values})}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(choices) != 1 or len(choices) == len(schema.get("anyOf", [])):
        return schema
    others = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**choices[0], **others}


def _with(schema: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """A text's schema with what else is known of it, beside `null` where that may stand there too."""
    if "anyOf" not in schema:
        return {**schema, **more}
    choices = [each if each == {"type": "null"} else {**each, **more} for each in schema["anyOf"]]
    return {**schema, "anyOf": choices}


_NAMES = re.compile(r"`[a-z]+(?:_[a-z]+)+`")
