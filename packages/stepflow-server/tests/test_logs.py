"""Log lines."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import Literal

import pytest
from stepflow_server.logs import LOGGERS, Lines, set_up


def record(message: str, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("stepflow.server", logging.WARNING, "file", 1, message, (), None)
    made.__dict__.update(more)
    return made


def test_record_is_one_json_line() -> None:
    """A record is written at once, on one line, with its fields."""
    stream = io.BytesIO()
    Lines("json", stream).emit(
        record(
            "a\nb",
            fields={
                "url": "http://x",
                "odd": {
                    1,
                },
            },
        )
    )
    line = json.loads(stream.getvalue())
    assert stream.getvalue().count(b"\n") == 1
    assert (line["level"], line["message"], line["url"]) == ("warning", "a\nb", "http://x")
    assert line["time"].endswith("Z")


def test_text_lines() -> None:
    """As text, what holds blanks, quotes or control characters is quoted."""
    stream = io.BytesIO()
    Lines("text", stream).emit(record("went wrong", fields={"a": 1, "b": 'x="\n'}))
    text = stream.getvalue().decode()
    assert text.endswith(' level=warning message="went wrong" a=1 b="x=\\"\\n"\n')


@pytest.mark.parametrize("style", ["json", "text"])
def test_every_text_can_be_written(style: Literal["json", "text"]) -> None:
    """Half a surrogate pair, which is no character, and line ends cannot break a line or be lost."""
    stream = io.BytesIO()
    Lines(style, stream).emit(record("half \ud800 a pair\r\nlevel=info", fields={"path": "/\x1b[31m\u2028"}))
    text = stream.getvalue().decode()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "half \\\\ud800 a pair\\r\\nlevel=info" in text
    assert "\x1b" not in text


def test_exceptions_are_told() -> None:
    """An exception's traceback stands on the same line."""
    stream = io.BytesIO()
    try:
        raise ValueError("no")
    except ValueError as error:
        Lines("json", stream).emit(record("failed", exc_info=(ValueError, error, error.__traceback__)))
    assert "ValueError: no" in json.loads(stream.getvalue())["exception"]


async def test_requests_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are written together after a moment, in their order."""
    monkeypatch.setattr("stepflow_server.logs.LATEST", 0.001)
    stream = io.BytesIO()
    lines = Lines("json", stream)
    for number in range(3):
        lines.request({"status": number})
    assert stream.getvalue() == b""
    while not stream.getvalue():
        await asyncio.sleep(0)
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each["message"], each["status"]) for each in written] == [("request", 0), ("request", 1), ("request", 2)]


def test_broken_stream_does_no_harm() -> None:
    """When nobody reads the log any more, nothing fails, and what could not be written is not kept."""
    stream = io.BytesIO()
    stream.close()
    lines = Lines("json", stream)
    for _ in range(3):
        lines.emit(record("x"))
    assert lines._gathered == []


def test_set_up_is_for_our_loggers_alone() -> None:
    """Only our loggers and the web server's are written."""
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).propagate) for name in LOGGERS}
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    stream = io.BytesIO()
    try:
        set_up("json", stream)
        logging.getLogger("stepflow.server").info("ours")
        logging.getLogger("elsewhere").error("theirs")
    finally:
        for name, (handlers, propagate) in before.items():
            logger = logging.getLogger(name)
            logger.handlers[:], logger.propagate = handlers, propagate
            logger.setLevel(levels[name])
    assert b"ours" in stream.getvalue()
    assert b"theirs" not in stream.getvalue()
