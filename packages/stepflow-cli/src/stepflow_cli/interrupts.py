"""Ctrl-C and SIGTERM: the first asks for a clean end, the second ends the process at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

from .exits import Exit

_SIGNALS = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}
_SHOW_CURSOR = "\x1b[?25h"


class Interrupts:
    """While entered, the process's wish to end. To be entered inside the running event loop.

    `exit` is what the process is to exit with once asked, until then `None`.
    """

    def __init__(self) -> None:
        self.exit: Exit | None = None
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        # Python lets only the main thread set handlers; elsewhere the host program has its own.
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    async def wait(self) -> None:
        """Until the process is asked to end."""
        await self._asked.wait()

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.exit is not None:
            leave_at_once(128 + number)
        self.exit = _SIGNALS[signal.Signals(number)]
        self._loop.call_soon_threadsafe(self._asked.set)


def leave_at_once(code: int) -> None:
    """End the process without any cleaning up except that of the terminal's cursor."""
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), _SHOW_CURSOR.encode())
    os._exit(code)
