"""Blobs in memory: values and bytes under the hash of their content."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from stepflow_core import InvalidInputError, NotFoundError
from stepflow_core.arguments import owned_json, shown
from stepflow_core.canonical import encode

from .values import copy_json

BLOB_TYPES = ("data", "flow", "binary")


class Blobs:
    """What was put, by id. The same content has the same id and is kept once."""

    def __init__(self) -> None:
        self._blobs: dict[str, Any] = {}

    def put(self, data: Any, blob_type: str = "data") -> str:
        """Keep a value (`data`, `flow`) or bytes (`binary`); its id. Raises `InvalidInputError`."""
        if blob_type not in BLOB_TYPES:
            raise InvalidInputError(f"the type of a blob is one of {', '.join(BLOB_TYPES)}, not {shown(blob_type)}")
        if blob_type == "binary":
            return self._put_bytes(data)
        value = owned_json("the blob", data)
        blob_id = sha256(encode(value)).hexdigest()
        self._blobs.setdefault(blob_id, value)
        return blob_id

    def _put_bytes(self, data: Any) -> str:
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InvalidInputError(f"a binary blob is made of bytes, not of {type(data).__name__}")
        content = bytes(data)
        blob_id = sha256(content).hexdigest()
        self._blobs.setdefault(blob_id, content)
        return blob_id

    def get(self, blob_id: str) -> Any:
        """What was put, the caller's own. Raises `NotFoundError`."""
        try:
            return copy_json(self._blobs[blob_id])
        except (KeyError, TypeError):
            raise NotFoundError(f"no blob has the id {shown(blob_id, 80)}") from None
