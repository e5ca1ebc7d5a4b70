"""The server that commands talk to."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from stepflow_cli import remote
from stepflow_cli.exits import UsageError
from stepflow_cli.group_helps import GROUPS
from stepflow_cli.remote_options import ServerOptions
from stepflow_core import (
    AuthenticationError,
    ConnectionFailedError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    ServerError,
    StepflowError,
)

Stepflow = Callable[..., tuple[int, str, str]]
NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "http://127.0.0.1:7837"),
        ("", "http://127.0.0.1:7837"),
        (" http://a:1/ ", "http://a:1"),
        ("https://flows.example.org/stepflow/", "https://flows.example.org/stepflow"),
        ("http://[::1]:7837", "http://[::1]:7837"),
    ],
)
def test_the_server_has_an_address(given: str | None, url: str) -> None:
    """The address is the one that is given, without its last slash, else the one that servers have by default."""
    assert remote.url_of(ServerOptions(url=given)) == url


@pytest.mark.parametrize(
    "given",
    [
        "localhost:7837",
        "ftp://a",
        "http://",
        "http://a:x",
        "http://a:99999",
        "http://a?b",
        "a b",
        "http://a b",
        "http://[",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    """A text that cannot be the address of a server is refused, with an example."""
    with pytest.raises(UsageError, match=r"is not the address of a server, such as http://127.0.0.1:7837"):
        remote.url_of(ServerOptions(url=given))


def test_a_missing_scheme_is_guessed() -> None:
    """Where only the scheme is missing the whole address is suggested."""
    with pytest.raises(UsageError, match=r"did you mean http://localhost:7837\?"):
        remote.url_of(ServerOptions(url="localhost:7837"))


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ConnectionFailedError("refused"), "refused\n  Start one with `stepflow serve`, or name another"),
        (
            ConnectionFailedError("did not answer in time"),
            "did not answer in time\n  It is busy, or no Stepflow",
        ),
        (ServerError("no JSON", status_code=502), "no JSON\n  `stepflow doctor` looks into it"),
        (ServerError("broken", status_code=500), "broken"),
        (AuthenticationError("no key"), "no key (give the server's key with --api-key or STEPFLOW_API_KEY)"),
        (ForbiddenError("no"), "no (the key is valid, but not for this)"),
        (RateLimitError("slow down", retry_after=12.4), "slow down (again in 12 s)"),
        (RateLimitError("slow down"), "slow down"),
        (NotFoundError("no run"), "no run"),
    ],
)
def test_errors_say_what_to_do(error: StepflowError, advice: str) -> None:
    """What goes wrong with a server is told with what to do about it."""
    assert remote.advised(error).startswith(advice)


def test_a_missing_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the client is not installed the package is named."""
    monkeypatch.setitem(sys.modules, "stepflow_client", None)
    with pytest.raises(UsageError, match="pip install stepflow-client"):
        remote.open_client(NOBODY, None)


@pytest.mark.parametrize(
    "arguments",
    [["runs", "list"], ["flows", "list"], ["submit", "x"], ["runs", "events", f"{'0' * 8}-0000-0000-0000-{'0' * 12}"]],
)
def test_a_server_that_does_not_answer(stepflow: Stepflow, arguments: list[str]) -> None:
    """Where nobody answers, every command says so, and how to start a server; the exit code is 2."""
    code, out, err = stepflow(*arguments, "--url", NOBODY)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert NOBODY in err
    assert "Start one with `stepflow serve`, or name another with --url or STEPFLOW_URL." in err


def test_groups_list_their_commands(stepflow: Stepflow) -> None:
    """The help of a group names its commands, that of a command has its options and examples."""
    for group, about in GROUPS.items():
        code, out, _ = stepflow(group)
        assert code == 0
        assert [name for name in about.commands if f" {name} " not in out] == []
        for name in about.commands:
            code, out, _ = stepflow(group, name, "--help")
            assert code == 0
            assert "--url" in out
            assert "STEPFLOW_API_KEY" in out
            assert f" stepflow {group} {name} " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs", "lst"], 'Unknown command "lst". Did you mean "list"?'),
        (["runs", "list", "--stauts", "failed"], "Unknown option: --stauts. Did you mean --status?"),
        (["runs", "list", "--status", "done"], 'Choose from: "running", "completed"'),
        (["runs", "list", "--limit", "0"], "Must be at least 1."),
        (["runs", "list", "--limit", "100001"], "Must be at most 100000."),
        (["runs", "list", "--parent", "x"], "'x' is not the id of a run"),
        (["runs", "list", "--parent", "abcd", "--sub-runs"], "keep --parent"),
        (["runs", "list", "--tag", "x"], "--tag needs name=value, got 'x'"),
        (["runs", "list", "--since", "soon"], "is not a duration"),
        (["runs", "show"], "RUN"),
        (["runs", "show", "x"], "'x' is not the id of a run; `stepflow runs list` shows them"),
        (["runs", "show", f"{'0' * 8}-0000-0000-0000-{'0' * 12}", "--attempt", "1"], "it goes with --step"),
        (["runs", "show", "x", "--item", "-1"], "Must be at least 0."),
        (["runs", "events", "x"], "'x' is not the id of a run"),
        (["runs", "events", "x", "--type", "step"], 'Choose from: "run_created"'),
        (["runs", "cancel"], "no run is given: stepflow runs cancel RUN…"),
        (["runs", "cancel", "x", "y"], "'x', 'y' are not ids of runs"),
        (["runs", "delete"], "no run is given: stepflow runs delete RUN…"),
        (["flows", "store"], "no file is given: stepflow flows store FILE…"),
        (
            ["flows", "store", "a.yaml", "b.yaml", "--name", "x"],
            "--name is the name of one flow, and 2 files are given",
        ),
        (["flows", "delete"], "no flow is given: stepflow flows delete FLOW…"),
        (["submit"], "no flow is given: stepflow submit FLOW"),
        (["submit", "a.yaml", "--no-wait", "--timeout", "1s"], "--timeout cancels a run that is waited for"),
        (["submit", "a.yaml", "--url", "a:1"], "did you mean http://a:1?"),
    ],
)
def test_wrong_use_is_explained(stepflow: Stepflow, runtime: None, arguments: list[str], message: str) -> None:
    """Wrong use is told in one line, before a server is asked; the exit code is 2."""
    code, out, err = stepflow(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
