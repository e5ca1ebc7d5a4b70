"""The options of the commands that talk to a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from .parameters import OUTPUT, RUNNING, about, at_least_one, duration, switch, text

EventType = Literal[
    "run_created",
    "steps_needed",
    "step_ready",
    "step_started",
    "step_output",
    "step_retrying",
    "step_completed",
    "wait_opened",
    "wait_closed",
    "item_completed",
    "run_paused",
    "run_resumed",
    "run_completed",
    "sub_run_created",
]
RunStatus = Literal["running", "completed", "failed", "cancelled", "paused"]

SERVER = Group("Server", sort_key=0)
SELECTION = Group("Selection", sort_key=1)
MOST_LISTED = 100_000
"""How many rows a listing has at most; more would not be read."""


def _index(type_: object, value: object) -> None:
    if isinstance(value, int) and value < 0:
        raise ValueError("Must be at least 0.")


def _listable(type_: object, value: object) -> None:
    at_least_one(type_, value)
    if isinstance(value, int) and value > MOST_LISTED:
        raise ValueError(f"Must be at most {MOST_LISTED}.")


@Parameter(name="*", group=SERVER)
@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Which server is talked to."""

    url: Annotated[
        str | None,
        about("The server; without it http://127.0.0.1:7837.", "URL", env_var="STEPFLOW_URL"),
    ] = None
    api_key: Annotated[
        str | None,
        about(
            "The key that the server asks for; better set in the environment, where others do not see it.",
            "KEY",
            env_var="STEPFLOW_API_KEY",
            allow_leading_hyphen=True,
        ),
    ] = None


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class WaitOptions:
    """Whether the end of a run is waited for."""

    wait: Annotated[
        bool,
        about(
            "Wait for the end and write the result; with --no-wait write the run's id and leave it to itself.",
            negative="--no-wait",
        ),
    ] = True


@Parameter(name="*", group=SELECTION)
@dataclass(frozen=True, kw_only=True)
class RunFilters:
    """Which runs are listed."""

    status: Annotated[RunStatus | None, about("Only runs in this state.")] = None
    flow: Annotated[str | None, about("Only runs of this flow: its name or id.", "FLOW")] = None
    tag: Annotated[list[str] | None, about("Only runs with this tag; may be repeated.", "NAME=VALUE", negative=())] = (
        None
    )
    since: Annotated[float | None, duration("Only runs created within this time, such as 30m or 1d.")] = None
    parent: Annotated[str | None, about("Only the runs that this run has started.", "RUN")] = None
    sub_runs: Annotated[bool, switch("List runs that other runs have started, too.")] = False
    limit: Annotated[
        int, Parameter(help="How many runs are listed, the newest first.", metavar="N", validator=_listable)
    ] = 50


@Parameter(name="*", group=SELECTION)
@dataclass(frozen=True, kw_only=True)
class RunPart:
    """Which part of a run is shown."""

    item: Annotated[
        int | None, about("Show this item of a batch, counted from 0, with its steps.", "INDEX", validator=_index)
    ] = None
    step: Annotated[
        str | None, about("Show this step alone, with its input; a step of a sub-flow by its address.", "ADDRESS")
    ] = None
    attempt: Annotated[
        int | None, about("Show this attempt of the step, counted from 1.", "N", validator=at_least_one)
    ] = None


@Parameter(name="*", group=SELECTION)
@dataclass(frozen=True, kw_only=True)
class EventOptions:
    """Which events are shown."""

    follow: Annotated[bool, switch("Go on with the events that come, until the run has ended.", "--follow", "-f")] = (
        False
    )
    after: Annotated[int, Parameter(help="Begin after the event of this number.", metavar="N")] = -1
    type: Annotated[
        list[EventType] | None, about("Only events of this type; may be repeated.", "TYPE", negative=())
    ] = None
    results: Annotated[bool, about("Leave the results of steps and items out.", negative="--no-results")] = True


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class CancelOptions:
    """How runs are cancelled."""

    reason: Annotated[str | None, text("Why; it stands in the error of what is cancelled.")] = None


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class DeleteOptions:
    """Whether to ask first."""

    yes: Annotated[bool, switch("Do not ask first, as is done on a terminal.", "--yes", "-y")] = False


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """How flows are stored."""

    name: Annotated[str | None, about("The name to store the flow under; without it the one that it has.", "NAME")] = (
        None
    )
    dry_run: Annotated[bool, switch("Check the flow as the server does, and do not store it.")] = False


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class FlowPageOptions:
    """What is shown of a flow."""

    document: Annotated[bool, switch("Write the flow itself, as JSON that can be stored and run again.")] = False
    yaml: Annotated[bool, switch("Write the flow itself, as YAML that can be stored and run again.")] = False
