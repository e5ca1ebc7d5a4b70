"""The JSON Schemas of a component's input and output, from its function's signature."""

from __future__ import annotations

from typing import Any

from .annotations import document, is_anything, schemas_of, whole_schema
from .binding import takes_whole_input
from .signature import Parameter, Signature


def input_schema(signature: Signature) -> dict[str, Any]:
    """What an input has to be: JSON Schema 2020-12, complete in itself."""
    if takes_whole_input(signature):
        return whole_schema(signature.parameters[0].annotation)
    return _members_schema(signature)


def output_schema(signature: Signature) -> dict[str, Any] | None:
    """What an output will be; `None` where the function does not say."""
    return None if is_anything(signature.returns) else whole_schema(signature.returns)


def _members_schema(signature: Signature) -> dict[str, Any]:
    annotations = [each.annotation for each in signature.parameters]
    schemas, definitions = schemas_of([*annotations, signature.rest])
    properties = {
        each.name: _with_default(schema, each) for each, schema in zip(signature.parameters, schemas[:-1], strict=True)
    }
    required = [each.name for each in signature.parameters if each.required]
    schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    rest = schemas[-1] if signature.takes_rest else False
    return document({**schema, "additionalProperties": rest or signature.takes_rest}, definitions)


def _with_default(schema: dict[str, Any], parameter: Parameter) -> dict[str, Any]:
    """The schema of a member, with its default where that can be written as JSON."""
    if parameter.required:
        return schema
    import msgspec

    try:
        return {**schema, "default": msgspec.json.decode(msgspec.json.encode(parameter.default))}
    except (TypeError, ValueError, OverflowError, RecursionError):
        return schema
