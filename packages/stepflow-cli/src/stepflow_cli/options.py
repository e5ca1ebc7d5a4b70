"""The options of the commands, in the groups that commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from .parameters import INPUT, OUTPUT, RUNNING, FileName, about, at_least_one, duration, source, switch, text

Format = Literal["json", "yaml"]


@Parameter(name="*", group=INPUT)
@dataclass(frozen=True, kw_only=True)
class InputOptions:
    """Where the input comes from: at most one of these; with none it is `null`."""

    input: Annotated[
        FileName | None,
        source("Read the input from a JSON or YAML file; `-` is standard input (JSON, or see `--stdin-format`)."),
    ] = None
    input_json: Annotated[str | None, text("The input as JSON.")] = None
    input_yaml: Annotated[str | None, text("The input as YAML.")] = None
    stdin_format: Annotated[
        Format | None, about("Read the input from standard input in this format (`--input -`: json).")
    ] = None
    inputs: Annotated[
        FileName | None,
        source("Run a batch: one input per line of a JSON Lines file, or of standard input (`-`).", "FILE.jsonl"),
    ] = None


@Parameter(name="*", group=INPUT)
@dataclass(frozen=True, kw_only=True)
class VariableOptions:
    """Where variables come from; the later of these win: environment, file, text."""

    variables: Annotated[
        FileName | None, source("Read variables from a JSON or YAML file; `-` is standard input (JSON).")
    ] = None
    variables_json: Annotated[str | None, text("Variables as a JSON object.")] = None
    env_variables: Annotated[
        bool, switch("Take declared variables from the environment: their `env_var`, else STEPFLOW_VAR_NAME.")
    ] = False


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class OverrideOptions:
    """Changes to steps for this run: at most one of these."""

    overrides: Annotated[
        FileName | None, source("Read changes to steps from a JSON or YAML file: {stepId: {value: merge patch}}.")
    ] = None
    overrides_json: Annotated[str | None, text("Changes to steps as JSON.")] = None


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a flow is run."""

    timeout: Annotated[
        float | None,
        duration("Cancel the run after this time: seconds, or text such as 1m30s."),
    ] = None
    max_concurrency: Annotated[
        int | None, about("How many items of a batch run at the same time.", "N", validator=at_least_one)
    ] = None
    tag: Annotated[
        list[str] | None, about("A tag of the run, as NAME=VALUE; may be repeated.", "NAME=VALUE", negative=())
    ] = None


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class CaseOptions:
    """Which cases are run, and what is done about those that fail."""

    case: Annotated[
        list[str] | None,
        about("Run only the cases of this name; `*` and `?` stand for any text. May be repeated.", "NAME", negative=()),
    ] = None
    update: Annotated[
        bool, switch("Write what came into the flow files where it is not what is expected, or nothing is.")
    ] = False
    diff: Annotated[bool, switch("Show all differences between what is expected and what came.")] = False


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class ConfigOptions:
    """Which config is used."""

    config: Annotated[
        Path | None,
        about("The config; without it the stepflow-config.yml beside the flow or in the working directory.", "FILE"),
    ] = None


@Parameter(name="*", group=RUNNING)
@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What makes a flow invalid."""

    strict: Annotated[bool, switch("Let warnings make a flow invalid too.")] = False


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """What is shown of components."""

    schemas: Annotated[bool, switch("Show the schemas of inputs and outputs too.")] = False


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ShowOptions:
    """How much is said on stderr."""

    quiet: Annotated[bool, switch("Say nothing but what went wrong.", "--quiet", "-q")] = False
    verbose: Annotated[bool, switch("Say more: warnings, and traces of internal errors.", "--verbose", "-v")] = False


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class RunOutputOptions(ShowOptions):
    """Where results and what happens are written."""

    output: Annotated[
        Path | None, about("Write the result here instead of standard output, whole or not at all.", "FILE")
    ] = None
    json: Annotated[bool, switch("Write events and errors to stderr as JSON, one object per line, for programs.")] = (
        False
    )


@Parameter(name="*", group=OUTPUT)
@dataclass(frozen=True, kw_only=True)
class ReportOptions(ShowOptions):
    """How a report is written."""

    json: Annotated[bool, switch("Write the report as JSON, for programs.")] = False
