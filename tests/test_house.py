"""The house around the code: what every package has, what no file may be, and what must agree."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
# What is generated has no author to hold to the rules.
WRITTEN = [package for package in PACKAGES if package.name != "stepflow-api"]
MODULES = sorted(module for package in WRITTEN for module in package.glob("src/**/*.py"))

LOCK_NAMES = re.compile(r"(.*\.lock|pylock.*\.toml|package-lock\.json|pnpm-lock\.yaml|lock\.json)$")
REGISTRY_NAMES = {"minijinja": "minijinja", "ruamel": "ruamel.yaml", "yaml": "PyYAML", "jsonschema_rs": "jsonschema-rs"}

MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60

DANGEROUS_CALLS = {"eval", "exec"}
DANGEROUS_MODULES = {"dill", "marshal", "pickle", "shelve"}


def name_of(path: Path) -> str:
    """A path as the repository knows it, for the names of tests."""
    return path.relative_to(ROOT).as_posix()


def project(package: Path) -> dict[str, Any]:
    """The `[project]` table of a package."""
    table: dict[str, Any] = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def workspace() -> dict[str, Any]:
    """The root's pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def dependencies(package: Path) -> list[str]:
    """What a package asks for, with its extras."""
    table = project(package)
    extras = table.get("optional-dependencies", {}).values()
    return [*table["dependencies"], *(each for extra in extras for each in extra)]


def import_name(package: Path) -> str:
    """The name that a package is imported by."""
    return package.name.replace("-", "_")


def canonical(requirement: str) -> str:
    """The name in a requirement, spelled as registries compare it."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def repository_files() -> list[str]:
    """The files of the repository; without git, those of its directory that are not hidden."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return done.stdout.splitlines()
    return [name_of(path) for path in ROOT.rglob("*") if path.is_file() and "/." not in f"/{name_of(path)}"]


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module, nested ones too."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called(module: Path) -> set[str]:
    """The plain names that a module calls."""
    calls = (node.func for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call))
    return {each.id for each in calls if isinstance(each, ast.Name)}


def imported(module: Path) -> set[str]:
    """The top-level modules that a module imports anywhere in its text."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_package_is_complete(package: Path) -> None:
    """A package has a README that opens with its name, the licence, its types' marker, and tests."""
    assert (package / "README.md").read_text("utf-8").startswith(f"# {package.name}\n")
    assert (package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (package / "src" / import_name(package) / "py.typed").is_file()
    assert list(package.glob("tests/**/test_*.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_package_describes_itself(package: Path) -> None:
    """A package's metadata say what it is, under which licence, for which Python, and that it is typed."""
    table = project(package)
    assert table["name"] == package.name
    assert table["description"]
    assert table["readme"] == "README.md"
    assert (table["license"], table["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert table["requires-python"] == ">=3.11"
    assert "Typing :: Typed" in table["classifiers"]
    assert table["version"] == importlib.import_module(import_name(package)).__version__


@pytest.mark.parametrize("package", PACKAGES, ids=name_of)
def test_dependencies_are_ranges(package: Path) -> None:
    """A package asks for each dependency from the oldest version that will do up to the next that may not."""
    loose = [each for each in dependencies(package) if not re.fullmatch(r"[\w.-]+>=[\d.]+,<[\d.]+", each)]
    assert loose == []


@pytest.mark.parametrize("package", WRITTEN, ids=name_of)
def test_what_is_imported_is_declared(package: Path) -> None:
    """A package declares what its modules import, itself and not through another package."""
    modules = [module for module in MODULES if package in module.parents]
    foreign = set[str]().union(*map(imported, modules)) - set(sys.stdlib_module_names) - {import_name(package)}
    declared = {canonical(each) for each in dependencies(package)}
    assert {canonical(REGISTRY_NAMES.get(name, name)) for name in foreign} - declared == set()


@pytest.mark.parametrize("package", WRITTEN, ids=name_of)
def test_what_is_declared_is_imported(package: Path) -> None:
    """A package declares nothing that its modules do not import, but what pytest loads by itself."""
    modules = [module for module in MODULES if package in module.parents]
    used = {canonical(REGISTRY_NAMES.get(name, name)) for name in set[str]().union(*map(imported, modules))}
    assert {canonical(each) for each in dependencies(package)} - used - {"pytest-asyncio"} == set()


def test_packages_have_one_version() -> None:
    """All packages carry the same version, and the change log knows it or has it under way."""
    versions = {project(package)["version"] for package in PACKAGES}
    assert len(versions) == 1
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased" or headings[0] in versions


def test_no_lock_file() -> None:
    """Versions are pinned by ranges in the pyproject files; no lock file is kept."""
    assert [name for name in repository_files() if LOCK_NAMES.match(name.rpartition("/")[2])] == []


def test_no_large_file() -> None:
    """No file of the repository is larger than 500 kB."""
    large = [name for name in repository_files() if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 500_000]
    assert large == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_is_short(module: Path) -> None:
    """A module has at most 500 lines, and each of its functions at most 60."""
    assert len(module.read_text("utf-8").splitlines()) <= MAX_MODULE_LINES
    long = [each.name for each in functions(module) if (each.end_lineno or 0) - each.lineno >= MAX_FUNCTION_LINES]
    assert long == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_module_is_safe(module: Path) -> None:
    """A module neither evaluates text as Python nor reads pickles."""
    assert called(module).isdisjoint(DANGEROUS_CALLS)
    assert imported(module).isdisjoint(DANGEROUS_MODULES)


def test_workflows_run_what_contributors_run() -> None:
    """The workflow runs .ci/run, on every Python that the packages say they support."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text("utf-8")
    assert "bash .ci/run" in workflow
    tested = set(re.findall(r'"(3\.\d+)"', workflow))
    for package in PACKAGES:
        supported = {re.sub(r".* ", "", each) for each in project(package)["classifiers"] if "Python :: 3." in each}
        assert supported == tested


@pytest.mark.parametrize("name", [".ci/run", "CONTRIBUTING.md", "README.md", ".github/workflows/release.yml"])
def test_hatch_commands_exist(name: str) -> None:
    """Every `hatch run …` that a text tells or makes one run is a script of the workspace."""
    environments = workspace()["tool"]["hatch"]["envs"]
    commands = re.findall(r"hatch run ((?:\w+:)?\w+)", (ROOT / name).read_text("utf-8"))
    assert commands
    for command in commands:
        environment, _, script = command.rpartition(":")
        assert script in environments[environment or "default"]["scripts"], command


def test_import_rules_name_every_package() -> None:
    """The import rules know every package, and each has its place among the layers."""
    rules = workspace()["tool"]["importlinter"]
    names = {import_name(package) for package in PACKAGES}
    layered = [name for layer in rules["contracts"][0]["layers"] for name in layer.split(" | ")]
    assert set(rules["root_packages"]) == names
    assert sorted(layered) == sorted(names)
