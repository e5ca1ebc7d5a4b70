"""The options of `stepflow serve`: the settings of the server, under their names."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from .parameters import OUTPUT, FileName, about, duration, switch

_LISTENING = Group("Listening", sort_key=-4)
_ENGINE = Group("Engine", sort_key=-3)
_ACCESS = Group("Access", sort_key=-2)
_LIMITS = Group("Limits", sort_key=-1)


@Parameter(name="*", group=_LISTENING)
@dataclass(frozen=True, kw_only=True)
class ListenOptions:
    """Where requests come in."""

    host: Annotated[str | None, about("The address to listen on (127.0.0.1).", "HOST")] = None
    port: Annotated[int | None, about("The port; 0 is any that is free (7837).", "PORT")] = None


@Parameter(name="*", group=_ENGINE)
@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """What is served."""

    store: Annotated[str | None, about("Where runs are kept (memory:).", "URL")] = None
    config: Annotated[
        FileName | None, about("The config; without it the stepflow-config.yml in the working directory.", "FILE")
    ] = None
    flows: Annotated[
        FileName | None, about("A folder of flows to register by name, and again when their files change.", "DIR")
    ] = None
    flows_interval: Annotated[float | None, duration("The time between looks at that folder (1).")] = None


@Parameter(name="*", group=_ACCESS)
@dataclass(frozen=True, kw_only=True)
class AccessOptions:
    """Who may use the API."""

    api_key: Annotated[
        str | None,
        about(
            "What clients send as `Authorization: Bearer KEY`; better set as STEPFLOW_API_KEY.",
            "KEY",
            allow_leading_hyphen=True,
        ),
    ] = None
    insecure: Annotated[bool, switch("Let others reach the server without an API key.")] = False
    cors_origins: Annotated[
        str | None, about("Web pages that may use the API, with commas between them, or `*`.", "ORIGINS")
    ] = None


@Parameter(name="*", group=_LIMITS)
@dataclass(frozen=True, kw_only=True)
class LimitOptions:
    """How much and how long; times are seconds, or text such as 1m30s."""

    max_body: Annotated[int | None, about("The largest body of a request (33554432).", "BYTES")] = None
    max_items: Annotated[int | None, about("The most items of a run (100000).", "N")] = None
    max_depth: Annotated[int | None, about("How deeply values may be nested (128).", "N")] = None
    default_wait: Annotated[
        float | None, duration("How long a request waits for a run where it does not say (25).")
    ] = None
    heartbeat: Annotated[float | None, duration("The time between signs of life in idle streams (15).")] = None
    keep_alive: Annotated[float | None, duration("How long a connection may be idle (75).")] = None
    read_timeout: Annotated[float | None, duration("How long a body may take to arrive (30).")] = None
    write_timeout: Annotated[float | None, duration("How long a client may leave unread what it is sent (60).")] = None
    shutdown_timeout: Annotated[
        float | None, duration("How long running steps have to finish when the server ends (30).")
    ] = None


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """What is said of what goes on."""

    log_format: Annotated[
        Literal["json", "text"] | None, about("How logs are written to stderr (text on a terminal, else json).")
    ] = None
    quiet: Annotated[bool, switch("Log warnings and errors alone.", "--quiet", "-q")] = False
    verbose: Annotated[bool, switch("Show traces of internal errors.", "--verbose", "-v")] = False
    json: Annotated[
        bool, switch("Say where the server is, and errors, as JSON: {url, store, config?}, for programs.")
    ] = False


def given(*groups: Any, **more: Any) -> dict[str, Any]:
    """The settings that the options name, by the names that the server has for them."""
    named = {name: value for each in groups for name, value in asdict(each).items()} | more
    return {name: value for name, value in named.items() if value is not None and value is not False}
