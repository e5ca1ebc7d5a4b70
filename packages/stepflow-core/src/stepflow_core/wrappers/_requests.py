"""What tells one request for a run from another: the content of what decides its result."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..canonical import NotJsonError, encode
from ..diagnostics import to_pointer
from ..errors import InvalidInputError
from ..flow import Flow

if TYPE_CHECKING:
    from ..executor import FlowSource, Overrides

_ID = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = (".yaml", ".yml", ".json")


def is_name(flow: FlowSource) -> bool:
    """Whether a flow is given by the name of a stored one, which may come to stand for another flow."""
    return isinstance(flow, str) and not _ID.fullmatch(flow) and not _is_path(flow)


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.lower().endswith(_SUFFIXES)


def document_of(flow: FlowSource) -> Any:
    """The document of a flow; of a stored one its id or name. A file is read.

    Raises `FlowLoadError` for a file that cannot be read, `InvalidInputError` for what is no flow.
    """
    match flow:
        case Flow():
            return flow.to_dict()
        case Mapping():
            return dict(flow)
        case str() if not _is_path(flow):
            return flow
        case str() | os.PathLike():
            from ..documents import read_file

            return read_file(flow).data
    kind = type(flow).__name__
    raise InvalidInputError(f"a flow is a mapping, a Flow, a path, an id or a stored name, not {kind}")


class Request(Struct, frozen=True):
    """A request for a run: its key, what its flow is called (empty where it has no name), and its kind."""

    key: str
    flow: str
    is_batch: bool


def run_request(
    flow: FlowSource, input: Any, overrides: Overrides | None, variables: Mapping[str, Any] | None
) -> Request:
    """A run of one item; the key is a hash of the flow, its input, overrides and variables.

    As in a blob's id, the order of keys matters, and `1` and `1.0` are two values. Raises as `document_of`
    does, and `InvalidInputError` for what is not JSON.
    """
    return _request(False, flow, [overrides or None, variables or None, input])


def batch_request(
    flow: FlowSource, inputs: Iterable[Any], overrides: Overrides | None, variables: Mapping[str, Any] | None
) -> Request:
    """A batch: its key is made as that of a run, of all inputs in order. Raises as `run_request` does."""
    return _request(True, flow, [overrides or None, variables or None, *inputs])


def _request(is_batch: bool, flow: FlowSource, parts: list[Any]) -> Request:
    document = document_of(flow)
    name = document.get("name") if isinstance(document, dict) else document
    return Request(_hash([is_batch, document, *parts]), name if isinstance(name, str) else "", is_batch)


def _hash(parts: list[Any]) -> str:
    # Each part by itself, so that a value may be as deep inside a request as it may be alone.
    return sha256(b"".join(sha256(_encoded(part)).digest() for part in parts)).hexdigest()


def _encoded(part: Any) -> bytes:
    try:
        return encode(dict(part) if isinstance(part, Mapping) else part)
    except NotJsonError as error:
        violation = {"pointer": to_pointer(error.location), "message": error.message}
        details = {"kind": "not_json", "errors": [violation]}
        raise InvalidInputError(f"what a run is asked with is not JSON: {error.message}", details=details) from None
