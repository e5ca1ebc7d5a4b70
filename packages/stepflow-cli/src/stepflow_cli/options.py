"""The options of the commands, in the groups that commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

Format = Literal["json", "yaml"]


def _refuse_option(type_: Any, value: Any) -> None:
    """A lone `-` is standard input; anything else that begins with `-` is an option in the wrong place."""
    if isinstance(value, str) and value.startswith("-") and value != "-":
        raise ValueError(f"A file belongs here, but the option {value} follows.")


def _to_seconds(type_: Any, tokens: Any) -> float:
    from stepflow_runtime.language.durations import DurationError, parse_duration

    text = tokens[0].value
    try:
        return parse_duration(float(text) if text.replace(".", "", 1).isdigit() else text)
    except DurationError as error:
        raise ValueError(f"{error}; {error.hint}") from None


def _at_least_one(type_: Any, value: Any) -> None:
    if value is not None and value < 1:
        raise ValueError("Must be at least 1.")


def _about(help: str, metavar: str | None = None, **more: Any) -> Parameter:
    return Parameter(help=help, metavar=metavar, show_default=False, **more)


def _source(help: str, metavar: str = "FILE") -> Parameter:
    return _about(help, metavar, validator=_refuse_option, allow_leading_hyphen=True)


def _text(help: str) -> Parameter:
    return _about(help, "TEXT", allow_leading_hyphen=True)


def _switch(help: str, *names: str) -> Parameter:
    return _about(help, negative=(), name=names or None)


_INPUT = Group("Input", sort_key=1)
_RUNNING = Group("Running", sort_key=2)
_OUTPUT = Group("Output", sort_key=3)


@Parameter(name="*", group=_INPUT)
@dataclass(frozen=True, kw_only=True)
class InputOptions:
    """Where the input comes from: at most one of these; with none it is `null`."""

    input: Annotated[
        str | None,
        _source("Read the input from a JSON or YAML file; `-` is standard input (JSON, or see `--stdin-format`)."),
    ] = None
    input_json: Annotated[str | None, _text("The input as JSON.")] = None
    input_yaml: Annotated[str | None, _text("The input as YAML.")] = None
    stdin_format: Annotated[
        Format | None, _about("Read the input from standard input in this format (`--input -`: json).")
    ] = None
    inputs: Annotated[
        str | None,
        _source("Run a batch: one input per line of a JSON Lines file, or of standard input (`-`).", "FILE.jsonl"),
    ] = None


@Parameter(name="*", group=_INPUT)
@dataclass(frozen=True, kw_only=True)
class VariableOptions:
    """Where variables come from; the later of these win: environment, file, text."""

    variables: Annotated[
        str | None, _source("Read variables from a JSON or YAML file; `-` is standard input (JSON).")
    ] = None
    variables_json: Annotated[str | None, _text("Variables as a JSON object.")] = None
    env_variables: Annotated[
        bool, _switch("Take declared variables from the environment: their `env_var`, else STEPFLOW_VAR_NAME.")
    ] = False


@Parameter(name="*", group=_RUNNING)
@dataclass(frozen=True, kw_only=True)
class OverrideOptions:
    """Changes to steps for this run: at most one of these."""

    overrides: Annotated[
        str | None, _source("Read changes to steps from a JSON or YAML file: {stepId: {value: merge patch}}.")
    ] = None
    overrides_json: Annotated[str | None, _text("Changes to steps as JSON.")] = None


@Parameter(name="*", group=_RUNNING)
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a flow is run."""

    timeout: Annotated[
        float | None,
        _about(
            "Cancel the run after this time: seconds, or text such as 1m30s.",
            "TIME",
            converter=_to_seconds,
            allow_leading_hyphen=True,
        ),
    ] = None
    max_concurrency: Annotated[
        int | None, _about("How many items of a batch run at the same time.", "N", validator=_at_least_one)
    ] = None
    tag: Annotated[
        list[str] | None, _about("A tag of the run, as NAME=VALUE; may be repeated.", "NAME=VALUE", negative=())
    ] = None


@Parameter(name="*", group=_RUNNING)
@dataclass(frozen=True, kw_only=True)
class CaseOptions:
    """Which cases are run, and what is done about those that fail."""

    case: Annotated[
        list[str] | None,
        _about(
            "Run only the cases of this name; `*` and `?` stand for any text. May be repeated.", "NAME", negative=()
        ),
    ] = None
    update: Annotated[
        bool, _switch("Write what came into the flow files where it is not what is expected, or nothing is.")
    ] = False
    diff: Annotated[bool, _switch("Show all differences between what is expected and what came.")] = False


@Parameter(name="*", group=_RUNNING)
@dataclass(frozen=True, kw_only=True)
class ConfigOptions:
    """Which config is used."""

    config: Annotated[
        Path | None,
        _about("The config; without it the stepflow-config.yml beside the flow or in the working directory.", "FILE"),
    ] = None


@Parameter(name="*", group=_RUNNING)
@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What makes a flow invalid."""

    strict: Annotated[bool, _switch("Let warnings make a flow invalid too.")] = False


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """What is shown of components."""

    schemas: Annotated[bool, _switch("Show the schemas of inputs and outputs too.")] = False


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ShowOptions:
    """How much is said on stderr."""

    quiet: Annotated[bool, _switch("Say nothing but what went wrong.", "--quiet", "-q")] = False
    verbose: Annotated[bool, _switch("Say more: warnings, and traces of internal errors.", "--verbose", "-v")] = False


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, kw_only=True)
class RunOutputOptions(ShowOptions):
    """Where results and what happens are written."""

    output: Annotated[
        Path | None, _about("Write the result here instead of standard output, whole or not at all.", "FILE")
    ] = None
    json: Annotated[bool, _switch("Write events and errors to stderr as JSON, one object per line, for programs.")] = (
        False
    )


@Parameter(name="*", group=_OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ReportOptions(ShowOptions):
    """How a report is written."""

    json: Annotated[bool, _switch("Write the report as JSON, for programs.")] = False
