"""The command line of the server: `python -m stepflow_server`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from stepflow_core import InvalidInputError, __version__

from .settings import Settings

_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("--host", "HOST", "the address to listen on (127.0.0.1)"),
    ("--port", "PORT", "the port, 0 for any that is free (7837)"),
    ("--store", "URL", "where runs are kept (memory:)"),
    ("--config", "FILE", "the config of plugins and routes"),
    ("--flows", "DIR", "a folder of flows to register by name and reload on change"),
    ("--api-key", "KEY", "what clients send as `Authorization: Bearer KEY`; better set as STEPFLOW_API_KEY"),
    ("--cors-origins", "ORIGINS", "web pages that may use the API, with commas between them, or *"),
    ("--max-body", "BYTES", "the largest body of a request (33554432)"),
    ("--max-items", "COUNT", "the most items of a run (100000)"),
    ("--max-depth", "COUNT", "how deeply values may be nested (128)"),
    ("--default-wait", "SECONDS", "how long requests wait for a run where they do not say (25)"),
    ("--heartbeat", "SECONDS", "the time between comments in idle streams (15)"),
    ("--keep-alive", "SECONDS", "how long a connection may be idle (75)"),
    ("--read-timeout", "SECONDS", "how long a body may take to arrive (30)"),
    ("--write-timeout", "SECONDS", "how long a client may leave unread what it is sent (60)"),
    ("--shutdown-timeout", "SECONDS", "how long running steps may take to finish at the end (30)"),
    ("--flows-interval", "SECONDS", "the time between looks at the folder of flows (1)"),
    ("--log-format", "FORMAT", "json or text (json)"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments and the environment say; the exit code."""
    given = vars(_parser().parse_args(arguments))
    try:
        settings = Settings.read(os.environ, given)
    except InvalidInputError as error:
        sys.stderr.write(f"stepflow: {error.message}\n")
        return 2
    from .serving import run

    return run(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stepflow-server",
        description="Serve Stepflow over HTTP. Every option can be set in the environment: STEPFLOW_PORT for --port.",
    )
    for name, value, text in _OPTIONS:
        parser.add_argument(name, metavar=value, help=text)
    parser.add_argument(
        "--insecure", action="store_const", const="true", help="let others reach the server without an API key"
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser
