"""The config of a runtime: which plugins there are, and by which routes component paths lead to them.

    plugins:
      builtin: {type: builtin}
      bakery: {type: python, module: bakery.components, path: src}
      mock: {type: mock, components: {/oven: {behaviors: [{input: 1, result: {outcome: success, result: 2}}]}}}
    routes:
      "/bakery/{*component}":
        - {plugin: mock, conditions: [{path: $.dry, value: true}], componentAllow: ["/bake*"]}
        - {plugin: bakery, component: "/v2/{*component}"}
      "/{*component}":
        - {plugin: builtin, componentDeny: [/load_file]}
    workingDirectory: data

`workingDirectory` and a plugin's `path` start at the folder of the config file, which is also the default of the
former. Texts may hold `${NAME}` and `${NAME:-default}` from the environment. A condition asks that the component's
input has, at `path`, `value` or one of `in`, or with `exists` whether it has anything there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, InvalidInputError
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.diagnostics import to_path, to_pointer

from .findings import Findings
from .route_patterns import parse_pattern
from .routing import Route, Rule, default_component

FILE_NAMES = ("stepflow-config.yml", "stepflow-config.yaml")
"""What a config file that is found by itself is called, in the order of preference."""

INVALID_CONFIG = (3402, "invalidConfig")
"""The code and kind of the diagnostics of a config that cannot be used."""

DEFAULT_PATTERNS = ("/builtin/{*component}", "/{*component}")
"""The routes to the builtin components where a config has none."""


class PluginConfig(Struct, frozen=True):
    """A plugin: its `type` (`builtin`, `mock`, `python`) and the other members of its entry."""

    type: str
    options: dict[str, Any] = {}


class Config(Struct, frozen=True, kw_only=True):
    """A config, checked.

    `working_directory` is where `load_file` reads (nowhere, where it is `None`), `working_directory_explicit`
    whether the config names it.
    `directory` is the folder of `file`, or the working directory of the process where there is no file.
    `diagnostics` are its warnings.
    """

    plugins: dict[str, PluginConfig]
    routes: tuple[Route, ...]
    directory: Path
    working_directory: Path | None
    working_directory_explicit: bool = False
    file: Path | None = None
    diagnostics: list[Diagnostic] = []


def default_config() -> Config:
    """What holds without a config: the builtin components, at `/builtin/<name>` and `/<name>`."""
    directory = Path.cwd()
    return Config(
        plugins=default_plugins(), routes=default_routes("builtin"), directory=directory, working_directory=directory
    )


def load_config(
    source: str | os.PathLike[str] | Mapping[str, Any] | Config | None, environ: Mapping[str, str] | None = None
) -> Config:
    """The config in a file, or given as data; one that was loaded stays as it is, without one there is the default.

    `environ` is what `${NAME}` is looked up in, by default the process's environment. Raises `FlowLoadError` with
    everything that is wrong, located in the file; `InvalidInputError` where the source is of another type.
    """
    if isinstance(source, Config):
        return source
    if source is None:
        return default_config()
    if isinstance(source, Mapping):
        return _load_data(source, environ)
    if isinstance(source, str | os.PathLike):
        return _load_file(Path(source), environ)
    raise InvalidInputError(f"a config is the path of a file or a mapping, not {type(source).__name__}")


def find_config(flow: str | os.PathLike[str] | None, directory: str | os.PathLike[str]) -> Path | None:
    """The config file that goes with a flow: the one beside it, else the one in `directory`, if there is one.

    Raises `FlowLoadError` where one folder has two.
    """
    folders = [] if flow is None else [Path(flow).parent]
    for folder in (*folders, Path(directory)):
        found = [folder / name for name in FILE_NAMES if (folder / name).is_file()]
        if len(found) > 1:
            raise _refused(f"{' and '.join(FILE_NAMES)} both lie in {folder}: keep one of them")
        if found:
            return found[0]
    return None


def default_plugins() -> dict[str, PluginConfig]:
    """The plugins of a config that names none."""
    return {"builtin": PluginConfig("builtin")}


def default_routes(plugin: str) -> tuple[Route, ...]:
    """The routes of a config that names none, to its plugin of builtin components."""
    patterns = [parse_pattern(each) for each in DEFAULT_PATTERNS]
    return tuple(Route(pattern, (Rule(plugin, default_component(pattern)),)) for pattern in patterns)


def _load_data(source: Mapping[str, Any], environ: Mapping[str, str] | None) -> Config:
    try:
        data = own(dict(source))
    except NotJsonError as error:
        raise _refused(error.message, error.location) from None
    return _read(data, environ, Path.cwd(), Findings(*INVALID_CONFIG), None)


def _load_file(file: Path, environ: Mapping[str, str] | None) -> Config:
    from stepflow_core.documents import read_file  # PyYAML

    document = read_file(file)
    findings = Findings(*INVALID_CONFIG, locate=document.locate)
    return _read(document.data, environ, file.absolute().parent, findings, file)


def _read(
    data: Any, environ: Mapping[str, str] | None, directory: Path, findings: Findings, file: Path | None
) -> Config:
    from .config_reader import ConfigReader

    config = ConfigReader(findings, directory, os.environ if environ is None else environ).read(data, file)
    if findings.fatal:
        raise FlowLoadError(diagnostics=findings.diagnostics)
    return config


def _refused(text: str, location: tuple[str | int, ...] = ()) -> FlowLoadError:
    code, kind = INVALID_CONFIG
    diagnostic = Diagnostic(
        code=code,
        kind=kind,
        level=DiagnosticLevel.FATAL,
        text=text,
        path=to_path(location),
        pointer=to_pointer(location),
    )
    return FlowLoadError(diagnostics=[diagnostic])
