"""Importing modules that hold components, and saying in one line why one cannot be imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, StepflowError
from stepflow_core.diagnostics import to_path, to_pointer

from .component_model import Component
from .failures import words
from .functions import Mark, adapt, marks_of
from .functions.signature import title_of

UNUSABLE_PLUGIN = 3401
"""The diagnostic code of a plugin or entry point that cannot be loaded."""

Location = tuple[str | int, ...]


def failure(texts: Sequence[str], location: Location = ()) -> FlowLoadError:
    """The error of a plugin that cannot be loaded, whose configuration stands at `location`."""
    diagnostics = [
        Diagnostic(
            code=UNUSABLE_PLUGIN,
            kind="unusablePlugin",
            level=DiagnosticLevel.FATAL,
            text=text,
            path=to_path(location),
            pointer=to_pointer(location),
        )
        for text in texts
    ]
    return FlowLoadError("\n".join(texts), diagnostics=diagnostics)


def import_module(name: str, directory: Path | None = None, location: Location = ()) -> ModuleType:
    """The module `name`, which with `directory` has to lie there; the directory joins `sys.path`.

    Raises `FlowLoadError` that names the module and the file and line of the cause.
    """
    import importlib

    if directory is not None:
        _make_importable(directory, location)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise failure([f"there is no module {name!r}{_searched(error, name, directory)}"], location) from None
        raise failure([f"the module {name!r} cannot be imported: {explain(error)}"], location) from None
    except (Exception, SystemExit) as error:
        raise failure([f"the module {name!r} cannot be imported: {explain(error)}"], location) from None
    if directory is not None:
        _refuse_namesake(module, directory, location)
    return module


def marked_components(module: ModuleType, location: Location = ()) -> list[Component]:
    """The components of the functions of a module that are marked with `@component`, in order.

    Where the module has `__all__`, only the names in it count. Raises `FlowLoadError` with everything that
    is wrong: functions that cannot be components, paths used twice, no component at all.
    """
    found: dict[str, tuple[Component, str]] = {}
    problems: list[str] = []
    for function, mark in _marked(module, problems):
        try:
            component = adapt(function, path=mark.path, description=mark.description, inline=mark.inline)
        except StepflowError as error:
            problems.append(error.message)
            continue
        if component.path in found:
            problems.append(f"{found[component.path][1]} and {title_of(function)} have the same path {component.path}")
        found.setdefault(component.path, (component, title_of(function)))
    if not found and not problems:
        problems.append(f"the module {module.__name__!r} has no function marked with @component")
    if problems:
        raise failure(problems, location)
    return [component for component, _ in found.values()]


def explain(error: BaseException) -> str:
    """Why code that was imported failed: `file:line: Type: text`, without a traceback."""
    kind, text = type(error).__name__, words(error)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}: {kind}: {error.msg}"
    place = _place(error.__traceback__)
    said = text if text.startswith(kind) else f"{kind}: {text}"
    return f"{place}: {said}" if place else said


def _marked(module: ModuleType, problems: list[str]) -> Iterator[tuple[Any, Mark]]:
    seen: set[int] = set()
    for name in _public_names(module):
        value = getattr(module, name, None)
        if value is None and name not in vars(module):
            problems.append(f"the module {module.__name__!r} has no {name!r}, which its __all__ names")
        elif id(value) not in seen and not isinstance(value, type):
            seen.add(id(value))
            yield from ((value, mark) for mark in marks_of(value))


def _public_names(module: ModuleType) -> list[str]:
    names = getattr(module, "__all__", None)
    return list(vars(module)) if names is None else [str(name) for name in names]


def _make_importable(directory: Path, location: Location) -> None:
    import importlib

    if not directory.is_dir():
        raise failure([f"the directory {directory} does not exist"], location)
    if str(directory) not in sys.path:
        sys.path.insert(0, str(directory))
    importlib.invalidate_caches()


def _searched(error: ModuleNotFoundError, name: str, directory: Path | None) -> str:
    if "is not a package" in error.msg:
        return f": {error.msg}"
    return f" in {directory} or among the installed packages" if directory else " (is `path` to be set?)"


def _refuse_namesake(module: ModuleType, directory: Path, location: Location) -> None:
    """Python knows one module of a name: it may have come from elsewhere before."""
    files = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", ()))
    root = directory.resolve()
    if not any(Path(str(file)).resolve().is_relative_to(root) for file in files):
        other = files[0] if files else "Python itself"
        raise failure([f"the module {module.__name__!r} is that of {other}, not of {directory}: rename it"], location)


def _place(trace: TracebackType | None) -> str | None:
    """The deepest line of the imported code; deeper ones, in the libraries that it calls, tell its author less."""
    lines = [(file, line) for file, line in _lines(trace) if not _is_machinery(file)]
    if not lines:
        return None
    root = Path(lines[0][0]).parent
    file, line = [each for each in lines if Path(each[0]).is_relative_to(root)][-1]
    return f"{file}:{line}"


def _lines(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _is_machinery(file: str) -> bool:
    import importlib

    places = (Path(__file__).parent, Path(importlib.__file__).parent)
    return file.startswith("<frozen") or any(Path(file).is_relative_to(each) for each in places)
