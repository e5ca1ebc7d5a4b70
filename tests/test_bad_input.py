"""Bad input of every kind to `stepflow run`: a located, complete message and exit code 2, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stepflow_cli.app import main

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `stepflow run flow.yaml` on a text; the exit code and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(text: str | bytes | None, *options: str, name: str = "flow.yaml") -> tuple[int, str]:
        if text is not None:
            Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(["run", name, *options])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert said.out == ""
        return code, said.err

    return run


HEAD = "name: n\ndescription: d\n"
STEP = HEAD + "steps:\n  - id: a\n    component: /noop\n"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

TEXTS = [
    pytest.param("steps: [", "flow.yaml:1:", id="not YAML"),
    pytest.param(b"name: \xff\xfe", "flow.yaml:1:", id="not UTF-8"),
    pytest.param("- a\n- b\n", "a flow must be a mapping", id="top level not a mapping"),
    pytest.param("just text", "a flow must be a mapping", id="top level is text"),
    pytest.param("name: a\nsteps: []\nname: b\n", "flow.yaml:3:1", id="duplicate keys"),
    pytest.param(BOMB, "flow.yaml:", id="alias bomb"),
    pytest.param("output: " + "[" * 10_000 + "]" * 10_000, "128", id="nesting of 10 000"),
    pytest.param("output: " + "[" * 100_000 + "]" * 100_000, "128", id="nesting of 100 000"),
    pytest.param("output: " + "{a: " * 10_000 + "1" + "}" * 10_000, "128", id="mappings nested 10 000 deep"),
    pytest.param(HEAD + "output: {$step: nobody}\n", "flow.yaml:3:17", id="unknown step"),
    pytest.param(
        STEP + "    input: {$step: b}\n  - {id: b, component: /noop}\n", "flow.yaml:6:20", id="forward reference"
    ),
    pytest.param(
        STEP + "    after: [b]\n  - {id: b, component: /noop, after: [a]}\n", "flow.yaml:6:13", id="cycle by after"
    ),
    pytest.param(STEP + "    after: [a]\n", "flow.yaml:6:13", id="a step after itself"),
    pytest.param(HEAD + 'output: {$input: "a..b"}\n', "flow.yaml:3:18", id="bad path: two dots"),
    pytest.param(HEAD + 'output: {$input: "$.a[-1]"}\n', "flow.yaml:3:18", id="bad path: negative index"),
    pytest.param(HEAD + 'output: {$input: "$.a[*]"}\n', "flow.yaml:3:18", id="bad path: wildcard"),
    pytest.param(HEAD + 'output: {$expr: "1 +"}\n', "flow.yaml:3:17", id="bad expression text"),
    pytest.param(HEAD + 'output: {$template: "{{ input.x"}\n', "flow.yaml:3:21", id="bad template"),
]


@pytest.mark.parametrize(("text", "place"), TEXTS)
def test_a_flow_that_cannot_be_read_is_refused_with_its_place(run: Run, text: str | bytes, place: str) -> None:
    """The message says where and what; the code is 2."""
    code, said = run(text)
    assert code == 2
    assert place in said


WRONG = {
    "name": "name: 1",
    "description": "description: [a]",
    "version": "version: 1.0",
    "schemas": "schemas: 3",
    "steps": "steps: {a: 1}",
    "test": "test: 5",
    "examples": "examples: {a: 1}",
    "metadata": "metadata: text",
    "a step": "steps: [7]",
    "id": "steps: [{id: 12, component: /noop}]",
    "component": "steps: [{id: a, component: 5}]",
    "onError": "steps: [{id: a, component: /noop, onError: retry}]",
    "action": "steps: [{id: a, component: /noop, onError: {action: explode}}]",
    "maxRetries": "steps: [{id: a, component: /noop, onError: {action: retry, maxRetries: many}}]",
    "mustExecute": "steps: [{id: a, component: /noop, mustExecute: 'yes'}]",
    "step metadata": "steps: [{id: a, component: /noop, metadata: 1}]",
    "after": "steps: [{id: a, component: /noop, after: b}]",
    "timeout": "steps: [{id: a, component: /noop, timeout: soon}]",
    "retry": "steps: [{id: a, component: /noop, retry: 3}]",
    "backoff": "steps: [{id: a, component: /noop, retry: {backoff: {type: linear}}}]",
    "on": "steps: [{id: a, component: /noop, retry: {on: 500}}]",
    "$if without then": "output: {$if: true}",
    "$coalesce": "output: {$coalesce: 1}",
    "$step": "output: {$step: 5}",
    "path": "steps: [{id: a, component: /noop}]\noutput: {$step: a, path: 4}",
    "$input": "output: {$input: 4}",
    "$variable": "output: {$variable: 4}",
    "$template": "output: {$template: 4}",
    "$expr": "output: {$expr: [1]}",
    "with": "output: {$expr: '1', with: 2}",
    "onSkip": "steps: [{id: a, component: /noop}]\noutput: {$step: a, onSkip: useDefault}",
}


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_type_is_refused_for_every_key(run: Run, key: str) -> None:
    """Fatal, with line and column."""
    code, said = run(WRONG[key] + "\n")
    assert code == 2
    assert "fatal" in said
    assert "flow.yaml:" in said


def test_all_problems_are_told_together(run: Run) -> None:
    """One run names every fault of the document."""
    text = "name: 5\nversion: 1.0\nsteps: [{id: a, component: /noop, input: {$step: x}}, {id: a, component: /noop}]\n"
    code, said = run(text + "output: {$input: 'a..b'}\n")
    assert code == 2
    for expected in ("3400", "3003", "3000", "3004"):
        assert expected in said


def test_an_unknown_component_is_refused_by_validation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its place and code 2, though the flow could be run as far as it goes."""
    flow = tmp_path / "flow.yaml"
    flow.write_text(STEP.replace("/noop", "/nowhere/such") + "output: {$step: a}\n")
    assert main(["validate", str(flow)]) == 2
    assert "flow.yaml:5:16: error 2200" in capsys.readouterr().out


def test_an_empty_file_is_no_flow(run: Run) -> None:
    """Nothing is not a mapping."""
    code, said = run("")
    assert code == 2
    assert "flow.yaml" in said


def test_a_missing_file_is_named(run: Run) -> None:
    """With where the path starts."""
    code, said = run(None, name="missing.yaml")
    assert code == 2
    assert "missing.yaml" in said


def test_a_directory_is_no_flow(run: Run) -> None:
    """It is named as what it is."""
    Path("folder.yaml").mkdir()
    code, said = run(None, name="folder.yaml")
    assert code == 2
    assert "folder.yaml" in said
    assert "director" in said or "folder" in said


def test_a_file_of_100_mb_is_refused_unread(run: Run) -> None:
    """Its size is looked at first."""
    with Path("huge.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    code, said = run(None, name="huge.yaml")
    assert code == 2
    assert "32" in said


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/schema.json", "file:///etc/passwd", "other.json"])
def test_schemas_outside_the_document_are_never_fetched(run: Run, target: str) -> None:
    """They are refused with their place."""
    text = HEAD + f"schemas:\n  input:\n    $ref: {target}\noutput: 1\n"
    code, said = run(text)
    assert code == 2
    assert "flow.yaml:5" in said


def test_every_violation_of_the_input_has_its_pointer(run: Run) -> None:
    """All of them are listed at once."""
    schema = "{type: object, required: [a], properties: {b: {type: string}, c: {items: {type: integer}}}}"
    code, said = run(HEAD + f"schemas: {{input: {schema}}}\noutput: 1\n", "--input-json", '{"b": 1, "c": [1, "x"]}')
    assert code == 2
    for expected in ('"a"', "/b", "/c/1"):
        assert expected in said


def test_missing_variables_are_all_named(run: Run) -> None:
    """The run is refused before anything starts."""
    schema = "{type: object, required: [key, city], properties: {key: {type: string}, city: {type: string}}}"
    code, said = run(HEAD + f"schemas: {{variables: {schema}}}\noutput: 1\n")
    assert code == 2
    assert "key" in said
    assert "city" in said


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--input-json", "{"), "--input-json"),
        (("--input", "nothing.json"), "nothing.json"),
        (("--input-json", "1", "--input-yaml", "2"), "--input"),
        (("--variables-json", "[]"), "--variables-json"),
        (("--overrides-json", '{"nobody": {"value": {}}}'), "nobody"),
        (("--config", "nothing.yml"), "nothing.yml"),
        (("--max-concurrency", "0", "--inputs", "nothing.jsonl"), "concurrency"),
    ],
)
def test_options_that_cannot_be_used_are_named(run: Run, options: tuple[str, ...], expected: str) -> None:
    """Which option, and why."""
    code, said = run(HEAD + "output: 1\n", *options)
    assert code == 2
    assert expected in said


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ("plugins: {x: {type: spaceship}}\n", "stepflow-config.yml:1:"),
        ("routs: {}\n", "stepflow-config.yml:1:"),
        ("routes:\n  '/a/{x}': [{plugin: nobody}]\n", "stepflow-config.yml:2:"),
        ("routes:\n  '/a/{x}': [{plugin: builtin}]\n  '/{y}/b': [{plugin: builtin}]\n", "stepflow-config.yml:"),
        ("workingDirectory: '${NOT_SET_ANYWHERE}'\n", "stepflow-config.yml:1:"),
        ("plugins: [", "stepflow-config.yml:1:"),
    ],
)
def test_a_config_that_cannot_be_used_is_located(run: Run, config: str, place: str) -> None:
    """Unknown, ambiguous and unreadable parts have their line."""
    Path("stepflow-config.yml").write_text(config)
    code, said = run(HEAD + "output: 1\n")
    assert code == 2
    assert place in said
