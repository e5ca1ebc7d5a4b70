"""What `stepflow doctor` looks at here: Python, the installed packages, the config."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata, util
from pathlib import Path

from stepflow_core import FlowLoadError, StepflowError, __version__
from stepflow_core.errors import describe

from .checks import Finding, failed, ok, warning
from .executors import found_config, open_executor
from .paths import name_of

OLDEST_PYTHON = (3, 11)
PACKAGES = (
    "stepflow-core",
    "stepflow-runtime",
    "stepflow-cli",
    "stepflow-server",
    "stepflow-api",
    "stepflow-client",
)


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Whether this Python will do."""
    text = f"Python {'.'.join(map(str, version))} on {platform.system()} {platform.machine()}"
    if version < OLDEST_PYTHON:
        return failed("python", text, f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or later")
    return ok("python", text)


def installed() -> dict[str, str | None]:
    """The version of each package; `None` for those that are not there."""
    return {each: _version(each) for each in PACKAGES}


def check_packages(versions: Mapping[str, str | None]) -> Finding:
    """Whether all packages are there and of one release."""
    there = {name: version for name, version in versions.items() if version is not None}
    missing = [name for name, version in versions.items() if version is None]
    text = "; ".join(_together(there))
    if len({release(version) for version in there.values()}) > 1:
        return warning("packages", text, f"bring them to one release: pip install --upgrade {' '.join(there)}")
    if missing:
        told = f"{text}; not installed: {', '.join(missing)}"
        return warning("packages", told, f"for servers install them: pip install {' '.join(missing)}")
    return ok("packages", text)


def _together(there: Mapping[str, str]) -> Iterator[str]:
    for version in sorted(set(there.values())):
        names = [name.removeprefix("stepflow-") for name, each in there.items() if each == version]
        yield f"{version} of {', '.join(names)}"


def release(version: str) -> tuple[str, ...]:
    """The part of a version that packages and servers that work together share: of 0.x the first two numbers."""
    parts = tuple(version.split("."))
    return parts[:2] if parts[0] == "0" else parts[:1]


async def check_config(given: Path | None) -> Finding:
    """Whether the config, the given or else the one found here, can be used, and what it offers."""
    try:
        config = given if given is not None else found_config(None)
        async with open_executor(config) as executor:
            count = len(await executor.list_components())
            # Nothing is wrong with this flow, so what is told is about the config.
            odd = (await executor.validate({"name": "empty", "description": "Empty"})).diagnostics
    except FlowLoadError as error:
        return failed("config", describe(error.diagnostics), "mend it, or name another with --config")
    except StepflowError as error:
        return failed("config", error.message, "mend it, or name another with --config")
    text = f"{'none here' if config is None else name_of(config)}; {count} components"
    return warning("config", f"{text}\n{describe(odd)}") if odd else ok("config", text)


def _version(package: str) -> str | None:
    if util.find_spec(package.replace("-", "_")) is None:
        return None
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # run from its sources, which are those of this release
        return __version__
