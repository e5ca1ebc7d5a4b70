"""The command line as a whole: commands, help, wrong use, and what goes wrong inside."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import stepflow_cli
from stepflow_cli import run as run_command
from stepflow_cli.app import main
from stepflow_cli.completion import install_completion
from stepflow_cli.helps import COMMANDS

FLOW = "name: a\ndescription: b\noutput: {$input: $}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(FLOW)


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `stepflow` and what it wrote to stdout and stderr."""
    code = main(arguments)
    shown = capfdbinary.readouterr()
    return code, shown.out.decode(), shown.err.decode()


def test_says_its_version(capfdbinary: Any) -> None:
    """`--version` is the package's."""
    assert run(capfdbinary, "--version") == (0, f"{stepflow_cli.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_lists_its_commands(capfdbinary: Any, arguments: list[str]) -> None:
    """Help names every command with what it does."""
    code, out, _ = run(capfdbinary, *arguments)
    assert code == 0
    assert [name in out for name in COMMANDS] == [True] * len(COMMANDS)
    assert "Check flows without running them." in out


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("run", ["--input-json", "--inputs", "--timeout", "--output", "--env-variables", "--overrides", "--quiet"]),
        ("validate", ["--strict", "--config", "--json"]),
        ("test", ["--case", "--update", "--diff"]),
        ("list-components", ["--schemas", "--json"]),
        ("--install-completion", ["--shell"]),
    ],
)
def test_commands_have_help(capfdbinary: Any, command: str, options: list[str]) -> None:
    """The help of a command has its options, and examples."""
    code, out, _ = run(capfdbinary, command, "--help")
    assert code == 0
    assert [each for each in options if each not in out] == []
    assert command.startswith("-") or f" stepflow {command} " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu"], 'Unknown command "rnu". Did you mean "run"?'),
        (["--foo"], "Unknown option: --foo. `stepflow --help`"),
        (["run", "a.yaml", "--inptu", "x"], "Unknown option: --inptu. Did you mean --input?"),
        (["run", "a.yaml", "b.yaml"], "Unexpected: b.yaml."),
        (["run", "a.yaml", "--input"], "--input requires an argument"),
        (["run", "a.yaml", "--input", "--quiet"], "A file belongs here, but the option --quiet follows."),
        (["run", "a.yaml", "--timeout", "soon"], 'the text "soon" is not a duration'),
        (["run", "a.yaml", "--timeout", "soon"], '250ms"). `stepflow run --help`'),
        (["run", ""], "the flow is an empty text"),
        (["run", "a.yaml", "--timeout", "-5"], "is not a duration"),
        (["run", "a.yaml", "--max-concurrency", "0"], "Must be at least 1."),
        (["run", "a.yaml", "--max-concurrency", "many"], 'unable to convert "many" into int'),
        (["run", "a.yaml", "--max-concurrency", "2"], "it goes with --inputs"),
        (["run", "a.yaml", "--stdin-format", "xml"], 'Choose from: "json", "yaml"'),
        (["run", "a.yaml", "--tag", "x"], "--tag needs name=value, got 'x'"),
        (["run"], "no flow is given"),
        (["run", "a.yaml", "--flow", "b.yaml"], "the flow is given twice: a.yaml and --flow b.yaml"),
        (["run", "a.yaml", "--input-json", "1", "--input", "x"], "--input and --input-json each give an input"),
        (["run", "a.yaml", "--output", "no/such/folder"], "--output: cannot write no/such/folder"),
    ],
)
def test_wrong_use_is_explained(capfdbinary: Any, arguments: list[str], message: str) -> None:
    """Wrong use is told in one line on stderr, with what was probably meant; the exit code is 2."""
    code, out, err = run(capfdbinary, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


def test_wrong_use_as_json(capfdbinary: Any) -> None:
    """For programs an error is a JSON object."""
    code, _, err = run(capfdbinary, "run", "a.yaml", "--json", "--inptu")
    assert code == 2
    assert json.loads(err)["error"]["message"].startswith("Unknown option: --inptu.")


def test_runs_a_flow(capfdbinary: Any) -> None:
    """A flow is named as an argument or as an option."""
    expected = '{"outcome":"success","result":1.0}\n'
    assert run(capfdbinary, "run", "a.yaml", "--input-json", "1.0", "-q") == (0, expected, "")
    assert run(capfdbinary, "run", "--flow", "a.yaml", "--input-json", "1.0", "-q") == (0, expected, "")


def test_shows_its_steps(capfdbinary: Any, tmp_path: Path) -> None:
    """Where nobody looks on, each change of a step is a line."""
    (tmp_path / "a.yaml").write_text("steps: [{id: s, component: /builtin/noop}]\noutput: {$step: s}\n")
    _, out, err = run(capfdbinary, "run", "a.yaml")
    assert out == '{"outcome":"success","result":null}\n'
    assert [line.split()[:2] for line in err.splitlines()[1:]] == [
        ["step_started", "s"],
        ["step_completed", "s"],
        ["run_completed", "completed"],
    ]


def test_a_failed_flow(capfdbinary: Any, tmp_path: Path) -> None:
    """A flow that fails has its error as its result; the exit code is 1."""
    (tmp_path / "a.yaml").write_text("output: {$input: x}\n")
    code, out, err = run(capfdbinary, "run", "a.yaml", "--input-json", "{}")
    assert code == 1
    assert json.loads(out) == {"outcome": "failed", "error": {"code": 1, "message": "Input path $.x not found"}}
    assert err.splitlines()[-1] == "run_completed failed"


def test_a_skipped_flow(capfdbinary: Any, tmp_path: Path) -> None:
    """A flow that is skipped has not failed."""
    (tmp_path / "a.yaml").write_text("steps: [{id: s, component: /noop, when: false}]\noutput: {$step: s}\n")
    code, out, _ = run(capfdbinary, "run", "a.yaml", "-q")
    assert code == 0
    assert json.loads(out)["outcome"] == "skipped"


def test_a_batch(capfdbinary: Any, tmp_path: Path) -> None:
    """A batch has a line of result for each line of input, in a file if one is named."""
    (tmp_path / "a.yaml").write_text("output: {$input: x}\n")
    (tmp_path / "in.jsonl").write_text('{"x": 1}\n{"y": 2}\n{"x": 3.0}\n')
    code, out, err = run(capfdbinary, "run", "a.yaml", "--inputs", "in.jsonl", "--output", "out.jsonl")
    assert (code, out) == (1, "")
    assert err == "item_completed 1 failed: 1 Input path $.x not found\n3 items: 2 completed, 1 failed\n"
    results = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [each["outcome"] for each in results] == ["success", "failed", "success"]
    assert '"result":3.0' in (tmp_path / "out.jsonl").read_text()


def test_variables_and_overrides(capfdbinary: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables come from the environment, a file and the command line; overrides change steps."""
    schema = "{type: object, properties: {a: {}, b: {}, c: {env_var: MY_C}}}"
    (tmp_path / "a.yaml").write_text(
        f"schemas: {{variables: {schema}}}\n"
        "steps: [{id: s, component: /noop, input: 1}]\n"
        "output: [{$variable: a}, {$variable: b}, {$variable: c}, {$step: s}]\n"
    )
    (tmp_path / "v.yaml").write_text("a: file\nb: file\n")
    monkeypatch.setenv("STEPFLOW_VAR_A", "env")
    monkeypatch.setenv("MY_C", '{"x": 1.0}')
    variables = ["--variables", "v.yaml", "--variables-json", '{"b": "text"}', "--env-variables"]
    overrides = ["--overrides-json", '{"s": {"value": {"input": 2}}}']
    _, out, _ = run(capfdbinary, "run", "a.yaml", "-q", *variables, *overrides)
    assert out == '{"outcome":"success","result":["file","text",{"x":1.0},2]}\n'


def test_invalid_flows_are_drawn(capfdbinary: Any, tmp_path: Path) -> None:
    """A flow that cannot be used is shown with all its faults on stderr; the exit code is 2."""
    (tmp_path / "a.yaml").write_text("name: a\noutput: [{$step: b}, {$step: c}]\n")
    code, out, err = run(capfdbinary, "run", "a.yaml")
    assert (code, out) == (2, "")
    assert "a.yaml:2:18: fatal 3003" in err
    assert "a.yaml:2:30: fatal 3003" in err


def test_refused_inputs_name_every_violation(capfdbinary: Any, tmp_path: Path) -> None:
    """An input that violates its schema is refused with every violation and its place."""
    schema = "{type: object, required: [name], properties: {age: {type: integer, minimum: 0}}}"
    (tmp_path / "a.yaml").write_text(f"schemas: {{input: {schema}}}\noutput: 1\n")
    code, _, err = run(capfdbinary, "run", "a.yaml", "--input-json", '{"age": -1.5}')
    assert code == 2
    lines = err.splitlines()
    assert '"name" is a required property' in lines[-3]
    assert [line.split(":")[0] for line in lines[-2:]] == ["  at /age", "  at /age"]


@pytest.mark.parametrize("verbose", [False, True])
def test_internal_errors_ask_for_a_report(capfdbinary: Any, monkeypatch: pytest.MonkeyPatch, verbose: bool) -> None:
    """What should not happen is one line and a request, with `--verbose` a trace; the exit code is 70."""

    def fail(*arguments: Any) -> int:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr(run_command, "_run", fail)
    code, out, err = run(capfdbinary, "run", "a.yaml", *(["--verbose"] if verbose else []))
    assert (code, out) == (70, "")
    assert err.startswith("error: Stepflow failed at its own work: ZeroDivisionError: surprise\nPlease report this")
    assert ("Traceback" in err) is verbose


def test_interrupted_before_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while inputs are read ends the command with 130."""

    def interrupt(*arguments: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_command, "_run", interrupt)
    assert main(["run", "a.yaml"]) == 130


def test_completion_is_written(tmp_path: Path, capfdbinary: Any) -> None:
    """Tab completion is written for the named shell, and knows commands and options."""
    path = tmp_path / "completion.bash"
    assert install_completion(shell="bash", output=path) == 0
    script = path.read_text()
    assert "list-components" in script
    assert "--input-json" in script
    assert str(path) in capfdbinary.readouterr().err.decode()


COMPLETE = """\
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_stepflow stepflow "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
echo "${COMPREPLY[*]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("stepflow runs ", "list show events cancel delete"),
        ("stepflow run a", "a.yaml"),
        ("stepflow submit a", "a.yaml"),
        ("stepflow submit --input a", "a.yaml"),
        ("stepflow serve --config a", "a.yaml"),
        ("stepflow flows store a", "a.yaml"),
        ("stepflow runs list --status c", "completed cancelled"),
        ("stepflow submit --no", "--no-wait"),
    ],
)
def test_completion_offers_what_belongs_there(tmp_path: Path, words: str, offered: str) -> None:
    """In bash commands, options, choices and files are offered where they may stand, for served commands too."""
    path = tmp_path / "completion.bash"
    install_completion(shell="bash", output=path)
    command = ["bash", "-c", COMPLETE, "bash", str(path), *words.split(" ")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == offered


def test_completion_that_cannot_be_written(tmp_path: Path, capfdbinary: Any) -> None:
    """A place that cannot be written is told."""
    (tmp_path / "file").touch()
    assert install_completion(shell="zsh", output=tmp_path / "file" / "x") == 2
    assert "cannot be written" in capfdbinary.readouterr().err.decode()
