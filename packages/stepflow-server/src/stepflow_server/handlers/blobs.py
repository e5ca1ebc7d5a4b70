"""Operations on blobs."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from stepflow_core.canonical import encode

from .. import wire
from ..accepting import prefers
from ..messages import JSON, OCTETS, Response
from ..operations import Call, Reply
from ..problems import ProblemError, Violation
from ..requests import PutBlobRequest

# What is stored is anybody's content: no browser is to take it for a page of this server.
_AS_FILE = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}


async def put_blob(call: Call[None, PutBlobRequest | bytes]) -> Reply:
    """Store a value, or bytes, under the hash of its content."""
    body = call.body
    if isinstance(body, bytes):
        blob_id = await call.executor.put_blob(body, "binary")
    elif body.blob_type == "binary":
        blob_id = await call.executor.put_blob(_bytes(body.data), "binary")
    else:
        blob_id = await call.executor.put_blob(body.data, body.blob_type)
    return Reply(wire.PutBlobResponse(blob_id=blob_id), 201, call.location(f"/blobs/{blob_id}"))


async def get_blob(call: Call[None, None]) -> Reply | Response:
    """Get a blob: as JSON, or with `Accept: application/octet-stream` the bytes that its id is the hash of."""
    data = await call.executor.get_blob(call.path["blob_id"])
    if prefers(call.header("Accept"), OCTETS, JSON):
        return Response(200, data if isinstance(data, bytes) else encode(data), OCTETS, _AS_FILE)
    if isinstance(data, bytes):
        return Reply(wire.Blob(data=base64.b64encode(data).decode(), blob_type="binary"))
    return Reply(wire.Blob(data=data, blob_type="data"))


def _bytes(data: Any) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        text = "the data of a binary blob is base64 text"
        raise ProblemError(422, text, [Violation("/data", text)]) from None
