"""`put_blob` and `get_blob`: values and bytes under their content's hash.

JSON has no bytes: those of a `binary` blob are written in base64, both ways.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stepflow_core import NotFoundError

from ..component_model import Component, Kind
from ..failures import MissingError
from ..json_types import type_name
from .members import Members

if TYPE_CHECKING:
    from ..context import StepContext

BLOB_TYPES = ("data", "flow", "binary")

_ID = re.compile(r"[0-9a-f]{64}\Z")


async def put_blob(input: Any, context: StepContext) -> Any:
    """`{blob_id}` of `data`: any value, for the type `flow` an object, for `binary` bytes in base64."""
    members = Members(input)
    data, blob_type = members.value("data"), members.text("blob_type", among=BLOB_TYPES)
    content = _content(members, data, blob_type) if "data" in input else None
    members.check()
    return {"blob_id": await context.put_blob(content, blob_type)}


async def get_blob(input: Any, context: StepContext) -> Any:
    """`{data}` of the blob `blob_id`; bytes in base64."""
    members = Members(input)
    blob_id = members.text("blob_id")
    members.check()
    if not _ID.match(blob_id):
        raise MissingError(f"{blob_id[:80]!r} is no blob id: one has 64 hex digits", pointer="/blob_id")
    try:
        data = await context.get_blob(blob_id)
    except NotFoundError:
        raise MissingError(f"there is no blob {blob_id}", pointer="/blob_id") from None
    return {"data": _encode(data) if isinstance(data, bytes) else data}


def _content(members: Members, data: Any, blob_type: str) -> Any:
    if blob_type == "flow" and not isinstance(data, dict):
        members.refuse(f"a flow is an object, not {type_name(data)}", "data")
    return _decode(members, data) if blob_type == "binary" else data


def _decode(members: Members, data: Any) -> bytes:
    import base64
    import binascii

    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        members.refuse("binary data is text in base64", "data")
        return b""


def _encode(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


PUT_BLOB = Component(
    path="/put_blob",
    name="put_blob",
    kind=Kind.ASYNC,
    call=put_blob,
    description="Stores a value under the hash of its content.",
    input_schema={
        "type": "object",
        "properties": {
            "data": {"description": "any value; for `flow` an object, for `binary` text in base64"},
            "blob_type": {"enum": list(BLOB_TYPES)},
        },
        "required": ["data", "blob_type"],
    },
    output_schema={"type": "object", "properties": {"blob_id": {"type": "string"}}, "required": ["blob_id"]},
)

GET_BLOB = Component(
    path="/get_blob",
    name="get_blob",
    kind=Kind.ASYNC,
    call=get_blob,
    description="Fetches the value stored under an id; bytes come as text in base64.",
    input_schema={
        "type": "object",
        "properties": {"blob_id": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
        "required": ["blob_id"],
    },
    output_schema={"type": "object", "properties": {"data": {}}, "required": ["data"]},
)
