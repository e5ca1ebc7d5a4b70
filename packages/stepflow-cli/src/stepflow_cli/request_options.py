"""From the options of a command line to what a run is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from .exits import UsageError
from .inputs import check_sources, check_stdin_once, overrides_of, tags_of, variables_of
from .options import InputOptions, OverrideOptions, RunOptions, VariableOptions
from .requests import Request, flow_source


def flow_of(argument: str | None, option: str | None, command: str) -> str:
    """The flow that is named, as an argument or as `--flow`. Raises `UsageError` where it is not named once."""
    if argument is not None and option is not None:
        raise UsageError(f"the flow is given twice: {argument} and --flow {option}; keep one of them")
    flow = argument if argument is not None else option
    if flow is None:
        raise UsageError(f"no flow is given: stepflow {command} FLOW, such as `stepflow {command} greet.yaml`")
    return flow


def request_of(
    flow: str, input: InputOptions, variables: VariableOptions, running: RunOptions, overrides: OverrideOptions
) -> Request:
    """What the options ask for. Raises `UsageError` and `FlowLoadError` for what cannot be used or read."""
    check_sources(input)
    check_stdin_once(input.input, input.inputs, variables.variables, overrides.overrides)
    if input.inputs is None and running.max_concurrency is not None:
        raise UsageError("--max-concurrency is about the items of a batch; it goes with --inputs")
    source = flow_source(flow)
    changes = overrides_of(overrides)
    return Request(
        flow=source,
        title=source.stem if isinstance(source, Path) else source,
        overrides=None if changes is None else changes.data,
        overrides_source=changes,
        variables=variables_of(variables),
        environ=os.environ if variables.env_variables else None,
        tags=tags_of(running.tag or []),
        max_concurrency=running.max_concurrency,
    )
