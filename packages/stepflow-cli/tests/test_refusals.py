"""What the command line adds to a refusal: where arguments came from, which file may be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.inputs import document_of
from stepflow_cli.refusals import explained, similar_file
from stepflow_cli.requests import Request
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, InvalidInputError, NotFoundError


def fault(code: int) -> Diagnostic:
    """Something wrong with what stands under `a`."""
    return Diagnostic(code=code, kind="test", level=DiagnosticLevel.FATAL, text="odd", pointer="/a")


def refused(error: Exception, request: Request, *, has_input: bool = True) -> Any:
    """What comes of a refusal."""
    with pytest.raises(type(error)) as caught, explained(request, has_input=has_input):
        raise error
    return caught.value


def test_faults_of_overrides_are_placed_where_they_came_from() -> None:
    """A fault of overrides has their file and line; one of the flow is left as it is."""
    request = Request(flow="f", overrides_source=document_of("b: 1\na: 2\n", "yaml", "changes.yaml"))
    told = refused(FlowLoadError(diagnostics=[fault(3403), fault(3001)]), request)
    assert [(each.file, each.line, each.column) for each in told.diagnostics] == [
        ("changes.yaml", 2, 4),
        (None, None, None),
    ]
    assert told.message.startswith("changes.yaml:2:4:")


@pytest.mark.parametrize(
    ("message", "has_input", "told"),
    [
        ("the input violates its schema", False, True),
        ("the input violates its schema", True, False),
        ("the variables violate their schema", False, False),
    ],
)
def test_an_input_that_is_not_there_is_told(message: str, has_input: bool, told: bool) -> None:
    """Who forgot the input is told how to give one."""
    error = refused(InvalidInputError(message), Request(flow="f"), has_input=has_input)
    assert ("no input is given: use --input FILE" in error.message) is told


def test_a_name_that_is_a_files_leads_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow's file without its ending is not a stored name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet.yml").touch()
    assert refused(NotFoundError("none"), Request(flow="greet")).message == "none; did you mean the file greet.yml?"
    assert refused(NotFoundError("none"), Request(flow="other")).message == "none"
    assert refused(NotFoundError("none"), Request(flow=Path("greet"))).message == "none"


def test_similar_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of the same folder that was probably meant is found, by a path of the same form."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet.yaml").touch()
    assert similar_file("gret.yaml") == "greet.yaml"
    assert similar_file("./greet.yml") == "./greet.yaml"
    assert similar_file("greet") == "greet.yaml"
    assert similar_file(f"{tmp_path}/gret.yaml") == f"{tmp_path}/greet.yaml"
    assert similar_file("order.yaml") is None
    assert similar_file("no/such/folder.yaml") is None
    assert similar_file("\0") is None
