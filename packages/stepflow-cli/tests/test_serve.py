"""`stepflow serve`: options, settings, the start and the end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.request import urlopen

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.serve import settings_of
from stepflow_cli.serve_options import AccessOptions, EngineOptions, LimitOptions, ListenOptions, LogOptions, given
from stepflow_core import InvalidInputError
from stepflow_server import Settings

Stepflow = Callable[..., tuple[int, str, str]]
COMMAND = [sys.executable, "-m", "stepflow_cli", "serve"]
GROUPS = (ListenOptions, EngineOptions, AccessOptions, LimitOptions, LogOptions)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and the first line that it writes."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def test_every_setting_has_an_option() -> None:
    """The options are the settings of the server, under their names, and how much is said."""
    names = {each.name for group in GROUPS for each in fields(group)}
    assert names - {"quiet", "verbose", "json"} == set(Settings.__struct_fields__)


def test_both_commands_take_the_same_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """`stepflow serve` and `python -m stepflow_server` have the same options, with the same values."""
    from stepflow_server.command import main

    with pytest.raises(SystemExit):
        main(["--help"])
    there = set(re.findall(r"--([a-z-]+)", capsys.readouterr().out.partition("options:")[2]))
    here = {each.name.replace("_", "-") for group in GROUPS for each in fields(group)}
    assert here - {"quiet", "verbose", "json"} == there - {"help", "version", "port.", "insecure."}


def test_defaults_are_told() -> None:
    """What `--help` says of a setting that is not given is what the server has for it."""
    told = {}
    for group in GROUPS[:4]:
        for name, hint in get_type_hints(group, include_extras=True).items():
            default = re.search(r"\((\S+)\)\.$", hint.__metadata__[0].help)
            told |= {name: default[1]} if default else {}
    assert len(told) == 13
    settings = Settings()
    assert {name: str(getattr(settings, name)).removesuffix(".0") for name in told} == {**told, "host": "127.0.0.1"}


def test_options_that_are_not_given_say_nothing() -> None:
    """Only what the command line names overrules the environment."""
    assert given(*(group() for group in GROUPS[:4]), log_format=None) == {}
    assert given(ListenOptions(port=0), AccessOptions(insecure=True)) == {"port": 0, "insecure": True}


def test_options_win_over_the_environment(screen: Any) -> None:
    """What is not given is taken from the environment."""
    settings = settings_of({"port": 1}, screen, {"STEPFLOW_PORT": "2", "STEPFLOW_HOST": "::1"})
    assert (settings.port, settings.host, settings.log_format) == (1, "::1", "json")


def test_logs_suit_who_reads_them(screens: Any) -> None:
    """On a terminal the log is text, unless something else is asked for."""
    people = screens(tty=True)
    assert settings_of({}, people, {}).log_format == "text"
    assert settings_of({}, people, {"STEPFLOW_LOG_FORMAT": "json"}).log_format == "json"
    assert settings_of({"log_format": "json"}, people, {}).log_format == "json"
    assert settings_of({}, screens(tty=True, json=True), {}).log_format == "json"


def test_the_config_of_the_working_directory(screen: Any, tmp_path: Path) -> None:
    """Without `--config` the config in the working directory is used, if there is one."""
    assert settings_of({}, screen, {}).config is None
    (tmp_path / "stepflow-config.yml").touch()
    assert settings_of({}, screen, {}).config == str(tmp_path / "stepflow-config.yml")
    assert settings_of({"config": "other.yml"}, screen, {}).config == "other.yml"


def test_everything_wrong_is_told(screen: Any) -> None:
    """All settings that cannot be used are named together, as they were given."""
    with pytest.raises(InvalidInputError, match=r"STEPFLOW_PORT: .*\n--max-depth: "):
        settings_of({"max_depth": 0}, screen, {"STEPFLOW_PORT": "many"})


def test_a_missing_server_is_told(screen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server is not installed the package is named."""
    monkeypatch.setitem(sys.modules, "stepflow_server", None)
    with pytest.raises(UsageError, match="pip install stepflow-server"):
        settings_of({}, screen, {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "--port: Expected int <= 65535"),
        (["--port", "many"], 'unable to convert "many" into int'),
        (["--heartbeat", "soon"], "is not a duration"),
        (["--log-format", "xml"], 'Choose from: "json", "text"'),
        (["--host", "0.0.0.0"], "give an API key"),
        (["--config", "missing.yml"], "missing.yml: fatal 3400"),
        (["--flows", "missing"], "is not a folder that can be read"),
        (["--host", "192.0.2.1", "--insecure"], "cannot listen on 192.0.2.1:7837: cannot assign requested address\n"),
        (["--store", "tape:"], "the store 'tape:' is not known"),
    ],
)
def test_what_cannot_be_used_is_told(arguments: list[str], message: str) -> None:
    """A setting, config, folder or store that cannot be used ends the command with 2 before it serves."""
    done = subprocess.run([*COMMAND, *arguments, "-q"], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_port_that_is_taken() -> None:
    """An address that another program has is told, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*COMMAND, "--port", port, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    [error] = [json.loads(line)["error"] for line in done.stderr.splitlines() if "error" in line]
    assert error["message"].startswith(f"cannot listen on 127.0.0.1:{port}: the port is taken; name another")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_end(number: signal.Signals) -> None:
    """As soon as it answers it says where; told to end, it ends with 0."""
    with serving() as (process, line):
        assert line.startswith("Stepflow is ready at http://127.0.0.1:")
        with urlopen(f"{line.split()[-1]}/api/v1/health") as answer:
            assert json.load(answer)["status"] == "healthy"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0
    assert [json.loads(each)["message"] for each in err.splitlines()] == ["ready", "request", "ending", "ended"]


def test_quiet_servers_for_programs(tmp_path: Path) -> None:
    """With `--json` the address is an object; with `--quiet` nothing is logged that is in order."""
    (tmp_path / "stepflow-config.yml").write_text("plugins: {builtin: {type: builtin}}\n")
    with serving("--json", "--quiet") as (process, line):
        told = json.loads(line)
        assert (told["store"], told["config"]) == ("memory:", str(tmp_path / "stepflow-config.yml"))
        with urlopen(f"{told['url']}/api/v1/health"):
            pass
        process.terminate()
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")


def test_flows_of_a_folder(tmp_path: Path, stepflow: Stepflow) -> None:
    """The flows of a folder are there by name as soon as the server is."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "greet.yaml").write_text("name: greet\ndescription: d\noutput: {$input: $}\n")
    with serving("--flows", "flows", "--json", "--quiet", "--api-key", "secret") as (_, line):
        url = json.loads(line)["url"]
        submit = ("submit", "greet", "--url", url, "--input-json", "1", "-q")
        assert stepflow(*submit, "--api-key", "secret")[:2] == (0, '{"outcome":"success","result":1}\n')
        code, _, err = stepflow(*submit)
        assert code == 2
        assert "(give the server's key with --api-key or STEPFLOW_API_KEY)" in err


def test_faulty_flows_are_told_and_left_aside(tmp_path: Path, stepflow: Stepflow) -> None:
    """A flow of the folder that cannot be used is told with its place; the others are served."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "bad.yaml").write_text("name: bad\nsteps: 3\n")
    (tmp_path / "flows" / "good.yaml").write_text("name: good\ndescription: d\noutput: 1\n")
    with serving("--flows", "flows", "--json") as (process, line):
        url = json.loads(line)["url"]
        assert stepflow("flows", "list", "--url", url)[1].startswith("good\t")
        process.terminate()
        _, err = process.communicate(timeout=60)
    [told] = [each for each in map(json.loads, err.splitlines()) if each["level"] == "error"]
    assert "bad.yaml:2:8: fatal 3400" in told["problem"]


def test_running_imports_no_server() -> None:
    """A run in process loads neither the server nor the client."""
    Path("a.yaml").write_text("output: 1\n")
    code = "import sys; from stepflow_cli.app import main; main(['run', 'a.yaml']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"aiohttp", "httpx", "rich", "stepflow_api", "stepflow_client", "stepflow_server"}
