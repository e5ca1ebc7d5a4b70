"""`stepflow test`: running the cases of flows, reporting them, writing down what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.app import main

Write = Callable[[str, str | bytes], Path]
FLOW = """\
name: double
description: Doubles a number
schemas:
  input: {type: object, required: [n]}
  variables: {type: object, properties: {add: {type: integer, default: 0}}}
steps:
  - {id: again, component: /builtin/noop, input: {$input: n}}
  - {id: unused, component: /builtin/noop}
output: {twice: [{$step: again}, {$step: again}], add: {$variable: add}}
test:
  cases:
"""
GOOD = """\
    - name: two
      input: {n: 2}
      output: {outcome: success, result: {twice: [2, 2]}}
      steps: {again: completed, unused: notRun}
"""
BAD = """\
    - name: three   # keep
      input: {n: 3}
      output:
        outcome: success   # always
        result: {twice: [3, 4], add: 1.0, more: 5}
      steps: {again: failed, unused: notRun}
"""
OPEN = """\
    - {name: four, input: {n: 4}, variables: {add: 1}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `stepflow test` and what it wrote to stdout and stderr."""
    code = main(["test", *arguments])
    shown = capfdbinary.readouterr()
    return code, shown.out.decode(), shown.err.decode()


def test_cases_that_pass(write: Write, capfdbinary: Any) -> None:
    """A flow whose cases pass has one line."""
    write("a.yaml", FLOW + GOOD)
    assert run(capfdbinary, "a.yaml") == (0, "PASS a.yaml (1 case)\n1 passed in 1 flow\n", "")


def test_failures_say_where(write: Write, capfdbinary: Any) -> None:
    """A failed case names its first mismatches with their places; the exit code is 1."""
    write("a.yaml", FLOW + GOOD + BAD)
    code, out, _ = run(capfdbinary, "a.yaml")
    assert code == 1
    assert out.splitlines() == [
        "FAIL a.yaml (1 of 2 cases)",
        "  three",
        "    $.result.twice[1]: expected 4, got 3",
        "    $.result.add: expected 1.0, got 0",
        "    $.result.more: expected 5, but there is no such member",
        "    … and 1 more (--diff shows all)",
        "1 failed, 1 passed in 1 flow",
    ]


def test_diff_shows_everything(write: Write, capfdbinary: Any) -> None:
    """With `--diff` all mismatches and both sides are shown, without members that nobody expects."""
    write("a.yaml", FLOW + BAD)
    _, out, _ = run(capfdbinary, "a.yaml", "--diff")
    assert "    $.steps.again: expected failed, got completed\n" in out
    assert "    -        4\n" in out
    assert '    -      "more": 5\n' in out
    assert '    +    "again": "completed",\n' in out


def test_quiet_shows_failures_only(write: Write, capfdbinary: Any) -> None:
    """With `--quiet` flows that pass are not mentioned."""
    write("good.yaml", FLOW + GOOD)
    write("bad.yaml", FLOW + BAD)
    code, out, _ = run(capfdbinary, "-q", ".")
    assert code == 1
    assert out.startswith("FAIL bad.yaml")
    assert "good" not in out
    assert "passed" not in out


def test_reports_as_json(write: Write, capfdbinary: Any) -> None:
    """For programs there is one object with every case, its mismatches and its output."""
    write("a.yaml", FLOW + GOOD + BAD)
    code, out, _ = run(capfdbinary, "a.yaml", "--json")
    report = json.loads(out)
    assert (code, report["passed"], report["failed"], report["invalid"]) == (1, 1, 1, 0)
    [flow] = report["flows"]
    good, bad = flow["cases"]
    assert (flow["file"], good["name"], good["passed"], good["mismatches"]) == ("a.yaml", "two", True, [])
    assert bad["mismatches"][0] == {
        "path": "$.result.twice[1]", "message": "expected 4, got 3", "expected": 4, "actual": 3,
    }  # fmt: skip
    assert bad["output"] == {"outcome": "success", "result": {"twice": [3, 3], "add": 0}}
    assert bad["steps"] == {"again": "completed", "unused": "notRun"}


def test_cases_are_chosen_by_name(write: Write, capfdbinary: Any) -> None:
    """`--case` takes names and patterns; flows without such a case do not count."""
    write("a.yaml", FLOW + GOOD + BAD)
    write("b.yaml", FLOW + BAD)
    assert run(capfdbinary, ".", "--case", "two")[:2] == (0, "PASS a.yaml (1 case)\n1 passed in 1 flow\n")
    assert run(capfdbinary, ".", "--case", "t*", "--case", "x")[0] == 1
    code, _, err = run(capfdbinary, ".", "--case", "nothing")
    assert (code, err) == (2, "error: no case is named 'nothing'\n")


def test_a_case_without_expectation_passes(write: Write, capfdbinary: Any) -> None:
    """Where nothing is expected nothing is judged, and the report says so."""
    write("a.yaml", FLOW + OPEN)
    assert run(capfdbinary, "a.yaml")[:2] == (0, "PASS a.yaml (1 case, 1 without expectation)\n1 passed in 1 flow\n")


def test_update_writes_what_came(write: Write, capfdbinary: Any) -> None:
    """`--update` changes the expectations that were not met and adds those that are missing; the rest stays."""
    path = write("a.yaml", FLOW + GOOD + BAD + OPEN + "# the end\n")
    code, out, _ = run(capfdbinary, "a.yaml", "--update")
    assert (code, out) == (0, "PASS a.yaml (3 cases, 2 updated)\n2 updated, 1 passed in 1 flow\n")
    bad = BAD.replace("{twice: [3, 4], add: 1.0, more: 5}", "{twice: [3, 3], add: 0}")
    bad = bad.replace("again: failed", "again: completed")
    opened = OPEN.replace("}}", "}, output: {outcome: success, result: {twice: [4, 4], add: 1}}}")
    assert path.read_text() == FLOW + GOOD + bad + opened + "# the end\n"
    assert run(capfdbinary, "a.yaml")[0] == 0


def test_update_leaves_files_alone_that_pass(write: Write, capfdbinary: Any) -> None:
    """A file whose cases pass is not written."""
    path = write("a.yaml", b"\xef\xbb\xbf" + (FLOW + GOOD).encode())
    before = path.stat()
    assert run(capfdbinary, "a.yaml", "--update")[0] == 0
    assert path.stat() == before


def test_update_keeps_marks_and_json(write: Write, capfdbinary: Any) -> None:
    """JSON keeps its indentation, a byte order mark its place."""
    flow = {"output": {"$input": "$"}, "test": {"cases": [{"name": "a", "input": 1.0}]}}
    path = write("a.json", b"\xef\xbb\xbf" + json.dumps(flow, indent=4).encode())
    assert run(capfdbinary, "a.json", "--update")[0] == 0
    flow["test"]["cases"][0]["output"] = {"outcome": "success", "result": 1.0}  # type: ignore[index]
    assert path.read_bytes() == b"\xef\xbb\xbf" + json.dumps(flow, indent=4).encode()


def test_what_cannot_be_updated_is_told(write: Write, capfdbinary: Any) -> None:
    """An expectation that stands in an alias is not touched."""
    text = (
        FLOW
        + "    - {name: a, input: {n: 1}, output: &o {outcome: skipped}}\n    - {name: b, input: {n: 1}, output: *o}\n"
    )
    path = write("a.yaml", text)
    code, _, err = run(capfdbinary, "a.yaml", "--update")
    assert code == 2
    assert "a.yaml cannot be updated in place, an alias stands there" in err
    assert path.read_text() == text


def test_refused_runs_are_failures(write: Write, capfdbinary: Any) -> None:
    """A case whose run is refused has the refusal as its error."""
    case = "    - {name: a, input: 5, variables: {add: x}, output: {outcome: failed, error: {code: 400}}}\n"
    write("a.yaml", FLOW + case)
    assert run(capfdbinary, "a.yaml")[0] == 0


def test_time_is_skipped(write: Write, capfdbinary: Any) -> None:
    """An hour of sleep is over at once, and a timeout after a minute too."""
    flow = """
steps:
  - {id: hour, component: /builtin/sleep, input: {duration_ms: 3600000}}
  - {id: late, component: /builtin/sleep, input: {duration_ms: 3600000}, timeout: 1m}
output: {$input: $}
test:
  cases:
    - {name: a, input: 1, output: {outcome: success, result: 1}}
"""
    write("a.yaml", flow.replace("{id: hour,", "{id: hour, mustExecute: true,"))
    write("b.yaml", flow.replace("output: {$input: $}", "output: {$step: late}").replace(
        "{outcome: success, result: 1}", "{outcome: failed, error: {code: 408}}"))  # fmt: skip
    assert run(capfdbinary, "a.yaml", "b.yaml")[0] == 0


def test_flows_without_cases(write: Write, capfdbinary: Any) -> None:
    """Where there is no case at all the command says so; among others such flows do not count."""
    write("a.yaml", "output: 1\n")
    code, _, err = run(capfdbinary, "a.yaml")
    assert code == 2
    assert "there are no test cases" in err
    write("b.yaml", FLOW + GOOD)
    assert run(capfdbinary, ".")[:2] == (0, "PASS b.yaml (1 case)\n1 passed in 1 flow\n")


def test_invalid_flows_are_shown(write: Write, capfdbinary: Any) -> None:
    """A flow that cannot be used is shown with its faults and those of its cases; the others are tested."""
    write("a.yaml", FLOW.replace("{$input: n}", "{$step: later}") + GOOD.replace("notRun", "never"))
    write("b.yaml", FLOW + GOOD)
    code, out, _ = run(capfdbinary, ".")
    assert code == 2
    assert "INVALID a.yaml\n" in out
    assert "undefinedStepReference" in out
    assert "$.test.cases[0].steps.unused" in out
    assert "1 invalid, 1 passed in 2 flows" in out


def test_unreadable_flows_are_shown(capfdbinary: Any) -> None:
    """A file that is not there is shown."""
    code, out, _ = run(capfdbinary, "missing.yaml")
    assert code == 2
    assert "missing.yaml: fatal 3400 parse: there is no such file" in out


def test_misspelt_keys_are_shown(write: Write, capfdbinary: Any) -> None:
    """A key of a case that means nothing is shown, since what it should say is not judged."""
    write("a.yaml", FLOW + GOOD.replace("output:", "ouput:"))
    code, out, _ = run(capfdbinary, "a.yaml")
    assert code == 0
    assert "warning 1401 unknownKey" in out


MOCK = """\
plugins:
  mock:
    type: mock
    components: {/say: {behaviors: [{input: 1, result: {outcome: success, result: %s}}]}}
routes: {"/mock/{*component}": [{plugin: mock}]}
"""
SAYS = """\
steps: [{id: say, component: /mock/say, input: 1}]
output: {$step: say}
test:
  %s
  cases: [{name: a, input: 1, output: {outcome: success, result: %s}}]
"""


INLINE = (
    "config: {plugins: {m: {type: mock, components: {/say: {behaviors: [{input: 1, result: {outcome: success, "
    'result: inline}}]}}}}, routes: {"/mock/{*component}": [{plugin: m}]}}'
)


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        ("configFile: own.yml", "own"),
        (INLINE, "inline"),
        ("", "found"),
    ],
)  # fmt: skip
def test_the_config_of_the_section(write: Write, capfdbinary: Any, config: str, answer: str) -> None:
    """The `test` section names its config, relative to the flow, or holds it; else the one beside the flow counts."""
    write("sub/own.yml", MOCK % "own")
    write("sub/stepflow-config.yml", MOCK % "found")
    write("sub/a.yaml", SAYS % (config, answer))
    assert run(capfdbinary, "sub/a.yaml")[:2] == (0, "PASS sub/a.yaml (1 case)\n1 passed in 1 flow\n")


def test_the_config_of_the_command_line_wins(write: Write, capfdbinary: Any) -> None:
    """`--config` is for all flows."""
    write("own.yml", MOCK % "own")
    write("given.yml", MOCK % "given")
    write("a.yaml", SAYS % ("configFile: own.yml", "given"))
    assert run(capfdbinary, "a.yaml", "--config", "given.yml")[0] == 0


def test_faults_of_an_inline_config_are_in_the_flow(write: Write, capfdbinary: Any) -> None:
    """What is wrong with a config inside the flow is shown at its line there."""
    write("a.yaml", SAYS % ("config: {plugins: {m: {type: mok}}}", "x"))
    code, out, _ = run(capfdbinary, "a.yaml")
    assert code == 2
    assert "a.yaml:4:32: fatal 3402 invalidConfig" in out
    assert "($.test.config.plugins.m.type)" in out


def test_files_of_an_inline_config_are_beside_the_flow(write: Write, capfdbinary: Any) -> None:
    """Paths in a config inside the flow start at the flow's folder."""
    write("sub/data/x.json", "5")
    flow = """
steps: [{id: load, component: /builtin/load_file, input: {path: x.json}}]
output: {$step: load, path: data}
test:
  config: {workingDirectory: data}
  cases: [{name: a, input: 1, output: {outcome: success, result: 5}}]
"""
    write("sub/a.yaml", flow)
    assert run(capfdbinary, "sub/a.yaml")[0] == 0


def test_flows_do_not_see_each_other(write: Write, capfdbinary: Any) -> None:
    """What one flow stores is not there for the next."""
    put = """
steps: [{id: s, component: /builtin/%s, input: %s}]
output: {$step: s}
test: {cases: [{name: a, input: 1, output: {outcome: %s}}]}
"""
    blob = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
    write("a.yaml", put % ("put_blob", "{data: 0, blob_type: data}", "success"))
    write("b.yaml", put % ("get_blob", f"{{blob_id: {blob}}}", "failed"))
    assert run(capfdbinary, "a.yaml", "b.yaml")[0] == 0


def test_nothing_to_test(capfdbinary: Any) -> None:
    """Without a path the command says what it needs."""
    code, _, err = run(capfdbinary)
    assert (code, err) == (2, "error: nothing to test is given: stepflow test PATH…\n")
