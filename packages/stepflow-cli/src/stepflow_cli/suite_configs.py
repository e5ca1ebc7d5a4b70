"""The config that the cases of a flow run with: the one asked for, its own, or the one found beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from stepflow_core import Diagnostic, FlowLoadError
from stepflow_core.diagnostics import to_path
from stepflow_core.documents import Document
from stepflow_runtime.cases import config_of

from .executors import open_executor
from .suites import Suite

if TYPE_CHECKING:
    from stepflow_runtime import StepflowRuntime


def open_for(suite: Suite, config: Path | None) -> StepflowRuntime:
    """The executor for a suite; `config` is that of the command line, which wins over the suite's own.

    Raises `FlowLoadError` where the config cannot be used; what is wrong with one that is written in the
    flow file is located there.
    """
    own = None if config is not None else config_of(_section(suite.document))
    if not isinstance(own, dict):
        return open_executor(config if own is None else suite.path.parent / own, suite.path)
    try:
        return open_executor(_anchored(own, suite.path.parent.absolute()))
    except FlowLoadError as error:
        raise FlowLoadError(diagnostics=[_located(each, suite.document) for each in error.diagnostics]) from None


def _section(document: Document) -> Any:
    return document.data.get("test") if isinstance(document.data, dict) else None


def _anchored(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The config with its paths starting at the flow's folder, as those of a config file start at its own."""
    anchored = {**config, "workingDirectory": _joined(folder, config.get("workingDirectory") or ".")}
    if isinstance(config.get("plugins"), dict):
        anchored["plugins"] = {name: _anchored_plugin(each, folder) for name, each in config["plugins"].items()}
    return anchored


def _anchored_plugin(plugin: Any, folder: Path) -> Any:
    if not isinstance(plugin, dict) or plugin.get("type") != "python":
        return plugin
    return {**plugin, "path": _joined(folder, plugin.get("path") or ".")}


def _joined(folder: Path, path: Any) -> Any:
    return str(folder / path) if isinstance(path, str) else path


def _located(diagnostic: Diagnostic, document: Document) -> Diagnostic:
    """A diagnostic of the config as one of the flow file that holds it."""
    key = next(each for each in ("config", "stepflow_config") if _section(document).get(each) is not None)
    path = to_path(("test", key)) + diagnostic.path.removeprefix("$")
    return document.locate(replace(diagnostic, pointer=f"/test/{key}{diagnostic.pointer}", path=path))
