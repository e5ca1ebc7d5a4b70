"""`stepflow doctor`: whether everything is in order."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli import remote
from stepflow_cli.checks import Finding, Health, failed
from stepflow_cli.doctor import report
from stepflow_cli.local_checks import check_config, check_packages, check_python, installed, release
from stepflow_cli.remote_options import ServerOptions
from stepflow_cli.server_checks import check_server
from stepflow_core import (
    AuthenticationError,
    ConnectionFailedError,
    HealthResponse,
    ListRunsResponse,
    ServerError,
    StepflowError,
    __version__,
)

Stepflow = Callable[..., tuple[int, str, str]]
Write = Callable[[str, str | bytes], Path]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEPFLOW_URL", raising=False)


class Server:
    """A server as `doctor` sees it; what it raises it raises instead of an answer."""

    def __init__(self) -> None:
        self.health: HealthResponse | StepflowError = HealthResponse(
            status="healthy", timestamp=NOW, version=__version__
        )
        self.runs: StepflowError | None = None

    async def health_check(self) -> HealthResponse:
        if isinstance(self.health, StepflowError):
            raise self.health
        return self.health

    async def list_runs(self, *, limit: int) -> ListRunsResponse:
        if self.runs is not None:
            raise self.runs
        return ListRunsResponse(runs=[])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server that is reached."""
    server = Server()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Server]:
        yield server

    monkeypatch.setattr(remote, "open_client", lambda url, api_key: opened())
    return server


async def looked_at(**options: Any) -> dict[str, Finding]:
    """What was found of the server, by what it is about."""
    found = await check_server(ServerOptions(**options), lambda: NOW)
    return {each.about: each for each in found}


async def test_a_server_in_order(server: Server) -> None:
    """A server that answers, with this version, this time and an open door, is in order."""
    found = await looked_at()
    assert list(found) == ["server", "version", "clock", "access"]
    assert {each.health for each in found.values()} == {Health.OK}


async def test_a_server_that_does_not_answer(server: Server) -> None:
    """It is a failure if the server was named, else something to know."""
    server.health = ConnectionFailedError("nobody there")
    assert (await looked_at())["server"].health is Health.WARNING
    found = await looked_at(url="http://a:1")
    assert found["server"].health is Health.FAILED
    assert found["server"].text == "nobody there"
    assert "stepflow serve" in (found["server"].advice or "")


async def test_something_else_that_answers(server: Server) -> None:
    """What is no Stepflow server is not told to be started."""
    server.health = ServerError("no JSON", status_code=502)
    found = (await looked_at(url="http://a:1"))["server"]
    assert found.advice is not None
    assert found.advice.startswith("if that is no Stepflow server, name another")


async def test_a_server_that_cannot_work(server: Server) -> None:
    """A server that says that it is unhealthy has failed."""
    server.health = HealthResponse(status="unhealthy", timestamp=NOW, version=__version__)
    assert (await looked_at())["server"].health is Health.FAILED


@pytest.mark.parametrize(
    ("skew", "health", "text"),
    [
        (timedelta(seconds=4), Health.OK, "the clocks agree"),
        (timedelta(seconds=90), Health.WARNING, "the server's clock is 1 min 30 s ahead of this one"),
        (timedelta(hours=-2), Health.WARNING, "the server's clock is 2 h 00 min behind this one"),
    ],
)
async def test_clocks_that_differ(server: Server, skew: timedelta, health: Health, text: str) -> None:
    """Clocks may be some seconds apart, not more."""
    server.health = HealthResponse(status="healthy", timestamp=NOW + skew, version=__version__)
    clock = (await looked_at())["clock"]
    assert (clock.health, clock.text) == (health, text)


async def test_slow_answers_say_less_of_the_clock(server: Server) -> None:
    """What may be due to the time that the answer took is not held against the clock."""
    times = iter([NOW, NOW + timedelta(seconds=20)])
    found = await check_server(ServerOptions(), lambda: next(times))
    assert found[2].health is Health.OK


async def test_servers_of_another_release(server: Server) -> None:
    """A server of another release is something to know."""
    server.health = HealthResponse(status="healthy", timestamp=NOW, version="9.1.0")
    assert (await looked_at())["version"].health is Health.WARNING


async def test_doors_that_are_shut(server: Server) -> None:
    """Without the right key the server is of no use; what to do depends on whether one was given."""
    server.runs = AuthenticationError("an API key is needed")
    found = (await looked_at())["access"]
    assert found.health is Health.FAILED
    assert found.advice == "give its key with --api-key or STEPFLOW_API_KEY"
    assert (await looked_at(api_key="x"))["access"].advice == "the key is not the server's"
    server.runs = ServerError("broken")
    assert "broken" in (await looked_at())["access"].text


async def test_addresses_that_are_none() -> None:
    """An address that cannot be one is a failure, not an exception."""
    found = await looked_at(url="localhost:1")
    assert found["server"].health is Health.FAILED
    assert "did you mean http://localhost:1?" in found["server"].text


async def test_a_missing_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the client no server can be asked."""
    monkeypatch.setitem(sys.modules, "stepflow_client", None)
    assert "pip install stepflow-client" in (await looked_at())["server"].text


def test_findings_do_not_act_on_the_terminal(screens: Any) -> None:
    """What a server says is spelled out, over as many lines as it has."""
    screen = screens(tty=True, environ={"NO_COLOR": "1"})
    report([failed("server", "a \x1b[2J\nb", "see")], screen)
    assert screen.shown == f"failed   server    a \\x1b[2J\n{' ' * 19}b\n{' ' * 19}→ see\n"


def test_python_has_to_be_recent() -> None:
    """An older Python is a failure."""
    assert check_python().health is Health.OK
    assert check_python((3, 10, 9)).health is Health.FAILED


@pytest.mark.parametrize(
    ("versions", "health", "text"),
    [
        ({"stepflow-core": "0.1.0", "stepflow-cli": "0.1.4"}, Health.OK, "0.1.0 of core; 0.1.4 of cli"),
        ({"stepflow-core": "0.1.0", "stepflow-cli": "0.2.0"}, Health.WARNING, "0.1.0 of core; 0.2.0 of cli"),
        (
            {"stepflow-core": "0.1.0", "stepflow-api": None},
            Health.WARNING,
            "0.1.0 of core; not installed: stepflow-api",
        ),
    ],
)
def test_packages_are_of_one_release(versions: dict[str, str | None], health: Health, text: str) -> None:
    """Packages that are missing or of another release are something to know."""
    found = check_packages(versions)
    assert (found.health, found.text) == (health, text)


def test_packages_are_found() -> None:
    """The packages that run this test are there."""
    assert installed()["stepflow-core"] is not None


def test_releases() -> None:
    """What works together shares the first number, before 1.0 the first two."""
    assert release("0.1.9") == release("0.1.0") != release("0.2.0")
    assert release("1.2.0") == release("1.9.1") != release("2.0.0")


async def test_configs(write: Write) -> None:
    """A config that is used is named with what it offers; one that cannot be used is a failure with its place."""
    assert (await check_config(None)).text.startswith("none here; ")
    good = write("stepflow-config.yml", "plugins: {builtin: {type: builtin}}\n")
    assert (await check_config(None)).text.startswith(f"{good}; ")
    assert (await check_config(None)).health is Health.OK
    bad = await check_config(write("bad.yml", "plugins: ["))
    assert bad.health is Health.FAILED
    assert "bad.yml:1:11" in bad.text


async def test_warnings_of_a_config(write: Write) -> None:
    """What is odd in a config is told."""
    found = await check_config(write("odd.yml", "plugins: {}\n"))
    assert found.health is Health.WARNING
    assert "no plugins" in found.text


def test_reports(screen: Any, screens: Any) -> None:
    """Each finding is a line, with what to do below; the exit code is 2 where something has failed."""
    findings = [
        Finding("python", Health.OK, "Python"),
        Finding("config", Health.WARNING, "odd\nvery", "mend it"),
    ]
    assert report(findings, screen) == 0
    assert screen.shown == (
        "ok       python    Python\nwarning  config    odd\n                   very\n                   → mend it\n"
    )
    quiet = screens(quiet=True)
    assert report([*findings, Finding("server", Health.FAILED, "gone")], quiet) == 2
    assert "python" not in quiet.shown
    programs = screens(json=True)
    report(findings, programs)
    assert json.loads(programs.shown)[0] == {"about": "python", "health": "ok", "text": "Python"}


def test_against_a_server(stepflow: Stepflow, served: str) -> None:
    """A real server is in order."""
    code, out, err = stepflow("doctor", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [each["about"] for each in found] == ["python", "packages", "config", "server", "version", "clock", "access"]
