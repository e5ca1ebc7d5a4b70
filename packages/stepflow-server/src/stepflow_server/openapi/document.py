"""The OpenAPI 3.1 document of the API, made from the table of operations."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
import stepflow_core as core
from stepflow_core import __version__

from ..messages import JSON, OCTETS, PROBLEM_JSON
from ..operations import BASE, PATH_PARAMETERS, Body, Operation, Success
from ..problems import Problem, title_of
from ..table import OPERATIONS, TAGS
from .schemas import component_schemas, first_paragraph, members_of, schema_of

_BYTES = {"type": "string", "format": "binary"}
_ABOUT = """\
Runs flows: YAML or JSON documents made of component steps.

Identifiers are text, times are RFC 3339 in UTC, and every error is a problem by RFC 9457. Members that are not \
required are left out where they have nothing to say."""


def openapi_document(mount: str = "") -> dict[str, Any]:
    """The document; `mount` is the path under which the API was mounted."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stepflow",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": mount or "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"apiKey": []}, {}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "The server's API key."}},
            "schemas": component_schemas(_kinds()),
        },
    }


def openapi_json(mount: str = "") -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(openapi_document(mount))


def _kinds() -> list[Any]:
    """The types that the document describes."""
    kinds = {Problem, core.RunEvent}
    for each in OPERATIONS:
        kinds |= {success.kind for success in each.successes if success.kind not in {None, str}}
        if each.body is not None:
            kinds.add(each.body.kind)
    return sorted(kinds, key=lambda kind: kind.__name__)


def _paths() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(BASE + each.path, {})[each.method.lower()] = _operation(each)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    text = inspect.cleandoc(operation.handler.__doc__ or "")
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": first_paragraph(text).removesuffix("."),
    }
    more = text.partition("\n\n")[2]
    if more:
        shown["description"] = " ".join(more.split())
    if operation.open:
        shown["security"] = []
    parameters = [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)]
    if parameters:
        shown["parameters"] = parameters
    if operation.body is not None:
        shown["requestBody"] = _request_body(operation.body)
    shown["responses"] = _responses(operation)
    return shown


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for name in operation.path_parameters:
        each = PATH_PARAMETERS[name]
        schema = {"type": "string", **({"pattern": each.pattern} if each.pattern else {"minLength": 1})}
        found.append({"name": name, "in": "path", "required": True, "description": each.description, "schema": schema})
    return found


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    members, required = members_of(operation.query)
    found = []
    for name, schema in members.items():
        shown: dict[str, Any] = {"name": name, "in": "query", "required": name in required}
        schema = dict(schema)
        if "description" in schema:
            shown["description"] = schema.pop("description")
        if name == "eventTypes":
            shown |= {"style": "form", "explode": False}
        found.append({**shown, "schema": schema})
    return found


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "in": "header",
            "required": False,
            "description": each.description,
            "schema": {"type": "string", "pattern": each.pattern},
        }
        for each in operation.headers
    ]


def _request_body(body: Body) -> dict[str, Any]:
    content: dict[str, Any] = {JSON: {"schema": schema_of(body.kind)}}
    example = getattr(body.kind, "example", None)
    if example is not None:
        content[JSON]["example"] = example
    if body.octets:
        content[OCTETS] = {"schema": _BYTES}
    return {"required": body.required, "content": content}


def _responses(operation: Operation) -> dict[str, Any]:
    responses = {str(each.status): _success(each) for each in operation.successes}
    for status in sorted(_error_statuses(operation)):
        responses[str(status)] = _problem(title_of(status))
    return {**dict(sorted(responses.items())), "default": _problem("Any other problem")}


def _success(success: Success) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": success.description}
    if success.located:
        shown["headers"] = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
    if success.kind is not None:
        shown["content"] = {success.media: {"schema": schema_of(success.kind)}}
    if success.also_octets:
        shown["content"][OCTETS] = {"schema": _BYTES}
    return shown


def _error_statuses(operation: Operation) -> set[int]:
    statuses = set(operation.errors)
    if not operation.open:
        statuses.add(401)
    if operation.query is not None or operation.body is not None:
        statuses.add(400)
    if operation.body is not None:
        statuses |= {413, 415, 422}
    return statuses - {each.status for each in operation.successes}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM_JSON: {"schema": schema_of(Problem)}}}
