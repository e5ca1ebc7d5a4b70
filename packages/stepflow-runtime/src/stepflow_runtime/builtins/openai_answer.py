"""What a chat completion comes to, sent whole or in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec

from ..failures import TransportError, UnusableError

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 32 * 1024 * 1024
"""How large an answer may be."""

MAX_LINE = 1024 * 1024
"""How large a piece of a streamed answer may be."""


def answer(completion: Any) -> dict[str, Any]:
    """The component's output for a completion as the server sends it. Raises `UnusableError`."""
    choices = completion.get("choices") if isinstance(completion, dict) else None
    if not isinstance(choices, list) or not choices:
        raise UnusableError("the answer holds no choices")
    message = choices[0].get("message") if isinstance(choices[0], dict) else None
    if not isinstance(message, dict):
        raise UnusableError("the answer's first choice holds no message")
    more = {
        "usage": completion.get("usage"),
        "finish_reason": choices[0].get("finish_reason"),
        "message": message if _holds_more_than_text(message) else None,
        "choices": choices if len(choices) > 1 else None,
    }
    present = {name: value for name, value in more.items() if value is not None}
    return {"response": message.get("content"), **present}


class StreamedAnswer:
    """Puts the pieces of a streamed completion together."""

    def __init__(self) -> None:
        self._choices: dict[int, dict[str, Any]] = {}
        self._usage: Any = None

    def add(self, event: Any) -> str:
        """Take in one piece; the text that it adds to the first choice."""
        if not isinstance(event, dict):
            raise UnusableError("a piece of the answer is no object")
        if event.get("error"):
            raise TransportError(f"the answer broke off: {_reason(event['error'])}")
        self._usage = event.get("usage") or self._usage
        texts = [self._add_choice(each) for each in event.get("choices") or () if isinstance(each, dict)]
        return "".join(texts)

    def completion(self) -> dict[str, Any]:
        """The whole, as if it had been sent at once."""
        choices = [self._choices[index] for index in sorted(self._choices)]
        return {"choices": choices, "usage": self._usage}

    def _add_choice(self, piece: dict[str, Any]) -> str:
        index = piece.get("index") or 0
        empty = {"message": {"role": "assistant", "content": None}, "finish_reason": None}
        choice = self._choices.setdefault(index, empty)
        choice["finish_reason"] = piece.get("finish_reason") or choice["finish_reason"]
        delta = piece.get("delta")
        text = delta.get("content") if isinstance(delta, dict) else None
        if isinstance(delta, dict):
            _merge(choice["message"], {name: each for name, each in delta.items() if name != "role"})
        return text if index == 0 and isinstance(text, str) else ""


def _merge(whole: dict[str, Any], piece: dict[str, Any]) -> None:
    """Texts go on, lists of indexed parts (tool calls) are merged by index, anything else is replaced."""
    for name, value in piece.items():
        known = whole.get(name)
        if isinstance(value, list):
            whole[name] = _merge_parts(known if isinstance(known, list) else [], value)
        elif isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value)
        elif isinstance(value, str) and isinstance(known, str) and name in _GROWING:
            whole[name] = known + value
        elif value is not None:
            whole[name] = value


_GROWING = frozenset({"content", "refusal", "arguments", "reasoning", "reasoning_content"})


def _merge_parts(known: list[Any], pieces: list[Any]) -> list[Any]:
    by_index = {each.get("index", place): each for place, each in enumerate(known) if isinstance(each, dict)}
    for place, piece in enumerate(pieces):
        if isinstance(piece, dict):
            _merge(by_index.setdefault(piece.get("index", place), {}), piece)
    return list(by_index.values())


async def read_limited(response: httpx.Response) -> bytes:
    """The body of an answer. Raises `UnusableError` beyond `MAX_BYTES`."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise UnusableError(f"the answer has more than the limit of {MAX_BYTES:,} bytes")
    return bytes(content)


async def read_events(response: httpx.Response) -> AsyncIterator[Any]:
    """The JSON values of a server-sent event stream, up to its `[DONE]`."""
    async for line in _lines(response):
        data = line.removeprefix(b"data:").strip()
        if data == b"[DONE]":
            return
        if data and line.startswith(b"data:"):
            yield _decode(data)


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest, total = b"", 0
    async for chunk in response.aiter_bytes():
        total += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        if total > MAX_BYTES or max(map(len, (*lines, rest))) > MAX_LINE:
            raise UnusableError(f"the answer has more than {MAX_BYTES:,} bytes, or {MAX_LINE:,} in one piece")
        for line in lines:
            yield line
    yield rest


def _decode(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        raise UnusableError("a piece of the answer is not JSON") from None


def _reason(error: Any) -> str:
    return str(error.get("message") or error) if isinstance(error, dict) else str(error)


def _holds_more_than_text(message: dict[str, Any]) -> bool:
    return any(value for name, value in message.items() if name not in ("role", "content"))
