"""Logs as lines: one JSON object, or one row of `key=value`, for each thing that is told."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

import msgspec

LOGGERS = ("stepflow", "aiohttp", "asyncio")
"""Whose messages are written."""

LATEST = 0.2
"""Seconds after which a line is written at the latest."""


class Lines(logging.Handler):
    """Writes lines to a stream.

    Requests are gathered for a moment, since there may be thousands a second; the rest is written at once.
    """

    def __init__(self, style: Literal["json", "text"], stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._encode = _json_line if style == "json" else _text_line
        self._gathered: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def request(self, fields: dict[str, Any]) -> None:
        """Write that a request was answered. Only on an event loop's thread."""
        self._gathered.append(
            self._encode({"time": datetime.now(UTC), "level": "info", "message": "request", **fields})
        )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LATEST, self._due)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record of `logging`, with the `fields` that it was given."""
        values: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            values["exception"] = logging.Formatter().formatException(record.exc_info)
        self._gathered.append(self._encode(values))
        self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        lines, self._gathered = self._gathered, []
        try:
            self._stream.write(b"".join(lines))
            self._stream.flush()
        except (OSError, ValueError):  # whoever read the log has gone; that must not end the server
            return

    def _due(self) -> None:
        self._timer = None
        self.flush()


def set_up(style: Literal["json", "text"], stream: BinaryIO | None = None) -> Lines:
    """Write what Stepflow and its web server tell to `stream`, by default standard error."""
    lines = Lines(style, stream or _standard_error())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [lines]
        logger.propagate = False
    logging.getLogger("stepflow").setLevel(logging.INFO)
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    return lines


def _standard_error() -> BinaryIO:
    """Standard error; a process that was started without one writes nowhere."""
    return _Nowhere() if sys.stderr is None else sys.stderr.buffer


class _Nowhere(io.BytesIO):
    """Takes bytes and keeps none."""

    def write(self, data: Any, /) -> int:
        """Take bytes."""
        return len(data)


def request_logger(logger: logging.Logger) -> Callable[[dict[str, Any]], None]:
    """What tells a logger of the standard library of requests."""

    def tell(fields: dict[str, Any]) -> None:
        if logger.isEnabledFor(logging.INFO):
            logger.info("request", extra={"fields": fields})

    return tell


def _json_line(values: dict[str, Any]) -> bytes:
    try:
        return _encoder.encode(values) + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, in what somebody else's exception says
        return _encoder.encode({name: _writable(value) for name, value in values.items()}) + b"\n"


def _text_line(values: dict[str, Any]) -> bytes:
    return (" ".join(f"{name}={_shown(value)}" for name, value in values.items()) + "\n").encode()


def _shown(value: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if text and text.isprintable() and not any(each in text for each in ' "=\\'):
        return text
    return msgspec.json.encode(_writable(text)).decode()


def _writable(value: Any) -> Any:
    """Text as UTF-8 has it; everything else as it is."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


_encoder = msgspec.json.Encoder(enc_hook=str)
